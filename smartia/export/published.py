"""Tables of published counts as exhibits: made of the very texts that the publish view shows, and of nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from smartia.export.exhibits import Exhibit, Field, Format, Picture

if TYPE_CHECKING:
    from collections.abc import Mapping

_COUNT: Final = re.compile(r"\d{1,3}(,\d{3})*")
_SHARE: Final = re.compile(r"\d{1,3}\.\d%")
_HEADING: Final = "Name and number"


def published_bars(title: str, table: pd.DataFrame, drawn: str, note: str) -> Exhibit:
    """Make an exhibit of a table of which the publish view draws one column as bars.

    Args:
        title: What it holds.
        table: As for `published_grid`.
        drawn: The column that the bars stand for.
        note: By which rules the numbers are shown, for the title of the chart.

    Returns:
        The table. Its chart names the rows with their number or mark, as the page's does; a row with a mark has no
        bar. It has no chart where no row has a number.
    """
    exhibit = _typed(title, table, {name: _kind_of(table[[name]]) for name in table.columns[1:]})
    if drawn not in exhibit.table or not _has_numbers(exhibit.table[drawn]):
        return exhibit
    first = str(table.columns[0])
    headings = table[first] + " · " + table[drawn]
    picture = Picture("bar", _HEADING, (drawn,), note=note)
    return replace(exhibit, table=exhibit.table.assign(**{_HEADING: headings}), picture=picture)


def published_grid(title: str, table: pd.DataFrame, note: str, total: str | None = None) -> Exhibit:
    """Make an exhibit of a table that the publish view draws as a grid of cells.

    Args:
        title: What it holds.
        table: Texts. The first column names the rows; the others hold counts such as "1,235", shares such as "41.2%",
            and marks such as "[c]".
        note: By which rules the numbers are shown, for the title of the chart.
        total: The name of the row and column of sums; None for none.

    Returns:
        The table with counts and shares as numbers; marks, and names of rows, stay texts. Spreadsheet programs have no
        grid, so its chart has a column with its number for each cell, a gap for each mark, and no sums. It has no
        chart where no cell has a number.
    """
    kind = _kind_of(table[table.columns[1:]])
    exhibit = _typed(title, table, dict.fromkeys(table.columns[1:], kind))
    first, *others = (str(name) for name in table.columns)
    if not any(_has_numbers(exhibit.table[name]) for name in others if name != total):
        return exhibit
    return replace(
        exhibit,
        picture=Picture("column", first, tuple(others), total=total, note=f"{note}; gaps: no number", numbered=True),
    )


def _typed(title: str, table: pd.DataFrame, kinds: Mapping[str, Format]) -> Exhibit:
    first, *others = (str(name) for name in table.columns)
    # As objects, so that pandas makes no numbers with decimals of counts beside marks.
    numbers = {name: pd.Series([_number(text) for text in table[name]], table.index, "object") for name in others}
    shown = table.assign(**numbers)
    fields = (Field(first, first, Format.TEXT), *(Field(name, name, kinds[name]) for name in others))
    return Exhibit(title, shown, fields)


def _kind_of(texts: pd.DataFrame) -> Format:
    shares = any(text.endswith("%") for name in texts for text in texts[name])
    return Format.SHARE if shares else Format.COUNT


def _has_numbers(values: pd.Series) -> bool:
    return any(not isinstance(value, str) for value in values)


def _number(text: str) -> int | float | str:
    if _COUNT.fullmatch(text):
        return int(text.replace(",", ""))
    # As many decimals as the screen shows.
    return round(float(text[:-1]) / 100, 3) if _SHARE.fullmatch(text) else text
