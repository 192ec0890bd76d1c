"""The counted sessions as a file: one row each, with the columns of the data dictionary, for other programs."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Final, Literal, get_args

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from smartia.export.delimited import CSV_TYPE, write_csv
from smartia.export.exhibits import Exhibit, Field, Format
from smartia.export.workbook import LONGEST_TABLE, XLSX_TYPE, write_workbook
from smartia.table.calendar import LONDON
from smartia.table.columns import COLUMNS, HELPERS, SENT, Column, Kind

if TYPE_CHECKING:
    from smartia.export.stamp import Stamped

FileKind = Literal["xlsx", "csv", "parquet"]
FILE_KINDS: Final[tuple[FileKind, ...]] = get_args(FileKind)
MIME_TYPES: Final[dict[FileKind, str]] = {
    "xlsx": XLSX_TYPE,
    "csv": CSV_TYPE,
    "parquet": "application/vnd.apache.parquet",
}
NAMED: Final = ("term", "test_version", "sitting")
"""Columns beside those of the data dictionary: what the app's filters and charts name."""
IDENTITIES: Final = tuple(column.name for column in SENT if column.personal and column.name != "date_of_birth")
"""What tells who a learner is. Dates of birth are none of it: smartia shows them nowhere, and the age is there."""
STAMP_KEY: Final = b"smartia"
"""Where the metadata of a Parquet file hold the stamp, as a JSON object."""

_FORMATS: Final = {
    Kind.TEXT: Format.TEXT,
    Kind.CATEGORY: Format.TEXT,
    Kind.INSTANT: Format.MOMENT,
    Kind.DATE: Format.DATE,
    Kind.SECONDS: Format.NUMBER,
    Kind.INTEGER: Format.COUNT,
}


def session_columns(*, with_identities: bool) -> tuple[Column, ...]:
    """The columns of the file, in order.

    Args:
        with_identities: Whether `IDENTITIES` are among them; other personal columns never are.
    """
    own = [column for column in COLUMNS if not column.personal or (with_identities and column.name in IDENTITIES)]
    return (*own, *(column for column in HELPERS if column.name in NAMED))


def sessions_table(frame: pd.DataFrame, people: pd.DataFrame | None) -> pd.DataFrame:
    """Make the table of the file.

    Args:
        frame: The sessions that count: rows of an analysis frame.
        people: `IDENTITIES` of these rows, with their labels; None for a file that says nothing of who they are.

    Returns:
        The columns of `session_columns`. No code of a learner is among them.
    """
    columns = session_columns(with_identities=people is not None)
    whole = frame if people is None else frame.assign(**{name: people[name] for name in IDENTITIES})
    return whole[[column.name for column in columns]]


def too_long(rows: int, kind: FileKind) -> bool:
    """Whether a format cannot hold so many rows: a sheet of Excel ends at 1,048,576."""
    return kind == "xlsx" and rows > LONGEST_TABLE


def write_sessions(kind: FileKind, stamp: Stamped, table: pd.DataFrame) -> bytes:
    """Write a table of sessions.

    Args:
        kind: The format. XLSX has the stamp on its first sheet and Parquet in its metadata; CSV is the bare table with
            the names in its first row, as other programs read it.
        stamp: What the file says about itself.
        table: A result of `sessions_table`.

    Returns:
        The file. Dates are dates; times are in UK time, in Parquet as instants with the zone Europe/London, which
        the other formats cannot hold.

    Raises:
        ValueError: The format cannot hold so many rows.
    """
    if too_long(len(table), kind):
        raise ValueError(f"a sheet holds no {len(table)} rows")
    if kind == "parquet":
        return _write_parquet(stamp, table)
    kinds = {column.name: _FORMATS[column.kind] for column in (*COLUMNS, *HELPERS)}
    exhibit = Exhibit("Sessions counted", table, tuple(Field(name, name, kinds[name]) for name in map(str, table)))
    return write_csv(stamp, exhibit, stamped=False) if kind == "csv" else write_workbook(stamp, [exhibit])


def _write_parquet(stamp: Stamped, table: pd.DataFrame) -> bytes:
    kinds = {column.name: column.kind for column in (*COLUMNS, *HELPERS)}
    data = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(
        {STAMP_KEY: json.dumps(dict(stamp.lines()), ensure_ascii=False).encode()}
    )
    types = {Kind.INSTANT: pa.timestamp("us", tz=str(LONDON)), Kind.DATE: pa.date32()}
    schema = pa.schema([field.with_type(types.get(kinds[field.name], field.type)) for field in data.schema])
    buffer = io.BytesIO()
    pq.write_table(data.cast(schema.with_metadata(data.schema.metadata)), buffer, compression="zstd")
    return buffer.getvalue()
