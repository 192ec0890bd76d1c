"""The wire: one kept HTTPS connection pool, the key in a header, no redirect followed, bounded in time and size."""

import logging
import ssl
import time
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from smartia.connect.protocol import PATH, Query, Reply
from smartia.errors import RequestRefusedError, TimedOutError, UnexpectedAnswerError, UnreachableError

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 30.0
DEADLINE_S = 60.0
"""The longest that one page may take as a whole, so that a server which drips bytes cannot hold us."""
MAX_BODY_BYTES = 64 * 1024 * 1024

# httpx logs every URL at INFO, and with it cursors and filters; httpcore logs headers, and with them the key.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class HttpSender:
    """Sends a query to the endpoint and returns the reply. Use as a context manager; safe in several threads.

    Raises:
        UnreachableError: The environment names a proxy or a certificate file that cannot be used.
    """

    def __init__(self, base_url: str, api_key: str) -> None:
        self._host = urlsplit(base_url).hostname or ""
        self._url = base_url + PATH
        try:
            self._client = httpx.Client(
                headers={"x-api-key": api_key, "accept": "application/json", "user-agent": "smartia"},
                timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
                follow_redirects=False,
            )
        except (OSError, ValueError, ImportError, httpx.InvalidURL):
            raise UnreachableError.from_environment() from None  # The cause may quote a proxy's password.

    def __call__(self, query: Query) -> Reply:
        """Send one request.

        Raises:
            UnreachableError: No connection, or it broke.
            TimedOutError: No whole answer within the time limits.
            RequestRefusedError: A proxy on the way asks for a sign-in (407).
            UnexpectedAnswerError: The answer is larger than any page can be, or wrongly encoded.
        """
        try:
            return self._send(query)
        except httpx.TimeoutException as error:
            limit_s = CONNECT_TIMEOUT_S if isinstance(error, httpx.ConnectTimeout) else READ_TIMEOUT_S
            raise TimedOutError.from_limit(self._host, limit_s) from error
        except httpx.DecodingError as error:
            raise UnexpectedAnswerError.from_body("its compression is damaged") from error
        except httpx.ProxyError as error:
            if str(error).startswith("407"):
                raise RequestRefusedError.from_status(407) from error
            raise UnreachableError.from_failure(self._host) from error
        except httpx.TransportError as error:
            if isinstance(_root_cause(error), ssl.SSLCertVerificationError):
                raise UnreachableError.from_certificate(self._host) from error
            raise UnreachableError.from_failure(self._host) from error

    def _send(self, query: Query) -> Reply:
        deadline = time.monotonic() + DEADLINE_S
        body = bytearray()
        with self._client.stream("GET", self._url, params=list(query)) as response:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise UnexpectedAnswerError.from_body("it is larger than any page can be")
                if time.monotonic() > deadline:
                    raise TimedOutError.from_limit(self._host, DEADLINE_S)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status_code, headers, bytes(body))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _root_cause(error: BaseException) -> BaseException:
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error
