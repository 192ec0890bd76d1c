"""The refresh: download what may have changed, prove by the API's own total that the copy is whole, commit."""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from smartia.connect.client import Client
from smartia.connect.download import download
from smartia.connect.windows import EVERYTHING, Window, month_window
from smartia.errors import (
    CopyRemovedError,
    NoSnapshotError,
    RefreshBusyError,
    SnapshotUnreadableError,
    StoreKeyError,
)
from smartia.store.commit import commit, confirm
from smartia.store.files import Files, Lock
from smartia.store.merge import Merger
from smartia.store.parts import PartStore, rows_in_parts
from smartia.store.rejects import UNKNOWN_MONTH
from smartia.store.snapshot import MANIFEST, Snapshot, open_snapshot

Mode = Literal["auto", "full"]
"""How to refresh: "auto" where the snapshot is missing, unreadable or too old, and then only what may have changed;
"full" in any case and everything."""

FULL_EVERY = dt.timedelta(days=7)
"""Age of the last full download at which "auto" downloads everything: changes in place show in no total."""
RETRY_INCOMPLETE = dt.timedelta(minutes=15)
"""Age at which a snapshot that differs from the API's total is refreshed again."""
LOOKBACK_ROWS = 150
"""How many of the latest sessions an incremental refresh reads again. Rows, not days, so that the cost is the same
for every account; what arrives or vanishes further back is found by the total."""
REPAIRS = 2
"""How often months that differ are downloaded again within one refresh."""
BUSY_TIMEOUT_S = 900.0
"""How long another process may hold the account without any progress before a refresh gives up waiting."""


@dataclass(frozen=True)
class Progress:
    """How far a refresh has come.

    Attributes:
        sessions: Records received, those set aside included.
        total: How many there are, by what the API has said so far.
        waiting_s: How long the API has asked to wait; 0 where nothing is waited for.
        is_elsewhere: Whether another process is downloading, and this one waits for its result.
    """

    sessions: int = 0
    total: int = 0
    waiting_s: float = 0.0
    is_elsewhere: bool = False


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True)
class Plan:
    """How an account is refreshed.

    Attributes:
        files: The account's files.
        source: Where the data come from, for the manifest.
        max_age: The age from which "auto" refreshes.
        full_every: The age from which "auto" downloads everything.
        threads: How many chains of pages are read at a time.
    """

    files: Files
    source: str
    max_age: dt.timedelta
    full_every: dt.timedelta = FULL_EVERY
    threads: int = 8


def refresh_snapshot(client: Client, plan: Plan, mode: Mode, on_progress: OnProgress) -> Snapshot:
    """Bring an account's snapshot up to date.

    One refresh at a time per account: a second one waits for the first and takes its result.

    Args:
        client: Reads the API.
        plan: What is refreshed, and how.
        mode: When and how much to download.
        on_progress: Told after every page, and while another process is at work.

    Returns:
        The present snapshot.

    Raises:
        DownloadError: The API could not be read to the end; the snapshot on disk stays as it was, and what has
            been downloaded is used by the next refresh.
        StoreKeyError: The snapshot is encrypted otherwise than the settings say; mode "full" replaces it.
        CopyRemovedError: The snapshot was removed while this refresh waited for another one.
        StoreError: The folder cannot be written, or another refresh does not end.
    """
    before = _whole_snapshot(plan.files, mode)
    if mode == "auto" and before and is_fresh(before, plan.max_age, dt.datetime.now(dt.UTC)):
        return before
    lock = plan.files.lock()
    _acquire(lock, plan.files, on_progress)
    if before and MANIFEST not in plan.files.names():
        lock.discard()
        raise CopyRemovedError.from_wait()
    try:
        present = _whole_snapshot(plan.files, mode)
        if present and _last_at(present, mode) != (before and _last_at(before, mode)):
            return present  # Another refresh brought it while this one waited.
        return _Refresh(client, plan, on_progress).run(present, is_full=mode == "full")
    finally:
        lock.release()


def is_fresh(snapshot: Snapshot, max_age: dt.timedelta, now: dt.datetime) -> bool:
    """Whether a snapshot need not be refreshed.

    One that differs from the API's total is fresh for `RETRY_INCOMPLETE` at most; one from the future (a clock was
    wrong) is not fresh.
    """
    limit = min(max_age, RETRY_INCOMPLETE) if snapshot.manifest.missing else max_age
    return dt.timedelta(0) <= now - snapshot.manifest.fetched_at < limit


def _last_at(snapshot: Snapshot, mode: Mode) -> dt.datetime:
    return snapshot.manifest.full_at if mode == "full" else snapshot.manifest.fetched_at


class _Refresh:
    """One refresh, under the account's lock."""

    def __init__(self, client: Client, plan: Plan, on_progress: OnProgress) -> None:
        self._client = client
        self._plan = plan
        self._on_progress = on_progress
        self._started_at = dt.datetime.now(dt.UTC)

    def run(self, base: Snapshot | None, *, is_full: bool) -> Snapshot:
        try:
            return self._bring(base, is_full=is_full)
        except SnapshotUnreadableError:
            # A month or a part is damaged where its footer does not show it: nothing on disk can be built on.
            PartStore(self._plan.files).clear()
            return self._bring(None, is_full=True)

    def _bring(self, base: Snapshot | None, *, is_full: bool) -> Snapshot:
        full_at = base.manifest.full_at if base else self._started_at
        if is_full or base is None or self._started_at - full_at >= self._plan.full_every:
            windows, full_at = [EVERYTHING], self._started_at
        else:
            windows = [Window(_lookback_start(base), None)]
        snapshot = self._fetch(windows, base, full_at)
        return self._make_whole(snapshot, full_at)

    def _fetch(self, windows: Sequence[Window], base: Snapshot | None, full_at: dt.datetime) -> Snapshot:
        parts = PartStore(self._plan.files)
        parts.resume(self._started_at)
        done = [part.window for part in parts.parts]
        at_start = sum(part.rows + len(part.rejects) for part in parts.parts)
        with Merger(self._plan.files, base, windows, parts) as merger:
            parts.on_written = merger.note
            download(
                self._client,
                [left for window in windows for left in window.without(done)],
                parts.sink,
                threads=self._plan.threads,
                newest=self._started_at,
                on_received=lambda received, total: self._on_progress(Progress(at_start + received, at_start + total)),
            )
            with ThreadPoolExecutor(1, thread_name_prefix="count") as pool:
                counted = pool.submit(self._client.count)
                snapshot = commit(
                    merger,
                    fetched_at=self._started_at,
                    full_at=full_at,
                    count=counted.result,
                    source=self._plan.source,
                )
        parts.clear()
        return snapshot

    def _make_whole(self, snapshot: Snapshot, full_at: dt.datetime) -> Snapshot:
        """Compare with the API's total, and download again the months that differ."""
        disputed = snapshot.manifest.disputed
        for _ in range(REPAIRS):
            if not snapshot.manifest.missing:
                break
            periods = _periods(snapshot)
            wrong = {
                name: count
                for name, count in self._count(periods).items()
                if count != _held_in(snapshot, name) and disputed.get(name) != count
            }
            if not wrong:
                break
            snapshot = self._fetch([periods[name] for name in wrong], snapshot, full_at)
            still = {name: count for name, count in wrong.items() if count != _held_in(snapshot, name)}
            disputed = {name: count for name, count in disputed.items() if name not in wrong} | still
        total = snapshot.manifest.total
        if snapshot.manifest.missing:
            total = self._client.count()  # Sessions may have come and gone between one answer and the next.
        is_whole = total == snapshot.manifest.rows + snapshot.manifest.rejected
        return confirm(snapshot, total, {} if is_whole else disputed)

    def _count(self, periods: dict[str, Window]) -> dict[str, int]:
        """Ask how many sessions each period has."""
        with ThreadPoolExecutor(self._plan.threads, thread_name_prefix="count") as pool:
            return dict(zip(periods, pool.map(self._client.count, periods.values()), strict=True))


def _periods(snapshot: Snapshot) -> dict[str, Window]:
    """Cut all time into the months held and what lies before, between and behind them."""
    held = {name: month_window(name) for name in sorted(snapshot.manifest.months) if name != UNKNOWN_MONTH}
    gaps = EVERYTHING.without(held.values())
    return held | {f"{gap.start or 'the beginning'} to {gap.end or 'the end'}": gap for gap in gaps}


def _held_in(snapshot: Snapshot, name: str) -> int:
    month = snapshot.manifest.months.get(name)
    return month.held if month else 0


def _lookback_start(base: Snapshot) -> dt.datetime | None:
    """The endDate from which on an incremental refresh reads again; None for everything."""
    seen = 0
    for name in sorted((name for name in base.manifest.months if name != UNKNOWN_MONTH), reverse=True):
        rows = base.manifest.months[name].rows
        if seen + rows >= LOOKBACK_ROWS:
            ended_at = base.read_month(name, ["ended_at"])["ended_at"]
            start: dt.datetime = ended_at[rows - (LOOKBACK_ROWS - seen)].as_py()
            return start
        seen += rows
    return None


def _acquire(lock: Lock, files: Files, on_progress: OnProgress) -> None:
    """Wait for the account's lock, for as long as its holder makes progress, and tell how far that has come."""
    rows = -1
    changed_s = time.monotonic()
    while not lock.acquire(timeout=1.0):
        if (found := rows_in_parts(files)) != rows:
            rows, changed_s = found, time.monotonic()
        if time.monotonic() - changed_s > BUSY_TIMEOUT_S:
            raise RefreshBusyError.from_lock(BUSY_TIMEOUT_S)
        on_progress(Progress(sessions=rows, total=rows, is_elsewhere=True))


def _whole_snapshot(files: Files, mode: Mode) -> Snapshot | None:
    try:
        snapshot = open_snapshot(files)
        snapshot.check_files()
    except (NoSnapshotError, SnapshotUnreadableError):
        return None
    except StoreKeyError:
        if mode != "full":
            raise
        return None
    return snapshot
