"""The frame around every page: navigation, filters, freshness, and the data that the page is given."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import pandas as pd
import streamlit as st

from smartia.access import Reader
from smartia.analysis.levels import Counts, counts
from smartia.analysis.year_sessions import YearSessions, last_counted, years_under
from smartia.charts.theme import DARK, LIGHT, Theme
from smartia.engines.opening import OpenFrame
from smartia.errors import StoreError
from smartia.settings import Cache, Engine, Settings
from smartia.store.manifest import Manifest
from smartia.store.snapshot import Snapshot
from smartia.table.calendar import today_in_london
from smartia.table.collected import AnyFrame, in_pandas
from smartia.table.filters import AttemptRule, Filters, apply_filters
from smartia.ui import messages
from smartia.ui.controls import choose_filters
from smartia.ui.data import analysis_of, snapshot_key
from smartia.ui.file_guard import FileGuard
from smartia.ui.frame import begin_page, draw_notices
from smartia.ui.jobs import RefreshJob, job_of
from smartia.ui.lazy import Lazy
from smartia.ui.links import choices_of, link_of
from smartia.ui.lists import MatchedList, matched_list
from smartia.ui.opening import draw_title, snapshot_or_stop, stop_with, watch
from smartia.ui.publish import draw_publish_page, is_publish_view
from smartia.ui.publish_parts import show_freshness
from smartia.ui.readers import if_still
from smartia.ui.take_away import offer_exact, offer_published
from smartia.ui.text import count, escape, moment
from smartia.ui.views import offer_views

R = TypeVar("R")


@dataclass(frozen=True)
class View:
    """What a page is given.

    Attributes:
        snapshot: The data's origin and completeness; reads further columns for those who may see them.
        everything: The analysis frame before any filter, in the engine of the settings; with the columns `group` and
            `person` where the reader has uploaded a list. Shared by all sessions of the process: never change it.
        sessions: The sessions that count under `filters`.
        years: The same by academic year, with the attempt rule applied within each.
        filters: What the reader chose; on a page without filters, that everything counts.
        theme: Colours of the reader's present theme.
        as_of: The London date on which the data were pulled.
        reader: Who reads, and what they may see.
        download_everything: Starts a full download in the background.
        kept_where: Where the copy is kept, in one sentence.
    """

    snapshot: Snapshot
    everything: Lazy[AnyFrame]
    sessions: Lazy[AnyFrame]
    years: Lazy[YearSessions]
    filters: Filters
    theme: Theme
    as_of: dt.date
    reader: Reader
    download_everything: Callable[[], None]
    kept_where: str
    _forget: Callable[[], None]

    def remove_copy(self) -> None:
        """Remove the copy, for all readers.

        Raises:
            PermissionError: The reader may not see learners.
            StoreError: A refresh is running, or something could not be removed.
        """
        if not self.sees_learners:
            raise PermissionError("this reader may not remove the copy")
        self._forget()

    def remembered(self, work: Callable[[], R]) -> R:
        """Do a piece of work with figures of the page, or remember what came of it; see `Lazy.remembered`."""
        return self.everything.remembered(work)

    def drawn(self, draw: Callable[[], None]) -> None:
        """Draw something of figures of the page; see `Lazy.drawn`."""
        self.everything.drawn(draw)

    @property
    def has_groups(self) -> bool:
        """Whether the sessions have a column `group`, by the reader's own list."""
        return self.everything.is_private

    @property
    def counted_to(self) -> dt.date:
        """The last day that counts: that of the data, or an earlier one set by the date filter."""
        return last_counted(self.filters, self.as_of)

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
    opened = begin_page(title)
    settings, reader = opened.settings, opened.reader
    job = job_of(settings.account)
    snapshot = snapshot_or_stop(title, settings, reader, job)
    try:
        snapshot, frames = analysis_of(settings, snapshot)
        everything: Lazy[AnyFrame] = Lazy((snapshot_key(snapshot), settings.engine), frames.frame)
        _publish_and_stop_if_asked(title, settings, job, snapshot, everything, reader)
        everything = _with_list(reader, snapshot, settings.engine, frames, everything)
    except StoreError as failure:
        st.title(title)
        stop_with(failure, settings, reader, job)
    filters = Filters(attempts=AttemptRule.ALL)
    with st.sidebar:
        if filtered:
            filters = choose_filters(everything)
            filters = filters if attempts is None else replace(filters, attempts=attempts)
            _draw_link(title, settings, reader)
        _draw_refresh(settings, reader, job)
    as_of = today_in_london(snapshot.manifest.fetched_at)
    sessions = everything.part(apply_filters, filters) if filtered else everything
    found = sessions.of(counts)
    with st.sidebar:
        offer_exact(title, snapshot, partial(_pick, everything.again, filters), found, filters, reader)
    _draw_head(title, settings, snapshot.manifest, job)
    if reader.address is not None and reader.role.sees_learners and not FileGuard.is_in_place:
        messages.show_unguarded()
    st.caption(_freshness(snapshot.manifest))
    if filtered:
        _draw_what_counts(everything, found, filters)
    if not found.sessions and (filtered or not snapshot.manifest.rejected):
        messages.show_no_sessions(account_is_empty=not everything.of(counts).sessions)
        st.stop()
    return View(
        snapshot,
        everything,
        sessions,
        everything.part(years_under, filters, as_of),
        filters,
        _theme(),
        as_of=as_of,
        reader=reader,
        download_everything=partial(if_still, reader, partial(job.start, settings, "full")),
        kept_where=_kept_where(settings),
        _forget=partial(if_still, reader, partial(job.forget, settings)),
    )


def _publish_and_stop_if_asked(
    title: str, settings: Settings, job: RefreshJob, snapshot: Snapshot, everything: Lazy[AnyFrame], reader: Reader
) -> None:
    """Draw the publish view and end the run, where the reader may see no other or asks for it.

    It stands before anything else is made of the data, so that no exact figure is ever on its way to a browser.
    """
    with st.sidebar:
        if not is_publish_view(reader.role):
            return
        _draw_link(title, settings, reader)
        _draw_refresh(settings, reader, job)
        files = st.container()
    _draw_head(title, settings, snapshot.manifest, job)
    show_freshness(snapshot.manifest, moment(snapshot.manifest.fetched_at))
    as_of = today_in_london(snapshot.manifest.fetched_at)
    draw_publish_page(title, settings, snapshot, everything, _theme(), as_of, reader)
    with files:
        offer_published(title, snapshot.manifest, settings.publish_threshold, reader)
    st.stop()


def _theme() -> Theme:
    return DARK if st.context.theme.type == "dark" else LIGHT


def _with_list(
    reader: Reader, snapshot: Snapshot, engine: Engine, frames: OpenFrame, everything: Lazy[AnyFrame]
) -> Lazy[AnyFrame]:
    """Add the columns of the reader's list, where one is in use; made when a figure by them is first asked for."""
    matched = matched_list(reader, snapshot, everything)
    if matched is None:
        return everything
    make = partial(_frame_with, frames, matched, everything)
    return Lazy((snapshot_key(snapshot), engine, "list", matched.place), make, results=matched.results)


def _frame_with(frames: OpenFrame, matched: MatchedList, everything: Lazy[AnyFrame]) -> AnyFrame:
    return frames.frame_with(matched.columns(everything))


def _pick(everything: Callable[[], AnyFrame], filters: Filters) -> pd.DataFrame:
    return in_pandas(apply_filters(everything(), filters))


def _draw_link(title: str, settings: Settings, reader: Reader) -> None:
    """Offer the address of what is shown, to be sent to a colleague: filters and choices, nothing about a learner.

    Beside it, the views that the reader has saved.
    """
    with st.popover("Copy link", icon=":material/link:", width="stretch"):
        st.markdown("This address opens what you see now, with the same filters and choices.")
        st.code(link_of(st.context.url or "", choices_of(st.query_params)), language=None, wrap_lines=True)
    offer_views(title, settings, reader)


def _draw_refresh(settings: Settings, reader: Reader, job: RefreshJob) -> None:
    st.button(
        "Refresh data",
        on_click=partial(if_still, reader, partial(job.refresh_now, settings)),
        disabled=job.is_running,
        icon=":material/refresh:",
        width="stretch",
        help="Downloads what may have changed. You can go on working meanwhile.",
    )
    if job.is_running:
        watch(settings.account, reader)


def _draw_head(title: str, settings: Settings, manifest: Manifest, job: RefreshJob) -> None:
    draw_title(title, settings)
    draw_notices(settings)
    if job.failure is not None and job.failed_at is not None and job.failed_at > manifest.fetched_at:
        st.warning(
            f"The refresh failed; the figures are those of {moment(manifest.fetched_at)}. "
            + messages.failure_text(job.failure),
            icon=":material/sync_problem:",
        )
        messages.link_to_test(job.failure)


def _kept_where(settings: Settings) -> str:
    if settings.cache is Cache.MEMORY:
        return "The copy is kept in the memory of this app alone and ends with it."
    where = "the disk of the computer that runs this app" if settings.store_url is None else "shared storage"
    sealed = "not encrypted" if settings.store_key is None else "encrypted"
    return f"The copy is kept on {where}, {sealed}."


def _draw_what_counts(everything: Lazy[AnyFrame], found: Counts, filters: Filters) -> None:
    text = f"Counted here: {escape(filters.describe())}"
    if filters.short_share is not None:
        with_short = everything.part(apply_filters, replace(filters, short_share=None))
        left_out = with_short.of(counts).sessions - found.sessions
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
