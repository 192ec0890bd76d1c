"""From a download to the account's present snapshot: months that changed are written anew, then the manifest."""

import contextlib
import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smartia.connect.windows import EVERYTHING, Window, month_window, months_between
from smartia.store.files import atomic_file, make_private_folder
from smartia.store.manifest import VERSION, Manifest, Month
from smartia.store.parquet import write_rows
from smartia.store.parts import PartStore, is_inside
from smartia.store.rejects import UNKNOWN_MONTH, Reject, own_end, unique_rejects
from smartia.store.snapshot import MANIFEST, Snapshot, rejects_path, sessions_path
from smartia.table.columns import STORED_SCHEMA

_THREADS = 2


@dataclass(frozen=True)
class Fetched:
    """What a download was and brought.

    Attributes:
        windows: What was asked for. Whatever was held inside them before and did not come again is gone.
        parts: What came.
        fetched_at: When the refresh began.
        full_at: When the last full download began.
        total: How many sessions the API says it has, asked after the download.
    """

    windows: Sequence[Window]
    parts: PartStore
    fetched_at: dt.datetime
    full_at: dt.datetime
    total: int


def commit(folder: Path, base: Snapshot | None, fetched: Fetched, *, source: str) -> Snapshot:
    """Merge a download into a snapshot and make the result the account's present one.

    Months that the download does not change keep their files. What is replaced is removed from the disk after the
    new manifest is in place, so that a kill at any instant leaves the old snapshot or the new one.

    Args:
        folder: The account's folder.
        base: What is held so far; None where nothing is, or where it cannot be read.
        fetched: The download.
        source: Where the data came from.

    Returns:
        The new snapshot.

    Raises:
        CacheUnwritableError: The folder cannot be written. The present snapshot stays.
        SnapshotUnreadableError: A part of the download or a month of the base is damaged.
    """
    generation = secrets.token_hex(8)
    old = {} if base is None else base.manifest.months
    rejects = _merge_rejects(base, fetched)
    names = sorted({*old, *_months_of_parts(fetched.parts), *rejects})
    # Arrow works and the disk writes outside the interpreter's lock, so months go side by side.
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="commit") as pool:
        merge = partial(_merge_month, folder, base, fetched, generation)
        merged = list(pool.map(merge, names, [rejects.get(name, []) for name in names]))
    months = {name: month for name, (month, _) in zip(names, merged, strict=True) if month is not None}
    is_unchanged = base is not None and months == old
    manifest = Manifest(
        version=VERSION,
        snapshot_id=base.manifest.snapshot_id if base and is_unchanged else generation,
        source=source,
        fetched_at=fetched.fetched_at,
        full_at=fetched.full_at,
        total=fetched.total,
        duplicates=sum(duplicates for _, duplicates in merged),
        disputed={} if base is None else base.manifest.disputed,
        months=months,
    )
    return _publish(folder, manifest)


def _merge_month(
    folder: Path, base: Snapshot | None, fetched: Fetched, generation: str, name: str, rejects: list[Reject]
) -> tuple[Month | None, int]:
    """Merge one month; gives its entry (None where nothing is left of it), and how many rows came more than once."""
    window = month_window(name) if name != UNKNOWN_MONTH else None
    touched = [part for asked in fetched.windows if window and (part := asked.intersection(window))]
    before = base.manifest.months.get(name) if base else None
    held = base.read_month(name, STORED_SCHEMA.names) if base and before and touched else None
    came = pa.concat_tables([STORED_SCHEMA.empty_table(), *(fetched.parts.read(part) for part in touched)])
    duplicates = came.num_rows - pc.count_distinct(came["session_id"]).as_py()
    rows = _merge_rows(held, came, touched)
    is_same = not touched or (held is not None and _plain(rows).equals(_plain(held)))
    if base and before and is_same and _contents(rejects) == _contents(base.rejects_of(name)):
        return before, duplicates
    if not touched and base and before:
        rows = base.read_month(name, STORED_SCHEMA.names).cast(STORED_SCHEMA)
    if not rows.num_rows and not rejects:
        return None, duplicates
    return _write_month(folder, name, rows, rejects, fetched.fetched_at, generation), duplicates


def confirm(snapshot: Snapshot, total: int, disputed: dict[str, int]) -> Snapshot:
    """Note how many sessions the API says there are by now, and which months differ from its counts for good.

    Raises:
        CacheUnwritableError: The folder cannot be written.
    """
    manifest = msgspec.structs.replace(snapshot.manifest, total=total, disputed=disputed)
    return snapshot if manifest == snapshot.manifest else _publish(snapshot.folder, manifest)


def _publish(folder: Path, manifest: Manifest) -> Snapshot:
    make_private_folder(folder)
    with atomic_file(folder / MANIFEST) as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest)))
    _remove_stale(folder, manifest)
    return Snapshot(folder, manifest)


def _write_month(
    folder: Path, name: str, rows: pa.Table, rejects: Sequence[Reject], fetched_at: dt.datetime, generation: str
) -> Month:
    make_private_folder(folder / f"month={name}")
    if rows.num_rows:
        with atomic_file(sessions_path(folder, name, generation)) as file:
            write_rows(rows, file, compression="zstd")
    if rejects:
        with atomic_file(rejects_path(folder, name, generation)) as file:
            file.write(msgspec.json.Encoder().encode_lines(rejects))
    return Month(rows.num_rows, len(rejects), pc.max(rows["ended_at"]).as_py(), fetched_at, generation)


def _merge_rows(held: pa.Table | None, came: pa.Table, touched: Sequence[Window]) -> pa.Table:
    if held is None:
        return _ordered_unique(came)
    ended_at = held["ended_at"]
    is_outside = np.ones(held.num_rows, dtype=bool)
    for window in touched:
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
    last = np.flatnonzero(~rows["session_id"].to_pandas().duplicated(keep="last").to_numpy())
    unique = rows.unify_dictionaries().take(pa.array(last))
    return unique.sort_by([("ended_at", "ascending"), ("session_id", "ascending")]).combine_chunks()


def _merge_rejects(base: Snapshot | None, fetched: Fetched) -> dict[str, list[Reject]]:
    held = [] if base is None else [item for name in sorted(base.manifest.months) for item in base.rejects_of(name)]
    outside = [item for item in held if not any(_covers(window, item) for window in fetched.windows)]
    came = [item for part in fetched.parts.parts for item in part.rejects]
    months: dict[str, list[Reject]] = {}
    for item in unique_rejects([*outside, *came]):
        months.setdefault(item.month, []).append(item)
    return months


def _contents(rejects: Iterable[Reject]) -> set[str]:
    """What was set aside, whatever page it stood on this time."""
    return {item.content for item in rejects}


def _covers(window: Window, item: Reject) -> bool:
    """Whether a download of a window brings the record again, if it is still there."""
    end = own_end(item.content)
    return window == EVERYTHING if end is None else end in window


def _months_of_parts(parts: PartStore) -> Iterable[str]:
    for part in parts.parts:
        if part.first is not None and part.last is not None:
            first, last = (f"{moment.astimezone(dt.UTC):%Y-%m}" for moment in (part.first, part.last))
            yield from months_between(first, last)


def _remove_stale(folder: Path, manifest: Manifest) -> None:
    """Remove every file that the manifest does not name: erased at the source means erased here."""
    for stray in folder.glob(f".{MANIFEST}.*.tmp"):
        stray.unlink(missing_ok=True)
    named = {
        path(folder, name, month.generation)
        for name, month in manifest.months.items()
        for path in (sessions_path, rejects_path)
    }
    for month_folder in folder.glob("month=*"):
        for path in month_folder.iterdir():
            if path not in named:
                with contextlib.suppress(PermissionError):  # Windows, while somebody reads it: gone next time.
                    path.unlink(missing_ok=True)
        if not any(month_folder.iterdir()):
            month_folder.rmdir()
