"""What encryption at rest costs: `python -m tests.benchmarks.sealing [--sessions N] [--runs N]`.

Months are written and opened with and without a key, in turn, so that a machine that slows down slows both.
"""

import argparse
import datetime as dt
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from smartia.connect.client import Client
from smartia.connect.protocol import PATH, Query, Reply
from smartia.connect.throttle import Throttle
from smartia.sandbox.college import build_college
from smartia.sandbox.service import BASE_PATH, DEMO_KEY, Request, Service
from smartia.store.files import DiskFiles, Files, read_bytes
from smartia.store.manifest import Manifest
from smartia.store.parquet import write_rows
from smartia.store.refresh import Plan, refresh_snapshot
from smartia.store.sealed import KEY_BYTES, SealedFiles
from smartia.store.snapshot import Snapshot, sessions_name
from smartia.table.columns import STORED_SCHEMA

_TODAY = dt.date(2026, 9, 1)
_SESSIONS_PER_LEARNER = 2.4


def main(arguments: Sequence[str]) -> None:
    """Measure, and print a line for each of the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.sealing")
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="smartia-sealing-") as name:
        folder = Path(name)
        college = DiskFiles(folder / "college")
        months, manifest = _download(college, options.sessions)
        places: dict[str, Files] = {
            "plain": DiskFiles(folder / "plain"),
            "encrypted": SealedFiles(DiskFiles(folder / "sealed"), "0" * 16, bytes(KEY_BYTES)),
        }
        for files in places.values():
            for file_name in college.names():
                with files.create(file_name) as file:
                    file.write(read_bytes(college, file_name))
        tasks: dict[str, Callable[[Files], object]] = {
            "write all months": lambda files: _write(files, months, manifest),
            "look at every month, as a refresh does": lambda files: Snapshot(files, manifest).check_files(),
            "open the analysis frame": lambda files: Snapshot(files, manifest).analysis(),
            "open every column": lambda files: Snapshot(files, manifest).sessions,
            "read the names of 500 sessions": lambda files: Snapshot(files, manifest).read_rows(
                ["full_name"], range(manifest.rows - 500, manifest.rows)
            ),
        }
        sys.stdout.write(f"{manifest.rows:,} sessions in {len(months)} months, medians of {options.runs} runs\n")
        for label, task in tasks.items():
            taken: dict[str, list[float]] = {place: [] for place in places}
            for _ in range(options.runs):
                for place, files in places.items():
                    taken[place].append(_seconds(task, files))
            medians = {place: f"{1000 * statistics.median(times):,.0f} ms" for place, times in taken.items()}
            sys.stdout.write(f"{label}: {medians['plain']}, encrypted {medians['encrypted']}\n")


def _download(files: Files, sessions: int) -> tuple[dict[str, pa.Table], Manifest]:
    service = Service(build_college(learners=int(sessions / _SESSIONS_PER_LEARNER), today=_TODAY))

    def send(query: Query) -> Reply:
        response = service.handle(Request("GET", BASE_PATH + PATH, query, {"x-api-key": DEMO_KEY}))
        return Reply(response.status, response.headers, response.body)

    plan = Plan(files, "benchmark", dt.timedelta(0), threads=1)
    snapshot = refresh_snapshot(Client(send, Throttle(1)), plan, "full", lambda _: None)
    names = [name for name, month in snapshot.manifest.months.items() if month.rows]
    return {name: snapshot.read_month(name, STORED_SCHEMA.names) for name in names}, snapshot.manifest


def _write(files: Files, months: dict[str, pa.Table], manifest: Manifest) -> None:
    for name, rows in months.items():
        with files.create(sessions_name(name, manifest.months[name].generation)) as file:
            write_rows(rows, file, compression="zstd")


def _seconds(task: Callable[[Files], object], files: Files) -> float:
    begun_s = time.perf_counter()
    task(files)
    return time.perf_counter() - begun_s


if __name__ == "__main__":
    main(sys.argv[1:])
