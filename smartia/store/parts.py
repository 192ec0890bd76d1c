"""What a download has brought so far: a crash or a lost network costs the last few pages alone.

    <account>/partial/<name>.parquet · <name>.json

A part holds every session of its window. Its JSON file is written last, and so commits it.
"""

import datetime as dt
import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from smartia.connect.models import Misfit
from smartia.connect.records import Records
from smartia.connect.windows import Window
from smartia.errors import SnapshotUnreadableError, StoreKeyError
from smartia.store.files import Files, read_bytes, unwritable
from smartia.store.parquet import write_rows
from smartia.store.rejects import Reject, reject
from smartia.table.columns import STORED_SCHEMA
from smartia.table.flatten import Flattener

FOLDER = "partial"
_LIST = ".json"
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
        files: The account's files.

    Attributes:
        on_written: Told of every part put on disk, by the thread that did it.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
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
        names = sorted(self._files.names(FOLDER))
        for name in names:
            part = _open_part(self._files, name) if name.endswith(_LIST) else None
            if part is not None and now - part.fetched_at < MAX_AGE:
                self._parts.append(part)
        kept = {part.name for part in self._parts}
        self._remove(name for name in names if PurePosixPath(name).stem not in kept)

    def sink(self, window: Window) -> "PartSink":
        """Make the sink of a chain."""
        return PartSink(self, window)

    def write(self, window: Window, rows: pa.Table, rejects: Iterable[Reject]) -> None:
        """Put a part on disk.

        Raises:
            CacheUnwritableError: The folder cannot be written.
        """
        name = secrets.token_hex(8)
        if rows.num_rows:
            with self._files.create(_rows_name(name)) as file:
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
        with self._files.create(f"{FOLDER}/{name}{_LIST}") as file:
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
            with (
                self._files.open(_rows_name(name)) as content,
                pq.ParquetFile(content, page_checksum_verification=True) as file,
            ):
                return file.read().cast(STORED_SCHEMA)
        except (OSError, pa.ArrowException, StoreKeyError) as error:
            raise SnapshotUnreadableError.from_damage("a piece of the download cannot be read") from error

    def clear(self) -> None:
        """Remove every part: a snapshot holds them now."""
        self._parts = []
        self._remove(self._files.names(FOLDER))

    def _remove(self, names: Iterable[str]) -> None:
        with unwritable():
            for name in names:
                self._files.remove(name)


class PartSink:
    """Takes the pages of one chain, turns them into Arrow while they arrive, and puts them on disk in parts."""

    def __init__(self, store: PartStore, window: Window) -> None:
        self._store = store
        self._window = window
        self._start = window.start
        self._done_until: dt.datetime | None = None
        self._rows = Flattener()
        self._rejects: list[Reject] = []

    def add(self, sessions: Records, misfits: Sequence[Misfit], done_until: dt.datetime | None) -> None:
        """Take a page; see `smartia.connect.download.Sink`."""
        self._rows.add(sessions)
        near = sessions.ended_at[0] if sessions else self._done_until or self._start
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


def rows_in_parts(files: Files) -> int:
    """How many sessions the parts of a running or interrupted download hold."""
    parts = (_open_part(files, name) for name in files.names(FOLDER) if name.endswith(_LIST))
    return sum(part.rows for part in parts if part is not None)


def _rows_name(name: str) -> str:
    return f"{FOLDER}/{name}.parquet"


def _open_part(files: Files, name: str) -> Part | None:
    """Read a part that is whole: None where its files are missing or damaged. It is then downloaded again."""
    try:
        part = msgspec.json.decode(read_bytes(files, name), type=Part)
        found = _count_rows(files, part) if part.rows else 0
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, pa.ArrowException, StoreKeyError):
        return None
    if part.window.end is None and part.last is not None:
        # What has ended since is still to come: only what lies before the last session seen is done.
        part = msgspec.structs.replace(part, window=Window(part.window.start, part.last))
    return part if found == part.rows and part.window.end is not None else None


def _count_rows(files: Files, part: Part) -> int:
    with files.open(_rows_name(part.name)) as content:
        rows: int = pq.read_metadata(content).num_rows
    return rows


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
