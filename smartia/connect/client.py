"""The client: pages of sessions from the first to the last, with retries of transient failures only."""

import datetime as dt
from collections.abc import Callable, Iterator

import stamina

from smartia.connect.protocol import Query, Reply, count_query, page_query, read_page
from smartia.connect.records import Page
from smartia.connect.throttle import Throttle
from smartia.connect.windows import EVERYTHING, Window
from smartia.errors import DownloadError, PaginationError, RateLimitedError

Send = Callable[[Query], Reply]
"""What puts a query on a wire and brings the reply: `HttpSender`, or a sandbox in the same process."""

ATTEMPTS = 5
RETRY_TIMEOUT_S = 180.0
MAX_IDLE_PAGES = 10
"""How many pages in a row may bring nothing new before the walk is given up."""


class Client:
    """Reads the endpoint page by page. Safe in several threads.

    Args:
        send: Puts a query on the wire.
        throttle: Bounds the requests in flight, for all threads together.
    """

    def __init__(self, send: Send, throttle: Throttle) -> None:
        self._send = send
        self._throttle = throttle

    def pages(self, window: Window = EVERYTHING) -> Iterator[Page]:
        """Walk from the first page of a window of endDate to its last.

        Yields:
            Each page as soon as it is read, sessions in order of endDate. Pages may be shorter than asked for,
            or empty.

        Raises:
            DownloadError: A page could not be had, also after retries of what is transient.
            PaginationError: The pages lead round in a circle.
        """
        return walk(lambda cursor, number: self._ask(page_query(window.query, cursor), number))

    def count(self, window: Window = EVERYTHING) -> int:
        """Ask how many sessions a window of endDate holds, in one request.

        Raises:
            DownloadError: The answer could not be had.
        """
        return self._ask(count_query(window.query), 1).total

    def count_once(self) -> int:
        """Ask how many sessions there are, in exactly one request: nothing is tried again or waited for.

        Raises:
            DownloadError: The answer could not be had.
        """
        return read_page(self._send(count_query()), page=1, now=dt.datetime.now(dt.UTC)).total

    def _ask(self, query: Query, page: int) -> Page:
        retries = stamina.retry_context(_is_passing_fault, attempts=ATTEMPTS, timeout=RETRY_TIMEOUT_S, wait_max=20.0)
        for attempt in retries:
            with attempt:
                return self._ask_patiently(query, page)
        raise AssertionError("stamina lets the last error through")

    def _ask_patiently(self, query: Query, page: int) -> Page:
        while True:
            with self._throttle.slot() as granted_s:
                reply = self._send(query)
            try:
                answer = read_page(reply, page=page, now=dt.datetime.now(dt.UTC))
            except RateLimitedError as refusal:
                self._throttle.refuse(refusal, granted_s)
            else:
                self._throttle.succeed()
                return answer


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
        content = hash((page.sessions.identifiers["session_id"], *(m.record for m in page.misfits)))
        is_new = bool(page.sessions or page.misfits) and content not in seen_pages
        seen_pages.add(content)
        idle = 0 if is_new else idle + 1
        if idle >= MAX_IDLE_PAGES:
            raise PaginationError.from_loop(f"{idle} pages in a row brought nothing new and still promised more")


def _is_passing_fault(error: Exception) -> bool:
    return isinstance(error, DownloadError) and error.transient and not isinstance(error, RateLimitedError)
