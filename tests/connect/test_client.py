"""The walk from the first page to the last, and the retries, the latter over real HTTP."""

import datetime as dt
import itertools
import logging
import time
from collections.abc import Callable
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.connect import throttle
from smartia.connect.client import ATTEMPTS, MAX_IDLE_PAGES, Client, walk
from smartia.connect.http import HttpSender
from smartia.connect.models import Misfit, Position
from smartia.connect.records import Page, Records
from smartia.connect.throttle import Throttle
from smartia.connect.windows import Window
from smartia.errors import (
    DownloadError,
    KeyRefusedError,
    NotAuthorisedError,
    PaginationError,
    RateLimitedError,
    RequestRefusedError,
    ServerFaultError,
)
from tests.handmade import make_records, page_body, session_ids
from tests.servers import KEY, Act, following_reference, nobody_listens, reset, say, scripted

PAGES = 6


def page_of(content: int | None, cursor: str | None) -> Page:
    """Return a page with one record, known by a number, or an empty one."""
    misfits = () if content is None else (Misfit(Position(1, 1), "reason", str(content)),)
    return Page(Records.of([]), misfits, 99, cursor)


@st.composite
def graphs(draw: st.DrawFn) -> list[tuple[int | None, int | None, bool]]:
    """Draw pages: what is on each (None: nothing), the page behind its cursor, and whether that is ever new."""
    page = st.tuples(
        st.one_of(st.none(), st.integers(0, 3)), st.one_of(st.none(), st.integers(0, PAGES - 1)), st.booleans()
    )
    return draw(st.lists(page, min_size=PAGES, max_size=PAGES))


@given(graphs())
def test_the_walk_ends(graph: list[tuple[int | None, int | None, bool]]) -> None:
    """Whatever way pages point at each other, the walk ends, or says that it would not, and follows no cursor twice.

    That includes circles, empty pages that promise more, and a page that comes again behind ever-new cursors.
    """
    asked: list[str | None] = []

    def fetch(cursor: str | None, number: int) -> Page:
        asked.append(cursor)
        assert number == len(asked) <= (PAGES + 1) * MAX_IDLE_PAGES
        content, target, ever_new = graph[int(cursor.partition("#")[0]) if cursor else 0]
        following = None if target is None else f"{target}#{len(asked)}" if ever_new else f"{target}"
        return page_of(content, following)

    pages: list[Page] = []
    try:
        pages.extend(walk(fetch))
    except PaginationError:
        assert pages[-1].next_cursor is not None
    else:
        assert pages[-1].next_cursor is None
    assert len(asked) == len(set(asked))


@given(st.lists(st.integers(1, 3), max_size=40))
def test_each_page_comes_once(runs: list[int]) -> None:
    """A chain with an end is walked whole and in order, each page once, empty pages in between included."""
    contents = [content if step == 0 else None for content, run in enumerate(runs) for step in range(run)]
    last = len(contents)

    def fetch(cursor: str | None, number: int) -> Page:
        assert cursor == (None if number == 1 else f"c{number - 1}")
        return page_of(contents[number - 1] if number <= last else None, f"c{number}" if number < last else None)

    found = [page.misfits[0].record if page.misfits else None for page in walk(fetch)]
    assert found == ([None if content is None else str(content) for content in contents] or [None])


@pytest.mark.parametrize("content", [None, 1])
def test_ever_new_cursors_to_nothing_new(content: int | None) -> None:
    """Pages that are empty or the same for ever are given up after a few."""
    pages = walk(lambda _, number: page_of(content, f"c{number}"))
    found = list(itertools.islice(pages, MAX_IDLE_PAGES if content is None else MAX_IDLE_PAGES + 1))
    with pytest.raises(PaginationError, match="nothing new"):
        next(pages)
    assert len(found) >= MAX_IDLE_PAGES


def test_a_circle() -> None:
    """A cursor that comes again is an error after one round."""
    pages: list[Page] = []
    with pytest.raises(PaginationError, match="an earlier one"):
        pages.extend(walk(lambda _, number: page_of(number, f"c{number % 3}")))
    assert [page.next_cursor for page in pages] == ["c1", "c2", "c0", "c1"]


def download(base_url: str) -> list[Page]:
    """Read every page of a server."""
    with HttpSender(base_url, KEY) as sender:
        return list(Client(sender, Throttle(2, first_wait_s=0.01)).pages())


GOOD = say(200, page_body(make_records(3, 2)))
TOMORROW = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(days=1), usegmt=True)


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize(
    "trouble",
    [
        [say(429)],
        [say(429, headers={"retry-after": "0"})],
        [say(429, headers={"retry-after": "soon"})],
        [say(500), say(502), say(503), say(504)],
        [reset(), reset(b"HTTP/1.1 200 X\r\ncontent-length: 900\r\n\r\n{")],
        [say(200, b'{"data": [', length=900)],
    ],
)
def test_transient_trouble_passes(trouble: list[Act]) -> None:
    """429 with and without Retry-After, 5xx, a reset and a body that breaks off are tried again until all is well."""
    with scripted(*trouble, GOOD) as server:
        (page,) = download(server.base_url)
    assert len(page.sessions) == 2
    assert len(server.asked) == len(trouble) + 1
    assert len({asked.query for asked in server.asked}) == 1


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, KeyRefusedError), (403, NotAuthorisedError), (400, RequestRefusedError), (404, RequestRefusedError)],
)
def test_what_a_retry_cannot_cure_is_tried_once(status: int, kind: type[DownloadError]) -> None:
    """A refused key, a missing right or a wrong address is asked for once: retries would not help."""
    with scripted(say(status), GOOD) as server, pytest.raises(kind):
        download(server.base_url)
    assert len(server.asked) == 1


@pytest.mark.usefixtures("no_waiting")
def test_tries_are_bounded() -> None:
    """A server that never recovers is asked as often as ATTEMPTS says, and then its error is raised."""
    with scripted(say(500)) as server, pytest.raises(ServerFaultError):
        download(server.base_url)
    assert len(server.asked) == ATTEMPTS


@pytest.mark.usefixtures("no_waiting")
def test_patience_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers nothing but 429 is asked ever more slowly, and after PATIENCE_S its error is raised."""
    monkeypatch.setattr(throttle, "PATIENCE_S", 0.3)
    begun_s = time.monotonic()
    with scripted(say(429)) as server, pytest.raises(RateLimitedError):
        download(server.base_url)
    assert 0.3 < time.monotonic() - begun_s < 3
    assert 3 <= len(server.asked) <= 8


def in_two_seconds() -> str:
    """Spell the moment in two seconds as an HTTP date, which has no fractions of a second."""
    return format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2), usegmt=True)


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize(("spell", "least_s", "most_s"), [(lambda: "1", 1.0, 1.0), (in_two_seconds, 0.9, 2.0)])
def test_retry_after_is_honoured(spell: Callable[[], str], least_s: float, most_s: float) -> None:
    """The wait that the server asks for, given as seconds or as date, is the wait; it is told, and so is its end."""
    waits: list[float] = []
    with (
        scripted(say(429, headers={"retry-after": spell()}), GOOD) as server,
        HttpSender(server.base_url, KEY) as sender,
    ):
        begun_s = time.monotonic()
        (page,) = Client(sender, Throttle(2, waits.append)).pages()
        took_s = time.monotonic() - begun_s
    assert len(page.sessions) == 2
    assert waits == [pytest.approx((least_s + most_s) / 2, abs=(most_s - least_s) / 2 + 0.05), 0.0]
    assert waits[0] - 0.05 <= took_s <= waits[0] + 1


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("retry_after", ["301", TOMORROW], ids=["seconds", "date"])
def test_retry_after_beyond_patience(retry_after: str) -> None:
    """A server that asks for a longer wait than PATIENCE_S is not waited for: its error says to come back later."""
    waits: list[float] = []
    with (
        scripted(say(429, headers={"retry-after": retry_after}), GOOD) as server,
        HttpSender(server.base_url, KEY) as sender,
        pytest.raises(RateLimitedError, match="Wait some minutes"),
    ):
        list(Client(sender, Throttle(2, waits.append)).pages())
    assert len(server.asked) == 1
    assert waits == []


@pytest.mark.usefixtures("no_waiting")
def test_no_connection_is_tried_again() -> None:
    """A refused connection counts as transient: it is retried, and then reported with the host."""
    with pytest.raises(DownloadError, match=r"No connection to 127\.0\.0\.1\.") as caught:
        download(nobody_listens())
    assert caught.value.transient


def log_texts(records: list[logging.LogRecord]) -> str:
    """Write everything that log records hold, extra fields included."""
    return "\n".join(f"{record.getMessage()} {vars(record)!r}" for record in records)


@pytest.mark.usefixtures("no_waiting")
def test_nothing_personal_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """With every logger open, a download with a retry logs no key, cursor, name, id or parameter."""
    records = make_records(11, 40)
    with caplog.at_level(logging.DEBUG), following_reference(records) as server:
        server.page_size = 15
        assert sum(len(page.sessions) for page in download(server.base_url)) == len(records)
        cursors = [asked["cursor"] for asked in server.asked if "cursor" in asked]
        server.fail_from = 0
        with pytest.raises(ServerFaultError):
            download(server.base_url)
    written = log_texts(caplog.records)
    assert "stamina.retry_scheduled" in written
    assert cursors
    secrets = {KEY, "x-api-key", "sort[field]", "sort%5B", "limit=", "/smart-ia/", *cursors}
    for record in records:
        user = record["user"]
        secrets |= {record["sessionId"], user["userId"], user["username"], user["fullName"], user["lastName"]} - {"Ng"}
    assert [secret for secret in secrets if secret in written] == []


def test_client_is_a_function_of_its_sender() -> None:
    """Two walks of one client are independent of each other."""
    with following_reference(make_records(2, 30)) as server, HttpSender(server.base_url, KEY) as sender:
        reader = Client(sender, Throttle(1))
        walks: list[Callable[[], list[str]]] = [
            lambda: [name for page in reader.pages() for name in session_ids(page.sessions)]
        ] * 2
        first, second = (walk_once() for walk_once in walks)
    assert first == second
    assert len(first) == 30


def test_windows_and_counts() -> None:
    """A window of endDate brings just its sessions, in their order, and its count is asked for in one request."""
    records = sorted(make_records(5, 80), key=lambda record: record["endDate"])
    first, behind = (dt.datetime.fromisoformat(records[place]["endDate"]) for place in (20, 60))
    window = Window(first, behind)
    with following_reference(records) as server, HttpSender(server.base_url, KEY) as sender:
        reader = Client(sender, Throttle(1))
        found = [name for page in reader.pages(window) for name in session_ids(page.sessions)]
        asked = len(server.asked)
        assert (reader.count(window), reader.count()) == (40, 80)
        assert len(server.asked) == asked + 2
    assert found == [record["sessionId"] for record in records[20:60]]
