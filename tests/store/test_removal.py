"""Removing an account: nothing of it stays, nothing else goes, and no refresh brings it back unasked."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from smartia.errors import CopyRemovedError, DownloadError, RefreshBusyError
from smartia.store import removal
from smartia.store.files import DiskFiles
from smartia.store.memory import MemoryFiles
from smartia.store.removal import Removed, list_accounts, remove_account
from tests.servers import following_reference
from tests.store.accounts import NO_AGE, bring
from tests.store.test_files import mode_of
from tests.store.test_incremental import in_order
from tests.store.test_places import set_aside
from tests.store.test_snapshot import files_of

pytestmark = pytest.mark.usefixtures("one_try")


def test_everything_goes(tmp_path: Path) -> None:
    """Sessions, records set aside, parts of an interrupted download, strays, the lock and the folder go, and count."""
    records = [set_aside(record) if place < 3 else record for place, record in enumerate(in_order(size=60))]
    folder = tmp_path / "0123456789abcdef"
    with following_reference(records) as server:
        server.page_size = 20
        bring(server, folder)
        server.asked.clear()
        server.fail_from = 3
        with pytest.raises(DownloadError):
            bring(server, folder, "full", threads=1)
    (folder / ".manifest.json.0a1b2c3d.tmp").write_bytes(b"stray")
    (folder / "partial" / ".x.json.0a1b2c3d.tmp").write_bytes(b"stray")
    held = {name: content for name, content in files_of(folder).items() if name != "refresh.lock"}
    assert any(name.startswith("partial/") for name in held)
    removed = remove_account(DiskFiles(folder))
    assert removed == Removed(57, 3, len(held), sum(map(len, held.values())), 0)
    assert list(tmp_path.iterdir()) == []
    assert remove_account(DiskFiles(folder)) == Removed()
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_smartias_stays(tmp_path: Path) -> None:
    """Files of others in the account's folder stay and are counted, and a damaged copy goes all the same."""
    folder = tmp_path / "demo"
    with following_reference(in_order(size=20)) as server:
        bring(server, folder)
    (folder / "holiday.jpg").write_bytes(b"x")
    (folder / "more").mkdir()
    (folder / "more" / "manifest.json").write_bytes(b"x")
    (folder / "manifest.json").write_bytes(b"{")
    removed = remove_account(DiskFiles(folder))
    assert (removed.is_counted, removed.foreign) == (False, 2)
    assert set(files_of(folder)) == {"holiday.jpg", "more/manifest.json"}


def test_in_memory(tmp_path: Path) -> None:
    """A copy in memory is removed as well, and counts."""
    files = MemoryFiles("one")
    with following_reference(in_order(size=20)) as server:
        bring(server, files)
    assert remove_account(files).sessions == 20
    assert files.names() == []
    assert list(tmp_path.iterdir()) == []


def test_not_while_a_refresh_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody refreshes the account nothing is removed, and the message says why."""
    monkeypatch.setattr(removal, "WAIT_S", 0.1)
    with following_reference(in_order(size=20)) as server:
        bring(server, tmp_path)
    before = files_of(tmp_path)
    holder = DiskFiles(tmp_path).lock()
    assert holder.acquire(timeout=0)
    with pytest.raises(RefreshBusyError, match="Nothing was removed"):
        remove_account(DiskFiles(tmp_path))
    holder.release()
    assert files_of(tmp_path) == before


def test_a_refresh_that_waited_brings_nothing_back(tmp_path: Path) -> None:
    """A refresh that began before the removal and waited for its turn says so, asks nobody, and leaves no folder."""
    folder = tmp_path / "account"
    with following_reference(in_order(size=20)) as server, ThreadPoolExecutor(1) as pool:
        bring(server, folder)
        asked = len(server.asked)
        files = DiskFiles(folder)
        holder = files.lock()
        assert holder.acquire(timeout=0)
        waiting = pool.submit(bring, server, folder, "auto", NO_AGE)
        time.sleep(0.3)
        for name in files.names():
            if name != "refresh.lock":
                files.remove(name)
        holder.discard()
        with pytest.raises(CopyRemovedError):
            waiting.result(timeout=20)
        assert len(server.asked) == asked
    assert not folder.exists()


def test_one_at_a_time_after_a_removal(tmp_path: Path) -> None:
    """Who waited for a lock that was removed does not hold it together with who came later, and the folder is private.

    However open the umask is: the folder is made again while somebody waits.
    """
    folder = tmp_path / "account"
    inside = 0
    most = 0
    guard = threading.Lock()
    start = threading.Barrier(6)

    def hold(_: int) -> int:
        nonlocal inside, most
        start.wait()
        for _ in range(5):
            lock = DiskFiles(folder).lock()
            assert lock.acquire(timeout=20)
            with guard:
                inside += 1
                most = max(most, inside)
            mode = mode_of(folder)
            time.sleep(0.005)
            with guard:
                inside -= 1
            lock.discard()
        return mode

    before = os.umask(0)
    try:
        with ThreadPoolExecutor(6) as pool:
            modes = set(pool.map(hold, range(6)))
    finally:
        os.umask(before)
    assert (most, modes) == (1, {0o700})
    assert not folder.exists()


def test_accounts_are_found_and_nothing_else(tmp_path: Path) -> None:
    """Folders of accounts are listed, the one that changed last first; what merely has such a name is not."""
    assert list_accounts(tmp_path / "none") == []
    for name in ("0123456789abcdef", "fedcba9876543210"):
        with following_reference(in_order(size=9)) as server:
            bring(server, tmp_path / name)
    for path in (tmp_path / "0123456789abcdef").rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "talk.pdf").write_bytes(b"x")
    (tmp_path / "0123456789abcdef.txt").write_bytes(b"x")
    found = list_accounts(tmp_path)
    assert [kept.account for kept in found] == ["fedcba9876543210", "0123456789abcdef"]
    assert found[1].changed_at.timestamp() == 1_700_000_000
    assert found[0].size_bytes == sum(map(len, files_of(tmp_path / "fedcba9876543210").values()))
