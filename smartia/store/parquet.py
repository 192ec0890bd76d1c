"""How rows are written as Parquet: to parts that are soon read again, and to the months of a snapshot."""

from typing import BinaryIO, Literal

import pyarrow as pa
import pyarrow.parquet as pq

_HARDLY_REPEATING = {
    "session_id",
    "started_at",
    "ended_at",
    "result_at",
    "duration_s",
    "elapsed_s",
    "username",
    "upn",
    "external_id",
    "full_name",
    "emails",
}


def write_rows(rows: pa.Table, file: BinaryIO, *, compression: Literal["lz4", "zstd"]) -> None:
    """Write rows as Parquet, with a checksum on every page.

    Args:
        rows: Stored columns.
        file: Where to.
        compression: "lz4" for what is soon read and removed again, "zstd" for what stays.
    """
    # Values that hardly repeat make large dictionaries that are thrown away again; statistics are never read.
    repeating = [name for name in rows.column_names if name not in _HARDLY_REPEATING]
    pq.write_table(
        rows,
        file,
        compression=compression,
        use_dictionary=repeating,
        write_statistics=False,
        write_page_checksum=True,
    )
