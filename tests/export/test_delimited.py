"""CSV files hold the figures of their exhibits, say what they are where asked to, and compute nothing."""

import csv
import doctest
import io
import re
import zipfile

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartia.export import delimited
from smartia.export.delimited import tables_zip, write_csv
from smartia.export.exhibits import Exhibit, Field, Format
from tests.export.samples import HOSTILE, STAMP, every_kind, hostile

ACTIVE = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
"""What a spreadsheet program may take for a formula, written apart from the code."""
BLANKED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def rows_of(content: bytes) -> list[list[str]]:
    """Read a file as other programs do."""
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_back(cells: list[str], head: str = "text") -> list[list[str]]:
    """Write texts beside numbers, and read the table back."""
    table = pd.DataFrame({"text": pd.Series(cells, dtype="object"), "n": [-place for place in range(len(cells))]})
    fields = (Field("text", head, Format.TEXT), Field("n", "n", Format.COUNT))
    return rows_of(write_csv(STAMP, Exhibit("Texts", table, fields), stamped=False))


texts = st.text(max_size=30) | st.builds(
    str.__add__, st.sampled_from("=+-@\t\r\n＝＋－＠ '\u202e\x00"), st.text(max_size=9)
)


@settings(max_examples=60)
@given(st.lists(texts, max_size=8), texts)
def test_no_cell_is_active_and_nothing_is_lost(cells: list[str], head: str) -> None:
    """Of any texts none begins as a formula does; but for signs that do not print, all come back; numbers do too."""
    cells = [text.encode("utf-8", "replace").decode() for text in cells]
    rows = read_back(cells, head.encode("utf-8", "replace").decode())
    assert [row[1] for row in rows[1:]] == [str(-place) for place in range(len(cells))]
    assert not [row[0] for row in rows if ACTIVE.match(row[0])]
    for text, row in zip(cells, rows[1:], strict=True):
        clean = BLANKED.sub(" ", text)
        assert row[0] == (f"'{clean}" if ACTIVE.match(clean) else clean)


@pytest.mark.parametrize("rows_at_once", [1, 2, 1000])
def test_rows_are_written_in_any_pieces(monkeypatch: pytest.MonkeyPatch, rows_at_once: int) -> None:
    """A long table is made ready piece by piece, and comes out as if it had been whole."""
    whole = write_csv(STAMP, every_kind(), stamped=True)
    monkeypatch.setattr(delimited, "_ROWS_AT_ONCE", rows_at_once)
    assert len(every_kind().table) > 2
    assert write_csv(STAMP, every_kind(), stamped=True) == whole


def test_hostile_samples() -> None:
    """Each of the attacks that are written down is a text with an apostrophe, but for those that are harmless."""
    rows = rows_of(write_csv(STAMP, hostile(), stamped=True))
    assert not [cell for row in rows for cell in row if ACTIVE.match(cell)]
    found = [row[0] for row in rows[-len(HOSTILE) :]]
    assert [text.startswith("'") for text in found] == [*[True] * 8, False, True, False, False]


def test_every_kind_of_value() -> None:
    """Numbers, shares, dates and UK times are written so that programs read them; what is missing is empty."""
    rows = rows_of(write_csv(STAMP, every_kind(), stamped=False))
    assert rows[0][:3] == ["Subject", "n", "Share"]
    assert rows[1] == ["Maths", "10", "0.25", "0.2", "0.3", "44.25", "2026-01-31", "2026-07-01 10:30:00", "yes"]
    assert rows[2][6:] == ["2025-09-01", "2026-01-01 23:59:00", ""]
    assert rows[3] == ["", "0", "", "", "", "", "", "", ""]


def test_a_stamp_above_or_apart() -> None:
    """The stamp stands above each table, or in a text file alone; the file names hold no word of the data."""
    exhibit = every_kind()
    with zipfile.ZipFile(io.BytesIO(tables_zip(STAMP, [exhibit], "levels", stamped=True))) as archive:
        assert archive.namelist() == ["about.txt", "smartia-levels-01.csv"]
        above = rows_of(archive.read("smartia-levels-01.csv"))
        about = archive.read("about.txt").decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(tables_zip(STAMP, [exhibit], "levels", stamped=False))) as archive:
        apart = rows_of(archive.read("smartia-levels-01.csv"))
    lines = [*map(list, STAMP.lines()), ["Table", exhibit.title]]
    assert above == [*lines, [], *apart]
    for label, text in (*STAMP.lines(), ("smartia-levels-01.csv", exhibit.title)):
        assert f"{label}: {text}\r\n" in about


def test_examples_are_true() -> None:
    """The examples in the docstrings give what they say."""
    assert doctest.testmod(delimited).failed == 0
