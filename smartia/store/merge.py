"""The rows of a download and those held, merged month by month: each month as soon as all of it has come."""

import datetime as dt
import secrets
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smartia.connect.windows import Window, month_window, months_between
from smartia.store.files import Files
from smartia.store.manifest import Month
from smartia.store.parquet import write_rows
from smartia.store.parts import Part, PartStore, is_inside
from smartia.store.rejects import UNKNOWN_MONTH
from smartia.store.snapshot import Snapshot, sessions_name
from smartia.table.columns import STORED_SCHEMA
from smartia.table.texts import many_rows

_THREADS = 2


@dataclass(frozen=True)
class MonthRows:
    """The rows of one month after the merge.

    Attributes:
        rows: How many there are.
        newest: Their latest ended_at; None where there are none.
        duplicates: How many rows of the download came more than once.
        is_kept: Whether they are those that the base holds, so that nothing has been written.
    """

    rows: int
    newest: dt.datetime | None
    duplicates: int
    is_kept: bool


class Merger:
    """Merges the parts of a download into the months of a snapshot, on threads of its own.

    Most months are whole long before the download is at its end; what is left to do then is little. The files are
    of a new generation, which no manifest names before the commit. Use as a context manager: leaving it ends the
    threads, and leaving it by an error removes the files.

    Args:
        files: The account's files.
        base: What is held so far; None where nothing is, or where it cannot be read.
        windows: What is asked for. Whatever was held inside them before and does not come again is gone.
        parts: What comes.
    """

    def __init__(self, files: Files, base: Snapshot | None, windows: Sequence[Window], parts: PartStore) -> None:
        self.generation = secrets.token_hex(8)
        self.files = files
        self.base = base
        self.windows = windows
        self.parts = parts
        self._lock = threading.Lock()
        self._merges: dict[str, Future[MonthRows]] = {}
        # Arrow works and the disk writes outside the interpreter's lock, so months go side by side.
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="merge")

    def note(self, part: Part) -> None:
        """Begin to merge the months that a new part completes."""
        done = [other.window for other in self.parts.parts]
        for name in self._months_that_came():
            pieces = self._asked_of(name)
            if part.window.overlaps(month_window(name)) and not any(piece.without(done) for piece in pieces):
                self._begin(name)

    def finish(self) -> dict[str, MonthRows]:
        """Merge every month that the base holds or the download has brought.

        Raises:
            CacheUnwritableError: The folder cannot be written.
            SnapshotUnreadableError: A part of the download or a month of the base is damaged.
        """
        held = self.base.manifest.months if self.base else {}
        names = sorted({*held, *self._months_that_came()})
        for name in names:
            self._begin(name)
        return {name: self._merges[name].result() for name in names}

    def rewrite(self, name: str) -> None:
        """Write the rows that the base holds of a month once more, as files of the new generation."""
        if self.base and name in self.base.manifest.months:
            self._write(name, self.base.read_month(name, STORED_SCHEMA.names).cast(STORED_SCHEMA))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        if error is not None:
            for name in self.files.names():
                if name.endswith(sessions_name("", self.generation).removeprefix("month=")):
                    self.files.remove(name)

    def _begin(self, name: str) -> None:
        with self._lock:
            if name not in self._merges:
                self._merges[name] = self._pool.submit(self._merge, name)

    def _months_that_came(self) -> set[str]:
        return {name for part in tuple(self.parts.parts) for name in _months_of(part)}

    def _asked_of(self, name: str) -> list[Window]:
        """What of a month has been asked for."""
        if name == UNKNOWN_MONTH:
            return []
        window = month_window(name)
        return [piece for asked in self.windows if (piece := asked.intersection(window))]

    def _merge(self, name: str) -> MonthRows:
        pieces = self._asked_of(name)
        before = self.base.manifest.months.get(name) if self.base else None
        if before and not pieces:
            return _kept(before, duplicates=0)
        held = self.base.read_month(name, STORED_SCHEMA.names) if self.base and before else None
        came = pa.concat_tables([STORED_SCHEMA.empty_table(), *map(self.parts.read, pieces)])
        duplicates = came.num_rows - pc.count_distinct(came["session_id"]).as_py()
        rows = _merge_rows(held, came, pieces)
        if before and held is not None and _plain(rows).equals(_plain(held)):
            return _kept(before, duplicates)
        self._write(name, rows)
        return MonthRows(rows.num_rows, pc.max(rows["ended_at"]).as_py(), duplicates, is_kept=False)

    def _write(self, name: str, rows: pa.Table) -> None:
        if rows.num_rows:
            with self.files.create(sessions_name(name, self.generation)) as file:
                write_rows(rows, file, compression="zstd")


def _kept(month: Month, duplicates: int) -> MonthRows:
    return MonthRows(month.rows, month.newest, duplicates, is_kept=True)


def _months_of(part: Part) -> Iterable[str]:
    if part.first is None or part.last is None:
        return ()
    first, last = (f"{moment.astimezone(dt.UTC):%Y-%m}" for moment in (part.first, part.last))
    return months_between(first, last)


def _merge_rows(held: pa.Table | None, came: pa.Table, pieces: Sequence[Window]) -> pa.Table:
    if held is None:
        return _ordered_unique(came)
    ended_at = held["ended_at"]
    is_outside = np.ones(held.num_rows, dtype=bool)
    for window in pieces:
        is_outside &= ~is_inside(ended_at, window)
    return _ordered_unique(pa.concat_tables([held.filter(pa.array(is_outside)).cast(STORED_SCHEMA), came]))


def _plain(rows: pa.Table) -> pa.Table:
    """Spell categories out, since two dictionaries may hold the same values in another order."""
    fields = [
        pa.field(field.name, field.type.value_type if pa.types.is_dictionary(field.type) else field.type)
        for field in STORED_SCHEMA
    ]
    return rows.cast(pa.schema(fields)).combine_chunks()


def _ordered_unique(rows: pa.Table) -> pa.Table:
    """Keep the last of several rows with one session_id, in order of ended_at and session_id."""
    last = np.flatnonzero(~many_rows(rows.select(["session_id"])).duplicated(keep="last").to_numpy())
    unique = rows.unify_dictionaries().take(pa.array(last))
    return unique.sort_by([("ended_at", "ascending"), ("session_id", "ascending")]).combine_chunks()
