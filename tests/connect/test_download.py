"""The parallel download, over real HTTP: whatever the server does, every record arrives, and it ends."""

import datetime as dt
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartia.connect import download as module
from smartia.connect.client import Client
from smartia.connect.download import download
from smartia.connect.http import HttpSender
from smartia.connect.models import Misfit
from smartia.connect.records import Records
from smartia.connect.throttle import Throttle
from smartia.connect.windows import EVERYTHING, Window
from smartia.errors import DownloadError
from tests.handmade import Record, make_records, session_ids, spell_instant
from tests.servers import KEY, ReferenceServer, following_reference

TIMEOUT_S = 30
NEWEST = dt.datetime(2025, 9, 10, tzinfo=dt.UTC)
pytestmark = pytest.mark.usefixtures("one_try")


@dataclass
class Kept:
    """What one chain has brought, and the windows that it says are done."""

    window: Window
    ids: list[str] = field(default_factory=list)
    ended_at: list[dt.datetime] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)
    done: Window | None = None
    done_until: dt.datetime | None = None

    def add(self, sessions: Records, misfits: Sequence[Misfit], done_until: dt.datetime | None) -> None:
        """Keep a page."""
        self.ids += session_ids(sessions)
        self.ended_at += sessions.ended_at
        self.misfits += misfits
        self.done_until = done_until

    def close(self, end: dt.datetime | None) -> None:
        """Note that the chain came to its end."""
        self.done = Window(self.window.start, end)

    def stop(self) -> None:
        """Note what is done of a chain that broke off."""
        if self.done_until is not None:
            self.done = Window(self.window.start, self.done_until)


@contextmanager
def splitting(minimum: int) -> Iterator[None]:
    """Let chains give half of what they have left away from fewer sessions on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MINIMUM_SPLIT", minimum)
        yield


def fetch(
    server: ReferenceServer,
    windows: Sequence[Window] = (EVERYTHING,),
    threads: int = 6,
    on_received: Callable[[int, int], None] = lambda *_: None,
) -> tuple[list[Kept], DownloadError | None]:
    """Download some windows, in a time that a deadlock would exceed; returns the sinks, and the error if any."""
    sinks: list[Kept] = []

    def make_sink(window: Window) -> Kept:
        sinks.append(Kept(window))
        return sinks[-1]

    def run(client: Client) -> DownloadError | None:
        try:
            download(client, windows, make_sink, threads=threads, newest=NEWEST, on_received=on_received)
        except DownloadError as error:
            return error
        return None

    with HttpSender(server.base_url, KEY) as sender:
        client = Client(sender, Throttle(threads, first_wait_s=0.002))
        outcome: list[DownloadError | None] = []
        worker = threading.Thread(target=lambda: outcome.append(run(client)), daemon=True)
        worker.start()
        worker.join(TIMEOUT_S)
        assert not worker.is_alive(), "the download does not end"
    assert len(outcome) == 1, "the download raised something else than a DownloadError"
    return sinks, outcome[0]


def records_at(moments: Sequence[int]) -> list[Record]:
    """Make records that end at some hours of 2025, several at one moment where an hour comes again."""
    start = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    return [
        {**record, "endDate": spell_instant(start + dt.timedelta(hours=hour))}
        for record, hour in zip(make_records(1, len(moments)), moments, strict=True)
    ]


def ids_of(sinks: Sequence[Kept]) -> list[str]:
    """List the sessions that the sinks have taken."""
    return [name for sink in sinks for name in sink.ids]


def assert_cover(done: Sequence[Window], whole: Sequence[Window]) -> None:
    """Check that windows share nothing and leave nothing of the whole out."""
    assert not any(one.overlaps(other) for place, one in enumerate(done) for other in done[:place])
    assert [left for window in whole for left in window.without(done)] == []


@given(
    hours=st.lists(st.integers(0, 24 * 200), max_size=70),
    threads=st.integers(1, 9),
    page_size=st.one_of(st.none(), st.integers(1, 20)),
    storm=st.sampled_from([0.0, 0.0, 0.2]),
    cuts=st.lists(st.integers(0, 24 * 200), max_size=3, unique=True),
)
@settings(max_examples=30)
def test_everything_arrives(
    hours: list[int], threads: int, page_size: int | None, storm: float, cuts: list[int]
) -> None:
    """Any records in any windows, read by any number of threads: each arrives once, in the window of its chain.

    Several records may end at one moment, also where a window is split; the windows of the chains share nothing and
    leave nothing out.
    """
    records = records_at(hours)
    moments = [dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=hour) for hour in sorted(cuts)]
    windows = [Window(*pair) for pair in zip([None, *moments], [*moments, None], strict=True)]
    with splitting(2), following_reference(records) as server:
        server.page_size, server.storm = page_size, storm
        sinks, error = fetch(server, windows, threads)
    assert error is None
    assert sorted(ids_of(sinks)) == sorted(record["sessionId"] for record in records)
    done = [sink.done for sink in sinks if sink.done is not None]
    assert len(done) == len(sinks)
    assert_cover(done, windows)
    for sink in sinks:
        assert sink.done is not None
        assert all(end in sink.done for end in sink.ended_at)


@given(
    seed=st.integers(0, 10**6),
    size=st.integers(60, 160),
    threads=st.integers(2, 9),
    factor=st.sampled_from([-1.0, -0.5, 0.0, 0.5, 3.0]),
    is_sorted=st.booleans(),
)
@settings(max_examples=15)
def test_a_server_that_lies(seed: int, size: int, threads: int, factor: float, is_sorted: bool) -> None:
    """A server whose total is far off, or that ignores the order asked for, delays nothing and loses nothing."""
    records = make_records(seed, size)
    with splitting(5), following_reference(records, seed=seed) as server:
        server.page_size, server.ignores_sort = 20, not is_sorted
        server.lie = lambda _: round(factor * size)
        sinks, error = fetch(server, threads=threads)
    assert error is None
    assert set(ids_of(sinks)) == {record["sessionId"] for record in records}
    assert len(ids_of(sinks)) == size
    assert_cover([sink.done for sink in sinks if sink.done is not None], [EVERYTHING])


def test_work_is_shared() -> None:
    """A large window is split among the threads, whatever it is cut into; a small one is read by one chain."""
    records = make_records(4, 300)
    with following_reference(records, pause_s=0.03) as server:
        server.page_size = 10
        with splitting(40):
            sinks, error = fetch(server, threads=6)
        assert error is None
        assert len(sinks) >= 5
        assert len(server.asked) <= 300 / 10 + 2 * len(sinks)
        assert server.most_in_flight > 3
        alone, _ = fetch(server, threads=6)
        assert len(alone) == 1
    assert sorted(ids_of(sinks)) == sorted(ids_of(alone))


def test_the_count_of_what_has_come() -> None:
    """After every page is told how much has come, never less than before, and how much there will be."""
    told: list[tuple[int, int]] = []
    with splitting(20), following_reference(make_records(4, 150)) as server:
        server.page_size = 10
        fetch(server, on_received=lambda received, total: told.append((received, total)))
    assert [received for received, _ in told] == sorted(received for received, _ in told)
    assert told[-1] == (150, 150)
    assert {total for _, total in told} == {150}


def test_misfits_arrive() -> None:
    """Records that do not fit arrive too, whichever chain comes by."""
    records = make_records(5, 100)
    for record in records[::5]:
        record["status"] = "STARTED"
    with splitting(10), following_reference(records) as server:
        server.page_size = 7
        sinks, _ = fetch(server)
    assert sorted(ids_of(sinks)) == sorted(record["sessionId"] for record in records if record["status"] == "COMPLETED")
    assert len({misfit.record for sink in sinks for misfit in sink.misfits}) >= 20


@pytest.mark.parametrize("fault", [500, 0, 401])
@pytest.mark.parametrize("request_number", [1, 2, 5, 9, 14])
def test_a_broken_chain_keeps_what_is_done(fault: int, request_number: int) -> None:
    """When the server fails at any moment all chains stop, and what they call done is whole."""
    records = make_records(6, 150)
    with splitting(20), following_reference(records) as server:
        server.page_size, server.fail_from, server.fault = 10, request_number, fault
        sinks, error = fetch(server, threads=4)
        assert error is not None
        assert len(server.asked) <= request_number + 4
    done = [sink.done for sink in sinks if sink.done is not None]
    assert not any(one.overlaps(other) for place, one in enumerate(done) for other in done[:place])
    found = set(ids_of(sinks))
    for record in records:
        if any(dt.datetime.fromisoformat(record["endDate"]) in window for window in done):
            assert record["sessionId"] in found
    assert request_number < 5 or found


def test_records_that_come_and_go() -> None:
    """While records are erased and added, every record that is there throughout arrives once."""
    rng = random.Random(8)
    records = make_records(7, 200)
    passing, steady = records[:60], records[60:]
    with splitting(20), following_reference(steady + passing[:30], pause_s=0.002) as server:
        server.page_size = 10

        def stir(*_: object) -> None:
            server.records = steady + rng.sample(passing, 30)

        sinks, error = fetch(server, on_received=stir)
    assert error is None
    found = ids_of(sinks)
    assert len(found) == len(set(found)) or set(found) - {record["sessionId"] for record in steady}
    assert {record["sessionId"] for record in steady} <= set(found)
    assert [found.count(record["sessionId"]) for record in steady] == [1] * len(steady)


def test_a_sink_that_fails() -> None:
    """An error of a sink, such as a full disk, stops every chain and is raised."""

    class Full(Kept):
        def add(self, *_: object) -> None:
            raise OSError("full")

    with splitting(5), following_reference(make_records(8, 80)) as server, HttpSender(server.base_url, KEY) as sender:
        client = Client(sender, Throttle(4))
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(
                download, client, [EVERYTHING], Full, threads=4, newest=NEWEST, on_received=lambda *_: None
            )
            with pytest.raises(OSError, match="full"):
                future.result(TIMEOUT_S)


def test_no_windows() -> None:
    """Nothing to read is no request."""
    with following_reference(make_records(8, 5)) as server:
        assert fetch(server, []) == ([], None)
        assert server.asked == []


def test_the_lie_is_told_by_window() -> None:
    """A total that is wrong for one window alone does not touch the others."""
    records = make_records(9, 90)

    def lie(asked: Mapping[str, str]) -> int:
        return 1000 if "endDate[lt]" in asked else 0

    with splitting(10), following_reference(records) as server:
        server.page_size, server.lie = 8, lie
        sinks, error = fetch(server)
    assert error is None
    assert sorted(ids_of(sinks)) == sorted(record["sessionId"] for record in records)
