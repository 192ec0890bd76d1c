"""Snapshots: what is written is what opens, whatever happens in between."""

import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import smartia
from smartia.connect.models import Misfit, Position
from smartia.connect.windows import EVERYTHING
from smartia.errors import CacheUnwritableError, NoSnapshotError, SnapshotUnreadableError
from smartia.store.commit import commit
from smartia.store.files import DiskFiles
from smartia.store.manifest import VERSION
from smartia.store.merge import Merger
from smartia.store.parts import PartStore
from smartia.store.snapshot import MANIFEST, Snapshot, open_snapshot
from smartia.table.frames import ANALYSIS_STORED, analysis_frame, sessions_frame
from tests.handmade import NOW, Record, decode, expected_rows, flatten, make_records
from tests.store.test_files import disk_with_room_for, mode_of
from tests.table.test_frames import rows_of

ROOT = Path(smartia.__file__).parents[1]
KILLS = 15
STRANGE_ENDS = {
    "2025-01-31T23:30:00-01:00": "2025-02",
    "2025-03-01T00:00:00": "2025-03",
}


def write(
    folder: Path, records: list[Record], misfits: list[Misfit] | None = None, total: int | None = None
) -> Snapshot:
    """Write a snapshot of some records, as after a full download of them in one part."""
    parts = PartStore(DiskFiles(folder))
    sink = parts.sink(EVERYTHING)
    sink.add(decode(records), misfits or [], None)
    sink.close(None)
    promised = len(records) + len(misfits or []) if total is None else total
    with Merger(DiskFiles(folder), None, [EVERYTHING], parts) as merger:
        snapshot = commit(merger, fetched_at=NOW, full_at=NOW, count=lambda: promised, source="test")
    parts.clear()
    return snapshot


def misfit(record: object, place: int = 1) -> Misfit:
    """Set a record aside."""
    return Misfit(Position(2, place), "status is missing", json.dumps(record))


def files_of(folder: Path) -> dict[str, bytes]:
    """Read every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@given(seed=st.integers(0, 10**6), size=st.integers(0, 15))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_round_trip(tmp_path: Path, seed: int, size: int) -> None:
    """Any sessions that are written are those that open, in order of their end, with every value and type."""
    records = make_records(seed, size) if size else []
    written = write(tmp_path, records, total=size + 3)
    opened = open_snapshot(DiskFiles(tmp_path))
    assert opened.manifest == written.manifest
    assert rows_of(opened.sessions) == expected_rows(records)
    ordered = flatten(decode(records)).sort_by([("ended_at", "ascending"), ("session_id", "ascending")])
    pd.testing.assert_frame_equal(opened.sessions, sessions_frame(ordered))
    manifest = opened.manifest
    assert (manifest.rows, manifest.rejected, manifest.duplicates, manifest.missing) == (size, 0, 0, 3)
    assert (manifest.source, manifest.fetched_at) == ("test", NOW)
    assert len(opened.analysis()) == size


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.integers(0, 199), max_size=30))
def test_rows_by_their_place(tmp_path: Path, places: list[int]) -> None:
    """Rows read by place are those of the whole table, in the order asked for, repeats included."""
    folder = tmp_path / "account"
    snapshot = open_snapshot(DiskFiles(folder)) if folder.exists() else write(folder, make_records(5, 200))
    columns = ["full_name", "ended_at"]
    assert (
        snapshot.read_rows(columns, places).to_pylist()
        == snapshot.read(columns).take(pa.array(places, pa.int64())).to_pylist()
    )


@pytest.mark.parametrize("rows_at_once", [1, 7, 40])
def test_the_analysis_frame_is_read_in_any_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_at_once: int
) -> None:
    """However many sessions are read at a time, and with months that hold none, the frame is the same."""
    snapshot = write(tmp_path / "account", make_records(1, 60), [misfit({"endDate": "2020-01-01T00:00:00Z"})])
    expected = analysis_frame(snapshot.read(ANALYSIS_STORED))
    assert len(expected) == 60
    monkeypatch.setattr("smartia.store.snapshot.PIECE_ROWS", rows_at_once)
    pd.testing.assert_frame_equal(snapshot.analysis(), expected)


def test_months_and_modes(tmp_path: Path) -> None:
    """Each month of ended_at in UTC has its folder; folders are 0700 and files 0600, whatever the umask."""
    records = make_records(1, 60)
    before = os.umask(0)
    try:
        snapshot = write(tmp_path / "cache" / "account", records, [misfit({"endDate": "2020-01-01T00:00:00Z"})])
    finally:
        os.umask(before)
    months = {record["endDate"][:7] for record in records}
    assert len(months) > 6
    assert set(snapshot.manifest.months) == months | {"2020-01"}
    for month in months:
        assert snapshot.manifest.months[month].rows == sum(record["endDate"].startswith(month) for record in records)
    paths = list((tmp_path / "cache").rglob("*"))
    assert {mode_of(path) for path in paths if path.is_dir()} == {0o700}
    assert {mode_of(path) for path in paths if path.is_file()} == {0o600}


def test_duplicates_keep_the_last(tmp_path: Path) -> None:
    """Of several rows of one session the one that came last is kept, and the others are counted."""
    records = make_records(2, 20)
    newer = json.loads(json.dumps(records[:5]))
    for record in newer:
        record["user"]["lastName"] = "Renamed"
        record["endDate"] = record["endDate"][:8] + "02T10:00:00.000Z"
    snapshot = write(tmp_path, records + newer + newer)
    assert rows_of(snapshot.sessions) == expected_rows(newer + records[5:])
    assert (snapshot.manifest.rows, snapshot.manifest.duplicates) == (20, 10)


def test_misfits(tmp_path: Path) -> None:
    """Misfits lie with the month of their end, else with "unknown"; the same record twice is kept once."""
    ends = [*STRANGE_ENDS, "0001-01-01T00:00:00Z", "soon", None, 7, "9999-12-31T23:59:59-10:00"]
    set_aside = [misfit({"endDate": end, "name": "Zoë"}, place) for place, end in enumerate(ends, start=1)]
    set_aside += [misfit([1], 90), misfit("\ud800", 91), Misfit(Position(9, 9), "no text", "\\xed\\xa0\\x80")]
    snapshot = write(tmp_path, [], [*set_aside, set_aside[0]], total=len(set_aside))
    rejected = open_snapshot(DiskFiles(tmp_path)).rejected
    assert snapshot.manifest.rejected == len(rejected) == len(set_aside)
    assert (snapshot.manifest.missing, snapshot.manifest.duplicates) == (0, 0)
    assert rejected.columns.tolist() == ["month", "since", "page", "record", "reason", "content"]
    months = dict(zip(rejected["content"], rejected["month"], strict=True))
    for one in set_aside:
        end = json.loads(one.record)["endDate"] if one.record.startswith("{") else None
        assert months[one.record] == STRANGE_ENDS.get(str(end), "unknown")
    places = {(row.page, row.record, row.reason) for row in rejected.itertuples()}
    assert places == {(one.position.page, one.position.record, one.reason) for one in set_aside}
    assert open_snapshot(DiskFiles(tmp_path)).sessions.empty


def test_what_is_replaced_is_gone(tmp_path: Path) -> None:
    """After a new snapshot no file of the old one and none that a kill left is on the disk, and other files stay."""
    write(tmp_path, make_records(3, 40), [misfit({"name": "erased"})])
    (tmp_path / "refresh.lock").touch()
    (tmp_path / f".{MANIFEST}.abcd.tmp").touch()
    (tmp_path / "month=2001-01").mkdir()
    (tmp_path / "month=2001-01" / ".sessions-00.parquet.abcd.tmp").touch()
    snapshot = write(tmp_path, make_records(4, 3))
    names = {Path(name).name for name in files_of(tmp_path)}
    generation = snapshot.manifest.snapshot_id
    assert names == {MANIFEST, "refresh.lock", f"sessions-{generation}.parquet"}
    assert {path.name for path in tmp_path.glob("month=*")} == {f"month={month}" for month in snapshot.manifest.months}


def test_no_snapshot(tmp_path: Path) -> None:
    """A folder without a manifest, or no folder at all, is told apart from damage."""
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(NoSnapshotError, match="Nothing has been downloaded yet"):
            open_snapshot(DiskFiles(folder))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "list of contents is damaged"),
        (b"{", "list of contents is damaged"),
        (b"[]", "list of contents is damaged"),
        (b"\xff\xfe", "list of contents is damaged"),
        (b'{"version": "1"}', "list of contents is damaged"),
        (f'{{"version": {VERSION}}}'.encode(), "list of contents is damaged"),
        (f'{{"version": {VERSION + 1}}}'.encode(), f"of version {VERSION + 1}, and this smartia reads {VERSION}"),
        (b'{"version": 0, "more": 1}', "of version 0"),
    ],
)
def test_a_damaged_manifest(tmp_path: Path, content: bytes, words: str) -> None:
    """A manifest that is damaged or of another version says so, and that a refresh cures it."""
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(SnapshotUnreadableError, match=words) as caught:
        open_snapshot(DiskFiles(tmp_path))
    assert "Refresh" in caught.value.remedy
    assert len(write(tmp_path, make_records(1, 2)).sessions) == 2


def test_a_manifest_that_is_a_folder(tmp_path: Path) -> None:
    """A manifest that cannot be read is damage too."""
    (tmp_path / MANIFEST).mkdir()
    with pytest.raises(SnapshotUnreadableError, match="cannot be read"):
        open_snapshot(DiskFiles(tmp_path))


def cut(path: Path) -> None:
    """Cut a file in half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def scramble(path: Path) -> None:
    """Overwrite a file with noise."""
    path.write_bytes(random.Random(1).randbytes(500))


@pytest.mark.parametrize("harm", [Path.unlink, cut, scramble, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("pattern", ["sessions-*.parquet", "rejected-*.jsonl"])
def test_a_damaged_file(tmp_path: Path, harm: Callable[[Path], object], pattern: str) -> None:
    """A file that is missing, cut, scrambled or empty is damage, found when it is read and named in plain words."""
    write(tmp_path, make_records(5, 30), [misfit({"name": str(number)}, number) for number in range(20)])
    harm(min(tmp_path.rglob(pattern)))
    snapshot = open_snapshot(DiskFiles(tmp_path))
    readers = {"sessions-*.parquet": lambda: snapshot.sessions, "rejected-*.jsonl": lambda: snapshot.rejected}
    for look in (readers[pattern], snapshot.check_files):
        with pytest.raises(SnapshotUnreadableError, match="saved copy of the sessions cannot be opened") as caught:
            look()
        assert str(tmp_path) not in str(caught.value)


def test_a_file_of_another_length(tmp_path: Path) -> None:
    """A month that holds another number of rows than promised is not whole."""
    months = sorted(write(tmp_path, make_records(5, 30)).manifest.months)
    manifest = json.loads((tmp_path / MANIFEST).read_bytes())
    manifest["months"][months[0]]["rows"] += 1
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    snapshot = open_snapshot(DiskFiles(tmp_path))
    for look in (snapshot.check_files, snapshot.analysis):
        with pytest.raises(SnapshotUnreadableError, match=f"the month {months[0]} is not whole"):
            look()


def test_a_whole_snapshot_passes(tmp_path: Path) -> None:
    """A snapshot that is whole passes the look at its files, and so does an empty one."""
    write(tmp_path, make_records(5, 30), [misfit({"name": "x"})]).check_files()
    write(tmp_path, []).check_files()


def test_a_reader_of_the_old_snapshot(tmp_path: Path) -> None:
    """Who has read the old snapshot keeps it; who has not is told, once it was replaced."""
    write(tmp_path, make_records(6, 10))
    reader, late_reader = open_snapshot(DiskFiles(tmp_path)), open_snapshot(DiskFiles(tmp_path))
    assert len(reader.sessions) == 10
    write(tmp_path, make_records(7, 12))
    assert len(reader.sessions) == 10
    with pytest.raises(SnapshotUnreadableError):
        _ = late_reader.sessions
    assert len(open_snapshot(DiskFiles(tmp_path)).sessions) == 12


def test_a_full_disk(tmp_path: Path) -> None:
    """When the disk is full the old snapshot stays byte for byte readable, and the error is the store's."""
    write(tmp_path, make_records(8, 30))
    before = open_snapshot(DiskFiles(tmp_path))
    with disk_with_room_for(2000), pytest.raises(CacheUnwritableError):
        write(tmp_path, make_records(9, 300))
    after = open_snapshot(DiskFiles(tmp_path))
    assert after.manifest == before.manifest
    assert rows_of(after.sessions) == expected_rows(make_records(8, 30))
    assert write(tmp_path, make_records(9, 300)).manifest.rows == 300
    assert len(list(tmp_path.rglob("*.tmp"))) == 0


def test_a_cache_folder_that_cannot_be(tmp_path: Path) -> None:
    """Where the folder cannot be made, the error is the store's and names no path."""
    (tmp_path / "file").touch()
    with pytest.raises(CacheUnwritableError) as caught:
        write(tmp_path / "file" / "account", make_records(1, 1))
    assert str(tmp_path) not in str(caught.value)


def test_the_schema_is_kept(tmp_path: Path) -> None:
    """Columns read alone have the stored types, also from an empty snapshot, and come in the order asked for."""
    full, empty = write(tmp_path / "full", make_records(1, 9)), write(tmp_path / "empty", [])
    for snapshot in (full, empty):
        table = snapshot.read(["subject", "level_half", "ended_at"])
        assert table.schema.names == ["subject", "level_half", "ended_at"]
        assert table.schema.types == [pa.string(), pa.dictionary(pa.int32(), pa.string()), pa.timestamp("us", tz="UTC")]


NURSERY = """
import os, sys
from pathlib import Path
from tests.store.test_snapshot import write
from tests.handmade import make_records
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        folder, turn = Path(line.strip()), 0
        while True:
            size = (40, 60)[turn % 2]
            write(folder, make_records(size, size), total=size)
            if turn == 0:
                print(os.getpid(), flush=True)
            turn += 1
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


def test_kill_at_any_moment(tmp_path: Path) -> None:
    """A process that writes snapshot after snapshot, killed at random moments, always leaves a whole one.

    It is the one before or the one after, never a mixture; and the next write leaves nothing of the killed one.
    """
    rng = random.Random(time.time_ns())
    whole = {size: {record["sessionId"] for record in make_records(size, size)} for size in (40, 60)}
    command = [sys.executable, "-c", NURSERY]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for _ in range(KILLS):
            print(tmp_path, file=nursery.stdin, flush=True)
            child = int(nursery.stdout.readline())
            time.sleep(rng.uniform(0, 0.12))
            os.kill(child, signal.SIGKILL)
            assert nursery.stdout.readline() == "dead\n"
            snapshot = open_snapshot(DiskFiles(tmp_path))
            assert set(snapshot.sessions["session_id"]) == whole[snapshot.manifest.total]
            assert snapshot.manifest.missing == 0
        nursery.stdin.close()
        assert nursery.wait(10) == 0
    final = write(tmp_path, make_records(1, 5))
    assert {Path(name).name for name in files_of(tmp_path)} == {
        MANIFEST,
        f"sessions-{final.manifest.snapshot_id}.parquet",
    }


def test_times_are_utc(tmp_path: Path) -> None:
    """The manifest's times come back with their zone."""
    write(tmp_path, make_records(1, 5))
    reopened = open_snapshot(DiskFiles(tmp_path)).manifest
    times = [reopened.fetched_at, reopened.full_at, *(month.fetched_at for month in reopened.months.values())]
    assert {time.utcoffset() for time in times} == {dt.timedelta(0)}
