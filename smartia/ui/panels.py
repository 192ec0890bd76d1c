"""A chart with the table behind it: every figure drawn can be read off, with its unit and its n."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from smartia.charts.parts import PICKED
from smartia.charts.subtitles import with_subtitle
from smartia.charts.theme import Draw, Theme
from smartia.export.exhibits import Drawing, Exhibit, Picture, make_exhibit, make_level_exhibit
from smartia.table.calendar import LONDON
from smartia.ui.downloads import note_drawing, note_exhibit
from smartia.ui.packing import packed
from smartia.ui.shell import View
from smartia.words.columns import COLUMN_LABELS

_WHOLE_ROWS = 30
"""Rows up to which a table is shown whole; a longer one scrolls."""
_HEIGHT_PX = 420
_SHARES = {"share", "low", "high"}
_LETTER_PX = 6.8
_PADDING_PX = 18
_WIDEST_PX = 500


def show_chart(
    view: View, draw: Draw, key: str, *, title: str, on_pick: Callable[[Mapping[Hashable, Any]], None] | None = None
) -> None:
    """Show a chart across the width of the page, with a line on it that states which sessions it counts.

    Args:
        view: The page's view.
        draw: Draws a chart of `smartia.charts`, which carries its own description for screen readers.
        key: Tells the charts of a page apart.
        title: What it shows, for where it stands without the page.
        on_pick: Told the fields of a mark that was clicked; None where clicks do nothing.
    """
    note_drawing(Drawing(title, draw, view.filters.rule))
    spec = view.remembered(partial(_draw_spec, draw, view.filters.rule, view.theme))
    if on_pick is None:
        st.vega_lite_chart(spec=spec, theme=None, key=key, width="stretch")
        return

    def take_click() -> None:
        picked: Sequence[Mapping[Hashable, Any]] = st.session_state[key].selection[PICKED]
        if picked:
            on_pick(picked[0])

    st.vega_lite_chart(spec=spec, theme=None, key=key, width="stretch", on_select=take_click, selection_mode=PICKED)


def _draw_spec(draw: Draw, rule: tuple[str, str], theme: Theme) -> dict[str, Any]:
    return packed(with_subtitle(draw(theme=theme), rule, theme))


def show_table(
    table: pd.DataFrame,
    columns: Sequence[str],
    *,
    caption: str,
    labels: Mapping[str, str] | None = None,
    helps: Mapping[str, str] | None = None,
    is_drawn: bool = True,
    view: View | None = None,
) -> None:
    """Show the figures behind a chart, and let the page's workbook have them.

    Args:
        table: Rows that have been counted; shares as numbers between 0 and 1. Dates are midnights without a zone,
            times are instants with one; both are shown as British readers write them and sort by time.
        columns: Which columns, in order.
        caption: What the table holds, for screen readers.
        labels: Names of columns on screen where the usual ones do not fit.
        helps: What columns mean, where their names do not say it.
        is_drawn: Whether it is on the page; else the workbook alone has it.
        view: The page's view, where nothing of the table identifies a learner: then how it is drawn is remembered.
    """
    names = COLUMN_LABELS | dict(labels or {})
    note_exhibit(partial(make_exhibit, caption, table, columns, names))
    if is_drawn:
        draw = partial(_show, table, columns, caption, names, helps or {})
        draw() if view is None else view.drawn(draw)


def show_folded_table(
    table: pd.DataFrame,
    columns: Sequence[str],
    *,
    key: str,
    caption: str,
    labels: Mapping[str, str] | None = None,
    picture: Picture | None = None,
) -> None:
    """Offer the figures behind a chart, drawn only when the reader unfolds them; see `show_table`.

    Args:
        table: The figures.
        columns: Which columns, in order.
        key: Tells the folded tables of a page apart.
        caption: What the table holds, for screen readers.
        labels: Names of columns on screen where the usual ones do not fit.
        picture: The chart that the workbook draws of them; None for the usual one of such columns.
    """
    names = COLUMN_LABELS | dict(labels or {})
    note_exhibit(partial(make_exhibit, caption, table, columns, names, picture))
    with when_unfolded("Show as a table", key) as is_open:
        if is_open:
            _show(table, columns, caption, names, {})


@contextmanager
def when_unfolded(label: str, key: str) -> Iterator[bool]:
    """Draw a box that is folded at first; says whether the reader has unfolded it, so that only then it is filled.

    Args:
        label: What is in it.
        key: Tells the boxes of a page apart.
    """
    box = st.expander(label, key=key, on_change="rerun")
    with box:
        yield bool(box.open)


def _show(
    table: pd.DataFrame, columns: Sequence[str], caption: str, names: Mapping[str, str], helps: Mapping[str, str]
) -> None:
    shown = table[list(columns)]
    flags = [name for name in columns if pd.api.types.is_bool_dtype(shown[name])]
    shown = shown.assign(**{name: shown[name].map({True: "yes", False: ""}) for name in flags})
    _draw(
        shown,
        {name: _format_of(name, shown[name]) for name in columns},
        {name: column_of(shown[name], names.get(name, name), helps.get(name)) for name in columns},
        caption,
    )


def column_of(values: pd.Series, label: str, help_text: str | None = None) -> ColumnConfig:
    """Say how a column of a table is shown: times and dates as British readers write them, texts not cut off.

    Args:
        values: The column, which sorts by its values: dates are midnights without a zone, times are instants with one.
        label: Its name on screen.
        help_text: What it means, where its name does not say it.
    """
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return st.column_config.DatetimeColumn(label, help=help_text, format="DD/MM/YYYY HH:mm", timezone=str(LONDON))
    if pd.api.types.is_datetime64_dtype(values):
        return st.column_config.DateColumn(label, help=help_text, format="DD/MM/YYYY")
    return st.column_config.Column(label, help=help_text, width=_width_px(values, label))


def _width_px(values: pd.Series, label: str) -> int | None:
    """Say how wide a column of texts must be where Streamlit would make it too narrow; None where it would not.

    It measures the first nine rows and the last one, and of more than five not those twice as wide as their mean.
    """
    if pd.api.types.is_numeric_dtype(values):
        return None
    widths = [len(str(value)) * _LETTER_PX + _PADDING_PX for value in values[values.notna()].tolist()]
    looked_at = widths[:9] + widths[9:][-1:]
    mean = sum(looked_at) / max(len(looked_at), 1)
    measured = [width for width in looked_at if width < 2 * mean] if len(looked_at) > 5 else looked_at
    longest, usual = max(widths, default=0), max([len(label) * _LETTER_PX + _PADDING_PX, *measured])
    return int(longest) if usual < longest < _WIDEST_PX else None


def show_level_table(
    view: View,
    mix: pd.DataFrame,
    row: str,
    value: Literal["share", "n"],
    *,
    label: str,
    caption: str,
    is_drawn: bool = True,
) -> None:
    """Show a mix of levels as a table with one column a level, lowest first, and the n of each row.

    Args:
        view: The page's view.
        mix: A result of `level_mix` or `level_mix_by_period`.
        row: The column that makes the rows.
        value: "share" or "n".
        label: What the rows are called.
        caption: What the table holds, for screen readers.
        is_drawn: Whether it is on the page; else the workbook alone has it.
    """
    make = partial(make_level_exhibit, caption, mix, row, value, label)
    note_exhibit(make)
    if is_drawn:
        view.drawn(partial(_show_levels, make, row, value, label, caption))


def _show_levels(make: Callable[[], Exhibit], row: str, value: str, label: str, caption: str) -> None:
    exhibit = make()
    wide = exhibit.table
    levels = [field.name for field in exhibit.fields[2:]]
    _draw(
        wide,
        dict.fromkeys(levels, "{:.1%}" if value == "share" else "{:,}") | {row: "{}", "base": "{:,}"},
        {row: column_of(wide[row], label), "base": column_of(wide["base"], "n")},
        caption,
    )


def _draw(
    table: pd.DataFrame,
    formats: Mapping[str, str | Callable[[object], str]],
    columns: Mapping[str, ColumnConfig],
    caption: str,
) -> None:
    st.dataframe(
        table.style.format(dict(formats), na_rep="–"),
        hide_index=True,
        width="stretch",
        height="content" if len(table) <= _WHOLE_ROWS else _HEIGHT_PX,
        column_config=dict(columns),
        placeholder="–",
        alt=caption,
    )


def _format_of(name: str, values: pd.Series) -> str | Callable[[object], str]:
    if not pd.api.types.is_numeric_dtype(values):
        return "{}"
    if name.split("_")[0] in _SHARES:
        return "{:.1%}"
    return "{:,}" if pd.api.types.is_integer_dtype(values) else _one_decimal


def _one_decimal(value: object) -> str:
    return format(value, ",.1f").replace("-", "−")
