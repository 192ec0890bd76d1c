"""The wire: one kept HTTPS connection pool, the key in a header, no redirect followed, bounded in time and size."""

import contextlib
import logging
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpcore
import httpx

from smartia.connect.protocol import PATH, Query, Reply
from smartia.errors import RequestRefusedError, TimedOutError, UnexpectedAnswerError, UnreachableError

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 30.0
DEADLINE_S = 60.0
"""The longest that one page may take as a whole, so that a server which drips bytes cannot hold a thread."""
WATCH_EVERY_S = 0.5
"""How often is looked whether a page is past its deadline."""
MAX_BODY_BYTES = 64 * 1024 * 1024

# httpx logs every URL at INFO, and with it cursors and filters; httpcore logs headers, and with them the key.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass
class _Line:
    """One thread's connection: its client with a pool of its own, and the stream to cut where time runs out."""

    client: httpx.Client
    stream: httpcore.NetworkStream | None = None
    is_cut: bool = False
    due_s: float = float("inf")
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of the connection that a request opens (httpcore's trace extension)."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self.stream = info["return_value"]

    @contextlib.contextmanager
    def deadline(self) -> Iterator[None]:
        """Let the connection be cut off where the block takes longer than `DEADLINE_S`."""
        self.is_cut = False
        self.due_s = time.monotonic() + DEADLINE_S
        try:
            yield
        finally:
            with self.lock:
                self.due_s = float("inf")

    def cut_if_due(self) -> None:
        """Break the connection off from another thread, so that a read on it ends."""
        with self.lock:
            if time.monotonic() < self.due_s:
                return
            self.is_cut = True
            if self.stream is not None:
                with contextlib.suppress(OSError):  # It has ended by itself in the meantime.
                    self.stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


class HttpSender:
    """Sends a query to the endpoint and returns the reply. Use as a context manager; safe in several threads.

    Raises:
        UnreachableError: The environment names a proxy or a certificate file that cannot be used.
    """

    def __init__(self, base_url: str, api_key: str) -> None:
        self._host = urlsplit(base_url).hostname or ""
        self._base_url = base_url
        self._headers = {"x-api-key": api_key, "accept": "application/json", "user-agent": "smartia"}
        self._own = threading.local()
        self._lines: list[_Line] = []
        self._is_closed = threading.Event()
        try:
            self._url = httpx.URL(base_url + PATH)  # taken apart once, not with every request
            self._tls = httpx.create_ssl_context()
            self._open_line()
        except (OSError, ValueError, ImportError, httpx.InvalidURL):
            raise UnreachableError.from_environment() from None  # The cause may quote a proxy's password.
        # Neither headers nor compressed bytes that drip would ever meet the read time-out: a watchdog does.
        self._watchdog = threading.Thread(target=self._watch, name="deadlines", daemon=True)
        self._watchdog.start()

    def __call__(self, query: Query) -> Reply:
        """Send one request.

        Raises:
            UnreachableError: No connection, or it broke.
            TimedOutError: No whole answer within the time limits.
            RequestRefusedError: A proxy on the way asks for a sign-in (407).
            UnexpectedAnswerError: The answer is larger than any page can be, or wrongly encoded.
        """
        line = self._open_line()
        try:
            return self._send(line, query)
        except httpx.TimeoutException as error:
            limit_s = CONNECT_TIMEOUT_S if isinstance(error, httpx.ConnectTimeout) else READ_TIMEOUT_S
            raise TimedOutError.from_limit(self._host, limit_s) from error
        except httpx.DecodingError as error:
            raise UnexpectedAnswerError.from_body("its compression is damaged") from error
        except httpx.ProxyError as error:
            if str(error).startswith("407"):
                raise RequestRefusedError.from_status(407) from error
            raise UnreachableError.from_proxy(self._host) from error
        except httpx.TransportError as error:
            if line.is_cut:
                raise TimedOutError.from_limit(self._host, DEADLINE_S) from error
            raise self._unreachable(error) from error

    def _unreachable(self, error: httpx.TransportError) -> UnreachableError:
        cause = _root_cause(error)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return UnreachableError.from_certificate(self._host)
        if _goes_through_proxy(self._base_url):  # whose name or port it then is that was not found
            return UnreachableError.from_proxy(self._host)
        if isinstance(cause, socket.gaierror):
            return UnreachableError.from_unknown_name(self._host)
        if isinstance(cause, ConnectionRefusedError):
            return UnreachableError.from_refusal(self._host)
        return UnreachableError.from_failure(self._host)

    def _send(self, line: _Line, query: Query) -> Reply:
        body = bytearray()
        request = line.client.build_request("GET", self._url, params=list(query), extensions={"trace": line.note})
        with line.deadline(), contextlib.closing(line.client.send(request, stream=True)) as response:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise UnexpectedAnswerError.from_body("it is larger than any page can be")
            return Reply(response.status_code, response.headers, bytes(body))

    def _watch(self) -> None:
        while not self._is_closed.wait(WATCH_EVERY_S):
            for line in tuple(self._lines):
                line.cut_if_due()

    def _open_line(self) -> _Line:
        """Give this thread its connection; made at its first request, and kept."""
        line: _Line | None = getattr(self._own, "line", None)
        if line is None:
            timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
            client = httpx.Client(headers=self._headers, timeout=timeout, follow_redirects=False, verify=self._tls)
            line = self._own.line = _Line(client)
            self._lines.append(line)
        return line

    def close(self) -> None:
        """Close the connections."""
        self._is_closed.set()
        self._watchdog.join()
        for line in self._lines:
            line.client.close()

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


def _goes_through_proxy(url: str) -> bool:
    """Whether this computer is told to ask a proxy for such an address."""
    parts = urlsplit(url)
    proxies = urllib.request.getproxies()
    return bool({parts.scheme, "all"} & proxies.keys()) and not urllib.request.proxy_bypass(parts.hostname or "")
