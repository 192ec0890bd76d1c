"""A workbook of published tables draws the numbers that they show, leaves a gap for every mark, and holds no other."""

import io
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from smartia.export.exhibits import Exhibit
from smartia.export.published import published_bars, published_grid
from smartia.export.workbook import write_workbook
from smartia.words.published import PUBLISH_RULE
from tests.export.samples import STAMP

RULE = "to the nearest 5, small numbers hidden"
COUNTS = st.one_of(st.just("[c]"), st.integers(0, 400).map(lambda fives: f"{fives * 5:,}"))
SHARES = st.one_of(st.sampled_from(["[c]", "–"]), st.integers(0, 1000).map(lambda tenths: f"{tenths / 10:.1f}%"))
BARS = pd.DataFrame(
    {"Subject": ["Maths", "English", "Art"], "Sessions": ["1,235", "[c]", "0"], "Share": ["41.2%", "[c]", "–"]}
)


def sheet_of(exhibit: Exhibit) -> Worksheet:
    """Write an exhibit and open its sheet with another library."""
    return openpyxl.load_workbook(io.BytesIO(write_workbook(STAMP, [exhibit]))).worksheets[1]


def cells_at(sheet: Worksheet, reference: str) -> list[Any]:
    """The values of the cells that a chart refers to on its own sheet."""
    title, _, cells = reference.rpartition("!")
    assert title.strip("'") == sheet.title
    left, top, right, bottom = range_boundaries(cells)
    return [cell.value for row in sheet.iter_rows(top, bottom, left, right) for cell in row]


def drawn_by(sheet: Worksheet) -> dict[str, dict[str, float]]:
    """What the chart of a sheet draws, series by series: name of the row → number, of those that have a mark.

    Its memory of the cells, which viewers draw that do not compute, is that of the cells themselves.
    """
    (chart,) = sheet._charts
    drawn = {}
    for series in chart.series:
        rows, values = series.cat.strRef, series.val.numRef
        names, numbers = cells_at(sheet, rows.f), cells_at(sheet, values.f)
        assert [point.v for point in rows.strCache.pt] == names
        kept = {point.idx: float(point.v) for point in values.numCache.pt}
        assert values.numCache.ptCount == len(numbers)
        assert kept == {place: number for place, number in enumerate(numbers) if number is not None}
        (name,) = (point.v for point in series.tx.strRef.strCache.pt)
        drawn[name] = {names[place]: number for place, number in kept.items()}
    return drawn


def number(text: str) -> float | None:
    """The number that a text of the screen writes; None for a mark."""
    if text in {"[c]", "–"}:
        return None
    return float(text[:-1]) / 100 if text.endswith("%") else float(text.replace(",", ""))


@st.composite
def grids(draw: st.DrawFn) -> pd.DataFrame:
    """Tables of counts or of shares, with marks, a row and a column of sums."""
    texts = draw(st.sampled_from([COUNTS, SHARES]))
    rows = [*(f"Row {place}" for place in range(draw(st.integers(1, 4)))), "All"]
    columns = [*(f"Entry {place + 1}" for place in range(draw(st.integers(1, 4)))), "All"]
    cells = {name: draw(st.lists(texts, min_size=len(rows), max_size=len(rows))) for name in columns}
    return pd.DataFrame({"Year": rows} | cells)


@settings(max_examples=40, deadline=None)
@given(grids())
def test_a_grid(table: pd.DataFrame) -> None:
    """The chart draws each number of the grid, nothing for a mark, a 0 as 0, and no sums; no cell holds another."""
    sheet = sheet_of(published_grid("Sessions", table, RULE, "All"))
    parts = table[table["Year"] != "All"].set_index("Year").drop(columns="All")
    wanted = {
        name: {row: pytest.approx(value) for row, text in parts[name].items() if (value := number(text)) is not None}
        for name in parts
    }
    has_numbers = any(number(text) is not None for name in parts for text in table[name])
    assert len(sheet._charts) == has_numbers
    if has_numbers:
        assert drawn_by(sheet) == wanted
    shown = {number(text) for name in table.columns[1:] for text in table[name]} - {None}
    held = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, int | float)]
    assert all(value == pytest.approx(min(shown, key=lambda other: abs(other - value))) for value in held)


@pytest.mark.parametrize(
    ("drawn", "wanted"),
    [
        ("Sessions", {"Maths · 1,235": 1235, "Art · 0": 0}),
        ("Share", {"Maths · 41.2%": pytest.approx(0.412)}),
    ],
)
def test_bars(drawn: str, wanted: dict[str, float]) -> None:
    """A chart of bars names every row with its number or mark, and has a bar where there is a number."""
    sheet = sheet_of(published_bars("Sessions: 2025/26", BARS, drawn, RULE))
    assert drawn_by(sheet) == {drawn: wanted}
    (chart,) = sheet._charts
    names = cells_at(sheet, chart.series[0].cat.strRef.f)
    assert names == [f"{row} · {text}" for row, text in zip(BARS["Subject"], BARS[drawn], strict=True)]
    assert [[cell.value for cell in row] for row in sheet["A3:C6"]][2] == ["English", "[c]", "[c]"]


def test_what_the_chart_says() -> None:
    """A chart says by which rules its numbers are shown, however long its title; a 0 has a number, and a gap none."""
    grid = published_grid("Learners", BARS[["Subject", "Sessions"]], RULE)
    (chart,) = sheet_of(grid)._charts
    said = "".join(run.t for paragraph in chart.title.tx.rich.p for run in paragraph.r)
    assert said == f"Learners. {RULE}; gaps: no number"
    (chart,) = sheet_of(published_grid("Learners" * 60, BARS[["Subject", "Sessions"]], " ".join(PUBLISH_RULE)))._charts
    long = "".join(run.t for paragraph in chart.title.tx.rich.p for run in paragraph.r)
    assert len(long) < 255
    assert long.endswith("…. " + " ".join(PUBLISH_RULE) + "; gaps: no number")
    assert chart.series[0].dLbls.showVal
    assert sheet_of(grid)["B6"].value == 0


def test_where_everything_is_hidden() -> None:
    """A table without a number has no chart; one without the column that is to be drawn has none either."""
    hidden = pd.DataFrame({"Year": ["2025/26"], "Level 1": ["[c]"], "Level 2": ["–"]})
    assert published_grid("Levels", hidden, RULE).picture is None
    assert published_bars("Levels", hidden, "Level 1", RULE).picture is None
    assert published_bars("Levels", hidden, "Share", RULE).picture is None


def test_only_what_is_drawn_stands_beside_the_table() -> None:
    """Nothing is hidden on a sheet: no row, no column, no name that is defined."""
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(STAMP, [published_bars("n", BARS, "Share", RULE)])))
    sheet = book.worksheets[1]
    assert not [size for size in (*sheet.column_dimensions.values(), *sheet.row_dimensions.values()) if size.hidden]
    assert not book.defined_names
    assert {other.sheet_state for other in book.worksheets} == {"visible"}
    assert range_boundaries(sheet.calculate_dimension())[2:] == (7, 6)
