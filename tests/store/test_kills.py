"""Several at once, and kills at any moment: one download, and never a copy that is neither whole nor says so."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import smartia
from smartia.errors import NoSnapshotError
from smartia.store.files import DiskFiles
from smartia.store.refresh import Progress
from smartia.store.snapshot import MANIFEST, open_snapshot
from tests.handmade import Record
from tests.servers import KEY
from tests.store.accounts import NO_AGE, assert_holds, bring
from tests.store.test_incremental import ended, in_order
from tests.store.test_resume import PAGE, SIZE, paging
from tests.store.test_snapshot import files_of

ROOT = Path(smartia.__file__).parents[1]
KILLS = 4
pytestmark = pytest.mark.usefixtures("one_try")


def test_four_threads(tmp_path: Path) -> None:
    """Four threads that want everything at once cause one download; those that wait say that it is elsewhere."""
    records = in_order(size=SIZE)
    told: list[list[Progress]] = [[] for _ in range(4)]
    start = threading.Barrier(4)

    def load(found: list[Progress]) -> int:
        start.wait()
        return len(bring(server, tmp_path, "full", found=found, threads=1).sessions)

    with paging(records, pause_s=0.13) as server:
        with ThreadPoolExecutor(4) as pool:
            sizes = [future.result(timeout=30) for future in [pool.submit(load, found) for found in told]]
        assert sizes == [SIZE] * 4
        assert server.windows == [("", "")]
        assert len(server.asked) == SIZE // PAGE + 1
    waited = [found for found in told if any(progress.is_elsewhere for progress in found)]
    assert len(waited) == 3
    assert all(progress.is_elsewhere for found in waited for progress in found)


def test_the_second_full_waits_for_a_full(tmp_path: Path) -> None:
    """A full refresh that waited for an incremental one still downloads everything."""
    records = in_order(size=SIZE)
    with paging(records) as server:
        bring(server, tmp_path)
        server.records = [{**records[0], "user": {**records[0]["user"], "lastName": "Corrected"}}, *records[1:]]
        server.pause_s = 0.2
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(bring, server, tmp_path, "auto", NO_AGE)
            time.sleep(0.2)
            server.pause_s = 0.02
            second = pool.submit(bring, server, tmp_path, "full")
            assert first.result(30).manifest.full_at < second.result(30).manifest.full_at
        assert_holds(tmp_path, server.records)


NURSERY = """
import os, sys
from pathlib import Path
from smartia.connect import download
from smartia.store import parts
from smartia.table import flatten
from tests.servers import KEY
from smartia import Settings, refresh
from datetime import timedelta
download.MINIMUM_SPLIT, flatten.CHUNK_ROWS, parts.PART_ROWS = 40, 20, 40
for line in sys.stdin:
    folder, base_url = line.split()
    child = os.fork()
    if child == 0:
        print(os.getpid(), flush=True)
        while True:
            refresh(Settings(KEY, base_url, Path(folder), timedelta(0), 4))
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


@pytest.mark.parametrize("story", ["first", "repair"])
def test_kill_at_any_moment(tmp_path: Path, story: str) -> None:
    """Killed at random moments of a first download, of an incremental one with repair, and of their resumption.

    What opens then is nothing, the old snapshot, the new one, or one that states by how much it differs; no session is
    in it twice. The next refresh completes, with exactly what the server has and no file too many.
    """
    rng = random.Random(time.time_ns())
    old = in_order(size=SIZE)
    late = [ended(record, "2024-01-20T10:00:00.000Z") for record in in_order(5, 3)]
    latest = [ended(record, f"2024-07-{day:02d}T10:00:00.000Z") for day, record in enumerate(in_order(6, 30), start=1)]
    new = [*old[5:-40], *late, *latest] if story == "repair" else old
    command = [sys.executable, "-c", NURSERY]
    with (
        paging(old, pause_s=0.004) as server,
        subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as nursery,
    ):
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        settings = smartia.Settings(KEY, server.base_url, tmp_path, NO_AGE, 4)
        folder = tmp_path / settings.account
        if story == "repair":
            smartia.refresh(settings)
            server.records = new
        for turn in range(2 * KILLS - 1):
            print(tmp_path, server.base_url, file=nursery.stdin, flush=True)
            child = int(nursery.stdout.readline())
            time.sleep(rng.uniform(0, 0.35))
            os.kill(child, signal.SIGKILL)
            assert nursery.stdout.readline() == "dead\n"
            assert_consistent(folder, old, new)
            if turn == KILLS:
                smartia.refresh(settings)
                assert_holds(folder, new)
                old, new = new, [*new[:10], *new[13:]]
                server.records = new
        nursery.stdin.close()
        assert nursery.wait(10) == 0
        smartia.refresh(settings)
        assert_holds(folder, new)
    manifest = open_snapshot(DiskFiles(folder)).manifest
    names = {f"month={month}/sessions-{entry.generation}.parquet" for month, entry in manifest.months.items()}
    assert set(files_of(folder)) == {MANIFEST, "refresh.lock", *names}


def assert_consistent(folder: Path, old: list[Record], new: list[Record]) -> None:
    """Check that what opens is whole and one of two states, or says that it differs."""
    try:
        snapshot = open_snapshot(DiskFiles(folder))
    except NoSnapshotError:
        return
    snapshot.check_files()
    ids = snapshot.sessions["session_id"].tolist()
    assert len(ids) == len(set(ids))
    states = [{record["sessionId"] for record in state} for state in (old, new)]
    assert snapshot.manifest.missing or set(ids) in states
    assert set(ids) <= states[0] | states[1]
