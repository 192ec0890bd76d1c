"""CSV files: UTF-8 with a byte order mark, so that Excel reads every letter, and no cell that it would compute."""

from __future__ import annotations

import csv
import io
import zipfile
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import pandas as pd

from smartia.export.exhibits import Exhibit, Format
from smartia.export.inert import is_active, plain
from smartia.export.stamp import NO_TABLES
from smartia.table.calendar import local_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smartia.export.stamp import Stamped

CSV_TYPE: Final = "text/csv"
ABOUT: Final = "about.txt"
"""The file of a ZIP that says what its tables are."""
_ENCODING: Final = "utf-8-sig"
_ROWS_AT_ONCE: Final = 10_000
"""Rows whose cells are made ready at a time: as Python has them they take many times the memory of the table."""
_DAY: Final = "%Y-%m-%d"
_MOMENT: Final = "%Y-%m-%d %H:%M:%S"


def write_csv(stamp: Stamped, exhibit: Exhibit, *, stamped: bool) -> bytes:
    """Write an exhibit as CSV.

    Numbers stay numbers, shares from 0 to 1; dates are 2026-01-31 and times 2026-01-31 09:30:00 in UK time; what is
    missing is empty. Texts lose control characters, and those that a spreadsheet program might compute get an
    apostrophe before them.

    Args:
        stamp: What the table says about itself.
        exhibit: The table.
        stamped: Whether the stamp stands in rows above the names of the columns, with an empty row between. Without it
            the first row are the names.
    """
    content = io.BytesIO()
    text = io.TextIOWrapper(content, encoding=_ENCODING, newline="")
    writer = csv.writer(text)
    if stamped:
        writer.writerows([_inert(words) for words in pair] for pair in (*stamp.lines(), ("Table", exhibit.title)))
        writer.writerow([])
    writer.writerow([_inert(field.label) for field in exhibit.fields])
    for first in range(0, len(exhibit.table), _ROWS_AT_ONCE):
        rows = exhibit.table.iloc[first : first + _ROWS_AT_ONCE]
        writer.writerows(zip(*(_cells(rows[field.name], field.format) for field in exhibit.fields), strict=True))
    text.detach()
    return content.getvalue()


def tables_zip(stamp: Stamped, exhibits: Sequence[Exhibit], page: str, *, stamped: bool) -> bytes:
    """Write exhibits as one ZIP file with a CSV file each, and a text file that says what they are.

    Args:
        stamp: What they say about themselves.
        exhibits: The tables.
        page: The name of the page, in small letters.
        stamped: As for `write_csv`.
    """
    names = [table_name(page, place) for place in range(1, len(exhibits) + 1)]
    listed = [(name, exhibit.title) for name, exhibit in zip(names, exhibits, strict=True)]
    parts = (
        ("About these figures", stamp.lines()),
        ("Tables", listed or [NO_TABLES]),
        ("What the words mean", stamp.words),
    )
    about = "\n\n".join(
        "\n".join([head, *(f"{label}: {plain(text)}" for label, text in pairs)]) for head, pairs in parts
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(ABOUT, f"{about}\n".replace("\n", "\r\n").encode(_ENCODING))
        for name, exhibit in zip(names, exhibits, strict=True):
            archive.writestr(name, write_csv(stamp, exhibit, stamped=stamped))
    return buffer.getvalue()


def table_name(page: str, place: int) -> str:
    """Name the file of a table by its page and its place there: a title may hold words of the data.

    >>> table_name("levels", 2)
    'smartia-levels-02.csv'
    """
    return f"smartia-{page}-{place:02d}.csv"


def _cells(values: pd.Series, kind: Format) -> list[object]:
    if kind is Format.FLAG:
        return ["yes" if value else "" for value in values]
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return list(local_time(values).dt.strftime(_MOMENT).fillna(""))
    if pd.api.types.is_datetime64_dtype(values):
        return list(values.dt.strftime(_DAY if kind is Format.DATE else _MOMENT).fillna(""))
    return [_cell(value) for value in values.tolist()]


def _cell(value: object) -> object:
    if value is None or value is pd.NA or value != value:
        return ""
    return _inert(value) if isinstance(value, str) else value


@lru_cache(maxsize=4096)
def _inert(text: str) -> str:
    # Signs that are blanked here may have hidden an active one behind them.
    clean = plain(text)
    return f"'{clean}" if is_active(clean) else clean
