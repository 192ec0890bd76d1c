"""CSV files that Excel opens as they are meant, with the stamp above the table or in a file of its own."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final, Literal

import pandas as pd

from smartia.export.exhibits import Exhibit, Format
from smartia.export.inert import inert
from smartia.table.calendar import LONDON

if TYPE_CHECKING:
    from smartia.export.stamp import Stamp

BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""The mark by which Excel knows that a file is UTF-8."""


def write_csv(stamp: Stamp, exhibit: Exhibit, *, stamped: Literal["above", "apart"] = "apart") -> bytes:
    """Write one exhibit as CSV (RFC 4180, UTF-8 with a byte order mark).

    Shares are numbers from 0 to 1, dates are 2026-01-31, times 2026-01-31 14:05 in UK time, missing values empty.
    Texts that a spreadsheet program might compute get an apostrophe in front.

    Args:
        stamp: What it is.
        exhibit: The table.
        stamped: Whether the stamp stands in rows above the table, or is left to `write_stamp`, so that the first row
            holds the names of the columns.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    if stamped == "above":
        writer.writerows([inert(label), inert(text)] for label, text in stamp.lines())
        writer.writerow([])
    writer.writerow([inert(field.label) for field in exhibit.fields])
    columns = [[_spell(value, field.format) for value in exhibit.table[field.name]] for field in exhibit.fields]
    writer.writerows(zip(*columns, strict=True))
    return (BOM + buffer.getvalue()).encode()


def write_stamp(stamp: Stamp) -> bytes:
    """Write the stamp as a text file that lies beside a CSV file."""
    lines = [f"{label}: {text}" for label, text in stamp.lines()]
    return (BOM + "\r\n".join(lines) + "\r\n").encode()


def _spell(value: object, kind: Format) -> str:
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return ""
    if kind is Format.FLAG:
        return "yes" if value else ""
    if isinstance(value, pd.Timestamp):
        if value.tzinfo is not None:
            return f"{value.tz_convert(LONDON):%Y-%m-%d %H:%M}"
        return f"{value:%Y-%m-%d}"
    return inert(value) if isinstance(value, str) else str(value)
