"""The workbook of a page holds what the page shows, under the same filters, and says which."""

import csv
import io
import zipfile
from collections.abc import Mapping
from typing import Any

import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from smartia.export.exhibits import Exhibit
from smartia.settings import Settings
from smartia.ui import downloads
from tests.app.conftest import Open, plain
from tests.app.lists import with_list
from tests.app.reference import Row

PAGES: dict[str, dict[str, Any]] = {
    "app.py": {},
    "pages/levels.py": {"subject": ["Maths"], "show": "Counts"},
    "pages/durations.py": {"age": ["16–18"]},
    "pages/trends.py": {"subject": ["English"]},
    "pages/profiles.py": {},
    "pages/rooms.py": {},
    "pages/data_quality.py": {},
}
HEAD = 3


@pytest.fixture
def stamps(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the buttons of the pages will write at a click, the newest last."""
    offered: list[Any] = []
    write = downloads.partial

    def note(function: Any, *values: Any, **named: Any) -> Any:
        made = write(function, *values, **named)
        if function is downloads._write:
            offered.append(made)
        return made

    monkeypatch.setattr(downloads, "partial", note)
    return offered


def sheets_of(content: bytes) -> dict[str, list[list[Any]]]:
    """Read every sheet of a workbook: its title, then the table's head and rows."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = {}
    for sheet in book.worksheets[1:]:
        width = next((i for i, cell in enumerate(sheet[HEAD]) if cell.value is None), len(sheet[HEAD]))
        rows = [[cell.value for cell in row[:width]] for row in sheet.iter_rows(min_row=HEAD)]
        found[sheet.title] = [[sheet["A1"].value], *rows]
    return found


def said_of(content: bytes) -> Mapping[str, str]:
    """What the first sheet says."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return {str(row[0].value): str(row[1].value) for row in sheet.iter_rows()}


def numbers_of(values: pd.Series) -> list[float]:
    """The numbers of a column, the missing ones left out, rounded as far as a workbook keeps them."""
    return [round(float(value), 9) for value in pd.to_numeric(values, errors="coerce").dropna()]


def check_tables(app: AppTest, content: bytes) -> None:
    """Every table on the page is in the workbook: as many rows, and every number in its column."""
    sheets = list(sheets_of(content).values())
    for table in app.main.dataframe:
        frame = pd.DataFrame(table.value)
        numeric = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name])]
        wanted = [numbers_of(frame[name]) for name in numeric]
        columns = [
            [
                [round(float(v), 9) for v in column if isinstance(v, int | float)]
                for column in zip(*rows[2:], strict=True)
            ]
            for rows in sheets
            if len(rows) - 2 >= len(frame)
        ]
        assert any(all(numbers in found for numbers in wanted) for found in columns), list(frame)


@pytest.mark.parametrize(("page", "choices"), PAGES.items(), ids=list(PAGES))
def test_the_workbook_holds_the_tables_of_the_page(
    open_page: Open, stamps: list[Any], page: str, choices: dict[str, Any]
) -> None:
    """Every table of a page is in its workbook with the same numbers, and the first sheet says what is counted."""
    app = open_page(page, **choices)
    content = stamps[-1]()
    check_tables(app, content)
    said = said_of(content)
    assert said["What"] == app.title[0].value
    counted = [plain(text.value) for text in app.caption if text.value.startswith("Counted here: ")]
    if counted:
        assert said["Counted"] == counted[0].removeprefix("Counted here: ")
    assert said["View"] == "learner access (figures and learners)"


def test_n_of_the_first_sheet(open_page: Open, demo_rows: list[Row], stamps: list[Any]) -> None:
    """The first sheet counts the sessions and the learners under the filters, and those held in all."""
    open_page("app.py", subject=["Maths"], attempts="All")
    said = said_of(stamps[-1]())
    rows = [row for row in demo_rows if row.subject == "Maths"]
    assert said["Sessions counted"] == f"{len(rows):,}"
    assert said["Learners counted"] == f"{len({row.user for row in rows}):,}"
    assert said["Sessions held"] == f"{len(demo_rows):,}"


@pytest.mark.parametrize(
    ("page", "kinds"),
    [
        ("app.py", {"bar", "stacked"}),
        ("pages/levels.py", {"percent", "line"}),
        ("pages/durations.py", {"column", "bar"}),
        ("pages/trends.py", {"stacked", "percent", "line"}),
    ],
)
def test_native_charts(open_page: Open, stamps: list[Any], page: str, kinds: set[str]) -> None:
    """The workbook draws what the page draws: shares with their intervals, mixes, histograms and periods."""
    open_page(page, subject=["Maths"])
    noted: list[Exhibit] = [make() for make in stamps[-1].args[1]]
    assert kinds <= {exhibit.picture.kind for exhibit in noted if exhibit.picture}
    book = openpyxl.load_workbook(io.BytesIO(stamps[-1]()))
    assert sum(len(sheet._charts) for sheet in book.worksheets) == sum(
        exhibit.picture is not None and len(exhibit.table) > 0 for exhibit in noted
    )


def test_folded_tables_are_in_it(open_page: Open, stamps: list[Any]) -> None:
    """Tables that are folded away, and therefore not drawn, are in the workbook all the same."""
    app = open_page("pages/levels.py", subject=["Maths"])
    drawn = len(app.main.dataframe)
    noted: list[Exhibit] = [make() for make in stamps[-1].args[1]]
    assert len(noted) > drawn
    assert any(exhibit.title.startswith("Share at or above each level") for exhibit in noted)


def test_groups_of_a_list(open_page: Open, demo_college: Settings, stamps: list[Any]) -> None:
    """Figures by the groups of an uploaded list are in the workbook of Groups; the file's name holds none of it."""
    app, _ = with_list(open_page("pages/groups.py", subject=["Maths"]), demo_college, 3)
    check_tables(app, stamps[-1]())


def test_csv_tables_are_those_of_the_workbook(open_page: Open, stamps: list[Any]) -> None:
    """The CSV files of a page have the tables of its workbook, in their order, with as many rows and the same head."""
    app = open_page("pages/levels.py", subject=["Maths"])
    assert [place.value for place in app.sidebar.radio if place.key == "csv_stamp"] == ["apart"]
    stamp, exhibits = stamps[-1].args
    with zipfile.ZipFile(io.BytesIO(downloads._write_csv(stamp, exhibits, "levels", stamped=False))) as archive:
        _, *names = archive.namelist()
        files = [list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline=""))) for name in names]
    sheets = list(sheets_of(stamps[-1]()).values())
    assert len(files) == len(sheets) == 3
    for rows, (_, head, *body) in zip(files, sheets, strict=True):
        assert [name.casefold() for name in rows[0]] == [str(name).casefold() for name in head]
        assert len(rows) - 1 == len(body)
        for row, cells in zip(rows[1:], body, strict=True):
            for text, cell in zip(row, cells, strict=True):
                assert text == "" if cell is None else isinstance(cell, str) or float(text) == pytest.approx(cell)
