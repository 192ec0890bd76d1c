"""Opening the copy that a page shows, and what is said where there is none: under way, failed, removed, or locked."""

import datetime as dt
from functools import partial
from typing import NoReturn

import streamlit as st

from smartia.access import Reader
from smartia.errors import NoSnapshotError, SnapshotUnreadableError, StoreError, StoreKeyError
from smartia.loading import account_files, open_account
from smartia.settings import Settings
from smartia.store.refresh import is_fresh
from smartia.store.removal import Removed
from smartia.store.snapshot import Snapshot
from smartia.ui import messages
from smartia.ui.jobs import RefreshJob, job_of
from smartia.ui.kept import drop_everything_kept
from smartia.ui.readers import if_still, may_still
from smartia.ui.text import count, time_left

FIRST_WAIT_S = 3.0
"""How long a first page waits for a small download before it shows its progress instead."""


def snapshot_or_stop(title: str, settings: Settings, reader: Reader, job: RefreshJob) -> Snapshot:
    """The present copy, which may be too old; ends the run with what there is to say where there is none.

    What is missing or too old is refreshed in the background, unless it was removed or the key does not open it.
    """
    place = account_files(settings).place
    snapshot = None
    try:
        snapshot = open_account(settings)
        job.note_copy(place)
    except NoSnapshotError:
        if job.is_removed(place):
            draw_title(title, settings)
            _stop_removed(settings, reader, job)
    except StoreKeyError as failure:
        if not job.is_running:
            draw_title(title, settings)
            _stop_without_key(failure, settings, reader, job)
    except SnapshotUnreadableError:
        pass  # The refresh that begins below replaces it.
    if snapshot is not None and is_fresh(snapshot, settings.max_age, dt.datetime.now(dt.UTC)):
        return snapshot
    if job.may_start_by_itself:
        job.start(settings, "auto")
    if snapshot is None:
        with st.spinner("Loading sessions …"):
            job.wait(FIRST_WAIT_S)
        snapshot = _present_snapshot(settings)
    if snapshot is not None:
        return snapshot
    draw_title(title, settings)
    if job.failure is not None:
        stop_with(job.failure, settings, reader, job)
    st.markdown("The first download is under way. It goes on if you leave this page or close it.")
    watch(settings.account, reader)
    return st.stop()


def _present_snapshot(settings: Settings) -> Snapshot | None:
    try:
        return open_account(settings)
    except StoreError:
        return None


def stop_with(failure: Exception, settings: Settings, reader: Reader, job: RefreshJob) -> NoReturn:
    """Show a failure that leaves nothing to look at, and offer to try again; ends the run."""
    messages.show_failure(failure)
    refresh = partial(if_still, reader, partial(job.refresh_now, settings))
    st.button("Try again", on_click=refresh, icon=":material/refresh:")
    st.stop()


@st.fragment(run_every=1.0)
def watch(account: str, reader: Reader) -> None:
    """Show the progress of the refresh; start the page anew when it has ended, or the reader may not see it."""
    job = job_of(account)
    if not job.is_running or not may_still(reader):
        st.rerun(scope="app")
    progress, exact = job.progress, reader.role.sees_exact_figures
    if progress is None:
        st.progress(0.0, "Asking for the first sessions …")
    elif progress.is_elsewhere:
        so_far = f": {count(progress.sessions, 'session')} so far" if exact else ""
        st.progress(0.0, f"Another smartia is downloading these data{so_far}")
    else:
        text = f"{count(progress.sessions)} of {count(progress.total, 'session')}" if exact else "Downloading"
        if progress.waiting_s:
            text += f". The API gets too many requests and asked to wait {count(round(progress.waiting_s), 'second')}"
        elif (left := job.seconds_left) is not None:
            text += f", {time_left(left)}"
        done = min(progress.sessions / max(progress.total, 1), 1.0)
        st.progress(done if exact else round(done, 1), text)  # the share of a page would tell how many pages there are


def draw_title(title: str, settings: Settings) -> None:
    """Draw a page's title, and the banner of the demo college where it is that one."""
    st.title(title)
    if settings.is_demo:
        messages.show_demo_banner()


def _stop_removed(settings: Settings, reader: Reader, job: RefreshJob) -> NoReturn:
    """Say that the copy has been removed, by whomever, and offer to download it again; ends the run."""
    drop_everything_kept()  # Once more: a page that was under way at the removal may have kept something since.
    what = "" if job.removed is None else f" ({_describe(job.removed)})"
    st.info(
        f"**The copy of the sessions has been removed{what}.** Nothing is downloaded until somebody asks for it here, "
        "a scheduled refresh runs, or the app is started anew.",
        icon=":material/delete:",
    )
    refresh = partial(if_still, reader, partial(job.refresh_now, settings))
    st.button("Download the sessions", on_click=refresh, icon=":material/cloud_download:")
    st.stop()


def _stop_without_key(failure: StoreKeyError, settings: Settings, reader: Reader, job: RefreshJob) -> NoReturn:
    """Say that the copy cannot be opened with the key in the settings, and offer to replace it; ends the run."""
    messages.show_failure(failure)
    if job.failure is not None:
        messages.show_failure(job.failure)
    replace_copy = partial(if_still, reader, partial(job.start, settings, "full"))
    st.button("Download everything again", on_click=replace_copy, icon=":material/cloud_download:")
    st.stop()


def _describe(removed: Removed) -> str:
    """Say how much was removed, in counts."""
    # The button stands on a page that shows the copy, so this is one that opened, and its sessions are counted.
    return (
        f"{count(removed.sessions, 'session')}, {count(removed.set_aside, 'record')} set aside; "
        f"{count(removed.files, 'file')}, {removed.size_bytes / 1e6:,.1f} MB"
    )
