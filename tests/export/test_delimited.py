"""A CSV file opens in Excel as it is meant, says what it is, and computes nothing."""

import csv
import io

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from smartia.export.delimited import write_csv, write_stamp
from smartia.export.exhibits import Exhibit, make_exhibit
from smartia.export.inert import inert, is_active
from tests.export.samples import HOSTILE, STAMP, every_kind, hostile


def rows_of(content: bytes) -> list[list[str]]:
    """Read a file as a spreadsheet program does."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_values() -> None:
    """Numbers and dates are written whole and sort as text; what is missing is empty; the file has its mark."""
    content = write_csv(STAMP, every_kind())
    assert content.startswith(b"\xef\xbb\xbf")
    head, first, second, third = rows_of(content)
    assert head[:3] == ["Subject", "n", "Share"]
    assert first == ["Maths", "10", "0.25", "0.2", "0.3", "44.25", "2026-01-31", "2026-07-01 10:30", "yes"]
    assert second[0] == "'=cmd|' /C calc'!A0"
    assert third == ["", "0", *[""] * 7]


def test_stamp() -> None:
    """The stamp stands above the table or in a file of its own, by choice."""
    above = rows_of(write_csv(STAMP, every_kind(), stamped="above"))
    assert ["Counted", STAMP.counted] in above
    assert above[len(STAMP.lines())] == []
    assert above[len(STAMP.lines()) + 1 :] == rows_of(write_csv(STAMP, every_kind()))
    assert f"Counted: {STAMP.counted}" in write_stamp(STAMP).decode("utf-8-sig").splitlines()


def test_hostile_texts() -> None:
    """No cell begins with what a spreadsheet program computes, and every row stays one row."""
    rows = rows_of(write_csv(STAMP, hostile()))
    assert len(rows) == 1 + len(HOSTILE)
    assert not [cell for row in rows for cell in row if is_active(cell)]


@given(st.text(max_size=30))
def test_inert(text: str) -> None:
    """Whatever the text, it is not active afterwards, and it keeps its length but for the guard."""
    guarded = inert(text)
    assert not is_active(guarded)
    assert len(guarded) in {len(text), len(text) + 1}


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_titles_and_cells_survive(texts: list[str]) -> None:
    """Whatever the texts of a table, there are as many rows as it has."""
    exhibit: Exhibit = make_exhibit("T", pd.DataFrame({"a": texts}, dtype="str"), ["a"], {})
    assert len(rows_of(write_csv(STAMP, exhibit))) == 1 + len(texts)
