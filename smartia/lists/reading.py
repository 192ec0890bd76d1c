"""From the bytes of an uploaded file to a table of texts. What a file is, its content says, not its name."""

import csv
import io
import re
import threading
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

import openpyxl
import pandas as pd
from openpyxl.cell.read_only import ReadOnlyCell

from smartia.lists.errors import (
    EmptyListError,
    EncryptedWorkbookError,
    ListError,
    ListTooLargeError,
    NoHeaderError,
    NotATableError,
    OldWorkbookError,
)
from smartia.lists.unpacking import COLUMN_LIMIT, check_workbook
from smartia.table.labels import fit_label

ROW_LIMIT: Final = 200_000
LINE_LIMIT: Final = 1_000_000
"""Characters that a line of a CSV file may have."""
SHEET_ROWS: Final = 1_048_576
"""Rows that a sheet of Excel has; one that claims to have more is none."""

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",;\t"
_SNIFFED_ROWS = 50
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_LONG_LINE = re.compile(rf"^[^\n\r]{{{LINE_LIMIT}}}", re.MULTILINE)
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_PADDED_FORMAT = re.compile(r"0{2,}")
_LOOKS_LIKE_DATA = re.compile(r"\d{5,}|[^@\s]+@[^@\s]+|\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{2}-\d{2}")
_WORKBOOK_LOCK = threading.Lock()


def read_list(content: bytes) -> pd.DataFrame:
    """Read an uploaded list.

    CSV: UTF-8, UTF-16 with its mark, or Windows-1252; separated by comma, semicolon or tab; `="00123"`, by which some
    systems keep zeros, is read as 00123. Workbooks (.xlsx): the first sheet; numbers without ".0", with the leading
    zeros that a format such as 000000 shows; dates as 2025-09-01; of formulas the value last saved.

    Args:
        content: The file.

    Returns:
        One row a row below the header, one column a column, all text and without white space at the ends; an empty
        cell is "". Rows and columns without any text are left out. Columns without a name are called "Column 3" by
        their place; names that occur again get a number.

    Raises:
        ListError: The file is no such table, has no header or no rows, or is too large; see `smartia.lists.errors`.
    """
    if content.startswith(_OLE):
        raise EncryptedWorkbookError.from_content() if _ENCRYPTED in content else OldWorkbookError.from_content()
    if content.startswith(_ZIP):
        return _as_table(_workbook_rows(content), ragged=False)
    return _as_table(_csv_rows(_decode(content)), ragged=True)


def _decode(content: bytes) -> str:
    if content.startswith(_UTF_16_MARKS):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text or text.lstrip().startswith(("<", "%PDF")):
            break
        return text
    raise NotATableError.from_content()


def _csv_rows(text: str) -> Iterator[list[str]]:
    if _LONG_LINE.search(text):
        raise ListTooLargeError.from_limit(LINE_LIMIT, "characters in a row")
    named = _SEPARATOR_LINE.match(text)
    if named:
        text, delimiter = text[named.end() :], named[1]
    else:
        delimiter = max(_DELIMITERS, key=lambda candidate: _alignment(text, candidate))
    try:
        # Strict, since a quotation mark that is never closed would swallow the rows after it without a word.
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield [_unwrap(cell).strip() for cell in row]
    except csv.Error as error:
        raise NotATableError.from_content() from error


def _alignment(text: str, delimiter: str) -> tuple[int, int]:
    """How well a delimiter cuts the first rows to one width: rows as wide as the header, and that width."""
    try:
        rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), _SNIFFED_ROWS))
    except csv.Error:
        return 0, 0
    filled = [len(row) for row in rows if any(cell.strip() for cell in row)]
    width = filled[0] if filled else 0
    return (sum(length == width for length in filled), width) if width > 1 else (0, 0)


def _unwrap(cell: str) -> str:
    wrapped = _EXCEL_TEXT.fullmatch(cell)
    return wrapped[1] if wrapped else cell


def _workbook_rows(content: bytes) -> Iterator[list[str]]:
    # One at a time, since warnings are silenced for the whole process: openpyxl's repeat values of cells.
    with _WORKBOOK_LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            check_workbook(content)
            rows = _first_sheet(content)
        except ListError:
            raise
        except Exception as error:
            # openpyxl fails on a damaged part with whatever the reader of that part raises.
            raise NotATableError.from_content() from error
    yield from rows


def _first_sheet(content: bytes) -> list[list[str]]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    texts = ([_cell_text(cell) for cell in row] for row in _as_many_as_excel_has(sheet.iter_rows()))
    rows = list(islice(filter(any, texts), ROW_LIMIT + 2))
    book.close()
    return rows


def _as_many_as_excel_has(rows: Iterable[Sequence[ReadOnlyCell]]) -> Iterator[Sequence[ReadOnlyCell]]:
    for number, row in enumerate(rows, start=1):
        # openpyxl makes an empty row for each that a sheet leaves out, and it may claim to leave out millions.
        if number > SHEET_ROWS:
            raise ListTooLargeError.from_limit(SHEET_ROWS, "rows")
        yield row


def _cell_text(cell: ReadOnlyCell) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        number = str(int(value)) if float(value).is_integer() else str(value)
        shown = cell.number_format
        return number.zfill(len(shown)) if _PADDED_FORMAT.fullmatch(shown) else number
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).replace("T", " ").removesuffix(" 00:00:00")
    return str(value).strip()


def _as_table(rows: Iterable[Sequence[str]], *, ragged: bool) -> pd.DataFrame:
    filled = ((number, row) for number, row in enumerate(rows, start=1) if any(row))
    _, first = next(filled, (0, ()))
    body = []
    for number, row in filled:
        body.append((number, row))
        if len(body) > ROW_LIMIT:
            raise ListTooLargeError.from_limit(ROW_LIMIT, "rows")
    if not body:
        raise EmptyListError.from_absence()
    width = max(len(first), *(_filled_width(row) for _, row in body))
    if width > COLUMN_LIMIT:
        raise ListTooLargeError.from_limit(COLUMN_LIMIT, "columns")
    used = [place for place in range(width) if any(place < len(row) and row[place] for _, row in body)]
    named = sum(place < len(first) and bool(first[place]) for place in used)
    if named * 2 < len(used) or any(_LOOKS_LIKE_DATA.fullmatch(cell) for cell in first):
        raise NoHeaderError.from_first_row()
    if ragged:
        for number, row in body:
            if _filled_width(row) > len(first):
                raise NotATableError.from_row(number)
    columns = [[row[place] if place < len(row) else "" for _, row in body] for place in used]
    names = _distinct_names([first[place] if place < len(first) else "" for place in used], used)
    return pd.DataFrame(dict(zip(names, columns, strict=True)), dtype="str")


def _filled_width(row: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(row, start=1) if cell), default=0)


def _distinct_names(header: Sequence[str], places: Sequence[int]) -> list[str]:
    """Name every column, and give names that occur again a number that no other column has."""
    header = [fit_label(name) for name in header]
    taken = set(header)
    names: list[str] = []
    for place, name in zip(places, header, strict=True):
        name = name or f"Column {place + 1}"
        distinct, number = name, 2
        while distinct in names or (distinct != name and distinct in taken):
            distinct, number = f"{name} ({number})", number + 1
        names.append(distinct)
    return names
