"""What a crash, a kill or a lost network leaves, and how the next refresh goes on from it."""

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import smartia
from smartia.connect import download
from smartia.connect.windows import Window
from smartia.errors import CacheUnwritableError, DownloadError, NoSnapshotError
from smartia.store import parts
from smartia.store.files import DiskFiles
from smartia.store.manifest import VERSION
from smartia.store.parts import FOLDER, PartStore, rows_in_parts
from smartia.store.snapshot import MANIFEST, open_snapshot
from smartia.table import flatten
from tests.handmade import Record
from tests.servers import ReferenceServer, following_reference
from tests.store.accounts import NO_AGE, again, assert_holds, bring, everything_in
from tests.store.test_files import disk_with_room_for
from tests.store.test_incremental import ended, in_order
from tests.store.test_snapshot import cut, files_of, scramble

PAGE = 20
SIZE = 200
pytestmark = pytest.mark.usefixtures("one_try")


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let chains split early, and parts be written every few pages."""
    monkeypatch.setattr(download, "MINIMUM_SPLIT", 2 * PAGE)
    monkeypatch.setattr(flatten, "CHUNK_ROWS", PAGE)
    monkeypatch.setattr(parts, "PART_ROWS", 2 * PAGE)


@contextmanager
def paging(records: list[Record], pause_s: float = 0.0) -> Iterator[ReferenceServer]:
    """Run a server with pages of one size."""
    with following_reference(records, pause_s=pause_s) as server:
        server.page_size = PAGE
        yield server


def windows_on_disk(folder: Path) -> list[Window]:
    """List what is done of an interrupted download; what has no end is done up to its last session."""
    store = PartStore(DiskFiles(folder))
    store.resume(dt.datetime.now(dt.UTC))
    return [part.window for part in store.parts]


def break_off(server: ReferenceServer, folder: Path, request_number: int, fault: int = 500, threads: int = 1) -> None:
    """Refresh from a server that fails from a request on."""
    server.asked.clear()
    server.fail_from, server.fault = request_number, fault
    with pytest.raises(DownloadError):
        bring(server, folder, "full", threads=threads)
    server.fail_from = None
    server.asked.clear()
    server.served.clear()


@pytest.mark.parametrize("fault", [500, 0])
def test_resume_from_every_page(tmp_path: Path, fault: int) -> None:
    """Wherever a first download breaks off, the next one asks just for the pages that are missing."""
    records = in_order(size=SIZE)
    page = 2 * PAGE
    with paging(records) as server:
        server.page_size = page
        for number in range(1, SIZE // page + 2):
            folder = tmp_path / str(number)
            break_off(server, folder, number, fault)
            with pytest.raises(NoSnapshotError):
                open_snapshot(DiskFiles(folder))
            held = rows_in_parts(DiskFiles(folder))
            assert held >= (number - 1) * page - 1  # all that came, but for the last moment, which may not be over
            bring(server, folder, "auto", threads=1)
            # The last page of the first try comes again where its last moment was not certain, and one counts.
            assert len(server.asked) <= SIZE // page - (number - 1) + 2
            assert len(server.served) <= SIZE - held + 2
            assert_holds(folder, records)
            assert not (folder / FOLDER).exists()


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("number", [2, 5, 9, 13])
def test_resume_of_many_chains(tmp_path: Path, number: int) -> None:
    """After several chains broke off at once, no window that is on disk is asked for again, and all is there once."""
    records = in_order(size=SIZE)
    with paging(records) as server:
        break_off(server, tmp_path, number, threads=4)
        done = windows_on_disk(tmp_path)
        assert number < 9 or done
        bring(server, tmp_path, "auto", threads=4)
        asked = [
            Window(*(dt.datetime.fromisoformat(text) if text else None for text in window)) for window in server.windows
        ]
        assert not [1 for window in asked for one in done if one.overlaps(window)]
    assert_holds(tmp_path, records)


def test_resume_with_other_data(tmp_path: Path) -> None:
    """What changed between the break and the next refresh is found by the total, in what was on disk as well."""
    records = in_order(size=SIZE)
    late = ended(in_order(5, 1)[0], "2023-12-20T10:00:00.000Z")
    with paging(records) as server:
        break_off(server, tmp_path, 6)
        server.records = [*records[10:], late]
        bring(server, tmp_path)
        assert_holds(tmp_path, server.records)
    written = everything_in(tmp_path)
    assert not [1 for record in records[:10] if record["sessionId"] in written]


def test_a_repair_that_breaks_off(tmp_path: Path) -> None:
    """An incremental refresh that breaks off at any request is mended by the next, and never claims to be whole."""
    records = in_order(size=SIZE)
    changed = [*records[5:], ended(in_order(5, 1)[0], "2024-01-20T10:00:00.000Z")]
    with paging(records) as server:
        bring(server, tmp_path / "base")
        server.records = changed
        for number in (1, 3, 9, 14, 22):
            folder = tmp_path / str(number)
            shutil.copytree(tmp_path / "base", folder)
            server.asked.clear()
            server.fail_from = number
            try:
                bring(server, folder, "auto", NO_AGE)
            except DownloadError:
                left = open_snapshot(DiskFiles(folder))
                ids = left.sessions["session_id"].tolist()
                assert len(ids) == len(set(ids))
                assert left.manifest.missing or set(ids) == {record["sessionId"] for record in records}
            else:
                assert number > 20
            server.fail_from = None
            again(server, folder)
            assert_holds(folder, changed)


def age(path: Path) -> None:
    """Let a part be more than a day old."""
    content = json.loads(path.read_bytes())
    content["fetched_at"] = (dt.datetime.now(dt.UTC) - parts.MAX_AGE - dt.timedelta(seconds=1)).isoformat()
    path.write_text(json.dumps(content))


def spoil_inside(path: Path) -> None:
    """Change bytes in the middle of a Parquet file, so that its footer stays whole."""
    content = bytearray(path.read_bytes())
    for place in range(40, len(content) // 2, 25):
        content[place] ^= 0xFF
    path.write_bytes(content)


HARMS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "too old": ("*.json", age),
    "its list cut": ("*.json", cut),
    "its list scrambled": ("*.json", scramble),
    "its list gone": ("*.json", Path.unlink),
    "rows cut": ("*.parquet", cut),
    "rows scrambled": ("*.parquet", scramble),
    "rows spoilt inside": ("*.parquet", spoil_inside),
    "rows gone": ("*.parquet", Path.unlink),
}


@pytest.mark.parametrize("name", HARMS)
def test_parts_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    """Parts that are too old, damaged or half written are downloaded again, and nothing of them stays."""
    records = in_order(size=SIZE)
    pattern, harm = HARMS[name]
    with paging(records) as server:
        break_off(server, tmp_path, 6)
        (tmp_path / FOLDER / ".half.parquet.abcd.tmp").write_bytes(b"half")
        for path in sorted((tmp_path / FOLDER).glob(pattern)):
            harm(path)
        bring(server, tmp_path)
        assert len({(row.record["sessionId"]) for row in server.served}) == SIZE
    assert_holds(tmp_path, records)
    assert not (tmp_path / FOLDER).exists()


@pytest.mark.parametrize("mode", ["auto", "full"])
def test_a_month_spoilt_inside(tmp_path: Path, mode: smartia.loading.Mode) -> None:
    """A month whose damage shows only when it is read is cured by the next refresh that needs it."""
    records = in_order(size=SIZE)
    with paging(records) as server:
        bring(server, tmp_path)
        for path in tmp_path.rglob("sessions-*.parquet"):
            spoil_inside(path)
        bring(server, tmp_path, mode, NO_AGE)
    assert_holds(tmp_path, records)


def test_an_older_version(tmp_path: Path) -> None:
    """A snapshot of an older smartia is replaced by a full download, and nothing of it stays."""
    records = in_order(size=SIZE)
    with paging(records) as server:
        bring(server, tmp_path)
        manifest = json.loads((tmp_path / MANIFEST).read_bytes())
        (tmp_path / MANIFEST).write_text(json.dumps({**manifest, "version": VERSION - 1, "months": {}}))
        (tmp_path / "month=2001-01").mkdir()
        (tmp_path / "month=2001-01" / "sessions-00.parquet").write_bytes(b"of an older version")
        before = set(files_of(tmp_path))
        server.asked.clear()
        bring(server, tmp_path)
        assert server.windows[0] == ("", "")
    assert_holds(tmp_path, records)
    assert not {name for name in before if name.startswith("month=")} & set(files_of(tmp_path))


def test_a_full_disk(tmp_path: Path) -> None:
    """When the disk is full the refresh says so, the last good snapshot stays, and with room again it goes on."""
    records = in_order(size=SIZE)
    with paging(records) as server:
        bring(server, tmp_path)
        server.records = in_order(2, 3 * SIZE)
        with disk_with_room_for(3000), pytest.raises(CacheUnwritableError, match="disk has room"):
            bring(server, tmp_path, "full")
        assert_holds(tmp_path, records)
        bring(server, tmp_path, "full")
        assert_holds(tmp_path, server.records)
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize("name", [FOLDER, "refresh.lock", "month=2024-02"])
def test_something_in_the_way(tmp_path: Path, name: str) -> None:
    """Where a part, the lock or a month cannot be written, the error is the store's, and the way free, all is well."""
    obstacle = tmp_path / name
    if name == "refresh.lock":
        obstacle.mkdir()
    else:
        obstacle.write_text("in the way")
    records = in_order(size=SIZE)
    with paging(records) as server:
        with pytest.raises(CacheUnwritableError) as caught:
            bring(server, tmp_path)
        assert str(tmp_path) not in str(caught.value)
        if obstacle.is_dir():
            obstacle.rmdir()
        else:
            obstacle.unlink()
        bring(server, tmp_path)
    assert_holds(tmp_path, records)
