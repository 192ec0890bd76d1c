"""Exhibits: the tables of a page as they leave it, with the meaning of their columns and the picture they make."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from smartia.charts.theme import Draw


class Format(StrEnum):
    """How the values of a column are written."""

    TEXT = "text"
    COUNT = "whole number"
    SHARE = "share from 0 to 1, shown as a percentage"
    NUMBER = "number with one decimal"
    DATE = "date"
    MOMENT = "date and time, Europe/London"
    FLAG = "yes or nothing"


_SHARES: Final = frozenset({"share", "low", "high"})
_LONGEST_PICTURE: Final = 120
"""Rows up to which a table makes a chart that can be read."""


@dataclass(frozen=True)
class Field:
    """A column of an exhibit.

    Attributes:
        name: Its name in the table.
        label: What it is called on screen.
        format: How its values are written.
    """

    name: str
    label: str
    format: Format


@dataclass(frozen=True)
class Picture:
    """What chart a spreadsheet program draws of an exhibit.

    Attributes:
        kind: Lying bars, standing columns (beside or upon each other, or upon each other up to 100%), or lines.
        x: The column along which it runs.
        y: The columns drawn, each a series; with `series` exactly one.
        series: The column whose values make the series; None where the columns of `y` do.
        low: The column where the interval of `y` begins, and
        high: that where it ends; only for a single series.
        total: The row and the column of sums, which are not drawn: beside them their parts would be too small to see.
        note: What the title says beyond what the exhibit's says.
        numbered: Whether the number stands at each mark, so that a 0 is not taken for a number that is missing.
    """

    kind: Literal["bar", "column", "stacked", "percent", "line"]
    x: str
    y: tuple[str, ...]
    series: str | None = None
    low: str | None = None
    high: str | None = None
    total: str | None = None
    note: str = ""
    numbered: bool = False


@dataclass(frozen=True)
class Exhibit:
    """A table of a page.

    Attributes:
        title: What it holds.
        table: Rows that have been counted, or of which a reader may see each. Never changed.
        fields: Its columns, in order.
        picture: The chart that it makes; None where the page shows none.
    """

    title: str
    table: pd.DataFrame
    fields: tuple[Field, ...]
    picture: Picture | None = None


@dataclass(frozen=True)
class Drawing:
    """A chart of a page, to be drawn anew where it leaves it: a document is light, whatever the page is.

    Attributes:
        title: What it shows.
        draw: Draws it.
        lines: What it states about the sessions it counts.
    """

    title: str
    draw: Draw
    lines: tuple[str, ...]


def make_exhibit(
    title: str,
    table: pd.DataFrame,
    columns: Sequence[str],
    labels: Mapping[str, str],
    picture: Picture | None = None,
) -> Exhibit:
    """Make an exhibit of a table as a page shows it.

    Args:
        title: What it holds.
        table: The table.
        columns: Which columns, in order.
        labels: Their names on screen; a column that is not among them keeps its own.
        picture: The chart that it makes; None where it is the usual one of such columns.
    """
    fields = tuple(Field(name, labels.get(name, name), format_of(name, table[name])) for name in columns)
    return Exhibit(title, table[list(columns)], fields, picture or usual_picture(columns, len(table)))


def make_level_exhibit(title: str, mix: pd.DataFrame, row: str, value: Literal["share", "n"], label: str) -> Exhibit:
    """Make an exhibit of a mix of levels: one column a level, lowest first, and the n of each row.

    Args:
        title: What it holds.
        mix: A result of `level_mix` or `level_mix_by_period`.
        row: The column that makes the rows.
        value: What the cells say.
        label: What the rows are called.
    """
    levels = list(dict.fromkeys(mix["level"]))
    wide = mix.pivot_table(index=row, columns="level", values=value, sort=False, dropna=False)[levels].reset_index()
    bases = mix.drop_duplicates(row).set_index(row)["base"]
    wide.insert(1, "base", wide[row].map(bases).astype("int64"))
    if value == "n":
        wide = wide.astype(dict.fromkeys(levels, "int64"))
    names = [str(level) for level in levels]
    wide.columns = pd.Index([row, "base", *names])
    kind = Format.SHARE if value == "share" else Format.COUNT
    fields = (
        Field(row, label, Format.TEXT),
        Field("base", "n", Format.COUNT),
        *(Field(name, name, kind) for name in names),
    )
    return Exhibit(title, wide, fields, Picture("percent" if value == "share" else "stacked", row, tuple(names)))


_USUAL: Final = (
    (frozenset({"group", "sitting", "share"}), Picture("column", "group", ("share",), "sitting")),
    (frozenset({"subject", "group", "share"}), Picture("column", "group", ("share",), "subject")),
    (frozenset({"group", "share", "low", "high"}), Picture("bar", "group", ("share",), None, "low", "high")),
    (frozenset({"period", "share", "low", "high"}), Picture("line", "period", ("share",), None, "low", "high")),
    (frozenset({"period", "group", "sessions"}), Picture("stacked", "period", ("sessions",), "group")),
    (frozenset({"start_min", "group", "n"}), Picture("column", "start_min", ("n",), "group")),
    (
        frozenset({"group", "q1_min", "median_min", "q3_min"}),
        Picture("bar", "group", ("median_min",), None, "q1_min", "q3_min"),
    ),
    (frozenset({"steps", "n", "share"}), Picture("column", "steps", ("n",))),
    (frozenset({"outcome", "n", "share"}), Picture("column", "outcome", ("n",))),
    (frozenset({"finding", "ask", "share"}), Picture("bar", "finding", ("share",))),
)
"""The charts that tables with certain columns make, the first that fits."""


def usual_picture(columns: Sequence[str], rows: int) -> Picture | None:
    """Say which chart a table makes by what its columns are; None where none is usual, or with too many rows.

    Args:
        columns: The columns shown.
        rows: How many rows there are.
    """
    if rows > _LONGEST_PICTURE:
        return None
    return next((picture for needed, picture in _USUAL if needed <= set(columns)), None)


def format_of(name: str, values: pd.Series) -> Format:
    """Say how a column is written, by the kind of its values and, for shares, by its name.

    A column that mixes numbers with marks, as a published one does, is text as a whole; its numbers stay numbers.
    """
    if pd.api.types.is_bool_dtype(values):
        return Format.FLAG
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return Format.MOMENT
    if pd.api.types.is_datetime64_dtype(values):
        return Format.DATE
    if not pd.api.types.is_numeric_dtype(values):
        return Format.TEXT
    if name.split("_")[0] in _SHARES:
        return Format.SHARE
    return Format.COUNT if pd.api.types.is_integer_dtype(values) else Format.NUMBER


def merge_titles(exhibits: Iterable[Exhibit], longest: int, forbidden: str) -> list[str]:
    """Shorten titles to names of which each comes once, whatever their case.

    Args:
        exhibits: What is to be named.
        longest: The most characters of a name.
        forbidden: Characters that become blanks.
    """
    taken: set[str] = set()
    names = []
    for exhibit in exhibits:
        allowed = "".join(" " if character in forbidden else character for character in exhibit.title)
        plain = " ".join(allowed.split()) or "Table"
        name, number = plain[:longest].strip(), 1
        while name.casefold() in taken:
            number += 1
            ending = f" {number}"
            name = plain[: longest - len(ending)].strip() + ending
        taken.add(name.casefold())
        names.append(name)
    return names
