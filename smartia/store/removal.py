"""Removing what is kept of an account, and finding what earlier keys have left behind."""

import contextlib
import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from smartia.errors import CacheUnwritableError, RefreshBusyError, StoreError
from smartia.store.files import FRAMES, LOCK, SPILL, DiskFiles, Files
from smartia.store.manifest import Manifest
from smartia.store.parts import FOLDER
from smartia.store.snapshot import MANIFEST, open_snapshot
from smartia.store.views import FOLDER as VIEWS

WAIT_S = 5.0
"""How long a removal waits for a refresh that may be about to end."""
_OURS = re.compile(
    rf"\.?{re.escape(MANIFEST)}(\.[0-9a-f]+\.tmp)?|{LOCK}"
    rf"|(month=[^/]+|{FOLDER}|{VIEWS}|{FRAMES}|{SPILL}[0-9a-f]+)/[^/]+"
)
_LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)
_ACCOUNT = re.compile(r"[0-9a-f]{16}|demo")


@dataclass(frozen=True)
class Removed:
    """How much was removed.

    Attributes:
        sessions: Sessions of the snapshot.
        set_aside: Its records set aside.
        files: Files, with those of interrupted downloads.
        size_bytes: What they took.
        foreign: Files in the account's folder that are not smartia's: they are left where they are.
        is_counted: Whether sessions and records are known: not where the snapshot was damaged, or encrypted with
            another key than the one at hand.
    """

    sessions: int = 0
    set_aside: int = 0
    files: int = 0
    size_bytes: int = 0
    foreign: int = 0
    is_counted: bool = True

    def __add__(self, other: "Removed") -> "Removed":
        return Removed(
            self.sessions + other.sessions,
            self.set_aside + other.set_aside,
            self.files + other.files,
            self.size_bytes + other.size_bytes,
            self.foreign + other.foreign,
            self.is_counted and other.is_counted,
        )


@dataclass(frozen=True)
class KeptAccount:
    """An account's folder, or its place on shared storage.

    Attributes:
        account: Its fingerprint, which tells nothing of the key.
        files: Where its files are.
        size_bytes: What they take.
        changed_at: When something in it last changed; None where that is not known.
    """

    account: str
    files: Files
    size_bytes: int
    changed_at: dt.datetime | None


def remove_account(files: Files) -> Removed:
    """Remove every file of an account, the lock and the folder too.

    A file that cannot be removed does not keep the others. Deleted is not overwritten: what a disk or a backup still
    holds of deleted files is beyond smartia.

    Raises:
        RefreshBusyError: The account is being refreshed. Nothing was removed.
        CacheUnwritableError: Something could not be removed.
    """
    if not files.names():
        return Removed()
    lock = files.lock()
    if not lock.acquire(timeout=WAIT_S):
        raise RefreshBusyError.from_removal()
    try:
        held = _manifest_of(files)
        is_counted = held is not None or MANIFEST not in files.names()
        names = [name for name in files.names() if name != LOCK]
        # The list of contents first: a kill in between leaves no copy that opens.
        ours = sorted(filter(_OURS.fullmatch, names), key=lambda name: name != MANIFEST)
        size_bytes = sum(files.size(name) for name in ours)
        failures = [failure for name in ours if (failure := _failure_of_removing(files, name))]
    finally:
        lock.discard()
    if failures:
        raise CacheUnwritableError.from_removal(failures[0]) from failures[0]
    return Removed(
        sessions=held.rows if held else 0,
        set_aside=held.rejected if held else 0,
        files=len(ours),
        size_bytes=size_bytes,
        foreign=len(names) - len(ours),
        is_counted=is_counted,
    )


def list_accounts(cache_dir: Path) -> list[KeptAccount]:
    """Find the folders of all accounts below the cache folder, the one that changed last first.

    A folder counts where it has the name of an account's and a file that smartia writes: the cache folder may be
    one that holds other things too.
    """
    if not cache_dir.is_dir():
        return []
    found = [_kept(folder) for folder in cache_dir.iterdir() if folder.is_dir() and _ACCOUNT.fullmatch(folder.name)]
    return sorted(filter(None, found), key=lambda kept: kept.changed_at or _LONG_AGO, reverse=True)


def kept_elsewhere(account: str, files: Files) -> KeptAccount | None:
    """What is kept of an account in a place that is no folder below the cache folder; None where that is nothing."""
    ours = [name for name in files.names() if _OURS.fullmatch(name)]
    held = _manifest_of(files)
    size_bytes = sum(files.size(name) for name in ours)
    return KeptAccount(account, files, size_bytes, held.fetched_at if held else None) if ours else None


def _kept(folder: Path) -> KeptAccount | None:
    files = DiskFiles(folder)
    ours = [folder / name for name in files.names() if _OURS.fullmatch(name)]
    if not ours:
        return None
    stats = [path.stat() for path in ours]
    changed_at = dt.datetime.fromtimestamp(max(stat.st_mtime for stat in stats), dt.UTC)
    return KeptAccount(folder.name, files, sum(stat.st_size for stat in stats), changed_at)


def _failure_of_removing(files: Files, name: str) -> OSError | None:
    try:
        files.remove(name)
    except OSError as failure:
        return failure
    return None


def _manifest_of(files: Files) -> Manifest | None:
    with contextlib.suppress(StoreError):  # A copy that does not open has no counts, and goes all the same.
        return open_snapshot(files).manifest
    return None
