"""The endpoint GET /smart-ia/sessions/completed as a pure function from request to response, without a network."""

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from smartia.sandbox.college import College
from smartia.sandbox.cursors import decode_cursor, encode_cursor
from smartia.sandbox.index import SessionIndex
from smartia.sandbox.query import BadRequestError, read_query
from smartia.sandbox.records import make_records

__all__ = ["BASE_PATH", "DEMO_KEY", "SESSIONS_PATH", "UNAUTHORISED_KEY", "Request", "Response", "Service"]

BASE_PATH: Final = "/api/v1"
SESSIONS_PATH: Final = BASE_PATH + "/smart-ia/sessions/completed"

DEMO_KEY: Final = "sandbox-demo-key"
"""The key that the sandbox accepts unless told another."""

UNAUTHORISED_KEY: Final = "sandbox-key-without-smart-ia"
"""A key that is valid but not authorised for Smart IA: always answered with 403."""

_JSON: Final = {"content-type": "application/json"}


@dataclass(frozen=True)
class Request:
    """An HTTP request.

    Attributes:
        method: The method in capitals.
        path: The decoded path from the root, without the query.
        query: Names and values of the query's parameters, decoded, in the order sent.
        headers: The headers; the case of their names does not matter. Hidden in `repr`, as they hold the key.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Response:
    """An HTTP response.

    Attributes:
        status: The status code.
        headers: The headers, names in lower case.
        body: The body, JSON in UTF-8.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Service:
    """The endpoint over one college. Thread-safe.

    It looks, in this order, at the path (404), the method (405), the key (401, 403), the rate (429) and the parameters
    (400). Every error has the body `{"error": {"code": …, "message": …}}`.

    Args:
        college: The college to serve.
        api_key: The key to accept.
        rate_limit_per_s: Requests with a valid key that are answered in a second; as many may come at once.
            None: no limit.
        clock: Source of monotonic seconds for the rate limit.

    Raises:
        ValueError: `rate_limit_per_s` is not positive, or `api_key` is empty or the key that is never authorised.
    """

    def __init__(
        self,
        college: College,
        *,
        api_key: str = DEMO_KEY,
        rate_limit_per_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if api_key in ("", UNAUTHORISED_KEY):
            raise ValueError("api_key must not be empty, nor the key that is reserved for status 403")
        self._index = SessionIndex(college)
        self._api_key = api_key
        self._bucket = None if rate_limit_per_s is None else _Bucket(rate_limit_per_s, clock)

    def handle(self, request: Request) -> Response:
        """Answer a request.

        Args:
            request: The request.

        Returns:
            The response; errors are responses too.
        """
        if request.path != SESSIONS_PATH:
            return _refuse(404, "not_found", f"nothing is served at this path; the sessions are at {SESSIONS_PATH}")
        if request.method != "GET":
            return _refuse(405, "method_not_allowed", "this method is not allowed; accepted is GET", {"allow": "GET"})
        return self._refuse_key(request.headers) or self._refuse_rate() or self._answer(request.query)

    def _refuse_key(self, headers: Mapping[str, str]) -> Response | None:
        keys = [value for name, value in headers.items() if name.lower() == "x-api-key"]
        if keys == [UNAUTHORISED_KEY]:
            return _refuse(403, "forbidden", "the key is valid but not authorised for Smart IA")
        if keys != [self._api_key]:
            problem = "unknown" if keys else "missing"
            return _refuse(401, "unauthorised", f"the key is {problem}; send a valid one in the header x-api-key")
        return None

    def _refuse_rate(self) -> Response | None:
        wait_s = 0.0 if self._bucket is None else self._bucket.take()
        if wait_s <= 0:
            return None
        retry_after = {"retry-after": str(math.ceil(wait_s))}
        return _refuse(429, "rate_limit_exceeded", "too many requests; wait as long as Retry-After says", retry_after)

    def _answer(self, parameters: Sequence[tuple[str, str]]) -> Response:
        index = self._index  # read once, so that one response comes from one college
        try:
            query = read_query(parameters)
            place = None if query.cursor is None else decode_cursor(query.cursor, query)
        except BadRequestError as error:
            return _refuse(400, error.code, error.message)
        page = index.find_page(query, place)
        body = {
            "data": make_records(index.college, page.rows),
            "pagination": {
                "total": page.total,
                "limit": query.limit,
                "offset": query.offset,
                "previousCursor": page.previous and encode_cursor(page.previous, query),
                "nextCursor": page.next and encode_cursor(page.next, query),
            },
        }
        return Response(200, _JSON, msgspec.json.encode(body))


def _refuse(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    body = msgspec.json.encode({"error": {"code": code, "message": message}})
    return Response(status, {**_JSON, **(headers or {})}, body)


class _Bucket:
    """A token bucket: holds a second's worth of requests and refills steadily."""

    def __init__(self, rate_per_s: float, clock: Callable[[], float]) -> None:
        if not rate_per_s > 0:
            raise ValueError(f"rate_limit_per_s must be positive, not {rate_per_s}")
        self._rate_per_s = rate_per_s
        self._size = max(1.0, rate_per_s)
        self._tokens = self._size
        self._clock = clock
        self._filled_s = clock()
        self._lock = threading.Lock()

    def take(self) -> float:
        """Take a token: return 0.0, or the seconds until there is one."""
        with self._lock:
            now_s = self._clock()
            self._tokens = min(self._size, self._tokens + (now_s - self._filled_s) * self._rate_per_s)
            self._filled_s = now_s
            if self._tokens < 1:
                return (1 - self._tokens) / self._rate_per_s
            self._tokens -= 1
            return 0.0
