"""Native charts of workbooks, made of the cells of the same sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from smartia.charts.theme import LIGHT
from smartia.export.exhibits import Exhibit, Format, Picture
from smartia.export.inert import plain
from smartia.table.labels import fit_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_KINDS: Final[dict[str, dict[str, str]]] = {
    "bar": {"type": "bar"},
    "column": {"type": "column"},
    "stacked": {"type": "column", "subtype": "stacked"},
    "percent": {"type": "bar", "subtype": "percent_stacked"},
    "line": {"type": "line"},
}
_GAP: Final = 2
"""Columns between the table and the data of its chart."""
_WIDEST: Final = 30
_NUMBERS: Final = {Format.SHARE: "0.0%", Format.COUNT: "#,##0", Format.NUMBER: "#,##0.0"}
_SHARE_AXIS: Final = "0%"


def draw_picture(book: Workbook, sheet: Worksheet, exhibit: Exhibit, head_row: int) -> None:
    """Draw the chart of an exhibit to the right of its table, from a block of cells that it writes beside it.

    Args:
        book: The workbook.
        sheet: The sheet, on which the table stands from its first column on.
        exhibit: What is drawn; it has a picture and at least one row.
        head_row: The row of the table's head.
    """
    picture = exhibit.picture
    if picture is None:
        return
    data = chart_data(exhibit.table, picture)
    first = len(exhibit.fields) + _GAP
    kind = next(field.format for field in exhibit.fields if field.name == picture.y[0])
    number = _NUMBERS.get(kind, "#,##0")
    sheet.write_string(head_row - 1, first, "Data of the chart")
    _write_block(book, sheet, data, head_row, first, number)
    chart = book.add_chart(dict(_KINDS[picture.kind]))
    names = list(data.columns[1:])
    colours = _colours(names)
    last = head_row + len(data)
    for place, name in enumerate(names, start=1):
        options: dict[str, Any] = {
            "name": [sheet.name, head_row, first + place],
            "categories": [sheet.name, head_row + 1, first, last, first],
            "values": [sheet.name, head_row + 1, first + place, last, first + place],
        }
        options["line" if picture.kind == "line" else "fill"] = {"color": colours[name]}
        if picture.numbered:
            upright = {} if picture.kind == "bar" else {"rotation": -90}
            options["data_labels"] = {"value": True, "num_format": number, "font": {"size": 8} | upright}
        if picture.low and picture.high and picture.series is None:
            options["y_error_bars" if picture.kind != "bar" else "x_error_bars"] = _interval(exhibit.table, picture)
        chart.add_series(options)
    # Excel takes no more than 255 characters for either.
    title = plain(". ".join(filter(None, (fit_label(exhibit.title), picture.note))))
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_legend({"none": True} if len(names) == 1 else {"position": "bottom"})
    scale = _SHARE_AXIS if kind is Format.SHARE else number
    value_axis = {"num_format": scale, "min": 0, "major_gridlines": {"visible": True, "line": {"color": LIGHT.grid}}}
    chart.set_y_axis({"reverse": True} if _KINDS[picture.kind]["type"] == "bar" else value_axis)
    chart.set_x_axis(value_axis | {"label_position": "high"} if _KINDS[picture.kind]["type"] == "bar" else {})
    chart.set_size({"width": 760, "height": 400})
    sheet.insert_chart(head_row, first + len(names) + 1 + _GAP, chart, {"description": title})


def chart_data(table: pd.DataFrame, picture: Picture) -> pd.DataFrame:
    """The cells of a chart: along `x` as texts, then a column of numbers a series; what is hidden or missing is empty.

    Args:
        table: The table of the exhibit.
        picture: The chart.
    """
    table = table[table[picture.x] != picture.total]
    along = table[picture.x].map(_spelt)
    if picture.series is None:
        drawn = [name for name in picture.y if name != picture.total]
        wide = pd.DataFrame({name: pd.to_numeric(table[name], errors="coerce") for name in drawn})
        wide.insert(0, picture.x, along)
        return wide.reset_index(drop=True)
    (value,) = picture.y
    long = pd.DataFrame(
        {
            picture.x: along.to_numpy(),
            "series": table[picture.series].map(_spelt).to_numpy(),
            "value": pd.to_numeric(table[value], errors="coerce").to_numpy(),
        }
    )
    order = list(dict.fromkeys(long["series"]))
    wide = long.groupby([picture.x, "series"], sort=False, dropna=False)["value"].first().unstack("series")
    data: pd.DataFrame = (
        wide.reindex(list(dict.fromkeys(long[picture.x])))[order].rename_axis(columns=None).reset_index()
    )
    return data


def _write_block(book: Workbook, sheet: Worksheet, data: pd.DataFrame, head_row: int, first: int, number: str) -> None:
    quiet = book.add_format({"font_color": LIGHT.muted})
    numbers = book.add_format({"font_color": LIGHT.muted, "num_format": number})
    longest = max(len(name) for name in (str(data.columns[0]), *data.iloc[:, 0]))
    sheet.set_column(first, first, min(_WIDEST, longest + 1))
    for place, name in enumerate(data.columns):
        sheet.write_string(head_row, first + place, plain(str(name)), quiet)
        for row, value in enumerate(data[name].tolist(), start=head_row + 1):
            if place == 0:
                sheet.write_string(row, first, plain(value), quiet)
            elif value == value:
                sheet.write_number(row, first + place, float(value), numbers)


def _interval(table: pd.DataFrame, picture: Picture) -> dict[str, Any]:
    value, low, high = (
        pd.to_numeric(table[name], errors="coerce") for name in (picture.y[0], picture.low, picture.high)
    )
    return {
        "type": "custom",
        "plus_values": (high - value).fillna(0).tolist(),
        "minus_values": (value - low).fillna(0).tolist(),
    }


def _colours(names: Sequence[str]) -> dict[str, str]:
    others = [name for name in names if LIGHT.level_colour(name) == LIGHT.unreadable]
    if len(others) <= 1 < len(names):
        return {name: LIGHT.level_colour(name) for name in names}
    return dict(zip(names, LIGHT.group_colours(names), strict=True))


def _spelt(value: object) -> str:
    if value is None or value != value:
        return "–"
    return f"{value:%d/%m/%Y}" if isinstance(value, pd.Timestamp) else str(value)
