"""Trends: choices, sentences and tables that only year-on-year figures need."""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import pandas as pd
import streamlit as st

from smartia.analysis.changes import YearChange, changes_table
from smartia.analysis.cumulative import slot_day
from smartia.analysis.year_levels import YearComparison, comparisons_table
from smartia.table.collected import AnyFrame
from smartia.ui.behind import Mark, Marks
from smartia.ui.panels import show_folded_table, show_table
from smartia.ui.shell import View
from smartia.ui.text import day, escape
from smartia.words.changes import CHANGE_LABELS, noun_of, verdicts
from smartia.words.sentences import change_sentence, comparison_sentence

CHANCE_NOTE = (
    "50 in 100 means that neither year is higher. Levels are compared by their order, halves included where every "
    "level was sent with one; in brackets the 95% interval. While one of the years is under way both count to the same "
    "day, and attempts are chosen within each year."
)
CUMULATIVE_LABELS = {"period": "Academic year", "day": "Day", "n": "New on this day", "total": "Sessions so far"}

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
_CHANCE_LABELS = {
    "group": "Subject",
    "chance": "Higher level in 100 pairs",
    "chance_low": "From (95%)",
    "chance_high": "To (95%)",
    "verdict": "In words",
}

Judged = TypeVar("Judged", YearChange, YearComparison)


def choose_years(labels: Sequence[str]) -> tuple[str, str] | None:
    """Draw the choice of two academic years; None, with a word why, where there are not two to compare.

    Args:
        labels: The academic years that have sessions, the earliest first.
    """
    years = labels[::-1]
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


def show_change_sentences(view: View, level: str, changes: Sequence[YearChange]) -> None:
    """Say in one line a subject which share reached a level, and how that differs from the year before.

    Args:
        view: The page's view.
        level: The level reached.
        changes: One change a subject, all of one span.
    """
    nouns = {span: view.years.of(noun_of, span) for span in {change.span for change in changes}}
    for change in changes:
        st.markdown(f"- {escape(change_sentence(level, change, view.counted_to, nouns[change.span]))}")


def show_volume_table(volume: pd.DataFrame, *, caption: str) -> None:
    """Offer the sessions and learners behind a chart of volume, folded.

    Args:
        volume: A result of `volume_by_period`.
        caption: What the table holds, for screen readers.
    """
    columns = ["period", "group", "sessions", "learners", "running"]
    show_folded_table(volume, columns, key="volume-table", labels={"group": "Subject"}, caption=caption)


def show_years_table(view: View, years: pd.DataFrame, *, caption: str) -> None:
    """Show every academic year to the same day and in full, subject by subject.

    Args:
        view: The page's view.
        years: A result of `year_to_date`.
        caption: What the table holds, for screen readers.
    """
    shown = years.sort_values(["group", "start"])
    show_table(shown, [*_YEAR_LABELS, "running"], labels=_YEAR_LABELS, caption=caption, view=view)


def show_changes_table(view: View, changes: Sequence[YearChange], *, caption: str) -> None:
    """Show every year's share beside that of the year before, with the difference where there is one.

    Args:
        view: The page's view.
        changes: Any number of changes.
        caption: What the table holds, for screen readers.
    """
    shown = view.remembered(partial(_in_words, changes_table, changes))
    show_table(shown, [*CHANGE_LABELS], labels=CHANGE_LABELS, caption=caption, view=view)


def _in_words(tabulate: Callable[[Sequence[Judged]], pd.DataFrame], found: Sequence[Judged]) -> pd.DataFrame:
    """Tabulate comparisons of years, with each verdict in words."""
    table = tabulate(found)
    return table.assign(verdict=verdicts(table["verdict"], [one.comparability for one in found]))


def show_comparisons(view: View, comparisons: Sequence[YearComparison]) -> None:
    """Say subject by subject whether learners of one year are at higher levels than those of another.

    Args:
        view: The page's view.
        comparisons: One a subject; all of the same two years.
    """
    if not comparisons:
        st.info("Neither year has a readable level among the sessions chosen.")
        return
    noun = view.years.of(noun_of, comparisons[0].span)
    for comparison in comparisons:
        st.markdown(f"- {escape(comparison_sentence(comparison, view.counted_to, noun))}")
    shown = view.remembered(partial(_in_words, comparisons_table, comparisons))
    names = {"n": f"n {comparisons[0].year}", "n_other": f"n {comparisons[0].other}"}
    show_table(
        shown,
        list(shown.columns),
        labels=_CHANCE_LABELS | names,
        caption=f"Chance of a higher level in {comparisons[0].year} than in {comparisons[0].other}, by subject",
        view=view,
    )


def week_marks(view: View, weeks: pd.DataFrame) -> Marks:
    """Make the marks of the lines of years: a point a week, behind which is what had counted by then.

    Args:
        view: The page's view.
        weeks: A result of `weekly_totals`.
    """

    def name(mark: Mark) -> str:
        year = str(mark["period"])
        return f"{year} · up to {day(slot_day(dt.date(int(year[:4]), 8, 1), mark['slot']))}"

    def find(mark: Mark) -> AnyFrame:
        return view.years.value.counted_on(str(mark["period"]), mark["day"].date())

    return Marks(weeks, ("period", "slot"), find, name)
