"""Incremental refreshes: what they ask for, and that they end with exactly what the server has."""

import datetime as dt
import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartia.store import refresh
from smartia.store.files import DiskFiles
from smartia.store.refresh import LOOKBACK_ROWS
from smartia.store.snapshot import MANIFEST, open_snapshot
from tests.handmade import Record, make_records
from tests.servers import following_reference
from tests.store.accounts import NO_AGE, again, assert_holds, bring, everything_in
from tests.store.test_snapshot import files_of

SIZE = 300
pytestmark = pytest.mark.usefixtures("one_try")


def in_order(seed: int = 1, size: int = SIZE) -> list[Record]:
    """Make records of seven months, in order of their end."""
    pool = [record for record in make_records(seed, 5 * size + 50) if "2023-12" <= record["endDate"] < "2024-07"]
    return sorted(pool[:size], key=lambda record: str(record["endDate"]))


def ended(record: Record, moment: str) -> Record:
    """Return a record with another end."""
    return {**record, "endDate": moment}


def month_files(folder: Path) -> dict[str, bytes]:
    """Read the files of all months."""
    return {name: content for name, content in files_of(folder).items() if name.startswith("month=")}


def window_of(month: str) -> tuple[str, str]:
    """Spell the bounds of a calendar month as the client must ask for them."""
    year, number = int(month[:4]), int(month[5:])
    following = f"{year + number // 12}-{number % 12 + 1:02d}"
    return f"{month}-01T00:00:00.000Z", f"{following}-01T00:00:00.000Z"


def renamed(record: Record) -> Record:
    """Return a record with a corrected name."""
    changed: Record = json.loads(json.dumps(record))
    changed["user"]["lastName"] = "Corrected"
    return changed


@pytest.mark.parametrize("size", [0, 1, 100, LOOKBACK_ROWS, LOOKBACK_ROWS + 1, SIZE])
def test_nothing_new(tmp_path: Path, size: int) -> None:
    """With nothing new three requests are enough, no file of a month is touched, and the snapshot keeps its name."""
    records = in_order(size=size)
    with following_reference(records) as server:
        server.page_size = 100
        first = bring(server, tmp_path)
        before = month_files(tmp_path)
        second = again(server, tmp_path)
        assert len(server.asked) <= 3
        assert server.counted == [("", "")]
        start = "" if size < LOOKBACK_ROWS else dt.datetime.fromisoformat(records[-LOOKBACK_ROWS]["endDate"])
        assert [first and dt.datetime.fromisoformat(first) for first, _ in server.windows] == [start]
    assert month_files(tmp_path) == before
    assert second.manifest.snapshot_id == first.manifest.snapshot_id
    assert second.manifest.months == first.manifest.months
    assert second.manifest.fetched_at > first.manifest.fetched_at
    assert second.manifest.full_at == first.manifest.full_at
    assert_holds(tmp_path, records)


@pytest.mark.parametrize("number", [1, 30, 240])
def test_new_sessions(tmp_path: Path, number: int) -> None:
    """New sessions at the end come with a few more pages, and without any download of a month."""
    records = in_order()
    with following_reference(records[:-number]) as server:
        server.page_size = 100
        first = bring(server, tmp_path)
        server.records = records
        second = again(server, tmp_path)
        assert len(server.asked) <= (LOOKBACK_ROWS + number) // 100 + 2
        assert len(server.windows) == 1
    assert second.manifest.snapshot_id != first.manifest.snapshot_id
    assert_holds(tmp_path, records)


def gone(place: int) -> Callable[[list[Record]], list[Record]]:
    """Erase the record at a place in order of the ends."""
    return lambda records: [record for number, record in enumerate(records) if number != place % len(records)]


CHANGES: dict[str, Callable[[list[Record]], list[Record]]] = {
    "erased near the end": gone(-3),
    "the last one erased": gone(-1),
    "erased in an old month": gone(40),
    "the first one erased": gone(0),
    "a whole month erased": lambda records: [r for r in records if not r["endDate"].startswith("2024-02")],
    "a whole account erased": lambda _: [],
    "late, into an old month": lambda records: [*records, ended(make_records(2, 1)[0], "2024-03-05T10:00:00.000Z")],
    "late, before the first month": lambda records: [
        *records,
        ended(make_records(2, 1)[0], "2019-03-05T10:00:00.000Z"),
    ],
    "after a gap": lambda records: [*records, ended(make_records(2, 1)[0], "2026-06-05T10:00:00.000Z")],
    "one erased and one late": lambda records: [*records[1:], ended(make_records(2, 1)[0], "2024-03-05T10:00:00.000Z")],
    "corrected near the end": lambda records: [*records[:-5], renamed(records[-5]), *records[-4:]],
    "all replaced by others": lambda _: in_order(7, 60),
    "moved from an old month to the end": lambda records: [*records[1:], ended(records[0], "2024-06-30T23:00:00.000Z")],
}


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "one erased and one late"])
def test_changes_are_found(tmp_path: Path, name: str) -> None:
    """Whatever is erased, added or moved, the next refresh ends with exactly what the server has, and says so."""
    records = in_order()
    with following_reference(records) as server:
        first = bring(server, tmp_path)
        server.records = CHANGES[name](records)
        second = again(server, tmp_path)
        assert_holds(tmp_path, server.records)
        assert second.manifest.snapshot_id != first.manifest.snapshot_id
        assert second.manifest.disputed == {}
        server.page_size = 100
        asked = len(again(server, tmp_path).manifest.months) and len(server.asked)
        assert asked <= 6
    left = {record["sessionId"] for record in server.records}
    written = everything_in(tmp_path)
    assert [
        record["sessionId"] for record in records if record["sessionId"] not in left and record["sessionId"] in written
    ] == []


def test_only_what_differs_is_downloaded_again(tmp_path: Path) -> None:
    """A session erased in one old month and one late in another: just these two months are read again.

    All others keep their files byte for byte. The counts of all months are asked for once.
    """
    records = in_order()
    old = next(number for number, record in enumerate(records) if record["endDate"].startswith("2024-02"))
    with following_reference(records) as server:
        server.page_size = 100
        months = sorted(bring(server, tmp_path).manifest.months)
        before = month_files(tmp_path)
        late = [ended(record, "2024-01-05T10:00:00.000Z") for record in make_records(3, 2)]
        server.records = records[:old] + records[old + 1 :] + late
        again(server, tmp_path)
        assert sorted(server.windows[1:]) == [window_of("2024-01"), window_of("2024-02")]
        assert set(server.counted) >= {window_of(month) for month in months}
        assert len(server.counted) == len(months) + 4  # before, behind, and the whole before and after
        assert_holds(tmp_path, server.records)
    after = month_files(tmp_path)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert {name.split("/")[0] for name in changed} == {"month=2024-01", "month=2024-02"}


def open_months(folder: Path) -> list[str]:
    """List the months held."""
    return sorted(open_snapshot(DiskFiles(folder)).manifest.months)


def test_corrected_long_ago(tmp_path: Path) -> None:
    """A correction further back than the lookback changes no total: only a full refresh sees it."""
    records = in_order()
    with following_reference(records) as server:
        bring(server, tmp_path)
        server.records = [renamed(records[0]), *records[1:]]
        again(server, tmp_path)
        assert_holds(tmp_path, records)
        before = month_files(tmp_path)
        bring(server, tmp_path, "full")
        assert_holds(tmp_path, server.records)
    after = month_files(tmp_path)
    assert len({name for name in before if name not in after}) == 1
    assert records[0]["user"]["fullName"] in everything_in(tmp_path)


def test_one_erased_and_one_late(tmp_path: Path) -> None:
    """Two changes in the old months that cancel each other out in the total are seen by the full refresh."""
    records = in_order()
    with following_reference(records) as server:
        bring(server, tmp_path)
        server.records = CHANGES["one erased and one late"](records)
        bring(server, tmp_path, "full")
        assert_holds(tmp_path, server.records)


def test_weekly_full(tmp_path: Path) -> None:
    """Once the last full download is older than `full_every`, "auto" downloads everything."""
    records = in_order()
    with following_reference(records) as server:
        first = bring(server, tmp_path)
        server.records = [renamed(records[0]), *records[1:]]
        server.asked.clear()
        second = bring(server, tmp_path, "auto", NO_AGE, full_every=NO_AGE)
        assert server.windows[0] == ("", "")
        assert second.manifest.full_at > first.manifest.full_at
        assert_holds(tmp_path, server.records)
        assert again(server, tmp_path).manifest.full_at == second.manifest.full_at


LIES: dict[str, tuple[Callable[[Mapping[str, str]], int], int]] = {
    "a constant, without filters": (lambda asked: 0 if "endDate[gte]" in asked or "endDate[lt]" in asked else 7, 7),
    "too few, without filters": (lambda asked: 0 if "endDate[gte]" in asked or "endDate[lt]" in asked else -7, -7),
    "a constant, everywhere": (lambda _: 3, 3),
    "one month, and the whole": (
        lambda asked: 2 if asked.get("endDate[gte]", "").startswith("2024-05-01") or "endDate[gte]" not in asked else 0,
        2,
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_a_total_that_lies(tmp_path: Path, name: str) -> None:
    """A total that is wrong for good ends in a difference that the manifest states, and nothing is lost.

    Months that differ are read again once; while the API says the same of them they are not read another time. Once
    the total is right, the difference is gone.
    """
    records = in_order()
    lie, difference = LIES[name]
    with following_reference(records) as server:
        server.lie = lie
        first = bring(server, tmp_path)
        assert first.manifest.missing == difference
        second = again(server, tmp_path)
        assert len(server.windows) == 1  # the lookback alone
        assert second.manifest.missing == difference
        assert second.manifest.disputed == first.manifest.disputed
        assert second.manifest.snapshot_id == first.manifest.snapshot_id
        assert set(second.sessions["session_id"]) == {record["sessionId"] for record in records}
        server.lie = lambda _: 0
        third = again(server, tmp_path)
        assert (third.manifest.missing, third.manifest.disputed) == (0, {})
    assert_holds(tmp_path, records)


def test_a_disputed_month_that_changes(tmp_path: Path) -> None:
    """A month whose count was disputed is read again as soon as the API says something else of it."""
    records = in_order()
    with following_reference(records) as server:
        server.lie = LIES["one month, and the whole"][0]
        assert bring(server, tmp_path).manifest.disputed.keys() >= {"2024-05"}
        server.records = [*records, ended(make_records(3, 1)[0], "2024-05-05T10:00:00.000Z")]
        again(server, tmp_path)
        assert window_of("2024-05") in server.windows
        assert len(open_snapshot(DiskFiles(tmp_path)).sessions) == SIZE + 1


def test_misfits_come_and_go(tmp_path: Path) -> None:
    """Records set aside count towards the total, stay while they are there, and go with the API's own.

    That includes one without a readable end, which no window of endDate brings.
    """
    records: list[Any] = in_order()
    broken = [{**records[number], "status": "STARTED"} for number in (3, -2)]
    endless = {**records[-1], "sessionId": "no end", "endDate": ""}  # the first one by its end
    whole = records[:3] + records[4:-2] + records[-1:]
    with following_reference([*whole, *broken, endless]) as server:
        server.is_contrary = False
        first = bring(server, tmp_path)
        assert (first.manifest.rejected, first.manifest.missing) == (3, 0)
        for _ in range(2):
            second = again(server, tmp_path)
            assert len(server.asked) <= 8
            assert (second.manifest.rejected, second.manifest.missing) == (3, 0)
            assert second.manifest.snapshot_id == first.manifest.snapshot_id
        server.records = [*whole, broken[1], endless]
        assert again(server, tmp_path).manifest.rejected == 2
        server.records = [*whole, records[3], records[-2]]
        bring(server, tmp_path, "full")
    assert_holds(tmp_path, server.records)
    assert not list(tmp_path.rglob("rejected-*"))


@given(seed=st.integers(0, 10**6), turns=st.integers(1, 4))
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history(tmp_path_factory: pytest.TempPathFactory, seed: int, turns: int) -> None:
    """After any sequence of erasures and arrivals, a refresh holds as many as the server, and a full one the same."""
    rng = random.Random(seed)
    folder = tmp_path_factory.mktemp("account")
    pool = make_records(seed, 260)
    with following_reference(rng.sample(pool, rng.randrange(261)), seed=seed) as server:
        bring(server, folder)
        for _ in range(turns):
            erased = rng.choice([0, 1, 5, 200])
            server.records = rng.sample(server.records, max(0, len(server.records) - erased))
            present = {record["sessionId"] for record in server.records}
            absent = [record for record in pool if record["sessionId"] not in present]
            server.records += rng.sample(absent, min(len(absent), rng.choice([0, 2, 30])))
            manifest = again(server, folder).manifest
            assert (manifest.rows, manifest.missing) == (len(server.records), 0)
        bring(server, folder, "full")
        assert_holds(folder, server.records)


def test_moved_while_paging(tmp_path: Path) -> None:
    """A session whose end changes while pages are read, so that it is served twice, is held once, as it is now."""
    records = in_order(size=120)
    moved = ended(records[0], "2025-10-02T10:00:00.000Z")
    with following_reference(records) as server:
        server.page_size = 50

        class Moving(list[Any]):
            def append(self, progress: object) -> None:
                super().append(progress)
                server.records = [moved, *records[1:]]

        bring(server, tmp_path, found=Moving())
        assert_holds(tmp_path, [moved, *records[1:]])


def test_a_repair_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the months that differ are not read, the copy says by how much it differs, and the next refresh mends it."""
    monkeypatch.setattr(refresh, "REPAIRS", 0)
    records = in_order()
    with following_reference(records) as server:
        bring(server, tmp_path)
        server.records = records[1:]
        assert again(server, tmp_path).manifest.missing == -1
        monkeypatch.undo()
        again(server, tmp_path)
        assert_holds(tmp_path, records[1:])


def test_a_count_that_fails(tmp_path: Path) -> None:
    """A refresh that cannot ask for the total leaves no copy that claims to be complete."""
    records = in_order()
    with following_reference(records) as server:
        server.page_size = 100
        bring(server, tmp_path)
        before = (tmp_path / MANIFEST).read_bytes()
        server.records = records[1:]
        server.asked.clear()
        server.fail_from = 3
        with pytest.raises(Exception, match="500"):
            bring(server, tmp_path, "auto", NO_AGE)
        assert (tmp_path / MANIFEST).read_bytes() == before
        server.fail_from = None
        again(server, tmp_path)
        assert_holds(tmp_path, records[1:])
