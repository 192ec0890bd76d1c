"""The frame around every page: navigation, filters, freshness, and the data that the page is given."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NoReturn

import pandas as pd
import streamlit as st

from smartia import logs
from smartia.access import Reader
from smartia.charts.theme import DARK, LIGHT, Theme
from smartia.errors import NoSnapshotError, SettingsError, SnapshotUnreadableError, StoreError
from smartia.loading import open_account
from smartia.settings import Settings
from smartia.store.manifest import Manifest
from smartia.store.refresh import is_fresh
from smartia.store.snapshot import Snapshot
from smartia.table.calendar import today_in_london
from smartia.table.filters import AttemptRule, Filters, apply_filters
from smartia.ui import messages
from smartia.ui.controls import choose_filters
from smartia.ui.data import analysis_of, read_settings
from smartia.ui.jobs import RefreshJob, job_of
from smartia.ui.links import link_of
from smartia.ui.lists import group_column
from smartia.ui.readers import reader_of
from smartia.ui.text import count, escape, moment, time_left

ICON = Path(__file__).with_name("icon.png")
PAGES = (
    ("app.py", "Overview", ":material/home:"),
    ("pages/levels.py", "Levels", ":material/stairs:"),
    ("pages/durations.py", "Durations", ":material/timer:"),
    ("pages/trends.py", "Trends", ":material/trending_up:"),
    ("pages/profiles.py", "Profiles", ":material/grid_on:"),
    ("pages/groups.py", "Groups", ":material/groups:"),
    ("pages/rooms.py", "Rooms", ":material/meeting_room:"),
    ("pages/learners.py", "Learners", ":material/person_search:"),
    ("pages/data_quality.py", "Data quality", ":material/fact_check:"),
)
FIRST_WAIT_S = 3.0
"""How long a first page waits for a small download before it shows its progress instead."""


@dataclass(frozen=True)
class View:
    """What a page is given.

    Attributes:
        snapshot: The data's origin and completeness; reads further columns for those who may see them.
        whole: The analysis frame before any filter, with a column `group` where the reader has uploaded a list.
            Shared by all sessions: never change it.
        frame: The sessions that count under `filters`.
        filters: What the reader chose; on a page without filters, that everything counts.
        theme: Colours of the reader's present theme.
        as_of: The London date on which the data were pulled.
        reader: Who reads, and what they may see.
        download_everything: Starts a full download in the background.
    """

    snapshot: Snapshot
    whole: pd.DataFrame
    frame: pd.DataFrame
    filters: Filters
    theme: Theme
    as_of: dt.date
    reader: Reader
    download_everything: Callable[[], None]

    @property
    def sees_learners(self) -> bool:
        """Whether the reader may see who the learners are."""
        return self.reader.role.sees_learners

    @property
    def manifest(self) -> Manifest:
        """What the snapshot holds."""
        return self.snapshot.manifest


def open_page(title: str, *, filtered: bool = True, attempts: AttemptRule | None = None) -> View:
    """Draw the shell of a page and hand over its data; stops the run where there are none to show.

    Args:
        title: The page's title.
        filtered: Whether the shared filters apply. Where they do not, the page always sees every session.
        attempts: The attempt rule of a page that has its own, whatever the reader chose.
    """
    logs.start_app_log()
    st.set_page_config(page_title=f"{title} · smartia", page_icon=str(ICON), layout="wide")
    with st.sidebar:
        _draw_navigation()
    settings = _settings_or_stop()
    reader = reader_of(settings)
    job = job_of(settings.account)
    snapshot = _snapshot_or_stop(title, settings, job)
    try:
        snapshot, whole = analysis_of(settings, snapshot)
        whole = _with_groups(snapshot, whole)
    except StoreError as failure:
        st.title(title)
        _stop_with(failure, settings, job)
    filters = Filters(attempts=AttemptRule.ALL)
    with st.sidebar:
        if filtered:
            filters = choose_filters(whole)
            filters = filters if attempts is None else replace(filters, attempts=attempts)
            _draw_link()
        _draw_refresh(settings, job)
    frame = apply_filters(whole, filters) if filtered else whole
    _draw_head(title, settings, snapshot.manifest, job)
    if filtered:
        _draw_what_counts(whole, frame, filters)
    if frame.empty and (filtered or not snapshot.manifest.rejected):
        messages.show_no_sessions(account_is_empty=whole.empty)
        st.stop()
    theme = DARK if st.context.theme.type == "dark" else LIGHT
    return View(
        snapshot,
        whole,
        frame,
        filters,
        theme,
        as_of=today_in_london(snapshot.manifest.fetched_at),
        reader=reader,
        download_everything=partial(job.start, settings, "full"),
    )


def _draw_navigation() -> None:
    st.markdown("### smartia")
    for page, label, icon in PAGES:
        st.page_link(page, label=label, icon=icon, width="stretch")


def _settings_or_stop() -> Settings:
    try:
        return read_settings()
    except SettingsError as failure:
        messages.show_failure(failure)
        st.stop()


def _snapshot_or_stop(title: str, settings: Settings, job: RefreshJob) -> Snapshot:
    snapshot = _present_snapshot(settings)
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
    st.title(title)
    if settings.is_demo:
        messages.show_demo_banner()
    if job.failure is not None:
        _stop_with(job.failure, settings, job)
    st.markdown("The first download is under way. It goes on if you leave this page or close it.")
    _watch(settings.account)
    return st.stop()


def _present_snapshot(settings: Settings) -> Snapshot | None:
    try:
        return open_account(settings)
    except (NoSnapshotError, SnapshotUnreadableError):
        return None


def _stop_with(failure: Exception, settings: Settings, job: RefreshJob) -> NoReturn:
    messages.show_failure(failure)
    st.button("Try again", on_click=job.refresh_now, args=(settings,), icon=":material/refresh:")
    st.stop()


def _with_groups(snapshot: Snapshot, whole: pd.DataFrame) -> pd.DataFrame:
    groups = group_column(snapshot, whole)
    return whole if groups is None else whole.assign(group=groups)


def _draw_link() -> None:
    """Offer the address of what is shown, to be sent to a colleague: filters and choices, nothing about a learner."""
    with st.popover("Copy link", icon=":material/link:", width="stretch"):
        st.markdown("This address opens what you see now, with the same filters and choices.")
        st.code(link_of(st.context.url or "", st.query_params), language=None, wrap_lines=True)


def _draw_refresh(settings: Settings, job: RefreshJob) -> None:
    st.button(
        "Refresh data",
        on_click=job.refresh_now,
        args=(settings,),
        disabled=job.is_running,
        icon=":material/refresh:",
        width="stretch",
        help="Downloads what may have changed. You can go on working meanwhile.",
    )
    if job.is_running:
        _watch(settings.account)


@st.fragment(run_every=1.0)
def _watch(account: str) -> None:
    """Show the progress of the refresh, and start the page anew when it has ended."""
    job = job_of(account)
    if not job.is_running:
        st.rerun(scope="app")
    progress = job.progress
    if progress is None:
        st.progress(0.0, "Asking for the first sessions …")
    elif progress.is_elsewhere:
        st.progress(0.0, f"Another smartia is downloading these data: {count(progress.sessions, 'session')} so far")
    else:
        text = f"{count(progress.sessions)} of {count(progress.total, 'session')}"
        if progress.waiting_s:
            text += f". The API gets too many requests and asked to wait {count(round(progress.waiting_s), 'second')}"
        elif (left := job.seconds_left) is not None:
            text += f", {time_left(left)}"
        st.progress(min(progress.sessions / max(progress.total, 1), 1.0), text)


def _draw_head(title: str, settings: Settings, manifest: Manifest, job: RefreshJob) -> None:
    st.title(title)
    if settings.is_demo:
        messages.show_demo_banner()
    for notice in settings.notices:
        st.warning(escape(notice), icon=":material/settings_alert:")
    if job.failure is not None and job.failed_at is not None and job.failed_at > manifest.fetched_at:
        st.warning(
            f"The refresh failed; the figures are those of {moment(manifest.fetched_at)}. "
            + messages.failure_text(job.failure),
            icon=":material/sync_problem:",
        )
    st.caption(_freshness(manifest))


def _draw_what_counts(whole: pd.DataFrame, frame: pd.DataFrame, filters: Filters) -> None:
    text = f"Counted here: {escape(filters.describe())}"
    if filters.short_share is not None:
        left_out = len(apply_filters(whole, replace(filters, short_share=None))) - len(frame)
        text += f" ({count(left_out, 'session')} left out as unusually short)"
    st.caption(text)


def _freshness(manifest: Manifest) -> str:
    parts = [count(manifest.rows, "session"), f"pulled {moment(manifest.fetched_at)}"]
    if manifest.rejected:
        parts.append(f"{count(manifest.rejected, 'record')} set aside")
    if manifest.missing > 0:
        parts.append(f"**incomplete: the API says that it has {count(manifest.missing)} more**")
    elif manifest.missing < 0:
        parts.append(f"**the API says that it has {count(-manifest.missing)} fewer**")
    else:
        parts.append("complete")
    return " · ".join(parts)
