"""The refresh: when it asks, and what a failure leaves."""

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import filelock
import pytest

import smartia
from smartia.errors import CacheUnwritableError, DownloadError, RefreshBusyError
from smartia.store import parts, refresh
from smartia.store.files import DiskFiles
from smartia.store.refresh import RETRY_INCOMPLETE, Progress, is_fresh
from smartia.store.snapshot import MANIFEST, open_snapshot
from smartia.table import flatten
from tests.handmade import make_records
from tests.servers import KEY, following_reference
from tests.store.accounts import NO_AGE, bring
from tests.store.test_snapshot import cut, files_of

ROOT = Path(smartia.__file__).parents[1]
HOUR = dt.timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("one_try")


def test_modes(tmp_path: Path) -> None:
    """Mode "auto" takes a fresh snapshot without a request and downloads when it is too old; "full" always asks."""
    with following_reference(make_records(1, 30)) as server:
        first = bring(server, tmp_path, "auto")
        asked = len(server.asked)
        assert asked > 0
        assert bring(server, tmp_path, "auto").manifest == first.manifest
        assert len(server.asked) == asked
        server.records = make_records(2, 20)
        second = bring(server, tmp_path, "full")
        assert len(server.asked) > asked
        assert set(second.sessions["session_id"]) == {record["sessionId"] for record in server.records}
        asked = len(server.asked)
        third = bring(server, tmp_path, "auto", max_age=NO_AGE)
        assert len(server.asked) > asked
        assert third.manifest.fetched_at > second.manifest.fetched_at


@pytest.mark.parametrize("pattern", [MANIFEST, "sessions-*.parquet"])
@pytest.mark.parametrize("harm", [cut, Path.unlink])
def test_auto_replaces_what_is_damaged(tmp_path: Path, pattern: str, harm: Callable[[Path], object]) -> None:
    """A snapshot with a damaged or missing file is not fresh, however young: "auto" downloads it anew."""
    with following_reference(make_records(1, 30)) as server:
        bring(server, tmp_path, "auto")
        harm(min(tmp_path.rglob(pattern)))
        assert len(bring(server, tmp_path, "auto").sessions) == 30


def test_progress(tmp_path: Path) -> None:
    """Progress is told after every page, up to the whole."""
    found: list[Progress] = []
    with following_reference(make_records(1, 150)) as server:
        bring(server, tmp_path, "full", found=found)
    assert len(found) == len(server.asked) - 1 > 1  # The last one counts.
    assert [progress.sessions for progress in found] == sorted({progress.sessions for progress in found})
    assert found[-1] == Progress(150, 150)


def test_many_records_in_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that are flattened in several chunks are the same as in one."""
    with following_reference(make_records(1, 150)) as server:
        whole = bring(server, tmp_path / "one", "full").sessions
        monkeypatch.setattr(flatten, "CHUNK_ROWS", 10)
        monkeypatch.setattr(parts, "PART_ROWS", 40)
        assert bring(server, tmp_path / "many", "full").sessions.equals(whole)


@pytest.mark.parametrize("page", [1, 3])
def test_a_failed_refresh_changes_nothing(tmp_path: Path, page: int) -> None:
    """When the API fails, on the first page or later, the old snapshot stays byte for byte."""
    with following_reference(make_records(1, 200)) as server:
        bring(server, tmp_path, "full")
        before = files_of(tmp_path)
        server.asked.clear()
        server.fail_from = page
        with pytest.raises(DownloadError):
            bring(server, tmp_path, "full")
    now = files_of(tmp_path)
    assert {name: content for name, content in now.items() if not name.startswith("partial")} == before
    assert len(open_snapshot(DiskFiles(tmp_path)).sessions) == 200


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """Where nothing can be written the refresh says so before it asks for anything."""
    (tmp_path / "file").touch()
    with following_reference(make_records(1, 5)) as server:
        with pytest.raises(CacheUnwritableError):
            bring(server, tmp_path / "file" / "account", "full")
        assert server.asked == []


def test_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the account's lock a refresh waits, and says so when that takes too long."""
    monkeypatch.setattr(refresh, "BUSY_TIMEOUT_S", 0.1)
    with (
        filelock.FileLock(tmp_path / "refresh.lock"),
        following_reference(make_records(1, 5)) as server,
        pytest.raises(RefreshBusyError),
    ):
        bring(server, tmp_path, "full")
    assert server.asked == []


def test_two_processes_download_once(tmp_path: Path) -> None:
    """Two processes that load the same account at once cause one download, and both get all its sessions."""
    records = make_records(1, 200)
    with following_reference(records, pause_s=0.15) as server:
        environ = {"SMARTIA_API_KEY": KEY, "SMARTIA_BASE_URL": server.base_url, "SMARTIA_CACHE_DIR": str(tmp_path)}
        code = "import smartia; print(len(smartia.load_sessions()))"
        processes = [
            subprocess.Popen(
                [sys.executable, "-W", "error", "-c", code],
                cwd=ROOT,
                env=os.environ | environ,
                text=True,
                stdout=subprocess.PIPE,
            )
            for _ in range(2)
        ]
        printed = [process.communicate(timeout=30)[0] for process in processes]
    assert printed == ["200\n", "200\n"]
    assert server.windows == [("", "")]
    assert server.counted == [("", "")]
    (account,) = tmp_path.iterdir()
    assert json.loads((account / MANIFEST).read_bytes())["total"] == 200


def test_freshness(tmp_path: Path) -> None:
    """A snapshot is fresh up to its greatest age, and one from the future (a clock was wrong) is not."""
    with following_reference(make_records(1, 5)) as server:
        snapshot = bring(server, tmp_path, "full")
    moment = snapshot.manifest.fetched_at
    assert is_fresh(snapshot, HOUR, moment)
    assert is_fresh(snapshot, HOUR, moment + HOUR - dt.timedelta(seconds=1))
    assert not is_fresh(snapshot, HOUR, moment + HOUR)
    assert not is_fresh(snapshot, HOUR, moment - dt.timedelta(seconds=1))
    assert not is_fresh(snapshot, dt.timedelta(0), moment)


def test_freshness_of_an_incomplete_snapshot(tmp_path: Path) -> None:
    """A snapshot that differs from the API's total is fresh for a quarter of an hour, and no longer than any other."""
    with following_reference(make_records(1, 5)) as server:
        server.lie = lambda _: 1
        snapshot = bring(server, tmp_path, "full")
    moment = snapshot.manifest.fetched_at
    assert snapshot.manifest.missing == 1
    assert is_fresh(snapshot, HOUR, moment + RETRY_INCOMPLETE - dt.timedelta(seconds=1))
    assert not is_fresh(snapshot, HOUR, moment + RETRY_INCOMPLETE)
    assert not is_fresh(snapshot, dt.timedelta(minutes=1), moment + dt.timedelta(minutes=1))
