"""Workbooks: a first sheet that says what they are, then a sheet an exhibit, with its native chart."""

from __future__ import annotations

import io
from numbers import Real
from typing import TYPE_CHECKING, Final

import pandas as pd

from smartia.export.exhibits import Exhibit, Field, Format, merge_titles
from smartia.export.inert import is_active, plain
from smartia.export.pictures import draw_picture
from smartia.export.stamp import NO_TABLES
from smartia.table.calendar import LONDON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.format import Format as CellFormat
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from smartia.export.stamp import Stamped

XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TITLE_ROW: Final = 0
_HEAD_ROW: Final = 2
"""Where the names of the columns stand; the title is above them."""
LONGEST_TABLE: Final = 1_048_576 - _HEAD_ROW - 1
"""The most rows of a table: Excel's limit of a sheet, less what stands above them."""
_WIDEST: Final = 48
_NARROWEST: Final = 9
_SHEET_NAME: Final = 31
_FORBIDDEN: Final = "[]:*?/\\'"
_CODES: Final = {
    Format.COUNT: "#,##0",
    Format.SHARE: "0.0%",
    Format.NUMBER: "#,##0.0",
    Format.DATE: "dd/mm/yyyy",
    Format.MOMENT: "dd/mm/yyyy hh:mm",
}
_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": False,
}


def write_workbook(stamp: Stamped, exhibits: Sequence[Exhibit]) -> bytes:
    """Write exhibits as a workbook.

    Numbers, shares, dates and times are typed cells; missing values are empty cells; times are in UK time, since
    spreadsheets know no time zone. Texts are inert: none is read as a formula or a link, also when a cell is edited.

    Args:
        stamp: What the first sheet says.
        exhibits: What the others hold, in order. One whose table has no rows keeps its head. Without any, the first
            sheet says so.

    Returns:
        The bytes of an .xlsx file.
    """
    import xlsxwriter  # when a workbook is made, not at the start

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, dict(_OPTIONS)) as book:
        book.set_properties({"title": plain(stamp.title), "comments": plain(stamp.counted)})
        formats = _Formats(book)
        lines = stamp.lines() if exhibits else [*stamp.lines(), NO_TABLES]
        _write_about(book.add_worksheet("About"), lines, stamp.words, formats)
        for place, (name, exhibit) in enumerate(
            zip(merge_titles(exhibits, _SHEET_NAME, _FORBIDDEN), exhibits, strict=True), start=1
        ):
            _write_exhibit(book, book.add_worksheet(name), exhibit, formats, place)
    return buffer.getvalue()


class _Formats:
    """The formats of cells, each made once a workbook."""

    def __init__(self, book: Workbook) -> None:
        self.title: CellFormat = book.add_format({"bold": True, "font_size": 14})
        self.label: CellFormat = book.add_format({"bold": True, "valign": "top"})
        self.text: CellFormat = book.add_format({"text_wrap": True, "valign": "top"})
        # Excel's own sign for "this is text": it stays text also where somebody edits the cell.
        self.quoted: CellFormat = book.add_format({"quote_prefix": True, "valign": "top"})
        self.mark: CellFormat = book.add_format({"align": "right", "valign": "top"})
        self.of: dict[Format, CellFormat] = {
            kind: book.add_format({"num_format": code, "valign": "top"}) for kind, code in _CODES.items()
        }


def _write_about(
    sheet: Worksheet, lines: Sequence[tuple[str, str]], words: Sequence[tuple[str, str]], formats: _Formats
) -> None:
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    row = _write_pairs(sheet, 0, "About these figures", lines, formats)
    _write_pairs(sheet, row + 1, "What the words mean", words, formats)
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)


def _write_pairs(sheet: Worksheet, row: int, heading: str, pairs: Sequence[tuple[str, str]], formats: _Formats) -> int:
    sheet.write_string(row, 0, heading, formats.title)
    for label, text in pairs:
        row += 1
        sheet.write_string(row, 0, label, formats.label)
        sheet.write_string(row, 1, plain(text), formats.text)
    return row + 1


def _write_exhibit(book: Workbook, sheet: Worksheet, exhibit: Exhibit, formats: _Formats, place: int) -> None:
    sheet.write_string(_TITLE_ROW, 0, plain(exhibit.title), formats.title)
    rows, fields = len(exhibit.table), exhibit.fields
    for column, field in enumerate(fields):
        values = exhibit.table[field.name].tolist()
        texts = [_shown(value, field.format) for value in values]
        sheet.set_column(column, column, _width(field, texts))
        for offset, value in enumerate(values, start=_HEAD_ROW + 1):
            _write_cell(sheet, offset, column, value, field.format, formats)
    if rows:
        sheet.add_table(
            _HEAD_ROW,
            0,
            _HEAD_ROW + rows,
            len(fields) - 1,
            {
                "name": f"Table{place}",
                "columns": [{"header": label} for label in _unique_labels(fields)],
                "style": "Table Style Light 9",
            },
        )
    else:
        for column, field in enumerate(fields):
            sheet.write_string(_HEAD_ROW, column, plain(field.label), formats.label)
    sheet.freeze_panes(_HEAD_ROW + 1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    if exhibit.picture is not None and rows:
        draw_picture(book, sheet, exhibit, _HEAD_ROW)


def _write_cell(sheet: Worksheet, row: int, column: int, value: object, kind: Format, formats: _Formats) -> None:
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return
    if kind is Format.FLAG:
        if value:
            sheet.write_string(row, column, "yes")
    elif isinstance(value, pd.Timestamp):
        local = value if value.tzinfo is None else value.tz_convert(LONDON).tz_localize(None)
        sheet.write_datetime(row, column, local.to_pydatetime(), formats.of[kind])
    elif isinstance(value, str):
        text = plain(value)
        # A mark in place of a number stands where the number would.
        usual = None if kind is Format.TEXT else formats.mark
        sheet.write_string(row, column, text, formats.quoted if is_active(text) else usual)
    elif isinstance(value, Real):
        sheet.write_number(row, column, float(value), formats.of.get(kind))


def _shown(value: object, kind: Format) -> str:
    if kind in {Format.DATE, Format.MOMENT}:
        return "00/00/0000 00:00" if kind is Format.MOMENT else "00/00/0000"
    return str(value)


def _width(field: Field, texts: Sequence[str]) -> float:
    longest = max((len(text) for text in texts if field.format is Format.TEXT), default=0)
    # Room for the arrow of the filter beside the name.
    return float(min(_WIDEST, max(_NARROWEST, len(field.label) + 4, longest + 1)))


def _unique_labels(fields: Sequence[Field]) -> list[str]:
    """Names of columns, each once: a table in Excel takes no name twice."""
    labels: list[str] = []
    for field in fields:
        label, number = plain(field.label), 1
        while label.casefold() in {other.casefold() for other in labels}:
            number += 1
            label = f"{plain(field.label)} {number}"
        labels.append(label)
    return labels
