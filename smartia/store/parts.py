"""What a download has brought so far, on disk: a crash or a lost network costs the last few pages alone.

    <account>/partial/<name>.parquet · <name>.json

A part holds every session of its window. Its JSON file is written last, and so commits it.
"""

import datetime as dt
import secrets
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from smartia.connect.models import Misfit, Session
from smartia.connect.windows import Window
from smartia.errors import SnapshotUnreadableError
from smartia.store.files import atomic_file, make_private_folder, unwritable
from smartia.store.parquet import write_rows
from smartia.store.rejects import Reject, reject
from smartia.table.columns import STORED_SCHEMA
from smartia.table.flatten import Flattener

FOLDER = "partial"
MAX_AGE = dt.timedelta(hours=24)
"""How old a part of an interrupted download may be and still be used."""
PART_ROWS = 6_000
"""Sessions after which a chain puts what it has on disk."""
OPEN_PARTS = 8
"""Parts kept in memory while months are merged."""


class Part(msgspec.Struct, frozen=True):
    """A piece of a download.

    Attributes:
        name: Of its files.
        window: What it holds whole.
        rows: Sessions in its Parquet file; 0 where there is none.
        first: Their earliest ended_at.
        last: Their latest ended_at.
        rejects: Records set aside.
        fetched_at: When it was written.
    """

    name: str
    window: Window
    rows: int
    first: dt.datetime | None
    last: dt.datetime | None
    rejects: tuple[Reject, ...]
    fetched_at: dt.datetime


class PartStore:
    """The parts of one account's download.

    Args:
        account_folder: The account's folder.

    Attributes:
        on_written: Told of every part put on disk, by the thread that did it.
    """

    def __init__(self, account_folder: Path) -> None:
        self._folder = account_folder / FOLDER
        self._lock = threading.Lock()
        self._parts: list[Part] = []
        self.on_written: Callable[[Part], None] = lambda _: None
        # A part may span many months, which are merged one after another: it is read once for all of them.
        self._read_part = lru_cache(maxsize=OPEN_PARTS)(self._read_part_anew)

    @property
    def parts(self) -> Sequence[Part]:
        """The parts, those of an interrupted download first."""
        return self._parts

    def resume(self, now: dt.datetime) -> None:
        """Take over what an interrupted download has left, as far as it is whole and fresh; remove the rest."""
        if not self._folder.exists():
            return
        for path in sorted(self._folder.glob("*.json")):
            part = _open_part(path)
            if part is not None and now - part.fetched_at < MAX_AGE:
                self._parts.append(part)
        kept = {part.name for part in self._parts}
        with unwritable():
            for path in self._folder.iterdir():
                if path.stem not in kept:
                    path.unlink(missing_ok=True)

    def sink(self, window: Window) -> "PartSink":
        """Make the sink of a chain."""
        return PartSink(self, window)

    def write(self, window: Window, rows: pa.Table, rejects: Iterable[Reject]) -> None:
        """Put a part on disk.

        Raises:
            CacheUnwritableError: The folder cannot be written.
        """
        make_private_folder(self._folder)
        name = secrets.token_hex(8)
        if rows.num_rows:
            with atomic_file(self._folder / f"{name}.parquet") as file:
                write_rows(rows, file, compression="lz4")
        span = pc.min_max(rows["ended_at"])
        part = Part(
            name=name,
            window=window,
            rows=rows.num_rows,
            first=span["min"].as_py(),
            last=span["max"].as_py(),
            rejects=tuple(rejects),
            fetched_at=dt.datetime.now(dt.UTC),
        )
        with atomic_file(self._folder / f"{name}.json") as file:
            file.write(msgspec.json.encode(part))
        with self._lock:
            self._parts.append(part)
        self.on_written(part)

    def read(self, window: Window) -> pa.Table:
        """Read the sessions of a window, in the order in which they came.

        Raises:
            SnapshotUnreadableError: A part is damaged.
        """
        tables = [STORED_SCHEMA.empty_table()]
        for part in self._parts:
            if part.first is not None and part.last is not None and window.overlaps(_closed(part.first, part.last)):
                table = self._read_part(part.name)
                inside = is_inside(table["ended_at"], window)
                tables.append(table if inside.all() else table.filter(pa.array(inside)))
        return pa.concat_tables(tables)

    def _read_part_anew(self, name: str) -> pa.Table:
        try:
            table = pq.read_table(self._folder / f"{name}.parquet", page_checksum_verification=True)
            return table.cast(STORED_SCHEMA)
        except (OSError, pa.ArrowException) as error:
            raise SnapshotUnreadableError.from_damage("a piece of the download cannot be read") from error

    def clear(self) -> None:
        """Remove every part: a snapshot holds them now."""
        self._parts = []
        if self._folder.exists():
            with unwritable():
                shutil.rmtree(self._folder)


class PartSink:
    """Takes the pages of one chain, turns them into Arrow while they arrive, and puts them on disk in parts."""

    def __init__(self, store: PartStore, window: Window) -> None:
        self._store = store
        self._window = window
        self._start = window.start
        self._done_until: dt.datetime | None = None
        self._rows = Flattener()
        self._rejects: list[Reject] = []

    def add(self, sessions: Sequence[Session], misfits: Sequence[Misfit], done_until: dt.datetime | None) -> None:
        """Take a page; see `smartia.connect.download.Sink`."""
        self._rows.add(sessions)
        near = sessions[0].end_date if sessions else self._done_until or self._start
        self._rejects += [reject(misfit, near, self._window.start) for misfit in misfits]
        self._done_until = done_until
        if len(self._rows) >= PART_ROWS:
            self.stop()

    def close(self, end: dt.datetime | None) -> None:
        """Put the rest on disk; see `smartia.connect.download.Sink`."""
        self._store.write(Window(self._start, end), self._rows.take(), self._rejects)

    def stop(self) -> None:
        """Put on disk what is known to be done, and keep the rest for the next part."""
        done_until = self._done_until
        if done_until is None or (self._start is not None and done_until <= self._start):
            return
        self._store.write(Window(self._start, done_until), self._rows.take(before=done_until), self._rejects)
        self._rejects = []
        self._start = done_until


def rows_on_disk(account_folder: Path) -> int:
    """How many sessions the parts of a running or interrupted download hold."""
    try:
        paths = list((account_folder / FOLDER).iterdir())
    except FileNotFoundError:  # None yet, or just now merged into a snapshot.
        return 0
    parts = (_open_part(path) for path in paths if path.suffix == ".json")
    return sum(part.rows for part in parts if part is not None)


def _open_part(path: Path) -> Part | None:
    """Read a part that is whole: None where its files are missing or damaged. It is then downloaded again."""
    try:
        part = msgspec.json.decode(path.read_bytes(), type=Part)
        found = pq.read_metadata(path.with_suffix(".parquet")).num_rows if part.rows else 0
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, pa.ArrowException):
        return None
    if part.window.end is None and part.last is not None:
        # What has ended since is still to come: only what lies before the last session seen is done.
        part = msgspec.structs.replace(part, window=Window(part.window.start, part.last))
    return part if found == part.rows and part.window.end is not None else None


def is_inside(ended_at: pa.ChunkedArray, window: Window) -> np.ndarray:
    """Which of some instants lie inside a window."""
    values = ended_at.to_numpy()
    inside = np.ones(len(values), dtype=bool)
    if window.start is not None:
        inside &= values >= _naive(window.start)
    if window.end is not None:
        inside &= values < _naive(window.end)
    return inside


def _naive(moment: dt.datetime) -> np.datetime64:
    return np.datetime64(moment.astimezone(dt.UTC).replace(tzinfo=None), "us")


def _closed(first: dt.datetime, last: dt.datetime) -> Window:
    return Window(first, last + dt.timedelta(microseconds=1))
