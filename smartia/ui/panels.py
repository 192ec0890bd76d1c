"""A chart with the table behind it: every figure drawn can be read off, with its unit and its n."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from smartia.charts.theme import Chart

_LABELS = {
    "level": "Level",
    "n": "n",
    "base": "n",
    "share": "Share",
    "reached": "Reached",
    "low": "From (95%)",
    "high": "To (95%)",
    "unreadable": "Level not readable",
    "period": "Period",
    "running": "Still running or cut short",
    "sessions": "Sessions",
    "learners": "Learners",
    "start_min": "From (min)",
    "end_min": "To below (min)",
    "shortest_min": "Shortest (min)",
    "q1_min": "A quarter within (min)",
    "median_min": "Median (min)",
    "q3_min": "Three quarters within (min)",
    "p90_min": "90% within (min)",
    "longest_min": "Longest (min)",
    "minutes": "Within (min)",
    "academic_year": "Academic year",
    "month": "Month",
    "since": "Pages counted from",
    "page": "Page",
    "record": "Record on the page",
    "reason": "Reason",
    "field": "Field",
    "missing": "Empty",
    "finding": "Finding",
}
_WHOLE_ROWS = 30
"""Rows up to which a table is shown whole; a longer one scrolls."""
_HEIGHT_PX = 420
_SHARES = {"share", "low", "high"}


def show_chart(chart: Chart, key: str) -> None:
    """Show a chart across the width of the page.

    Args:
        chart: A chart of `smartia.charts`; it carries its own colours and its description for screen readers.
        key: Tells the charts of a page apart.
    """
    st.altair_chart(chart, theme=None, key=key, width="stretch")


def show_table(
    table: pd.DataFrame,
    columns: Sequence[str],
    *,
    caption: str,
    labels: Mapping[str, str] | None = None,
) -> None:
    """Show the figures behind a chart.

    Args:
        table: Rows that have been counted; shares as numbers between 0 and 1.
        columns: Which columns, in order.
        caption: What the table holds, for screen readers.
        labels: Names of columns on screen where the usual ones do not fit.
    """
    names = _LABELS | dict(labels or {})
    shown = table[list(columns)]
    flags = [name for name in columns if pd.api.types.is_bool_dtype(shown[name])]
    shown = shown.assign(**{name: shown[name].map({True: "yes", False: ""}) for name in flags})
    _draw(
        shown,
        {name: _format_of(name, shown[name]) for name in columns},
        {name: names.get(name, name) for name in columns},
        caption,
    )


def show_level_table(mix: pd.DataFrame, row: str, value: str, *, label: str, caption: str) -> None:
    """Show a mix of levels as a table with one column a level, lowest first, and the n of each row.

    Args:
        mix: A result of `level_mix` or `level_mix_by_period`.
        row: The column that makes the rows.
        value: "share" or "n".
        label: What the rows are called.
        caption: What the table holds, for screen readers.
    """
    levels = list(dict.fromkeys(mix["level"]))
    wide = mix.pivot_table(index=row, columns="level", values=value, sort=False, dropna=False)[levels].reset_index()
    bases = mix.drop_duplicates(row).set_index(row)["base"]
    wide.insert(1, "base", wide[row].map(bases).astype("int64"))
    if value == "n":
        wide = wide.astype(dict.fromkeys(levels, "int64"))
    _draw(
        wide,
        dict.fromkeys(levels, "{:.1%}" if value == "share" else "{:,}") | {row: "{}", "base": "{:,}"},
        {row: label, "base": "n"},
        caption,
    )


def _draw(table: pd.DataFrame, formats: Mapping[str, str], names: Mapping[str, str], caption: str) -> None:
    st.dataframe(
        table.style.format(dict(formats), na_rep="–"),
        hide_index=True,
        width="stretch",
        height="content" if len(table) <= _WHOLE_ROWS else _HEIGHT_PX,
        column_config={name: st.column_config.Column(label) for name, label in names.items()},
        placeholder="–",
        alt=caption,
    )


def _format_of(name: str, values: pd.Series) -> str:
    if not pd.api.types.is_numeric_dtype(values):
        return "{}"
    if name.split("_")[0] in _SHARES:
        return "{:.1%}"
    return "{:,}" if pd.api.types.is_integer_dtype(values) else "{:,.1f}"
