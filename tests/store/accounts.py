"""Refreshing an account's folder from a server of the tests, and what must then be in it."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from smartia.connect.client import Client
from smartia.connect.http import HttpSender
from smartia.connect.throttle import Throttle
from smartia.store.files import DiskFiles, Files
from smartia.store.refresh import FULL_EVERY, Mode, Plan, Progress, refresh_snapshot
from smartia.store.snapshot import Snapshot, open_snapshot
from tests.handmade import Record, expected_rows
from tests.servers import KEY, ReferenceServer
from tests.table.test_frames import rows_of

NO_AGE = dt.timedelta(0)


def bring(
    server: ReferenceServer,
    place: Path | Files,
    mode: Mode = "auto",
    max_age: dt.timedelta = dt.timedelta(hours=1),
    found: list[Progress] | None = None,
    *,
    threads: int = 4,
    full_every: dt.timedelta = FULL_EVERY,
) -> Snapshot:
    """Refresh an account, in its folder or elsewhere, from a server."""
    files = DiskFiles(place) if isinstance(place, Path) else place
    on_progress = (lambda _: None) if found is None else found.append
    plan = Plan(files, "test", max_age, full_every, threads)
    with HttpSender(server.base_url, KEY) as sender:
        return refresh_snapshot(Client(sender, Throttle(threads, first_wait_s=0.01)), plan, mode, on_progress)


def again(server: ReferenceServer, place: Path | Files) -> Snapshot:
    """Refresh an account although it is young; forget what was asked before."""
    server.asked.clear()
    return bring(server, place, "auto", NO_AGE)


def assert_holds(place: Path | Files, records: Sequence[Record]) -> None:
    """Check that the snapshot of an account is whole and holds exactly some sessions, each once, with every value."""
    snapshot = open_snapshot(DiskFiles(place) if isinstance(place, Path) else place)
    snapshot.check_files()
    assert rows_of(snapshot.sessions) == expected_rows(list(records))
    assert (snapshot.manifest.rows, snapshot.manifest.missing) == (len(records), 0)


def everything_in(folder: Path) -> str:
    """Write out what all files of a folder hold: their bytes, and every value of the Parquet files."""
    texts = [path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file()]
    tables = [str(pq.read_table(path).to_pylist()) for path in folder.rglob("*.parquet")]
    return "\n".join(texts + tables)


def values_of(records: Sequence[Record]) -> set[str]:
    """Every text about a learner and every identifier in what the API sends.

    Genders, which are words of everyday language, and what is too short to be told from chance are left out.
    """

    def texts_in(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                yield from texts_in(inner)

    found = {text for record in records for text in texts_in([record["user"] | {"gender": ""}, record["sessionId"]])}
    values = {text for text in found if len(text) > 4}
    assert len(values) > len(records)
    return values
