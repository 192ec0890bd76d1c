"""Months are merged while the rest of the download is still under way, and no error leaves their files behind."""

import datetime as dt
import time
from pathlib import Path

import pytest

from smartia.connect.windows import EVERYTHING, Window, month_window
from smartia.store.files import DiskFiles
from smartia.store.merge import Merger
from smartia.store.parts import PartStore
from smartia.store.snapshot import sessions_name
from tests.handmade import Record, decode, make_records
from tests.store.test_incremental import ended

FEBRUARY = month_window("2024-02")
PATIENCE_S = 20.0


def records_of(month: str) -> list[Record]:
    """Make a few sessions that ended in a month."""
    records = make_records(seed=int(month[-2:]), size=9)
    return [ended(record, f"{month}-{day:02d}T10:00:00.000Z") for day, record in enumerate(records, start=1)]


def put(parts: PartStore, window: Window, month: str) -> None:
    """Put a part on disk as a chain does."""
    sink = parts.sink(window)
    sink.add(decode(records_of(month)), [], None)
    sink.close(window.end)


def wait_for(path: Path) -> None:
    """Wait until a file is there.

    Raises:
        AssertionError: It does not appear.
    """
    until_s = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert time.monotonic() < until_s, "the month was not merged by itself"
        time.sleep(0.01)


def test_a_month_is_merged_once_it_is_whole(tmp_path: Path) -> None:
    """With January whole and half of February, January alone is written before the download is at its end."""
    parts = PartStore(DiskFiles(tmp_path))
    middle = dt.datetime(2024, 2, 15, tzinfo=dt.UTC)
    with Merger(DiskFiles(tmp_path), None, [EVERYTHING], parts) as merger:
        parts.on_written = merger.note
        put(parts, Window(None, FEBRUARY.start), "2024-01")
        put(parts, Window(FEBRUARY.start, middle), "2024-02")
        january, february = (tmp_path / sessions_name(name, merger.generation) for name in ("2024-01", "2024-02"))
        wait_for(january)
        assert not february.exists()
        put(parts, Window(middle, None), "2024-03")
        wait_for(february)
        assert {name: month.rows for name, month in merger.finish().items()} == {
            "2024-01": 9,
            "2024-02": 9,
            "2024-03": 9,
        }


def break_off(folder: Path, parts: PartStore) -> None:
    """Merge January, and lose the network."""
    with Merger(DiskFiles(folder), None, [EVERYTHING], parts) as merger:
        parts.on_written = merger.note
        put(parts, Window(None, FEBRUARY.start), "2024-01")
        wait_for(folder / sessions_name("2024-01", merger.generation))
        raise ConnectionError


def test_an_error_leaves_no_merged_month(tmp_path: Path) -> None:
    """Where a download breaks off, what was merged of it is removed: nobody's record stays in a file without a name."""
    parts = PartStore(DiskFiles(tmp_path))
    with pytest.raises(ConnectionError):
        break_off(tmp_path, parts)
    assert not list(tmp_path.rglob("sessions-*"))
    assert [part.rows for part in parts.parts] == [9]
