"""Trends: choices, sentences and tables that only year-on-year figures need."""

import datetime as dt
from collections.abc import Sequence
from typing import Literal

import pandas as pd
import streamlit as st

from smartia.analysis.changes import YearChange, changes_table
from smartia.analysis.levels import count_unit, level_mix, share_at_or_above
from smartia.analysis.periods import PERIODS, Period
from smartia.analysis.trends import level_mix_by_period, share_by_period, unit_by_period
from smartia.analysis.versions import Comparability, mark_segments, version_changes
from smartia.analysis.year_levels import YearComparison, comparisons_table
from smartia.charts.levels import build_level_mix_chart, build_share_chart
from smartia.charts.theme import Chart
from smartia.charts.trends import build_level_mix_trend_chart, build_share_trend_chart
from smartia.ui.controls import choose_one
from smartia.ui.panels import show_chart, show_level_table, show_table
from smartia.ui.sentences import change_sentence, comparison_sentence, obstacle_words
from smartia.ui.shell import View
from smartia.ui.text import escape

DIFFERENCE_NOTE = (
    "Differences are in percentage points with 95% intervals (Newcombe): too close to call where the interval holds 0. "
    "No difference is given where the two years were not sat in the same test version (at least 99 in 100 sessions of "
    "each). A learner who sat a test again in a later year counts in one of the years only, as Attempts says; with all "
    "attempts repeats count separately, and the intervals are too narrow."
)
CHANCE_NOTE = (
    "50 in 100 means that neither year is higher. Levels are compared by their order, halves included where every "
    "level was sent with one; 95% interval by DeLong. While one of the years is under way both count to the same day."
)
WEEKS_DRAWN = 26
"""Weeks that the charts of a subject show."""
CUMULATIVE_LABELS = {"period": "Academic year", "day": "Day", "n": "On this day", "total": "Sessions so far"}

Cohorts = Period | Literal["group"]
"""What learners are counted by: a period, or the groups of the reader's own list."""

_COHORTS: dict[Cohorts, str] = {
    "academic_year": "Academic year",
    "term": "Term",
    "month": "Month",
    "week": "Week",
    "group": "Group",
}
_YEAR_LABELS = {
    "group": "Subject",
    "academic_year": "Academic year",
    "sessions_to_date": "Sessions to date",
    "n_to_date": "n to date",
    "reached_to_date": "Reached to date",
    "share_to_date": "Share to date",
    "low_to_date": "From (95%)",
    "high_to_date": "To (95%)",
    "sessions_full": "Sessions in full",
    "n_full": "n in full",
    "reached_full": "Reached in full",
    "share_full": "Share in full",
    "low_full": "In full, from (95%)",
    "high_full": "In full, to (95%)",
}
_CHANGE_LABELS = {
    "group": "Subject",
    "n_before": "n the year before",
    "share_before": "Share the year before",
    "points": "Difference (points)",
    "points_low": "From (points, 95%)",
    "points_high": "To (points, 95%)",
    "verdict": "In words",
}
_CHANCE_LABELS = {
    "group": "Subject",
    "chance": "Higher level in 100 pairs",
    "chance_low": "From (95%)",
    "chance_high": "To (95%)",
    "verdict": "In words",
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


def choose_years(frame: pd.DataFrame) -> tuple[str, str] | None:
    """Draw the choice of two academic years; None, with a word why, where there are not two to compare.

    Args:
        frame: An analysis frame.
    """
    years = [str(year) for year in frame["academic_year"].cat.remove_unused_categories().cat.categories][::-1]
    if len(years) < 2:
        st.info("The sessions chosen lie in one academic year, so there is no other to compare it with.")
        return None
    columns = st.columns(2)
    chosen = []
    for place, (column, label, key) in enumerate(zip(columns, ("Compare", "with"), ("year_a", "year_b"), strict=True)):
        with column:
            year = st.selectbox(
                label, years, index=place, key=key, bind="query-params", persist_state="session", help="Academic year."
            )
            chosen.append(year)
    if chosen[0] == chosen[1]:
        st.info("Choose two different academic years.")
        return None
    return chosen[0], chosen[1]


def show_period_cohorts(
    view: View, rows: pd.DataFrame, subject: str, period: Period, level: str, rank: int, versions: pd.DataFrame
) -> None:
    """Show the shares and the levels of a subject period by period, with the days on which its tests changed.

    Args:
        view: The page's view.
        rows: The subject's sessions.
        subject: Its name.
        period: The kind of period.
        level: The level to reach.
        rank: Its rank.
        versions: A result of `list_versions` over all sessions.
    """
    unit = unit_by_period(rows, period)
    shares = mark_segments(share_by_period(rows, period, rank, last_day(view)), rows, period)
    mix = level_mix_by_period(rows, period, last_day(view))
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


def show_group_cohorts(view: View, rows: pd.DataFrame, subject: str, level: str, rank: int) -> None:
    """Show the shares and the levels of a subject by the reader's own groups, in the order of their names.

    Args:
        view: The page's view.
        rows: The subject's sessions, with the column `group`.
        subject: Its name.
        level: The level to reach.
        rank: Its rank.
    """
    unit = count_unit(rows, "group")
    shares, mix = share_at_or_above(rows, rank, "group"), level_mix(rows, "group")
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


def show_change_sentences(view: View, level: str, changes: Sequence[YearChange]) -> None:
    """Say in one line a subject which share reached a level, and how that differs from the year before.

    Args:
        view: The page's view.
        level: The level reached.
        changes: One change a subject.
    """
    noun = _noun(view)
    for change in changes:
        st.markdown(f"- {escape(change_sentence(level, change, last_day(view), noun))}")


def show_years_table(years: pd.DataFrame, *, caption: str) -> None:
    """Show every academic year to the same day and in full, subject by subject.

    Args:
        years: A result of `year_to_date`.
        caption: What the table holds, for screen readers.
    """
    show_table(years.sort_values(["group", "start"]), [*_YEAR_LABELS, "running"], labels=_YEAR_LABELS, caption=caption)


def show_changes_table(changes: Sequence[YearChange], *, caption: str) -> None:
    """Show every year's share beside that of the year before, with the difference where there is one.

    Args:
        changes: Any number of changes.
        caption: What the table holds, for screen readers.
    """
    table = changes_table(changes)
    shown = table.assign(verdict=_verdicts(table["verdict"], [change.comparability for change in changes]))
    show_table(shown, list(shown.columns), labels=_CHANGE_LABELS, caption=caption)


def show_comparisons(view: View, comparisons: Sequence[YearComparison]) -> None:
    """Say subject by subject whether learners of one year are at higher levels than those of another.

    Args:
        view: The page's view.
        comparisons: One a subject; all of the same two years.
    """
    if not comparisons:
        st.info("Neither year has a readable level among the sessions chosen.")
        return
    for comparison in comparisons:
        st.markdown(f"- {escape(comparison_sentence(comparison, last_day(view), _noun(view)))}")
    table = comparisons_table(comparisons)
    names = {"n": f"n {comparisons[0].year}", "n_other": f"n {comparisons[0].other}"}
    show_table(
        table.assign(verdict=_verdicts(table["verdict"], [found.comparability for found in comparisons])),
        list(table.columns),
        labels=_CHANCE_LABELS | names,
        caption=f"Chance of a higher level in {comparisons[0].year} than in {comparisons[0].other}, by subject",
    )


def _verdicts(found: pd.Series, judged: Sequence[Comparability]) -> list[str]:
    """Put what keeps years from being compared where there is no verdict."""
    return [
        said or (f"not compared: {obstacle_words(other)}" if other.obstacle else "too few or too alike to judge")
        for said, other in zip(found, judged, strict=True)
    ]


def _noun(view: View) -> str:
    """What is counted, in the singular: a learner where each counts once a subject."""
    return count_unit(view.frame, "subject").removesuffix("s")
