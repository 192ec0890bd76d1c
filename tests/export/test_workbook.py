"""A workbook holds the figures of its exhibits as typed cells, says what it is, and computes nothing."""

import datetime as dt
import io
import zipfile

import openpyxl
import pandas as pd
from openpyxl.worksheet.worksheet import Worksheet

from smartia.export.exhibits import Exhibit, make_exhibit
from smartia.export.workbook import write_workbook
from tests.export.samples import HOSTILE, STAMP, every_kind, hostile, series

HEAD = 3


def opened(*exhibits: Exhibit) -> openpyxl.Workbook:
    """Write a workbook and open it with another library."""
    return openpyxl.load_workbook(io.BytesIO(write_workbook(STAMP, exhibits)))


def column(sheet: Worksheet, label: str) -> list[object]:
    """The values below a name."""
    names = [cell.value for cell in sheet[HEAD]]
    return [cell.value for cell in sheet[openpyxl.utils.get_column_letter(names.index(label) + 1)][HEAD:]]


def at(text: str) -> dt.datetime:
    """A time as spreadsheets hold it: without a zone."""
    return dt.datetime.fromisoformat(text)


def test_typed_cells() -> None:
    """Counts, shares, minutes, dates and UK times are numbers and dates with their formats; missing ones are empty."""
    sheet = opened(every_kind()).worksheets[1]
    assert column(sheet, "Subject") == ["Maths", "=cmd|' /C calc'!A0", None]
    assert column(sheet, "n") == [10, 20, 0]
    assert column(sheet, "Share") == [0.25, 0.125, None]
    assert column(sheet, "median_min") == [44.25, 1200.5, None]
    assert column(sheet, "start") == [at("2026-01-31"), at("2025-09-01"), None]
    assert column(sheet, "ended_at") == [at("2026-07-01T10:30"), at("2026-01-01T23:59"), None]
    assert column(sheet, "Still running") == ["yes", None, None]
    formats = {cell.value: cell.number_format for cell in sheet[HEAD + 1][:9]}
    assert formats[10] == "#,##0"
    assert formats[0.25] == "0.0%"
    assert formats[at("2026-01-31")] == "dd/mm/yyyy"


def test_sheet() -> None:
    """A sheet has an Excel table under its title, a frozen head, a chart with its interval, and a name Excel takes."""
    book = opened(every_kind(), every_kind())
    assert book.sheetnames == ["About", "Share by subject all 2026", "Share by subject all 2026 2"]
    sheet = book.worksheets[1]
    assert sheet.freeze_panes == "A4"
    assert sheet["A1"].value == "Share by subject: all [2026]/*?"
    (table,) = sheet.tables.values()
    assert table.ref == "A3:I6"
    (chart,) = sheet._charts
    (drawn,) = chart.series
    assert drawn.errBars is not None
    block = [[cell.value for cell in row] for row in sheet["L3:M6"]]
    assert block == [["group", "share"], ["Maths", 0.25], ["=cmd|' /C calc'!A0", 0.125], ["–", None]]
    assert drawn.val.numRef.f == f"'{sheet.title}'!$M$4:$M$6"


def test_series() -> None:
    """Several series stand side by side, in their order; what is hidden or missing is an empty cell."""
    sheet = opened(series()).worksheets[1]
    block = [[cell.value for cell in row] for row in sheet["F3:H5"]]
    assert block == [["period", "Entry 3", "Level 1"], ["2024/25", 10, None], ["2025/26", None, 25]]
    assert column(sheet, "n")[:3] == [10, "[c]", 25]


def test_nothing_computes_or_links() -> None:
    """No text of the data becomes a formula or a link, and what might be one carries Excel's sign for text."""
    content = write_workbook(STAMP, [hostile()])
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[1]
    cells = [row[0] for row in sheet.iter_rows(min_row=HEAD + 1, max_row=HEAD + len(HOSTILE))]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.quotePrefix for cell in cells] == [*[True] * 8, *[False] * 4]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".xml", ".rels"))}
    assert not [name for name, text in parts.items() if "<f>" in text or "<hyperlink" in text]
    assert not [name for name, text in parts.items() if 'TargetMode="External"' in text]
    assert not [name for name, text in parts.items() if "\N{RIGHT-TO-LEFT OVERRIDE}" in text]


def test_about() -> None:
    """The first sheet states filters, attempt rule, origin, date, n, what was set aside, the view and the words."""
    sheet = opened(every_kind()).worksheets[0]
    said = {row[0].value: row[1].value for row in sheet.iter_rows()}
    assert said["Counted"] == STAMP.counted
    assert said["Pulled"] == "1 July 2026, 10:30 (UK time) from https://api.example/v1"
    assert str(said["Records set aside"]).startswith("3 ")
    assert said["View"] == "Figures and learners"
    assert "Learner" in said
    assert "Academic year" in said


def test_an_empty_exhibit() -> None:
    """An exhibit without rows keeps the names of its columns."""
    empty = make_exhibit("Nothing", pd.DataFrame({"n": pd.Series(dtype="int64")}), ["n"], {"n": "Sessions"})
    sheet = opened(empty).worksheets[1]
    assert [cell.value for cell in sheet[HEAD]] == ["Sessions"]


def test_no_exhibit() -> None:
    """A workbook of a page that shows no table says so on its only sheet."""
    (sheet,) = opened().worksheets
    assert ("Tables", "none; the page shows no table as it stands") in list(sheet.values)


def test_names_that_meet() -> None:
    """Columns of one name on screen are told apart, since a table in Excel takes no name twice."""
    table = pd.DataFrame({"a": [1], "b": [2]})
    sheet = opened(make_exhibit("Twice", table, ["a", "b"], {"a": "n", "b": "N"})).worksheets[1]
    assert [cell.value for cell in sheet[HEAD]] == ["n", "N 2"]
