"""The endpoint GET /smart-ia/sessions/completed as a pure function from request to response, without a network."""

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from smartia.sandbox.college import College
from smartia.sandbox.cursors import Place, decode_cursor, encode_cursor
from smartia.sandbox.index import Page, SessionIndex
from smartia.sandbox.query import BadRequestError, Query, read_query
from smartia.sandbox.shelf import Shelf

__all__ = [
    "BASE_PATH",
    "DEMO_KEY",
    "SESSIONS_PATH",
    "UNAUTHORISED_KEY",
    "Change",
    "Find",
    "Request",
    "Response",
    "Service",
    "make_refusal",
]

BASE_PATH: Final = "/api/v1"
SESSIONS_PATH: Final = BASE_PATH + "/smart-ia/sessions/completed"

DEMO_KEY: Final = "sandbox-demo-key"
"""The key that the sandbox accepts unless told another."""

UNAUTHORISED_KEY: Final = "sandbox-key-without-smart-ia"
"""A key that is valid but not authorised for Smart IA: always answered with 403."""

_JSON: Final = {"content-type": "application/json"}

Find = Callable[[SessionIndex, Query, Place | None], Page]
"""A way to find the page that a query and its decoded cursor ask for, such as `SessionIndex.find_page`."""


@dataclass(frozen=True)
class Request:
    """An HTTP request.

    Attributes:
        method: The method in capitals.
        path: The decoded path from the root, without the query.
        query: Names and values of the query's parameters, decoded, in the order sent.
        headers: The headers; the case of their names does not matter. Hidden in `repr`, as they hold the key.
        body: The body; the endpoint ignores it.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""


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


class Change(Protocol):
    """What happens to a college's sessions at the vendor."""

    def apply(self, college: College) -> College:
        """Return the college after the change.

        Args:
            college: The college before; left as it is.

        Returns:
            A college with other sessions.

        Raises:
            ValueError: The change cannot happen to this college.
        """


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
        is_prepared: Whether to make all records beforehand, so that an answer costs the computer next to nothing;
            about 1.3 kB of memory a session.

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
        is_prepared: bool = False,
    ) -> None:
        if api_key in ("", UNAUTHORISED_KEY):
            raise ValueError("api_key must not be empty, nor the key that is reserved for status 403")
        self._is_prepared = is_prepared
        self._shelf = self._fill_shelf(college)
        self._changing = threading.Lock()
        self._api_key = api_key
        self._bucket = None if rate_limit_per_s is None else _Bucket(rate_limit_per_s, clock)

    def handle(self, request: Request) -> Response:
        """Answer a request.

        Args:
            request: The request.

        Returns:
            The response; errors are responses too.
        """
        return self.refuse(request) or self.answer(request.query)

    def refuse(self, request: Request) -> Response | None:
        """Refuse what is not an authorised request to the endpoint.

        Args:
            request: The request.

        Returns:
            The response with status 404, 405, 401 or 403; None for an authorised request.
        """
        if request.path != SESSIONS_PATH:
            message = f"nothing is served at this path; the sessions are at {SESSIONS_PATH}"
            return make_refusal(404, "not_found", message)
        if request.method != "GET":
            message = "this method is not allowed; accepted is GET"
            return make_refusal(405, "method_not_allowed", message, {"allow": "GET"})
        return self.refuse_key(request.headers)

    def refuse_key(self, headers: Mapping[str, str]) -> Response | None:
        """Refuse a request without the key.

        Args:
            headers: The request's headers.

        Returns:
            The response with status 401 or 403; None with the key.
        """
        keys = [value for name, value in headers.items() if name.lower() == "x-api-key"]
        if keys == [UNAUTHORISED_KEY]:
            return make_refusal(403, "forbidden", "the key is valid but not authorised for Smart IA")
        if keys != [self._api_key]:
            problem = "unknown" if keys else "missing"
            return make_refusal(401, "unauthorised", f"the key is {problem}; send a valid one in the header x-api-key")
        return None

    def _refuse_rate(self) -> Response | None:
        wait_s = 0.0 if self._bucket is None else self._bucket.take()
        if wait_s <= 0:
            return None
        retry_after = {"retry-after": str(math.ceil(wait_s))}
        return make_refusal(
            429, "rate_limit_exceeded", "too many requests; wait as long as Retry-After says", retry_after
        )

    def answer(self, parameters: Sequence[tuple[str, str]], find: Find = SessionIndex.find_page) -> Response:
        """Answer an authorised request.

        Args:
            parameters: The request's query.
            find: How the page is found.

        Returns:
            A page, or a response with status 429 or 400.
        """
        refused = self._refuse_rate()
        if refused is not None:
            return refused
        shelf = self._shelf  # read once, so that one response comes from one college
        try:
            query = read_query(parameters)
            place = None if query.cursor is None else decode_cursor(query.cursor, query)
        except BadRequestError as error:
            return make_refusal(400, error.code, error.message)
        page = find(shelf.index, query, place)
        body = {
            "data": shelf.records_of(page.rows),
            "pagination": {
                "total": page.total,
                "limit": query.limit,
                "offset": query.offset,
                "previousCursor": page.previous and encode_cursor(page.previous, query),
                "nextCursor": page.next and encode_cursor(page.next, query),
            },
        }
        return Response(200, _JSON, msgspec.json.encode(body))

    def change(self, change: Change) -> int:
        """Change the sessions while serving.

        A response comes from before or from after, whole. Cursors go on working: they name a place among the sessions
        and not a number in the list.

        Args:
            change: What happens. Changes at the same time happen one after the other.

        Returns:
            The number of sessions afterwards.

        Raises:
            ValueError: The change cannot happen to these sessions; they stay as they are.
        """
        with self._changing:
            college = change.apply(self._shelf.index.college)
            self._shelf = self._fill_shelf(college)
        return len(college)

    def _fill_shelf(self, college: College) -> Shelf:
        return Shelf.fill(college, is_prepared=self._is_prepared)


def make_refusal(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Make an error's response.

    Args:
        status: The status code.
        code: What is wrong, for programs.
        message: What is wrong and what to do, for people.
        headers: Further headers, names in lower case.

    Returns:
        The response with the body `{"error": {"code": …, "message": …}}`.
    """
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
