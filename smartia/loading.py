"""The public way to the data: open the cached snapshot, and refresh it from the API or the demo college."""

import hashlib
import hmac
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pandas as pd

from smartia import demo
from smartia.connect.client import Client
from smartia.connect.http import HttpSender
from smartia.connect.throttle import Throttle
from smartia.errors import SettingsError, SmartiaError, StoreError
from smartia.settings import Cache, Settings
from smartia.store.files import DiskFiles, Files
from smartia.store.memory import memory_files
from smartia.store.refresh import FULL_EVERY, Mode, OnProgress, Plan, Progress, refresh_snapshot
from smartia.store.removal import Removed, remove_account
from smartia.store.sealed import SealedFiles
from smartia.store.snapshot import Snapshot, open_snapshot
from smartia.store.views import ReaderViews

SPARE_CHAINS = 3
"""Chains of pages read at a time beyond the requests in flight."""


def load_sessions(
    settings: Settings | None = None, *, refresh: Literal["auto", "full", "never"] = "auto"
) -> pd.DataFrame:
    """Load every completed session as one frame, from the cache where it is fresh.

    Args:
        settings: Where from and where to; by default as `Settings.load` finds them. Without a key, the sessions
            are those of the demo college.
        refresh: "auto" downloads where the cached data are missing or older than `settings.max_age`; "full"
            downloads in any case; "never" takes what is cached.

    Returns:
        One row per session in order of ended_at, with the columns of the data dictionary. Times are UTC. Records
        that do not fit the API's reference are not in it: see `smartia.refresh(...).rejected`.

    Raises:
        SettingsError: A setting is malformed.
        DownloadError: The API could not be read, and nothing is cached (or `refresh` is "full").
        NoSnapshotError: `refresh` is "never" and nothing is cached.
        StoreKeyError: What is cached is encrypted otherwise than the settings say, and `refresh` is not "full".

    Warns:
        UserWarning: The automatic refresh failed, and the last good data are returned.
    """
    settings = settings or Settings.load()
    if refresh == "never":
        return open_account(settings).sessions
    try:
        return _bring_up_to_date(settings, refresh, None).sessions
    except SettingsError:
        raise
    except SmartiaError as failure:
        if refresh == "full":
            raise
        try:
            last_good = open_account(settings)
            sessions = last_good.sessions
        except StoreError:
            raise failure from None
        moment = f"{last_good.manifest.fetched_at:%d %B %Y %H:%M} UTC"
        warnings.warn(f"Showing the data of {moment}, since the refresh failed. {failure}", stacklevel=2)
        return sessions


def refresh(settings: Settings | None = None, mode: Mode = "auto", on_progress: OnProgress | None = None) -> Snapshot:
    """Bring the cached snapshot up to date and return it.

    Args:
        settings: Where from and where to; by default as `Settings.load` finds them.
        mode: "auto" downloads where the snapshot is missing, unreadable or older than `settings.max_age`;
            "full" in any case.
        on_progress: Told after every page how far the download has come.

    Returns:
        The snapshot, with `.sessions`, `.rejected` and `.manifest`.

    Raises:
        SettingsError: A setting is malformed.
        DownloadError: The API could not be read to the end. The last good snapshot stays.
        StoreError: The cache folder cannot be written, another refresh does not end, or the snapshot is encrypted
            otherwise than the settings say (and `mode` is not "full").
    """
    return _bring_up_to_date(settings or Settings.load(), mode, on_progress)


def count_waiting(settings: Settings) -> int:
    """Ask the API how many sessions there are to download, in exactly one request; changes nothing.

    Raises:
        DownloadError: The answer could not be had.
    """
    with _client(settings, Throttle(1)) as client:
        return client.count_once()


def open_account(settings: Settings) -> Snapshot:
    """Open the cached snapshot as it is.

    Raises:
        NoSnapshotError: Nothing is cached.
        SnapshotUnreadableError: What is cached is damaged or of another version.
        StoreKeyError: It is encrypted otherwise than the settings say.
    """
    return open_snapshot(account_files(settings))


def forget(settings: Settings) -> Removed:
    """Remove everything that is kept of the account: in memory, on the disk, and on shared storage that is set.

    Returns:
        How much it was.

    Raises:
        RefreshBusyError: The account is being refreshed. Nothing was removed.
        CacheUnwritableError: Something could not be removed.
    """
    removed = remove_account(memory_files(settings.account)) + remove_account(_disk_files(settings))
    return (
        removed if settings.store_url is None else removed + remove_account(_shared_files(settings.store_url, settings))
    )


def account_files(settings: Settings) -> Files:
    """Where the files of this account are kept."""
    if settings.cache is Cache.MEMORY:
        return memory_files(settings.account)
    return _disk_files(settings) if settings.store_url is None else _shared_files(settings.store_url, settings)


def views_of(settings: Settings, address: str) -> ReaderViews:
    """The views that a reader has saved; they lie with the account's copy and go with it.

    Args:
        settings: The settings.
        address: The address with which the reader is signed in. The file is named after a digest of it that nobody
            can make without the account's key, so that no list of addresses tells whose it is.
    """
    secret = settings.account if settings.api_key is None else settings.api_key
    message = f"smartia: saved views\n{address.lower()}"
    return ReaderViews(account_files(settings), hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest())


def account_folder(settings: Settings) -> Path:
    """The folder of this account below the cache folder; with `Cache.MEMORY` nothing is written there."""
    return settings.cache_dir / settings.account


def _disk_files(settings: Settings) -> Files:
    return _as_sealed(DiskFiles(account_folder(settings)), settings)


def _shared_files(url: str, settings: Settings) -> Files:
    from smartia.store.shared import shared_files  # its libraries are an extra

    return _as_sealed(shared_files(url, settings.account), settings)


def _as_sealed(files: Files, settings: Settings) -> Files:
    return files if settings.store_key is None else SealedFiles(files, settings.account, settings.store_key)


def source_name(settings: Settings) -> str:
    """Where the data come from, as screens and manifests say it."""
    return demo.SOURCE if settings.is_demo else settings.base_url


def _bring_up_to_date(settings: Settings, mode: Mode, on_progress: OnProgress | None) -> Snapshot:
    teller = _Teller(on_progress or (lambda _: None))
    throttle = Throttle(settings.max_concurrency, teller.note_wait)
    plan = Plan(
        files=account_files(settings),
        source=source_name(settings),
        max_age=settings.max_age,
        # The demo college is invented anew every day: nothing of yesterday's can be built on.
        full_every=timedelta(0) if settings.is_demo else FULL_EVERY,
        # A few more chains than requests in flight: while one decodes its page, another asks for the next one. Many
        # more would only split the windows further. Where the API is in this very process, threads would only
        # contend for the processor.
        threads=1 if settings.is_demo else settings.max_concurrency + SPARE_CHAINS,
    )
    with _client(settings, throttle) as client:
        return refresh_snapshot(client, plan, mode, teller.note_progress)


class _Teller:
    """Joins what the download tells of its pages with what the throttle tells of its pauses."""

    def __init__(self, tell: OnProgress) -> None:
        self._tell = tell
        self._progress = Progress()
        self._waiting_s = 0.0

    def note_progress(self, progress: Progress) -> None:
        self._progress = progress
        self._tell(replace(progress, waiting_s=self._waiting_s))

    def note_wait(self, waiting_s: float) -> None:
        self._waiting_s = waiting_s
        self._tell(replace(self._progress, waiting_s=waiting_s))


@contextmanager
def _client(settings: Settings, throttle: Throttle) -> Iterator[Client]:
    if settings.api_key is None:
        yield Client(demo.demo_sender(), throttle)
    else:
        with HttpSender(settings.base_url, settings.api_key) as sender:
            yield Client(sender, throttle)
