"""From a mark of a chart to what lies behind it: by a click, or in a select box that the keyboard reaches too."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from smartia.analysis.finish_marks import rows_finished
from smartia.analysis.ladder import rows_at, rows_at_level, rows_read
from smartia.analysis.levels import Detail
from smartia.analysis.periods import Period, rows_of_period
from smartia.charts.theme import Draw
from smartia.table.collected import AnyFrame
from smartia.ui.lazy import Lazy
from smartia.ui.panels import show_chart
from smartia.ui.people import newest_sessions, show_sessions
from smartia.ui.shell import View

Mark = Mapping[Hashable, Any]
"""A row of the table that a chart draws."""


@dataclass(frozen=True)
class Marks:
    """The marks of a chart that can be picked.

    Attributes:
        table: What the chart draws, a row a mark; those without anything behind them are left out.
        fields: The columns that tell the marks apart, as the chart's selection `PICKED` hands them over.
        find: The sessions behind a mark, in the engine of the settings.
        name: What a mark is called, by its fields.
    """

    table: pd.DataFrame
    fields: tuple[str, ...]
    find: Callable[[Mark], AnyFrame]
    name: Callable[[Mark], str] | None = None

    @property
    def namer(self) -> Callable[[Mark], str]:
        """Gives the name of a mark by its fields."""
        return partial(_name_fields, self.fields) if self.name is None else self.name

    def names(self) -> dict[str, int]:
        """The name of each mark → its row of the table."""
        rows = zip(*(self.table[field].tolist() for field in self.fields), strict=True)
        return {self.namer(dict(zip(self.fields, row, strict=True))): place for place, row in enumerate(rows)}

    def behind(self, place: int) -> AnyFrame:
        """The sessions behind the mark in a row of the table."""
        [mark] = self.table.iloc[[place]].to_dict("records")
        return self.find(mark)


def show_marks(
    view: View, draw: Draw, marks: Marks, *, title: str, key: str, caption: str, mark: str = "a bar or a dot"
) -> None:
    """Show a chart and, to readers who may see learners, the sessions behind the mark that they pick.

    The pick is not in the URL: a group may be named after a tutor.

    Args:
        view: The page's view.
        draw: Draws the chart, with `pickable` marks.
        marks: What can be picked.
        title: What the chart shows.
        key: Tells the charts of a page apart.
        caption: What is listed, for screen readers; without a value of the data that identifies anyone.
        mark: What a mark of the chart is, in words.
    """
    if not view.sees_learners:
        show_chart(view, draw, key, title=title)
        return
    choice = f"mark-of-{key}"
    by_name = marks.names()
    if st.session_state.get(choice) not in by_name:
        st.session_state[choice] = None
    # A key of its own for each choice: a chart that remembers its last click would not report the same one again.
    chart_key = f"{key}-{st.session_state[choice]}"
    # The callback lives on after the run, so it must not hold the sessions.
    show_chart(view, draw, chart_key, title=title, on_pick=partial(_choose, choice, marks.namer))
    picked = st.selectbox(
        f"Sessions behind {mark}",
        list(by_name),
        key=choice,
        index=None,
        placeholder=f"Who is behind {mark}? Click it, or choose here",
        label_visibility="collapsed",
    )
    if picked is not None:
        found = newest_sessions(marks.behind(by_name[picked]), view.everything.value)
        show_sessions(view, found, key=f"behind-{key}", caption=caption)


def _choose(choice: str, name_of: Callable[[Mark], str], mark: Mark) -> None:
    st.session_state[choice] = name_of(mark)


def _name_fields(fields: tuple[str, ...], mark: Mark) -> str:
    return " · ".join(str(mark[field]) for field in fields)


def group_marks(rows: Lazy[AnyFrame], table: pd.DataFrame, column: str, size: str = "n") -> Marks:
    """Make the marks of a chart with one mark a group.

    Args:
        rows: The sessions counted.
        table: What the chart draws: `group` and a count; with `unreadable`, only readable levels were counted.
        column: The grouping column of the rows.
        size: The column of the table that counts.
    """
    return Marks(
        table[table[size] > 0],
        ("group",),
        lambda mark: rows_at(_counted(rows, table), column, mark["group"], None),
    )


def level_marks(rows: Lazy[AnyFrame], mix: pd.DataFrame, column: str, detail: Detail = "whole") -> Marks:
    """Make the marks of a mix of levels by group: the segments of its bars.

    Args:
        rows: The sessions counted.
        mix: A result of `level_mix`.
        column: The grouping column of the rows.
        detail: How finely the mix reads the ladder.
    """
    return Marks(
        mix[mix["n"] > 0],
        ("group", "level"),
        lambda mark: rows_at(rows.value, column, mark["group"], mark["level"], detail),
    )


def period_marks(rows: Lazy[AnyFrame], table: pd.DataFrame, period: Period, size: str = "n") -> Marks:
    """Make the marks of a chart with one mark a period and, where there are several, a subject.

    Args:
        rows: The sessions counted.
        table: What the chart draws: `period`, `start`, a count and, where there are several series, `group` (a
            subject); with `unreadable`, only readable levels were counted.
        period: The kind of period.
        size: The column of the table that counts.
    """
    several = "group" in table and table["group"].nunique() > 1

    def find(mark: Mark) -> AnyFrame:
        inside = rows_of_period(_counted(rows, table), period, mark["start"].date())
        return rows_at(inside, "subject", mark["group"], None) if several else inside

    return Marks(table[table[size] > 0], ("period", "group") if several else ("period",), find)


def period_level_marks(rows: Lazy[AnyFrame], mix: pd.DataFrame, period: Period, detail: Detail = "whole") -> Marks:
    """Make the marks of a mix of levels by period: the segments of its bars.

    Args:
        rows: The sessions counted.
        mix: A result of `level_mix_by_period`.
        period: The kind of period.
        detail: How finely the mix reads the ladder.
    """
    return Marks(
        mix[mix["n"] > 0],
        ("period", "level"),
        lambda mark: rows_at_level(rows_of_period(rows.value, period, mark["start"].date()), mark["level"], detail),
    )


def finish_marks(rows: Lazy[AnyFrame], table: pd.DataFrame, column: str) -> Marks:
    """Make the marks of a curve of who has finished by when: points on its lines.

    Args:
        rows: The sessions counted.
        table: A result of `smartia.analysis.finish_marks.finish_marks`.
        column: The grouping column of the rows.
    """
    return Marks(
        table,
        ("group", "minutes"),
        lambda mark: rows_finished(rows_at(rows.value, column, mark["group"], None), mark["minutes"]),
        lambda mark: f"{mark['group']} · finished within {mark['minutes']:,} min",
    )


def _counted(rows: Lazy[AnyFrame], table: pd.DataFrame) -> AnyFrame:
    return rows_read(rows.value) if "unreadable" in table else rows.value
