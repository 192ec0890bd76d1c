"""From a download to the account's present snapshot: months that changed are written anew, then the manifest."""

import contextlib
import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from smartia.connect.windows import EVERYTHING, Window
from smartia.store.files import FRAMES, Files
from smartia.store.manifest import VERSION, Manifest, Month
from smartia.store.merge import Merger, MonthRows
from smartia.store.rejects import Reject, own_end, unique_rejects
from smartia.store.snapshot import MANIFEST, Snapshot, rejects_name, sessions_name

_MADE_OF: Final = re.compile(rf"{FRAMES}/\.?(?P<snapshot>[0-9a-f]+)-")
"""How the files begin that an engine has made of a snapshot, or is making."""


def commit(
    merger: Merger, *, fetched_at: dt.datetime, full_at: dt.datetime, count: Callable[[], int], source: str
) -> Snapshot:
    """Make a download, merged with what was held before, the account's present snapshot.

    Months that the download does not change keep their files. What is replaced is removed from the disk after the
    new manifest is in place, so that a kill at any instant leaves the old snapshot or the new one.

    Args:
        merger: Merges the download, which is at its end.
        fetched_at: When the refresh began.
        full_at: When the last full download began.
        count: Says how many sessions the API says it has, asked after the download. Called before the commit, so
            that no kill and no fault can leave a copy whose total nobody has confirmed.
        source: Where the data came from.

    Returns:
        The new snapshot.

    Raises:
        CacheUnwritableError: The folder cannot be written. The present snapshot stays.
        SnapshotUnreadableError: A part of the download or a month of the base is damaged.
    """
    base = merger.base
    rejects = _merge_rejects(merger)
    merged = merger.finish()
    names = sorted({*merged, *rejects})
    settled = {name: _settle(merger, fetched_at, name, merged.get(name), rejects.get(name, [])) for name in names}
    months = {name: month for name, month in settled.items() if month is not None}
    manifest = Manifest(
        version=VERSION,
        snapshot_id=base.manifest.snapshot_id if base and base.manifest.months == months else merger.generation,
        source=source,
        fetched_at=fetched_at,
        full_at=full_at,
        total=count(),
        duplicates=sum(rows.duplicates for rows in merged.values()),
        disputed={} if base is None else base.manifest.disputed,
        months=months,
    )
    return _publish(merger.files, manifest)


def _settle(
    merger: Merger, fetched_at: dt.datetime, name: str, merged: MonthRows | None, rejects: list[Reject]
) -> Month | None:
    """Join the rows of a month with its records set aside; gives its entry, None where nothing is left of it."""
    before = merger.base.manifest.months.get(name) if merger.base else None
    rows = merged or MonthRows(0, None, 0, is_kept=False)
    if merger.base and before and rows.is_kept:
        if _contents(rejects) == _contents(merger.base.rejects_of(name)):
            return before
        merger.rewrite(name)
    if not rows.rows and not rejects:
        return None
    if rejects:
        with merger.files.create(rejects_name(name, merger.generation)) as file:
            file.write(msgspec.json.Encoder().encode_lines(rejects))
    return Month(rows.rows, len(rejects), rows.newest, fetched_at, merger.generation)


def confirm(snapshot: Snapshot, total: int, disputed: dict[str, int]) -> Snapshot:
    """Note how many sessions the API says there are by now, and which months differ from its counts for good.

    Raises:
        CacheUnwritableError: The folder cannot be written.
    """
    manifest = msgspec.structs.replace(snapshot.manifest, total=total, disputed=disputed)
    return snapshot if manifest == snapshot.manifest else _publish(snapshot.files, manifest)


def _publish(files: Files, manifest: Manifest) -> Snapshot:
    with files.create(MANIFEST) as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest)))
    _remove_stale(files, manifest)
    return Snapshot(files, manifest)


def _merge_rejects(merger: Merger) -> dict[str, list[Reject]]:
    base = merger.base
    held = [] if base is None else [item for name in sorted(base.manifest.months) for item in base.rejects_of(name)]
    outside = [item for item in held if not any(_covers(window, item) for window in merger.windows)]
    came = [item for part in merger.parts.parts for item in part.rejects]
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


def _remove_stale(files: Files, manifest: Manifest) -> None:
    """Remove every file that the manifest does not name: erased at the source means erased here."""
    named = {
        name_of(name, month.generation)
        for name, month in manifest.months.items()
        for name_of in (sessions_name, rejects_name)
    }
    for name in files.names():
        made_of = _MADE_OF.match(name)
        is_stale = name.startswith(("month=", f".{MANIFEST}.")) and name not in named
        if is_stale or (made_of and made_of["snapshot"] != manifest.snapshot_id):
            with contextlib.suppress(PermissionError):  # Windows, while somebody reads it: gone next time.
                files.remove(name)
