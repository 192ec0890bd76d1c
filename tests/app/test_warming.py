"""Warming up: what a server reads as it starts, and what it leaves to the first page."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartia.loading import account_folder
from smartia.settings import Settings
from smartia.store.snapshot import MANIFEST
from smartia.ui.jobs import RefreshJob
from smartia.ui.kept import drop_everything_kept
from smartia.ui.warming import warm_up
from tests.app.conftest import TIMEOUT_S, open_app


@pytest.fixture
def own_copy(demo_college: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings with a copy of the demo college of their own, of which nothing was read."""
    place = tmp_path / "cache"
    shutil.copytree(demo_college.cache_dir, place)
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(place))
    drop_everything_kept()
    yield Settings.load(secrets={}, environ={"SMARTIA_CACHE_DIR": str(place)})
    drop_everything_kept()


def remove_sessions(settings: Settings) -> None:
    """Remove every file from which sessions can be read."""
    folder = account_folder(settings)
    for pattern in ("month=*/sessions-*.parquet", "frames/*.arrow"):
        files = list(folder.glob(pattern))
        assert files
        for file in files:
            file.unlink()


def test_the_first_page_finds_the_sessions_read(own_copy: Settings) -> None:
    """Once a server has warmed up, the first page shows the same without any of the files with sessions."""
    shown = [metric.value for metric in open_app().metric]
    drop_everything_kept()
    warm_up().join(TIMEOUT_S)
    remove_sessions(own_copy)
    assert [metric.value for metric in open_app().metric] == shown


def test_the_first_click_after_a_refresh_finds_them_read(own_copy: Settings) -> None:
    """When a refresh has ended, the server has read the copy that it brought."""
    shown = [metric.value for metric in open_app().metric]
    drop_everything_kept()
    job = RefreshJob(own_copy.account)
    job.start(own_copy, "auto")
    job.wait(TIMEOUT_S)
    assert (job.is_running, job.failure) == (False, None)
    remove_sessions(own_copy)
    assert [metric.value for metric in open_app().metric] == shown


def test_a_copy_that_cannot_be_read_is_left_to_the_page(own_copy: Settings) -> None:
    """Warming up raises nothing over a damaged copy, and leaves it as it is."""
    manifest = account_folder(own_copy) / MANIFEST
    manifest.write_bytes(b"{")
    warm_up().join(TIMEOUT_S)
    assert manifest.read_bytes() == b"{"


def test_nothing_is_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no copy, warming up makes none."""
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(tmp_path))
    warm_up().join(TIMEOUT_S)
    assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.usefixtures("own_copy")
def test_the_first_page_is_loaded_and_no_longer_searched_for_garbage() -> None:
    """After warming up the code of the first page is there, and a full search for garbage passes it by."""
    script = """
import gc, sys
from smartia.ui.warming import warm_up
print("smartia.ui.overview" in sys.modules, gc.get_freeze_count() > 0)
warm_up().join()
print("smartia.ui.overview" in sys.modules, gc.get_freeze_count() > len(gc.get_objects()))
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=TIMEOUT_S)
    assert done.stdout.split() == ["False", "False", "True", "True"]
