"""The refresh as a background job: one per account and process, which every open browser can watch."""

import datetime as dt
import logging
import threading
import time
from dataclasses import replace

import streamlit as st

from smartia.errors import CopyRemovedError, RefreshBusyError, SmartiaError
from smartia.loading import account_files, forget, refresh
from smartia.logs import describe_exception
from smartia.settings import Settings
from smartia.store.refresh import Mode, Progress
from smartia.store.removal import Removed
from smartia.ui.data import open_ahead
from smartia.ui.kept import drop_everything_kept

_log = logging.getLogger(__name__)
RETRY_AFTER_S = 300.0
"""How long after a failure the next automatic attempt waits."""


class RefreshJob:
    """Runs refreshes of one account, one at a time, in a thread that speaks to no Streamlit.

    Args:
        account: The account's fingerprint; names the thread.

    Attributes:
        progress: How far the running or last refresh has come.
        failure: Why the last refresh failed; None where it did not.
        failed_at: When that was.
        seen_at: Where the copy lies that a page found, or that was removed here, since the last refresh began.
        removed: What the last removal here took; None where the copy has been found since, or asked for.
    """

    def __init__(self, account: str) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._started_s = 0.0
        self.progress: Progress | None = None
        self.failure: Exception | None = None
        self.failed_at: dt.datetime | None = None
        self.seen_at: str | None = None
        self.removed: Removed | None = None

    @property
    def is_running(self) -> bool:
        """Whether a refresh is under way."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def may_start_by_itself(self) -> bool:
        """Whether an automatic refresh may start: none is running and none failed a moment ago."""
        if self.is_running:
            return False
        return self.failed_at is None or (dt.datetime.now(dt.UTC) - self.failed_at).total_seconds() > RETRY_AFTER_S

    @property
    def seconds_left(self) -> float | None:
        """How long the download will still take at the pace so far; None where that cannot be said yet."""
        progress = self.progress
        if progress is None or not progress.sessions:
            return None
        pace_s = self._seconds / progress.sessions
        return pace_s * max(progress.total - progress.sessions, 0)

    @property
    def _seconds(self) -> float:
        """How long the refresh has been under way."""
        return time.monotonic() - self._started_s

    def refresh_now(self, settings: Settings) -> None:
        """Start a refresh of what may have changed, however old the data are, unless one is running already."""
        self.start(replace(settings, max_age=dt.timedelta(0)), "auto")

    def start(self, settings: Settings, mode: Mode) -> None:
        """Start a refresh, unless one is running already."""
        with self._lock:
            if self.is_running:
                return
            self.progress = None
            self.failure = None
            self.failed_at = None
            self.seen_at = None
            self.removed = None
            self._started_s = time.monotonic()
            self._thread = threading.Thread(
                target=self._run, args=(settings, mode), daemon=True, name=f"refresh-{self._account}"
            )
            self._thread.start()

    def forget(self, settings: Settings) -> None:
        """Remove what is kept of the account. No refresh starts by itself afterwards.

        Raises:
            RefreshBusyError: A refresh is running. Nothing was removed.
            CacheUnwritableError: Something could not be removed.
        """
        with self._lock:
            if self.is_running:
                raise RefreshBusyError.from_removal()
            self.removed = forget(settings)
            self.seen_at = account_files(settings).place
        drop_everything_kept()

    def note_copy(self, place: str) -> None:
        """Note that a page found a copy."""
        self.seen_at = place
        self.removed = None

    def is_removed(self, place: str) -> bool:
        """Whether the copy that a page does not find was removed, here or by another process, and not asked for since.

        Nothing is then downloaded by itself: whoever removes personal data does not want them back the next moment.
        """
        return not self.is_running and (self.seen_at == place or isinstance(self.failure, CopyRemovedError))

    def wait(self, timeout_s: float) -> None:
        """Wait until the running refresh has ended, but not for longer than `timeout_s`."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self, settings: Settings, mode: Mode) -> None:
        _log.info("A refresh (%s) begins.", mode)
        try:
            manifest = refresh(settings, mode, self._note).manifest
        except Exception as error:  # noqa: BLE001 - a thread has no caller: the page shows what it finds here
            self.failed_at = dt.datetime.now(dt.UTC)
            self.failure = error
            # Only errors of our own are known to hold no data in their texts.
            text = str(error) if isinstance(error, SmartiaError) else describe_exception(error)
            _log.error("The refresh failed after %.1f s (%s): %s", self._seconds, type(error).__name__, text)
        else:
            _log.info(
                "The refresh ended after %.1f s: %d sessions held, %d records set aside, %d missing.",
                self._seconds,
                manifest.rows,
                manifest.rejected,
                manifest.missing,
            )
            open_ahead(settings)  # so that the next click of whoever reads need not wait for it

    def _note(self, progress: Progress) -> None:
        self.progress = progress


@st.cache_resource(show_spinner=False)
def job_of(account: str) -> RefreshJob:
    """The job of an account, shared by every session of this process."""
    return RefreshJob(account)
