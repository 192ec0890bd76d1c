"""Cohorts: a subject's shares and levels period by period, or by the reader's own groups."""

import datetime as dt
from typing import Literal

import pandas as pd
import streamlit as st

from smartia.analysis.levels import Detail, count_unit, level_mix, share_at_or_above
from smartia.analysis.periods import PERIODS, Period
from smartia.analysis.trends import level_mix_by_period, share_by_period, unit_by_period
from smartia.analysis.versions import mark_segments, version_changes
from smartia.charts.levels import build_level_mix_chart, build_share_chart
from smartia.charts.theme import Chart
from smartia.charts.trends import build_level_mix_trend_chart, build_share_trend_chart
from smartia.ui.controls import choose_one
from smartia.ui.panels import show_chart, show_level_table, show_table
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


def last_day(view: View) -> dt.date:
    """The last day that counts: that of the data, or an earlier one set by the date filter.

    Args:
        view: The page's view.
    """
    until = view.filters.until
    return view.as_of if until is None else min(view.as_of, until)


def choose_cohorts(frame: pd.DataFrame) -> Cohorts:
    """Draw the choice of cohorts: a kind of period, or "group" where the reader's own groups are there.

    Args:
        frame: An analysis frame.
    """
    options: list[Cohorts] = [*PERIODS]
    if "group" in frame:
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
    rows: pd.DataFrame,
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
    unit = unit_by_period(rows, period)
    shares = mark_segments(share_by_period(rows, period, rank, last_day(view)), rows, period)
    mix = level_mix_by_period(rows, period, last_day(view), detail=detail)
    changes = version_changes(rows, versions, period)
    drawn, drawn_mix = (_newest_periods(table, period) for table in (shares, mix))
    share_chart = build_share_trend_chart(drawn, level_label=level, changes=changes, unit=unit, theme=view.theme)
    _side_by_side(subject, level, share_chart, build_level_mix_trend_chart(drawn_mix, unit=unit, theme=view.theme))
    if len(drawn) < len(shares):
        st.caption(f"The charts show the newest {WEEKS_DRAWN} weeks; the tables have all.")
    with st.expander("Show as tables"):
        columns = ["period", "n", "reached", "share", "low", "high", "unreadable", "running"]
        show_table(shares, columns, caption=f"Share at {level} or above by period: {subject}")
        show_level_table(mix, "period", "share", label="Period", caption=f"Mix of levels by period: {subject}")


def show_group_cohorts(view: View, rows: pd.DataFrame, subject: str, level: str, rank: int, detail: Detail) -> None:
    """Show the shares and the levels of a subject by the reader's own groups, in the order of their names.

    Args:
        view: The page's view.
        rows: The subject's sessions, with the column `group`.
        subject: Its name.
        level: The level to reach.
        rank: Its rank.
        detail: How finely the mix reads the ladder.
    """
    unit = count_unit(rows, "group")
    shares, mix = share_at_or_above(rows, rank, "group"), level_mix(rows, "group", detail=detail)
    share_chart = build_share_chart(shares, level_label=level, unit=unit, theme=view.theme)
    _side_by_side(subject, level, share_chart, build_level_mix_chart(mix, unit=unit, theme=view.theme))
    with st.expander("Show as tables"):
        columns = ["group", "n", "reached", "share", "low", "high", "unreadable"]
        show_table(shares, columns, labels={"group": "Group"}, caption=f"Share at {level} or above by group: {subject}")
        show_level_table(mix, "group", "share", label="Group", caption=f"Mix of levels by group: {subject}")


def _newest_periods(table: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Keep the newest weeks of a table in order of time, since years of weeks cannot be read; other periods whole."""
    if period != "week":
        return table
    return table[table["start"].isin(table["start"].drop_duplicates().tail(WEEKS_DRAWN))]


def _side_by_side(subject: str, level: str, share_chart: Chart, mix_chart: Chart) -> None:
    left, right = st.columns(2)
    with left:
        st.markdown(f"**Share at {level} or above**")
        show_chart(share_chart, key=f"shares-{subject}")
    with right:
        st.markdown("**Mix of levels**")
        show_chart(mix_chart, key=f"mix-{subject}")
