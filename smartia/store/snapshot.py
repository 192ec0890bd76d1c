"""Snapshots on disk: monthly Parquet files and set-aside records, committed together by one manifest.

    <account>/manifest.json
    <account>/month=2025-09/sessions-<generation>.parquet · rejected-<generation>.jsonl

Files carry a generation in their names, so a refresh never touches what the present manifest points to: the
rename of the manifest is the one instant at which the old snapshot becomes the new one.
"""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from smartia.connect.models import Misfit
from smartia.errors import NoSnapshotError, SnapshotUnreadableError
from smartia.store.files import atomic_file, make_private_folder
from smartia.store.manifest import VERSION, Manifest, Month, decode_manifest
from smartia.table.columns import STORED_SCHEMA
from smartia.table.frames import ANALYSIS_STORED, analysis_frame, sessions_frame

MANIFEST = "manifest.json"
UNKNOWN_MONTH = "unknown"
_REJECTED_COLUMNS = ("month", "page", "record", "reason", "content")


@dataclass(frozen=True)
class Snapshot:
    """What was downloaded, as it lies on disk. Columns are read when they are asked for.

    Attributes:
        folder: The account's folder.
        manifest: What the snapshot holds.
    """

    folder: Path
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
        """The records set aside: month, page and record (position in the download, from 1), reason, content.

        `content` is the record as it came, as JSON text: personal data.

        Raises:
            SnapshotUnreadableError: A file is damaged, or a newer refresh has replaced it.
        """
        rows = []
        for name, month in sorted(self.manifest.months.items()):
            for misfit in self._misfits(name, month):
                position = misfit.position
                rows.append((name, position.page, position.record, misfit.reason, misfit.record))
        return pd.DataFrame(rows, columns=list(_REJECTED_COLUMNS))

    def check_files(self) -> None:
        """Look whether every file is there and whole; of Parquet files only the footers are read.

        Raises:
            SnapshotUnreadableError: A file is missing, cut short or of another length than the manifest says.
        """
        for name, month in self.manifest.months.items():
            if month.rows:
                try:
                    rows = pq.read_metadata(_sessions_path(self.folder, name, month.generation)).num_rows
                except (OSError, pa.ArrowException) as error:
                    raise SnapshotUnreadableError.from_damage(f"the month {name} cannot be read") from error
                if rows != month.rows:
                    raise SnapshotUnreadableError.from_damage(f"the month {name} is not whole")
            self._misfits(name, month)

    def analysis(self) -> pd.DataFrame:
        """The analysis frame: nothing in it identifies a learner. Not kept; the caller does.

        Raises:
            SnapshotUnreadableError: A file is damaged, or a newer refresh has replaced it.
        """
        return analysis_frame(self.read(ANALYSIS_STORED))

    def read(self, columns: Sequence[str]) -> pa.Table:
        """Read stored columns of all months, in order of ended_at and session_id.

        Raises:
            SnapshotUnreadableError: A file is damaged, or a newer refresh has replaced it.
        """
        schema = pa.schema([STORED_SCHEMA.field(name) for name in columns])
        parts = []
        for name, month in sorted(self.manifest.months.items()):
            if month.rows:
                try:
                    part = pq.read_table(_sessions_path(self.folder, name, month.generation), columns=list(columns))
                except (OSError, pa.ArrowException) as error:
                    raise SnapshotUnreadableError.from_damage(f"the month {name} cannot be read") from error
                if part.num_rows != month.rows:
                    raise SnapshotUnreadableError.from_damage(f"the month {name} is not whole")
                parts.append(part.cast(schema))
        return pa.concat_tables(parts).unify_dictionaries() if parts else schema.empty_table()

    def _misfits(self, name: str, month: Month) -> list[Misfit]:
        if not month.rejected:
            return []
        try:
            content = _rejected_path(self.folder, name, month.generation).read_bytes()
            misfits = msgspec.json.Decoder(Misfit).decode_lines(content)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SnapshotUnreadableError.from_damage("the records set aside cannot be read") from error
        if len(misfits) != month.rejected:
            raise SnapshotUnreadableError.from_damage("the records set aside are not whole")
        return misfits


def open_snapshot(folder: Path) -> Snapshot:
    """Open the snapshot of an account's folder.

    Raises:
        NoSnapshotError: There is none.
        SnapshotUnreadableError: It is damaged, or of another version.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
    except FileNotFoundError as error:
        raise NoSnapshotError.from_absence() from error
    except OSError as error:
        raise SnapshotUnreadableError.from_damage("its list of contents cannot be read") from error
    return Snapshot(folder, decode_manifest(content))


def write_snapshot(
    folder: Path, rows: pa.Table, misfits: Sequence[Misfit], *, source: str, fetched_at: dt.datetime, total: int
) -> Snapshot:
    """Write a snapshot and make it the account's present one; what it replaces is removed from the disk.

    Args:
        folder: The account's folder; created where it is missing.
        rows: Sessions with `STORED_SCHEMA`, in the order in which they came. Of several rows with one
            session_id the one that came last is kept.
        misfits: Records set aside. The same record twice is kept once.
        source: Where the data came from.
        fetched_at: When the download began.
        total: How many sessions the API said it has.

    Raises:
        CacheUnwritableError: The folder cannot be written. The present snapshot stays.
    """
    make_private_folder(folder)
    generation = secrets.token_hex(8)
    kept = _ordered_unique(rows)
    set_aside = list({misfit.record: misfit for misfit in misfits}.values())
    months: dict[str, Month] = {}
    by_month = _misfits_by_month(set_aside)
    row_months = kept["ended_at"].to_numpy().astype("datetime64[M]").astype(str)
    for name in sorted({*np.unique(row_months), *by_month}):
        part = kept.filter(pa.array(row_months == name))
        rejected = by_month.get(name, [])
        make_private_folder(folder / f"month={name}")
        if part.num_rows:
            with atomic_file(_sessions_path(folder, name, generation)) as file:
                pq.write_table(part, file, compression="zstd")
        if rejected:
            with atomic_file(_rejected_path(folder, name, generation)) as file:
                file.write(msgspec.json.Encoder().encode_lines(rejected))
        months[name] = Month(part.num_rows, len(rejected), fetched_at, generation)
    manifest = Manifest(
        version=VERSION,
        snapshot_id=generation,
        source=source,
        fetched_at=fetched_at,
        watermark=pc.max(kept["ended_at"]).as_py(),
        total=total,
        duplicates=rows.num_rows - kept.num_rows + len(misfits) - len(set_aside),
        months=months,
    )
    with atomic_file(folder / MANIFEST) as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest)))
    _remove_stale(folder, manifest)
    return Snapshot(folder, manifest)


def _ordered_unique(rows: pa.Table) -> pa.Table:
    ids = rows["session_id"].to_pandas()
    last = np.flatnonzero(~ids.duplicated(keep="last").to_numpy())
    unique = rows.take(pa.array(last))
    return unique.sort_by([("ended_at", "ascending"), ("session_id", "ascending")])


class _Ended(msgspec.Struct, rename="camel"):
    end_date: dt.datetime


def _misfits_by_month(misfits: Sequence[Misfit]) -> dict[str, list[Misfit]]:
    months: dict[str, list[Misfit]] = {}
    for misfit in misfits:
        try:
            ended = msgspec.json.decode(misfit.record, type=_Ended).end_date
            name = (ended.astimezone(dt.UTC) if ended.tzinfo else ended).isoformat()[: len("2025-09")]
        except (msgspec.DecodeError, UnicodeEncodeError, OverflowError):
            name = UNKNOWN_MONTH
        months.setdefault(name, []).append(misfit)
    return months


def _sessions_path(folder: Path, month: str, generation: str) -> Path:
    return folder / f"month={month}" / f"sessions-{generation}.parquet"


def _rejected_path(folder: Path, month: str, generation: str) -> Path:
    return folder / f"month={month}" / f"rejected-{generation}.jsonl"


def _remove_stale(folder: Path, manifest: Manifest) -> None:
    """Remove every file that the manifest does not name: erased at the source means erased here."""
    for stray in folder.glob(f".{MANIFEST}.*.tmp"):
        stray.unlink(missing_ok=True)
    named = {
        path(folder, name, month.generation)
        for name, month in manifest.months.items()
        for path in (_sessions_path, _rejected_path)
    }
    for month_folder in folder.glob("month=*"):
        for path in month_folder.iterdir():
            if path not in named:
                path.unlink(missing_ok=True)
        if not any(month_folder.iterdir()):
            month_folder.rmdir()
