"""Each fault that the sandbox can commit, over real HTTP and, where it belongs to the protocol, in process too."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from itertools import pairwise
from statistics import median
from typing import Any, Protocol

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.sandbox.fault_syntax import parse_faults
from smartia.sandbox.faults import (
    Clock,
    Drip,
    Drop,
    Fault,
    Html,
    Redirect,
    Reset,
    Short,
    Stall,
    Status,
    When,
)
from smartia.sandbox.faulty import FaultyService
from smartia.sandbox.page_faults import Duplicates, Empty, Fewer, Loop, Total
from smartia.sandbox.server import main
from smartia.sandbox.service import DEMO_KEY, SESSIONS_PATH, Request, Response, Service
from tests.sandbox.running import KEY, Sandbox, running, served_college

ORDERS = [
    {},
    {"sort[direction]": "desc"},
    {"sort[field]": "endDate"},
    {"sort[field]": "endDate", "sort[direction]": "desc"},
]


class Door(Protocol):
    """A way to the endpoint."""

    def commit(self, faults: str) -> None:
        """Let these faults happen from now on."""

    def ask(self, key: str = DEMO_KEY, **query: str) -> Response:
        """Ask for sessions; the response has the headers that came."""


@dataclass(frozen=True)
class HttpDoor:
    """To a sandbox in another process, over HTTP."""

    sandbox: Sandbox
    client: httpx.Client

    def commit(self, faults: str) -> None:
        """Set the faults by the control path."""
        answer = self.client.post(self.sandbox.control + "faults", content=faults, headers=KEY)
        assert (answer.status_code, answer.json()) == (200, {"faults": len(parse_faults(faults))})

    def ask(self, key: str = DEMO_KEY, **query: str) -> Response:
        """Ask by HTTP."""
        answer = self.client.get(self.sandbox.url, params=query, headers={"x-api-key": key})
        return Response(answer.status_code, dict(answer.headers), answer.content)


@dataclass(frozen=True)
class ProcessDoor:
    """To a service in this process."""

    faulty: FaultyService

    def commit(self, faults: str) -> None:
        """Set the faults."""
        self.faulty.set_faults(parse_faults(faults))

    def ask(self, key: str = DEMO_KEY, **query: str) -> Response:
        """Ask without a network."""
        return self.faulty.handle(Request("GET", SESSIONS_PATH, tuple(query.items()), {"x-api-key": key}))


@pytest.fixture(scope="module")
def wire() -> Iterator[HttpDoor]:
    """Open the door over HTTP."""
    with running("--control") as sandbox, httpx.Client(timeout=10) as client:
        yield HttpDoor(sandbox, client)


@pytest.fixture(scope="module", params=["http", "process"])
def any_door(request: pytest.FixtureRequest) -> Door:
    """Open one door, then the other."""
    if request.param == "http":
        door: HttpDoor = request.getfixturevalue("wire")
        return door
    return ProcessDoor(FaultyService(Service(served_college())))


@pytest.fixture
def door(any_door: Door) -> Door:
    """Return a door behind which nothing goes wrong yet."""
    any_door.commit("")
    return any_door


@pytest.fixture(scope="module")
def truth() -> ProcessDoor:
    """Open a door behind which nothing ever goes wrong."""
    return ProcessDoor(FaultyService(Service(served_college())))


def page_of(response: Response) -> Any:
    """Return the decoded page of a response."""
    assert response.status == 200, response.body
    return json.loads(response.body)


def ids_of(page: Any) -> list[str]:
    """Return the ids of a page's sessions."""
    return [record["sessionId"] for record in page["data"]]


def walk(door: Door, **query: str) -> list[Any]:
    """Return all pages along nextCursor."""
    pages = [page_of(door.ask(**query))]
    while (cursor := pages[-1]["pagination"]["nextCursor"]) is not None:
        pages.append(page_of(door.ask(**query, cursor=cursor)))
        assert len(pages) < 200
    return pages


def all_ids(door: Door, **query: str) -> list[str]:
    """Return the ids of all pages."""
    return [session_id for page in walk(door, **query) for session_id in ids_of(page)]


AT_3 = When(3, 3)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ()),
        (" \n", ()),
        ("429@3", (Status(AT_3, 429, 1),)),
        ("429@5-9;retry-after=2", (Status(When(5, 9), 429, 2),)),
        ("429@3;retry-after=date;seconds=4", (Status(AT_3, 429, 4, as_date=True),)),
        ("429@3;retry-after=none", (Status(AT_3, 429),)),
        ("500@*10", (Status(When(10, None, 10), 500),)),
        ("502@3-,503;retry-after=0", (Status(When(3), 502), Status(When(), 503, 0))),
        ("reset@3, drop@3", (Reset(AT_3), Drop(AT_3))),
        ("stall@3;seconds=90,stall", (Stall(AT_3, 90.0), Stall(When(), 60.0))),
        ("drip@3;seconds=0.5,drip", (Drip(AT_3, 0.5), Drip(When(), 10.0))),
        ("short@3,html@3,empty@3,loop@3", (Short(AT_3), Html(AT_3), Empty(AT_3), Loop(AT_3))),
        ("fewer,duplicates", (Fewer(), Duplicates())),
        ("redirect@3;to=http://u@host:1/a?b=c", (Redirect(AT_3, "http://u@host:1/a?b=c"),)),
        ("total=+3,total=-2@3,total=fixed:7", (Total(When(), 3), Total(AT_3, -2), Total(When(), fixed=7))),
        ("clock=-3600,clock=60", (Clock(When(), -3600), Clock(When(), 60))),
    ],
)
def test_text_form(text: str, faults: tuple[Fault, ...]) -> None:
    """The text form of every fault is read as it is written."""
    assert parse_faults(text) == faults


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "'nonsense' is not a fault; known are 429, 500"),
        ("404@1", "'404@1' is not a fault"),
        ("429@1,", "'' is not a fault"),
        ("500@0", "after @ comes"),
        ("500@", "after @ comes"),
        ("500@two", "after @ comes"),
        ("500@*0", "after @ comes"),
        ("500@9-5", "'500@9-5': the range ends before it begins"),
        ("429@1;retry-after=soon", "retry-after is a whole number of seconds, date .* or none"),
        ("429@1;retry-after=date;seconds=x", "seconds must be a whole number of seconds"),
        ("429@1;seconds=2", "429 does not take seconds"),
        ("reset@1;seconds=2", "reset does not take seconds"),
        ("reset@1;", "reset does not take an option without a name"),
        ("html=3", "html does not take a value"),
        ("stall@1;seconds=-1", "seconds must be a number of seconds"),
        ("stall@1;seconds=1;seconds=2", "has the option seconds twice"),
        ("redirect@1", "to must be an address"),
        ("total", "the value must be [+]3 or -2"),
        ("total=3", "the value must be [+]3 or -2"),
        ("total=fixed:-1", "the value must be [+]3 or -2"),
        ("clock", "the value must be a whole number of seconds"),
        ("clock=5@2", "takes no @"),
    ],
)
def test_malformed_faults(text: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A fault that is not known or is malformed is refused with a message that says so; on the command line, code 2."""
    with pytest.raises(ValueError, match=message):
        parse_faults(text)
    with pytest.raises(SystemExit) as caught:
        main(["--faults", text])
    assert caught.value.code == 2
    assert "argument --faults: " in capsys.readouterr().err


@given(first=st.integers(1, 50), length=st.integers(0, 50), every=st.integers(1, 20), number=st.integers(1, 200))
def test_numbers_of_requests(first: int, length: int, every: int, number: int) -> None:
    """5, 5-9, 5- and *5 mean the fifth, the fifth to ninth, from the fifth on, and every fifth request."""

    def happens(when: str) -> bool:
        return number in parse_faults(f"reset@{when}")[0].when

    assert happens(f"{first}") == (number == first)
    assert happens(f"{first}-{first + length}") == (number in range(first, first + length + 1))
    assert happens(f"{first}-") == (number >= first)
    assert happens(f"*{every}") == (number % every == 0)


def test_without_faults(door: Door, truth: ProcessDoor) -> None:
    """Without faults the wrapper changes nothing, neither a page nor an error."""
    plain = Service(served_college())
    for query in ({}, {"limit": "7", "sort[field]": "endDate"}, {"limit": "x"}):
        expected = plain.handle(Request("GET", SESSIONS_PATH, tuple(query.items()), KEY))
        assert truth.ask(**query) == expected
        assert door.ask(**query).body == expected.body


@pytest.mark.parametrize(
    ("faults", "statuses"),
    [
        ("500@2", [200, 500, 200, 200, 200, 200]),
        ("502@2-3", [200, 502, 502, 200, 200, 200]),
        ("503@5-", [200, 200, 200, 200, 503, 503]),
        ("429@*3", [200, 200, 429, 200, 200, 429]),
        ("500@1,429@1-2,502@4", [500, 429, 200, 502, 200, 200]),
    ],
)
def test_statuses(door: Door, faults: str, statuses: list[int]) -> None:
    """Error statuses come at their requests, with the API's error body; the first fault of several wins."""
    door.commit(faults)
    answers = [door.ask(limit="1") for _ in statuses]
    assert [answer.status for answer in answers] == statuses
    for answer in answers:
        assert set(json.loads(answer.body)) == ({"data", "pagination"} if answer.status == 200 else {"error"})


def test_only_authorised_requests_count(door: Door) -> None:
    """Requests with a wrong key neither count nor meet a fault; faults set anew count from 1 again."""
    door.commit("500@2")
    assert [door.ask(key).status for key in (DEMO_KEY, "wrong", "wrong", DEMO_KEY, DEMO_KEY)] == [
        200,
        401,
        401,
        500,
        200,
    ]
    door.commit("503@1")
    assert [door.ask().status for _ in range(2)] == [503, 200]


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ("429@1", "1"),
        ("429@1;retry-after=7", "7"),
        ("503@1;retry-after=7", "7"),
        ("429@1;retry-after=none", None),
        ("500@1", None),
    ],
)
def test_retry_after(door: Door, faults: str, expected: str | None) -> None:
    """Retry-After has the seconds asked for, 1 for a 429 unless told otherwise, and is absent where it is to be."""
    door.commit(faults)
    assert door.ask().headers.get("retry-after") == expected


@pytest.mark.parametrize("shift_s", [0, -3600, 7200])
def test_retry_after_as_a_date(door: Door, shift_s: int) -> None:
    """Retry-After as an HTTP date lies the seconds asked for after the server's own clock, however wrong that is."""
    door.commit(f"429@1;retry-after=date;seconds=30,clock={shift_s}")
    begin_s = time.time()
    until_s = parsedate_to_datetime(door.ask().headers["retry-after"]).timestamp()
    assert begin_s + shift_s + 30 <= until_s <= time.time() + shift_s + 31


@pytest.mark.parametrize("shift_s", [-3600, 86_400])
def test_clock(door: Door, shift_s: int) -> None:
    """A clock that differs shows in the one Date of every response, refusals included."""
    door.commit(f"clock={shift_s}")
    for key in (DEMO_KEY, "wrong"):
        date = parsedate_to_datetime(door.ask(key).headers["date"]).timestamp()
        assert abs(date - shift_s - time.time()) < 3


def test_date_without_faults(wire: HttpDoor) -> None:
    """Over HTTP every response has one Date, of now."""
    wire.commit("")
    dates = wire.client.get(wire.sandbox.url, headers=KEY).headers.get_list("date")
    assert len(dates) == 1
    assert abs(parsedate_to_datetime(dates[0]).timestamp() - time.time()) < 3


def test_small_answers_come_at_once(wire: HttpDoor) -> None:
    """On a kept connection a small answer does not wait 40 ms for an acknowledgement (TCP_NODELAY)."""
    wire.commit("")
    elapsed_s = []
    for _ in range(21):
        begin_s = time.perf_counter()
        assert wire.ask(limit="1").status == 200
        elapsed_s.append(time.perf_counter() - begin_s)
    assert median(elapsed_s) < 0.03


def test_short(door: Door, truth: ProcessDoor) -> None:
    """A short body is the beginning of the true one, in a response that is whole as HTTP."""
    door.commit("short@1")
    whole = truth.ask().body
    cut = door.ask()
    assert cut.status == 200
    assert 0 < len(cut.body) < len(whole)
    assert whole.startswith(cut.body)
    assert int(cut.headers.get("content-length", len(cut.body))) == len(cut.body)
    with pytest.raises(json.JSONDecodeError):
        json.loads(cut.body)
    assert door.ask().body == whole


def test_html(door: Door) -> None:
    """A web page comes with status 200 and its own type."""
    door.commit("html@1")
    answer = door.ask()
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.body.startswith(b"<!doctype html>")


def test_redirect(door: Door) -> None:
    """A redirect leads to the address that was given."""
    door.commit("redirect@1;to=http://127.0.0.1:9/elsewhere?a=b")
    answer = door.ask()
    assert (answer.status, answer.headers["location"]) == (302, "http://127.0.0.1:9/elsewhere?a=b")


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("number", [1, 3])
def test_empty(door: Door, truth: ProcessDoor, order: dict[str, str], number: int) -> None:
    """An empty page has a next cursor unlike all others, and who follows it misses no session and gets none twice."""
    door.commit(f"empty@{number}")
    pages = walk(door, limit="20", **order)
    assert [position for position, page in enumerate(pages, start=1) if not page["data"]] == [number]
    cursors = [page["pagination"]["nextCursor"] for page in pages]
    assert len(set(cursors)) == len(cursors)
    assert [session_id for page in pages for session_id in ids_of(page)] == all_ids(truth, **order)


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("number", [1, 3])
def test_loop(door: Door, truth: ProcessDoor, order: dict[str, str], number: int) -> None:
    """Who follows a looping cursor gets the same page with the same cursor for ever; other walks go on to their end."""
    door.commit(f"loop@{number}")
    page = page_of(door.ask(limit="20", **order))
    for _ in range(number - 1):
        page = page_of(door.ask(limit="20", cursor=page["pagination"]["nextCursor"], **order))
    cursor = page["pagination"]["nextCursor"]
    for _ in range(10):
        again = page_of(door.ask(limit="20", cursor=cursor, **order))
        assert ids_of(again) == ids_of(page)
        assert again["pagination"]["nextCursor"] == cursor
    assert all_ids(door, limit="20", **order) == all_ids(truth, **order)


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize(("faults", "lengths"), [("fewer", {13}), ("fewer@2", {13, 20})])
def test_fewer(door: Door, truth: ProcessDoor, order: dict[str, str], faults: str, lengths: set[int]) -> None:
    """Pages have two thirds of the sessions asked for, say nothing of it, and lead to every session once."""
    door.commit(faults)
    pages = walk(door, limit="20", **order)
    assert {len(page["data"]) for page in pages[:-1]} == lengths
    assert {page["pagination"]["limit"] for page in pages} == {20}
    assert [session_id for page in pages for session_id in ids_of(page)] == all_ids(truth, **order)


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_duplicates(door: Door, truth: ProcessDoor, order: dict[str, str]) -> None:
    """A session stands twice on each page, another on two pages; all sessions come, no page is longer than asked."""
    door.commit("duplicates")
    pages = [ids_of(page) for page in walk(door, limit="20", **order)]
    expected = all_ids(truth, **order)
    assert all(len(page) > len(set(page)) for page in pages)
    assert all(set(page) & set(following) for page, following in pairwise(pages))
    assert max(map(len, pages)) == 20
    assert {session_id for page in pages for session_id in page} == set(expected)
    assert ids_of(page_of(door.ask(limit="1", **order))) == expected[:1]


@pytest.mark.parametrize(
    ("faults", "shown"),
    [
        ("total=+3", lambda n: n + 3),
        ("total=-2", lambda n: n - 2),
        ("total=-99999", lambda _: 0),
        ("total=fixed:7", lambda _: 7),
    ],
)
def test_total(door: Door, truth: ProcessDoor, faults: str, shown: Any) -> None:
    """A total lies on every page, filtered or not, and nothing else changes."""
    for query in ({}, {"limit": "1"}, {"endDate[lt]": "2025-01-01T00:00:00Z"}):
        expected = page_of(truth.ask(**query))
        expected["pagination"]["total"] = shown(expected["pagination"]["total"])
        door.commit(faults)
        assert page_of(door.ask(**query)) == expected


def test_page_faults_leave_errors_alone(door: Door) -> None:
    """A wrong parameter is answered with 400 whatever happens to pages."""
    door.commit("empty,loop,fewer,duplicates,total=+3")
    assert door.ask(limit="x").status == 400


def test_several_faults(door: Door, truth: ProcessDoor) -> None:
    """Faults joined by commas happen together."""
    door.commit("fewer,total=+3,clock=-3600")
    answer = door.ask()
    page, expected = page_of(answer), page_of(truth.ask())
    assert ids_of(page) == ids_of(expected)[:66]
    assert page["pagination"]["total"] == expected["pagination"]["total"] + 3
    assert "date" in answer.headers


def test_wire_faults_need_a_wire(truth: ProcessDoor) -> None:
    """In process, faults of the wire do nothing."""
    faulty = replace(truth, faulty=FaultyService(truth.faulty.service, parse_faults("reset,drop,stall,drip")))
    assert faulty.ask() == truth.ask()


def talk(sandbox: Sandbox, query: str = "limit=1") -> Iterator[bytes]:
    """Send a request through a plain socket and return what comes, piece by piece."""
    url = httpx.URL(sandbox.url)
    with socket.create_connection((url.host, url.port or 80), timeout=10) as connection:
        head = f"GET {url.path}?{query} HTTP/1.1\r\nhost: x\r\nx-api-key: {DEMO_KEY}\r\n\r\n"
        connection.sendall(head.encode())
        while piece := connection.recv(65536):
            yield piece


def test_reset(wire: HttpDoor) -> None:
    """A reset connection ends with RST and without a byte; the next request is answered."""
    wire.commit("reset@1-2")
    with pytest.raises(ConnectionResetError):
        list(talk(wire.sandbox))
    with pytest.raises(httpx.ReadError):
        wire.ask()
    assert wire.ask().status == 200


def test_drop(wire: HttpDoor, truth: ProcessDoor) -> None:
    """A dropped connection ends in the middle of a body whose length was promised."""
    wire.commit("drop@1-2")
    head, _, body = b"".join(talk(wire.sandbox)).partition(b"\r\n\r\n")
    whole = truth.ask(limit="1").body
    assert f"\r\ncontent-length: {len(whole)}\r\n".encode() in head
    assert 0 < len(body) < len(whole)
    assert whole.startswith(body)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        wire.ask()
    assert wire.ask().status == 200


def test_stall(wire: HttpDoor) -> None:
    """A stalled answer comes late, and others meanwhile on time; who does not wait gets none."""
    wire.commit("stall@1;seconds=0.6,stall@3;seconds=30")
    with ThreadPoolExecutor(1) as pool:
        begin_s = time.monotonic()
        stalled = pool.submit(wire.ask)
        time.sleep(0.2)
        assert wire.ask().status == 200
        assert time.monotonic() - begin_s < 0.6
        assert stalled.result().status == 200
        assert time.monotonic() - begin_s >= 0.6
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(wire.sandbox.url, headers=KEY, timeout=0.2)


def test_drip(wire: HttpDoor, truth: ProcessDoor) -> None:
    """A dripping answer comes in very small pieces, head included, for as long as it was told; it is whole."""
    wire.commit("drip@1-2;seconds=0.5")
    begin_s = time.monotonic()
    pieces = list(talk(wire.sandbox))
    assert time.monotonic() - begin_s >= 0.5
    assert len(pieces) > 100
    assert b"".join(pieces).partition(b"\r\n\r\n")[2] == truth.ask(limit="1").body
    assert wire.ask(limit="1").body == truth.ask(limit="1").body


def test_faults_of_the_command_line() -> None:
    """--faults happen without the control path; Ctrl-C ends the sandbox even while it stalls somebody who has left."""
    with running("--faults", "500@1,stall@2;seconds=60") as sandbox:
        assert httpx.get(sandbox.url, headers=KEY).status_code == 500
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(sandbox.url, headers=KEY, timeout=0.2)
        assert httpx.get(sandbox.url, headers=KEY).status_code == 200
        assert httpx.post(sandbox.control + "faults", headers=KEY).status_code == 404
        sandbox.process.send_signal(signal.SIGINT)
        rest, errors = sandbox.process.communicate(timeout=10)
        assert (sandbox.process.returncode, rest, errors) == (0, "", "")
