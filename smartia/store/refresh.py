"""The refresh: download, flatten, and make the result the account's present snapshot."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import filelock
import pyarrow as pa

from smartia.connect.client import Client
from smartia.connect.models import Misfit, Session
from smartia.errors import CacheUnwritableError, NoSnapshotError, RefreshBusyError, SnapshotUnreadableError
from smartia.store.files import make_private_folder
from smartia.store.snapshot import Snapshot, open_snapshot, write_snapshot
from smartia.table.columns import STORED_SCHEMA
from smartia.table.flatten import flatten

Mode = Literal["auto", "full"]
"""When to download: "auto" where the snapshot is missing, unreadable or too old; "full" in any case."""

LOCK_TIMEOUT_S = 900.0
_CHUNK = 2_000
"""Records turned into Arrow at a time: keeping Python objects alive is what costs."""


@dataclass(frozen=True)
class Progress:
    """How far a download has come.

    Attributes:
        sessions: Records received, those set aside included.
        total: How many the API says there are.
    """

    sessions: int
    total: int


OnProgress = Callable[[Progress], None]


def refresh_snapshot(
    client: Client,
    folder: Path,
    *,
    source: str,
    mode: Mode,
    max_age: dt.timedelta,
    on_progress: OnProgress | None = None,
) -> Snapshot:
    """Bring an account's snapshot up to date.

    One refresh at a time per account: a second one waits for the first and, in mode "auto", takes its result.

    Args:
        client: Reads the API.
        folder: The account's folder.
        source: Where the data come from, for the manifest.
        mode: When to download.
        max_age: The age from which "auto" downloads.
        on_progress: Told after every page.

    Returns:
        The present snapshot.

    Raises:
        DownloadError: The API could not be read to the end; the snapshot on disk stays as it was.
        StoreError: The folder cannot be written, or another refresh does not end.
    """
    if mode == "auto" and (fresh := _fresh_snapshot(folder, max_age)):
        return fresh
    make_private_folder(folder)
    lock = filelock.FileLock(folder / "refresh.lock", timeout=LOCK_TIMEOUT_S, mode=0o600)
    try:
        with lock:
            if mode == "auto" and (fresh := _fresh_snapshot(folder, max_age)):
                return fresh
            return _download(client, folder, source, on_progress)
    except filelock.Timeout as error:
        raise RefreshBusyError.from_lock(LOCK_TIMEOUT_S) from error
    except OSError as error:
        raise CacheUnwritableError.from_os_error(error) from error


def is_fresh(snapshot: Snapshot, max_age: dt.timedelta, now: dt.datetime) -> bool:
    """Whether a snapshot is younger than `max_age`; one from the future (a clock was wrong) is not."""
    age = now - snapshot.manifest.fetched_at
    return dt.timedelta(0) <= age < max_age


def _fresh_snapshot(folder: Path, max_age: dt.timedelta) -> Snapshot | None:
    try:
        snapshot = open_snapshot(folder)
        snapshot.check_files()
    except (NoSnapshotError, SnapshotUnreadableError):
        return None
    return snapshot if is_fresh(snapshot, max_age, dt.datetime.now(dt.UTC)) else None


def _download(client: Client, folder: Path, source: str, on_progress: OnProgress | None) -> Snapshot:
    fetched_at = dt.datetime.now(dt.UTC)
    chunks: list[pa.Table] = []
    pending: list[Session] = []
    misfits: list[Misfit] = []
    received = total = 0
    for page in client.pages():
        pending += page.sessions
        misfits += page.misfits
        received += len(page.sessions) + len(page.misfits)
        total = page.total
        if len(pending) >= _CHUNK:
            chunks.append(flatten(pending))
            pending = []
        if on_progress:
            on_progress(Progress(received, total))
    if pending:
        chunks.append(flatten(pending))
    rows = pa.concat_tables(chunks).unify_dictionaries() if chunks else STORED_SCHEMA.empty_table()
    return write_snapshot(folder, rows, misfits, source=source, fetched_at=fetched_at, total=total)
