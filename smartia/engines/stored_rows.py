"""The rows that an engine is given: of each session what depends on no other one, month by month."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from smartia.table.collected import PLACE
from smartia.table.columns import ANALYSIS, Kind
from smartia.table.frames import AMONG_OTHERS, ANALYSIS_STORED, NAMING_STORED, own_columns, to_be_named
from smartia.table.names import Names, Seen, seen_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smartia.store.snapshot import Snapshot

_TEXT: Final = pa.string()
_OWN: Final = [column for column in ANALYSIS if column.name not in AMONG_OTHERS]
ROWS_SCHEMA: Final = pa.schema(
    [
        pa.field(PLACE, pa.int64()),
        pa.field("user_id", _TEXT),
        *(pa.field(column.name, _TEXT if column.kind is Kind.CATEGORY else column.arrow_type) for column in _OWN),
    ]
)
"""What `rows_of` gives. Texts are plain: no engine but pandas knows categoricals with an order."""
_ROWS_AT_ONCE: Final = 100_000


def month_places(snapshot: Snapshot) -> dict[str, int]:
    """Say for each month, in order, at which place its rows begin."""
    months = sorted(snapshot.manifest.months)
    sizes = [snapshot.manifest.months[month].rows for month in months]
    return dict(zip(months, accumulate(sizes, initial=0), strict=False))


def seen_in_month(snapshot: Snapshot, month: str) -> Seen:
    """Find what there is to be named in a month.

    Raises:
        SnapshotUnreadableError: The month is damaged, or a newer refresh has replaced it.
    """
    return seen_in(to_be_named(snapshot.read_month(month, NAMING_STORED, as_codes=True)))


def rows_of(snapshot: Snapshot, month: str, first_place: int, names: Names) -> Iterator[pa.RecordBatch]:
    """Give the rows of a month, with `ROWS_SCHEMA`, in order and some at a time.

    Args:
        snapshot: The snapshot.
        month: Which month.
        first_place: The place of its first row.
        names: What things are called, by all sessions.

    Raises:
        SnapshotUnreadableError: The month is damaged, or a newer refresh has replaced it.
    """
    stored = snapshot.read_month(month, ANALYSIS_STORED, as_codes=True)
    for start in range(0, stored.num_rows, _ROWS_AT_ONCE):
        own = own_columns(stored.slice(start, _ROWS_AT_ONCE), names)
        columns = [pa.array(np.arange(len(own)) + first_place + start)]
        columns += [pa.Array.from_pandas(own[field.name]).cast(field.type) for field in list(ROWS_SCHEMA)[1:]]
        yield pa.RecordBatch.from_arrays(columns, schema=ROWS_SCHEMA)
