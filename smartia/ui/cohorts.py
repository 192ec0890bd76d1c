"""Cohorts: a subject's shares and levels period by period, or by the reader's own groups."""

from functools import partial
from typing import Literal

import pandas as pd
import streamlit as st

from smartia.analysis.levels import Detail, count_unit, level_mix, share_at_or_above
from smartia.analysis.periods import PERIODS, Period
from smartia.analysis.trends import level_mix_by_period, share_by_period, unit_by_period
from smartia.analysis.versions import count_versions, mark_segments, version_changes
from smartia.analysis.year_sessions import YearSessions
from smartia.charts.levels import build_level_mix_chart, build_share_chart
from smartia.charts.theme import Draw
from smartia.charts.trends import build_level_mix_trend_chart, build_share_trend_chart
from smartia.table.collected import AnyFrame
from smartia.ui.behind import Marks, group_marks, level_marks, period_level_marks, period_marks, show_marks
from smartia.ui.controls import choose_one
from smartia.ui.lazy import Lazy
from smartia.ui.panels import show_level_table, show_table, when_unfolded
from smartia.ui.shell import View

WEEKS_DRAWN = 26
"""Weeks that the charts of a subject show."""
Cohorts = Period | Literal["group"]
"""What learners are counted by: a period, or the groups of the reader's own list."""

_COHORTS: dict[Cohorts, str] = {
    "academic_year": "Academic year",
    "term": "Term",
    "month": "Month",
    "week": "Week",
    "group": "Group",
}


def sessions_by(view: View, cohorts: Cohorts) -> Lazy[AnyFrame]:
    """The sessions that cohorts are made of.

    By academic year they are those of the comparisons of years, with the attempt rule applied within each year, so
    that one page has one figure for a year. By shorter periods and by groups the rule holds over all data, so that
    each learner counts once at each test.

    Args:
        view: The page's view.
        cohorts: What learners are counted by.
    """
    return view.years.part(YearSessions.of, "full") if cohorts == "academic_year" else view.sessions


def choose_cohorts(view: View) -> Cohorts:
    """Draw the choice of cohorts: a kind of period, or "group" where the reader's own groups are there.

    Args:
        view: The page's view.
    """
    options: list[Cohorts] = [*PERIODS]
    if view.has_groups:
        options.append("group")
    return choose_one(
        "Cohorts by",
        options,
        key="period",
        names=_COHORTS.__getitem__,
        help_text="By the day of completion. Terms: autumn August–December, spring January–March, summer April–July. "
        "Weeks begin on Monday.",
    )


def show_period_cohorts(
    view: View,
    rows: Lazy[AnyFrame],
    subject: str,
    period: Period,
    level: str,
    rank: int,
    detail: Detail,
    versions: pd.DataFrame,
) -> None:
    """Show the shares and the levels of a subject period by period, with the days on which its tests changed.

    Args:
        view: The page's view.
        rows: The subject's sessions.
        subject: Its name.
        period: The kind of period.
        level: The level to reach.
        rank: Its rank.
        detail: How finely the mix reads the ladder.
        versions: A result of `list_versions` over all sessions.
    """
    as_of, since = view.counted_to, view.filters.since
    unit = rows.of(unit_by_period, period)
    counted = rows.of(share_by_period, period, rank, as_of, since=since)
    shares = view.remembered(partial(mark_segments, counted, rows.of(count_versions, period)))
    mix = rows.of(level_mix_by_period, period, as_of, detail=detail, since=since)
    changes = rows.of(version_changes, versions, period)
    drawn, drawn_mix = (_newest_periods(table, period) for table in (shares, mix))
    share_chart = partial(build_share_trend_chart, drawn, level_label=level, changes=changes, unit=unit)
    mix_chart = partial(build_level_mix_trend_chart, drawn_mix, unit=unit)
    marks = (period_marks(rows, drawn, period), period_level_marks(rows, drawn_mix, period, detail))
    _side_by_side(view, subject, level, (share_chart, mix_chart), marks)
    if len(drawn) < len(shares):
        st.caption(f"The charts show the newest {WEEKS_DRAWN} weeks; the tables have all.")
    columns = ["period", "n", "reached", "share", "low", "high", "unreadable", "running"]
    with when_unfolded("Show as tables", f"cohort-tables-{subject}") as is_drawn:
        caption = f"Share at {level} or above by period: {subject}"
        show_table(shares, columns, caption=caption, is_drawn=is_drawn)
        caption = f"Mix of levels by period: {subject}"
        show_level_table(view, mix, "period", "share", label="Period", caption=caption, is_drawn=is_drawn)


def show_group_cohorts(view: View, rows: Lazy[AnyFrame], subject: str, level: str, rank: int, detail: Detail) -> None:
    """Show the shares and the levels of a subject by the reader's own groups, in the order of their names.

    Args:
        view: The page's view.
        rows: The subject's sessions, with the column `group`.
        subject: Its name.
        level: The level to reach.
        rank: Its rank.
        detail: How finely the mix reads the ladder.
    """
    unit = rows.of(count_unit, "group")
    shares, mix = rows.of(share_at_or_above, rank, "group"), rows.of(level_mix, "group", detail=detail)
    share_chart = partial(build_share_chart, shares, level_label=level, unit=unit)
    mix_chart = partial(build_level_mix_chart, mix, unit=unit)
    marks = (group_marks(rows, shares, "group"), level_marks(rows, mix, "group", detail))
    _side_by_side(view, subject, level, (share_chart, mix_chart), marks)
    columns = ["group", "n", "reached", "share", "low", "high", "unreadable"]
    with when_unfolded("Show as tables", f"cohort-tables-{subject}") as is_drawn:
        caption = f"Share at {level} or above by group: {subject}"
        show_table(shares, columns, labels={"group": "Group"}, caption=caption, is_drawn=is_drawn)
        caption = f"Mix of levels by group: {subject}"
        show_level_table(view, mix, "group", "share", label="Group", caption=caption, is_drawn=is_drawn)


def _newest_periods(table: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Keep the newest weeks of a table in order of time, since years of weeks cannot be read; other periods whole."""
    if period != "week":
        return table
    return table[table["start"].isin(table["start"].drop_duplicates().tail(WEEKS_DRAWN))]


def _side_by_side(view: View, subject: str, level: str, charts: tuple[Draw, Draw], marks: tuple[Marks, Marks]) -> None:
    titles = {"shares": f"Share at {level} or above", "mix": "Mix of levels"}
    for column, (key, title), chart, behind in zip(st.columns(2), titles.items(), charts, marks, strict=True):
        with column:
            st.markdown(f"**{title}**")
            show_marks(
                view,
                chart,
                behind,
                title=f"{subject}: {title[0].lower()}{title[1:]}",
                key=f"{key}-{subject}",
                caption="Sessions of the cohort chosen",
            )
