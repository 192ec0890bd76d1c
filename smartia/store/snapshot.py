"""Snapshots: monthly Parquet files and set-aside records, committed together by one manifest.

    <account>/manifest.json
    <account>/month=2025-09/sessions-<generation>.parquet · rejected-<generation>.jsonl

Files carry a generation in their names, so a refresh never touches what the present manifest points to: the
rename of the manifest is the one instant at which the old snapshot becomes the new one.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from smartia.errors import NoSnapshotError, SnapshotUnreadableError, StoreKeyError
from smartia.store.files import Files, read_bytes
from smartia.store.manifest import Manifest, decode_manifest
from smartia.store.rejects import Reject
from smartia.store.sealed import MAGIC
from smartia.table.columns import STORED_SCHEMA
from smartia.table.frames import ANALYSIS_STORED, Piece, analysis_piece, joined_pieces, sessions_frame

P = TypeVar("P")
T = TypeVar("T")

MANIFEST = "manifest.json"
_DAMAGE = (OSError, pa.ArrowException, StoreKeyError)
_THREADS = 4
PIECE_ROWS = 100_000
"""Sessions read for the analysis frame at a time: fewer cost time, since each piece costs some; more cost memory."""
_REJECTED_COLUMNS = ("month", "since", "page", "record", "reason", "content")


@dataclass(frozen=True)
class Snapshot:
    """What was downloaded, as it lies in its files. Columns are read when they are asked for.

    Attributes:
        files: The account's files.
        manifest: What the snapshot holds.
    """

    files: Files
    manifest: Manifest

    @cached_property
    def sessions(self) -> pd.DataFrame:
        """The sessions frame of the data dictionary, identities included, in order of ended_at.

        Raises:
            SnapshotUnreadableError: A file is damaged, or a newer refresh has replaced it.
        """
        return sessions_frame(self.read(STORED_SCHEMA.names))

    @cached_property
    def rejected(self) -> pd.DataFrame:
        """The records set aside: month, position, reason and content.

        The position is the page and the record on it, counted from 1, in the chain of pages that began at the
        endDate `since` (missing where it began with the earliest session). `content` is the record as it came, as
        JSON text: personal data.

        Raises:
            SnapshotUnreadableError: A file is damaged, or a newer refresh has replaced it.
        """
        rows = [
            (name, item.since, item.page, item.record, item.reason, item.content)
            for name in sorted(self.manifest.months)
            for item in self.rejects_of(name)
        ]
        table = pd.DataFrame(rows, columns=list(_REJECTED_COLUMNS))
        return table.assign(since=pd.to_datetime(table["since"], utc=True))

    def check_files(self) -> None:
        """Look whether every file is there and whole; of Parquet files only the footers are read.

        Raises:
            SnapshotUnreadableError: A file is missing, cut short or of another length than the manifest says.
        """
        for name, month in self.manifest.months.items():
            if month.rows:
                try:
                    with self.files.open(sessions_name(name, month.generation)) as file:
                        rows = pq.read_metadata(file).num_rows
                except _DAMAGE as error:
                    raise SnapshotUnreadableError.from_damage(f"the month {name} cannot be read") from error
                if rows != month.rows:
                    raise SnapshotUnreadableError.from_damage(f"the month {name} is not whole")
            self.rejects_of(name)

    def analysis(self) -> pd.DataFrame:
        """The analysis frame: nothing in it identifies a learner. Not kept; the caller does.

        Raises:
            SnapshotUnreadableError: A file is damaged, or a newer refresh has replaced it.
        """
        empty = analysis_piece(_schema(ANALYSIS_STORED, as_codes=True).empty_table())
        return joined_pieces([empty, *_of_each(self._spells(), self._piece)])

    def _spells(self) -> list[list[str]]:
        """Gather months that follow each other, so that they are few and hold about `PIECE_ROWS` rows at most."""
        spells: list[list[str]] = []
        rows = 0
        for name in sorted(self.manifest.months):
            rows += self.manifest.months[name].rows
            if not spells or rows > PIECE_ROWS:
                spells.append([])
                rows = self.manifest.months[name].rows
            spells[-1].append(name)
        return spells

    def _piece(self, names: Sequence[str]) -> Piece:
        months = [self.read_month(name, ANALYSIS_STORED, as_codes=True) for name in names]
        return analysis_piece(pa.concat_tables(months).unify_dictionaries())

    def read(self, columns: Sequence[str]) -> pa.Table:
        """Read stored columns of all months, in order of ended_at and session_id.

        Args:
            columns: Which, in order.

        Raises:
            SnapshotUnreadableError: A file is damaged, or a newer refresh has replaced it.
        """
        read = partial(self.read_month, columns=columns)
        empty = _schema(columns, as_codes=False).empty_table()
        return pa.concat_tables([empty, *_of_each(sorted(self.manifest.months), read)]).unify_dictionaries()

    def read_rows(self, columns: Sequence[str], places: Sequence[int]) -> pa.Table:
        """Read stored columns of some rows, from the months alone in which these lie.

        Args:
            columns: Which, in order.
            places: Numbers of the rows, counted from 0 over the whole snapshot, in any order.

        Returns:
            A row for every place, in their order.

        Raises:
            SnapshotUnreadableError: A file is damaged, or a newer refresh has replaced it.
        """
        wanted = np.asarray(places, dtype=np.int64)
        order = np.argsort(wanted, kind="stable")
        months = sorted(self.manifest.months)
        ends = np.cumsum([0, *(self.manifest.months[name].rows for name in months)])
        inside = {
            name: wanted[order][slice(*np.searchsorted(wanted[order], [begin, end]))] - begin
            for name, begin, end in zip(months, ends, ends[1:], strict=False)
        }

        def take(name: str) -> pa.Table:
            return self.read_month(name, columns).take(pa.array(inside[name]))

        tables = _of_each([name for name in months if len(inside[name])], take)
        whole = pa.concat_tables([_schema(columns, as_codes=False).empty_table(), *tables])
        is_ordered = bool((order[1:] > order[:-1]).all())
        return whole if is_ordered else whole.take(pa.array(np.argsort(order)))

    def of_spells(self, columns: Sequence[str], make: Callable[[pa.Table, int], T]) -> list[T]:
        """Make something of stored columns some months at a time, which takes less memory than to read all of them.

        Args:
            columns: Which, in order.
            make: Is given the rows of some months, in order of ended_at and session_id, and the number of the first of
                them, counted from 0 over the whole snapshot. Is called by several threads.

        Returns:
            What was made each time, the earliest first; of no rows where the snapshot has none.

        Raises:
            SnapshotUnreadableError: A file is damaged, or a newer refresh has replaced it.
        """
        spells = self._spells() or [[]]
        empty = _schema(columns, as_codes=False).empty_table()
        sizes = [sum(self.manifest.months[name].rows for name in names) for names in spells]

        def made(spell: tuple[list[str], int]) -> T:
            names, first = spell
            return make(pa.concat_tables([empty, *(self.read_month(name, columns) for name in names)]), first)

        return _of_each(zip(spells, np.cumsum([0, *sizes]).tolist(), strict=False), made)

    def read_month(self, name: str, columns: Sequence[str], *, as_codes: bool = False) -> pa.Table:
        """Read stored columns of one month, in order of ended_at and session_id.

        Args:
            name: The month.
            columns: Which, in order.
            as_codes: Whether texts come as codes with a dictionary, which is quicker where they are grouped by.

        Raises:
            SnapshotUnreadableError: The file is damaged, or a newer refresh has replaced it.
        """
        schema = _schema(columns, as_codes=as_codes)
        month = self.manifest.months[name]
        if not month.rows:
            return schema.empty_table()
        coded = [field.name for field in schema if pa.types.is_dictionary(field.type)]
        try:
            with (
                self.files.open(sessions_name(name, month.generation)) as content,
                pq.ParquetFile(content, read_dictionary=coded, page_checksum_verification=True) as file,
            ):
                table = file.read(list(columns)).select(list(columns)).cast(schema)
        except _DAMAGE as error:
            raise SnapshotUnreadableError.from_damage(f"the month {name} cannot be read") from error
        if table.num_rows != month.rows:
            raise SnapshotUnreadableError.from_damage(f"the month {name} is not whole")
        return table

    def rejects_of(self, name: str) -> list[Reject]:
        """Read the records of one month that were set aside.

        Raises:
            SnapshotUnreadableError: The file is damaged, or a newer refresh has replaced it.
        """
        month = self.manifest.months[name]
        if not month.rejected:
            return []
        try:
            content = read_bytes(self.files, rejects_name(name, month.generation))
            rejects = msgspec.json.Decoder(Reject).decode_lines(content)
        except (*_DAMAGE, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SnapshotUnreadableError.from_damage("the records set aside cannot be read") from error
        if len(rejects) != month.rejected:
            raise SnapshotUnreadableError.from_damage("the records set aside are not whole")
        return rejects


def _of_each(parts: Iterable[P], make: Callable[[P], T]) -> list[T]:
    """Make something of each of some months or spells, several at a time; given in order."""
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="read") as pool:
        return list(pool.map(make, parts))


def open_snapshot(files: Files) -> Snapshot:
    """Open the snapshot of an account.

    Raises:
        NoSnapshotError: There is none.
        SnapshotUnreadableError: It is damaged, or of another version.
        StoreKeyError: It is encrypted with another key than that of the settings, or one of the two is and the other
            is not.
    """
    try:
        content = read_bytes(files, MANIFEST)
    except FileNotFoundError as error:
        raise NoSnapshotError.from_absence() from error
    except OSError as error:
        raise SnapshotUnreadableError.from_damage("its list of contents cannot be read") from error
    if content.startswith(MAGIC):
        raise StoreKeyError.from_missing_key()
    return Snapshot(files, decode_manifest(content))


def _schema(columns: Sequence[str], *, as_codes: bool) -> pa.Schema:
    fields = [STORED_SCHEMA.field(name) for name in columns]
    code = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([field.with_type(code) if as_codes and field.type == pa.string() else field for field in fields])


def sessions_name(month: str, generation: str) -> str:
    """The Parquet file of a month."""
    return f"month={month}/sessions-{generation}.parquet"


def rejects_name(month: str, generation: str) -> str:
    """The file of a month's records set aside, one JSON object a line."""
    return f"month={month}/rejected-{generation}.jsonl"
