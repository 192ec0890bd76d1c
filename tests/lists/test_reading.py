"""Reading: real files of many kinds come out as the texts that their makers see."""

from __future__ import annotations

import csv
import datetime as dt
import io
import resource
import time
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartia.lists import reading, unpacking
from smartia.lists.errors import (
    EmptyListError,
    EncryptedWorkbookError,
    ListError,
    ListTooLargeError,
    NoHeaderError,
    NotATableError,
    OldWorkbookError,
)
from smartia.lists.reading import COLUMN_LIMIT, read_list
from smartia.lists.templates import TEMPLATE, csv_template, xlsx_template

HEADER = ["Ref", "Name", "Area"]
ROWS = [["00123", "Zoë O’Brien", "Hair, Beauty"], ["00124", 'Jo "JJ" Ng', "Café\nand bar"]]
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def csv_bytes(rows: list[list[str]], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Write rows as a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(*rows: list[Any], formats: dict[str, str] | None = None) -> bytes:
    """Write rows as a workbook, with number formats of some cells."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cell, number_format in (formats or {}).items():
        book.active[cell].number_format = number_format
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_of_every_kind(delimiter: str, encoding: str) -> None:
    """Three delimiters and four encodings give the same texts, delimiters and line breaks in quotes included."""
    table = read_list(csv_bytes([HEADER, *ROWS], delimiter, encoding))
    assert list(table.columns) == HEADER
    assert table.to_numpy().tolist() == ROWS


texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8).filter(
    lambda text: not text.startswith(('="', "<", "%PDF", "\ufeff"))
)


@settings(max_examples=40)
@given(
    rows=st.lists(st.tuples(texts, texts | st.just(""), texts | st.just("")), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_csv_comes_back_as_it_was_written(rows: list[tuple[str, str, str]], delimiter: str, encoding: str) -> None:
    """Whatever texts are written below a header are read again, in every row and column that has any."""
    kept = [place for place in range(3) if any(row[place] for row in rows)]
    table = read_list(csv_bytes([["Ref", "Area", "Course"], *map(list, rows)], delimiter, encoding))
    assert table.to_numpy().tolist() == [[row[place] for place in kept] for row in rows]


def test_workbook_values_as_people_see_them() -> None:
    """Numbers lose ".0", zeros stay where text or a format shows them, dates are dates, empty cells are empty."""
    table = read_list(
        xlsx_bytes(
            ["Ref", "Number", "Padded", "Born", "Share", "Is", "Empty", "Note"],
            ["00123", 100001, 42, dt.date(2008, 5, 1), 0.5, True, None, "  a\xa0"],
            ["00124", 100002.0, 7, dt.datetime.fromisoformat("2008-05-01T09:30"), 1e15, False, None, "=1+1"],
            formats={"C2": "000000", "C3": "000000"},
        )
    )
    assert list(table.columns) == ["Ref", "Number", "Padded", "Born", "Share", "Is", "Note"]
    assert table.to_numpy().tolist() == [
        ["00123", "100001", "000042", "2008-05-01", "0.5", "TRUE", "a"],
        ["00124", "100002", "000007", "2008-05-01 09:30:00", "1000000000000000", "FALSE", ""],
    ]


def test_blank_rows_names_and_wrapped_zeros() -> None:
    """Blank rows go, names are made distinct, columns without a name get their place, ="0012" is 0012."""
    content = 'Area,Area,Area (2),,Ref\n\n , ,,,\nA,B,C,D,"=""0012"""\n,,,,\nE,F,G,H,I\n'
    table = read_list(content.encode())
    assert list(table.columns) == ["Area", "Area (3)", "Area (2)", "Column 4", "Ref"]
    assert table.to_numpy().tolist() == [["A", "B", "C", "D", "0012"], ["E", "F", "G", "H", "I"]]


def test_sep_line_of_excel() -> None:
    """A first line sep=; is obeyed and is no header."""
    assert read_list(b"sep=;\r\nRef;Area\r\n1;a,b\r\n").to_dict("records") == [{"Ref": "1", "Area": "a,b"}]


def test_one_column_is_a_table() -> None:
    """A list of references alone can be read."""
    assert read_list(b"Ref\nA-1\nA-2\n")["Ref"].tolist() == ["A-1", "A-2"]


BROKEN = {
    "pdf": (b"%PDF-1.7 ...", NotATableError),
    "web page": (b"<html><table><tr><td>Ref</td></tr></table></html>", NotATableError),
    "zeros": (b"Ref,Area\n\0\0,\0\n", NotATableError),
    "no text": (b"Ref,Area\n\x81\x8d,\x8f\n", NotATableError),
    "damaged workbook": (xlsx_bytes(HEADER, ROWS[0])[:-200], NotATableError),
    "open quotation mark": (b'Ref,Area\n1,"a\n2,b\n', NotATableError),
    "split value": (b"Ref,Area\n1,Hair, Beauty\n", NotATableError),
    "old workbook": (OLE + b"Workbook", OldWorkbookError),
    "password": (OLE + "EncryptedPackage".encode("utf-16-le"), EncryptedWorkbookError),
    "nothing": (b"", EmptyListError),
    "white space": (b" \n\n , \n", EmptyListError),
    "header alone": (b"Ref,Area\n", EmptyListError),
    "empty sheet": (xlsx_bytes(), EmptyListError),
    "no header": (b"100001,Construction\n100002,Sport\n", NoHeaderError),
    "e-mails first": (b"a@b.example,Construction\nc@d.example,Sport\n", NoHeaderError),
    "title above": (xlsx_bytes(["Learners 2026"], HEADER, *ROWS), NoHeaderError),
    "too wide": (
        csv_bytes([[f"c{n}" for n in range(COLUMN_LIMIT + 1)], ["x"] * (COLUMN_LIMIT + 1)]),
        ListTooLargeError,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_used_is_said(name: str) -> None:
    """Each kind of unusable file has its error, with a remedy and without a value of the file."""
    content, kind = BROKEN[name]
    with pytest.raises(ListError) as caught:
        read_list(content)
    assert type(caught.value) is kind
    assert caught.value.remedy.endswith(".")
    assert not {"Construction", "Hair", "a@b"} & set(str(caught.value).replace(",", " ").split())


@pytest.mark.parametrize("workbook", [False, True])
def test_the_limit_of_rows(workbook: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many rows as the limit are read, one more is refused; blank rows do not count."""
    monkeypatch.setattr(reading, "ROW_LIMIT", 3)
    rows = [["Ref", "Area"], *([f"r{n}", "a"] for n in range(3))]

    def written(extra: list[list[str]]) -> bytes:
        return xlsx_bytes(*rows, *extra) if workbook else csv_bytes([*rows, *extra])

    assert len(read_list(written([["", ""]] * 5))) == 3
    with pytest.raises(ListTooLargeError):
        read_list(written([["", ""]] * 5 + [["r4", "a"]]))


def test_a_packed_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small workbook that would unpack to more than the limit is refused before it is read."""
    monkeypatch.setattr(unpacking, "UNPACKED_LIMIT_MB", 1)
    content = io.BytesIO(xlsx_bytes(HEADER, *ROWS))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", bytes(2_000_000))
    assert len(content.getvalue()) < 20_000
    with pytest.raises(ListTooLargeError):
        read_list(content.getvalue())


def packed(sheet: str, **parts: str) -> bytes:
    """Write a workbook whose first sheet holds just this XML, with other parts replaced or added."""
    contents = {"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'}
    contents |= {f"xl/{name}.xml": text for name, text in parts.items()}
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx_bytes(HEADER, *ROWS))) as plain,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in plain.namelist():
            archive.writestr(name, contents.pop(name, None) or plain.read(name))
        for name, text in contents.items():
            archive.writestr(name, text)
    return result.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TEXT = '<c t="inlineStr"><is><t>{}</t></is></c>'
TOP = f"<row>{TEXT.format('Ref')}{TEXT.format('Area')}</row>"
LAUGHS = "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9))
BOMBS = {
    "a million rows": b"Ref,Area\n" + b"x,y\n" * 1_000_000,
    "a line of separators": b"Ref,Area\n" + b"," * 5_000_000,
    "ten thousand columns": b"c," * 10_000 + b"\n" + b"x," * 10_000,
    "cells far to the right": packed(TOP + '<row r="2"><c r="XFD2"/></row>' * 50_000),
    "a column that no sheet has": packed(TOP + '<row r="2"><c r="ZZZZZZZ2"/></row>'),
    "a row that no sheet has": packed(f'{TOP}<row r="2000000000">{TEXT.format("a")}</row>'),
    "cells without an end": packed(f"{TOP}<row>{'<c/>' * 300_000}</row>"),
    "shared texts without an end": packed(
        TOP, sharedStrings=f'<sst xmlns="{MAIN}">{"<si><t>a</t></si>" * 300_000}</sst>'
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_take_too_much_is_refused_soon(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows, columns, cells and texts beyond what a list has are refused in plain words, in little time and memory."""
    monkeypatch.setattr(unpacking, "CELL_LIMIT", 200_000)
    started_s = time.process_time()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ListTooLargeError) as caught:
        read_list(BOMBS[name])
    assert "This list has more than" in caught.value.message
    assert time.process_time() - started_s < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes


def test_entities_that_multiply_are_not_expanded() -> None:
    """A sheet whose few bytes of XML stand for a thousand million is no table."""
    book = packed(f"{TOP}<row>{TEXT.format('&j;')}</row>")
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    laughing = packed("", **{"worksheets/sheet1": f"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>{LAUGHS}]>{sheet}"})
    with pytest.raises(NotATableError):
        read_list(laughing)


def test_macros_and_links_are_not_looked_at() -> None:
    """Of a workbook with a macro and a link to another file, the texts of the first sheet are read and nothing else."""
    content = packed(f"{TOP}<row>{TEXT.format('1')}{TEXT.format('a')}</row>", vbaProject="x", externalLinks="y")
    assert read_list(content).to_dict("records") == [{"Ref": "1", "Area": "a"}]


def test_templates_can_be_read_back() -> None:
    """Both templates hold the same invented rows, and the CSV has the mark by which Excel knows UTF-8."""
    assert csv_template().startswith(b"\xef\xbb\xbf")
    for content in (csv_template(), xlsx_template()):
        table = read_list(content)
        assert (tuple(table.columns), *map(tuple, table.to_numpy())) == TEMPLATE


def test_hostile_text_is_only_text() -> None:
    """Formulas, tags and Markdown come out as they went in."""
    hostile = ["=HYPERLINK(1)", "<script>x</script>", "**b** [l](http://x.example)", "+1", "@x"]
    assert read_list(csv_bytes([["Ref"], *([text] for text in hostile)]))["Ref"].tolist() == hostile
