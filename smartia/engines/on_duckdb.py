"""DuckDB: the analysis frame in a file of its own beside the snapshot, read column by column.

The file is made once a snapshot, by DuckDB itself, with at most `MEMORY_LIMIT` of memory. It holds the columns of the
analysis frame and nothing that identifies a learner. DuckDB reaches no file but those of its own two folders, no
network, and loads no extension.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import duckdb
import filelock
import pyarrow as pa

from smartia.engines.counting import counted_sql, references_sql, sessions_sql
from smartia.engines.kept_frame import KEPT
from smartia.engines.stored_rows import ROWS_SCHEMA, month_places, rows_of, seen_in_month
from smartia.errors import CacheUnwritableError
from smartia.store.files import FRAMES, SPILL, make_private_folder
from smartia.table.collected import PLACE
from smartia.table.columns import ANALYSIS, Kind
from smartia.table.names import names_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from smartia.store.snapshot import Snapshot

MEMORY_LIMIT: Final = "1GB"
"""What DuckDB may take of the memory; beyond that it works with files of its own."""
_VERSION: Final = 1
"""Of what the file holds: another version of smartia makes another file."""
_NOT_OURS: Final = {".lock", KEPT}
_TEXTS: Final = [column.name for column in ANALYSIS if column.kind is Kind.CATEGORY]
_VALUES: Final = "SELECT DISTINCT {column} FROM given.stored WHERE {column} IS NOT NULL ORDER BY {column}"
_LOCKED_DOWN: Final = (
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class DuckDBFrame:
    """The analysis frame of a snapshot, as relations of DuckDB. May be used by several threads.

    Args:
        file: The file that `make_file` made.
    """

    def __init__(self, file: Path) -> None:
        self._connection = _connect(file.parent)
        self._connection.execute(f"ATTACH '{_quoted(file)}' AS made (READ_ONLY)")

    def frame(self) -> duckdb.DuckDBPyRelation:
        """Give the frame, to be used by one thread: each session is a row, in no order but that of `place`."""
        # Threads must not share a connection; its copies share the file and the memory.
        return self._connection.cursor().table("made.sessions")

    def frame_with(self, learners: pd.DataFrame) -> duckdb.DuckDBPyRelation:
        """Give the frame with further columns that are the same in all sessions of a learner.

        Args:
            learners: One row a learner: `learner` and the further columns; those of a learner without a row are
                missing.
        """
        cursor = self._connection.cursor()
        further = cursor.from_arrow(pa.Table.from_pandas(_plain(learners), preserve_index=False))
        return cursor.table("made.sessions").join(further, "learner", how="left")

    def close(self) -> None:
        """Let the file go; no relation can be read afterwards."""
        self._connection.close()


def make_file(snapshot: Snapshot, account_folder: Path) -> Path:
    """Make the file of a snapshot, unless it is there, and remove those of others.

    Args:
        snapshot: The snapshot.
        account_folder: The account's private folder.

    Returns:
        The file.

    Raises:
        SnapshotUnreadableError: A file of the snapshot is damaged, or a newer refresh has replaced it.
        CacheUnwritableError: The file cannot be written.
    """
    folder = account_folder / FRAMES
    file = folder / f"{snapshot.manifest.snapshot_id}-{_VERSION}.duckdb"
    make_private_folder(folder)
    with filelock.FileLock(folder / "make.lock", mode=0o600):
        if not _is_whole(file):
            _clear(account_folder, keep=None)
            _make(snapshot, file)
        _clear(account_folder, keep=file)
    return file


def _make(snapshot: Snapshot, file: Path) -> None:
    rows, counted = file.with_name("rows.tmp"), file.with_name("sessions.tmp")
    places = month_places(snapshot)
    names = names_of(seen_in_month(snapshot, month) for month in places)
    batches = (batch for month, first in places.items() for batch in rows_of(snapshot, month, first, names))
    try:
        with _unwritable(), _connect(file.parent, keeps_order=False) as connection:
            connection.execute(f"ATTACH '{_quoted(rows)}' AS given")
            connection.execute(f"ATTACH '{_quoted(counted)}' AS made")
            connection.from_arrow(pa.RecordBatchReader.from_batches(ROWS_SCHEMA, batches)).create("given.stored")
            connection.execute(f"CREATE TABLE given.counted AS {counted_sql('given.stored')}")
            connection.execute(f"CREATE TABLE given.medians AS {references_sql('given.stored')}")
            sessions = sessions_sql("given.stored", "given.counted", "given.medians")
            casts = ", ".join(f"CAST({name} AS made.{_enum(connection, name)}) AS {name}" for name in _TEXTS)
            connection.execute(
                f"CREATE TABLE made.sessions AS FROM ({sessions}) SELECT * REPLACE ({casts}) ORDER BY {PLACE}"
            )
            connection.execute("DETACH made")
        counted.chmod(0o600)
        counted.replace(file)
    finally:
        for made in (rows, counted):
            made.unlink(missing_ok=True)


def _enum(connection: duckdb.DuckDBPyConnection, column: str) -> str:
    """Make a type of the values of a column, by which it is kept and grouped as codes; gives its name."""
    name = f"{column}_values"
    connection.execute(f"CREATE TYPE made.{name} AS ENUM ({_VALUES.format(column=column)})")
    return name


def _is_whole(file: Path) -> bool:
    """Whether the file is there and opens; one that does not is made again."""
    if not file.exists():
        return False
    with suppress(duckdb.Error), _connect(file.parent) as connection:
        connection.execute(f"ATTACH '{_quoted(file)}' AS made (READ_ONLY)")
        return True
    return False


def _connect(folder: Path, *, keeps_order: bool = True) -> duckdb.DuckDBPyConnection:
    """Open an empty DuckDB in memory that reaches the files in a folder, and those that it makes for itself.

    Args:
        folder: The folder.
        keeps_order: Whether rows keep their order where nobody asks for another; takes memory while many are written.
    """
    spill = folder.with_name(f"{SPILL}{secrets.token_hex(4)}")
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(spill),
            "preserve_insertion_order": str(keeps_order).lower(),
            "allow_community_extensions": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
        },
    )
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute(f"SET GLOBAL allowed_directories = ['{_quoted(folder)}']")
    for statement in _LOCKED_DOWN:
        connection.execute(statement)
    return connection


def _clear(account_folder: Path, keep: Path | None) -> None:
    """Remove what DuckDB has made of other snapshots, so that nothing erased stays, and what a kill has left."""
    for path in (account_folder / FRAMES).iterdir():
        if path != keep and path.suffix not in _NOT_OURS:
            with suppress(PermissionError):  # Windows, while somebody reads it: gone next time.
                path.unlink()
    for spill in account_folder.glob(f"{SPILL}*"):
        shutil.rmtree(spill, ignore_errors=True)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Turn categoricals into texts."""
    return table.astype({name: "str" for name in table.columns if table[name].dtype == "category"})


@contextmanager
def _unwritable() -> Iterator[None]:
    """Turn what DuckDB says against writing into an error that says what to do."""
    try:
        yield
    except duckdb.IOException as error:
        raise CacheUnwritableError.from_os_error(OSError(0, "DuckDB could not write its file")) from error


def _quoted(path: Path) -> str:
    return os.fspath(path).replace("'", "''")
