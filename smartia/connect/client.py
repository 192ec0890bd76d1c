"""The client: pages of sessions from the first to the last, with retries of transient failures only."""

import datetime as dt
from collections.abc import Callable, Iterator

import stamina

from smartia.connect.models import Page
from smartia.connect.protocol import Query, Reply, first_query, read_page
from smartia.errors import DownloadError, PaginationError, RateLimitedError

Send = Callable[[Query], Reply]
"""What puts a query on a wire and brings the reply: `HttpSender`, or a sandbox in the same process."""

ATTEMPTS = 5
RETRY_TIMEOUT_S = 180.0
MAX_WAIT_S = 60.0
"""The longest single wait that a server's Retry-After can ask of us."""
MAX_IDLE_PAGES = 10
"""How many pages in a row may bring nothing new before the walk is given up."""


class Client:
    """Reads the endpoint page by page. Holds no state between calls; safe in several threads."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def pages(self) -> Iterator[Page]:
        """Walk from the first page to the last.

        Yields:
            Each page as soon as it is read. Pages may be shorter than asked for, or empty.

        Raises:
            DownloadError: A page could not be had, also after retries of what is transient.
            PaginationError: The pages lead round in a circle.
        """
        return walk(self._fetch)

    def _fetch(self, cursor: str | None, page: int) -> Page:
        query = first_query() + ((("cursor", cursor),) if cursor is not None else ())
        for attempt in stamina.retry_context(_backoff, attempts=ATTEMPTS, timeout=RETRY_TIMEOUT_S, wait_max=20.0):
            with attempt:
                reply = self._send(query)
                return read_page(reply, page=page, now=dt.datetime.now(dt.UTC))
        raise AssertionError("stamina lets the last error through")


def walk(fetch: Callable[[str | None, int], Page]) -> Iterator[Page]:
    """Follow next cursors until there is none; provably ends, since no cursor and no page may come again.

    Args:
        fetch: Brings the page behind a cursor (None for the first page); is also told its number from 1.

    Raises:
        PaginationError: A cursor came again, or `MAX_IDLE_PAGES` pages in a row were empty or repeated.
    """
    cursor: str | None = None
    seen_cursors: set[int] = set()
    seen_pages: set[int] = set()
    idle = 0
    number = 0
    while True:
        number += 1
        page = fetch(cursor, number)
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return
        if hash(cursor) in seen_cursors:
            raise PaginationError.from_loop("a page pointed back to an earlier one")
        seen_cursors.add(hash(cursor))
        content = hash((*(s.session_id for s in page.sessions), *(m.record for m in page.misfits)))
        is_new = bool(page.sessions or page.misfits) and content not in seen_pages
        seen_pages.add(content)
        idle = 0 if is_new else idle + 1
        if idle >= MAX_IDLE_PAGES:
            raise PaginationError.from_loop(f"{idle} pages in a row brought nothing new and still promised more")


def _backoff(error: Exception) -> bool | float:
    if isinstance(error, RateLimitedError) and error.retry_after_s is not None:
        return min(error.retry_after_s, MAX_WAIT_S)
    return isinstance(error, DownloadError) and error.transient
