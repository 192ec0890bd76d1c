"""From a frame of any engine to pandas, with the types that the analysis frame has there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from smartia.table.columns import ANALYSIS
from smartia.table.labels import GROUP, NO_GROUP, NOT_LISTED
from smartia.table.picked import in_memory, names_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.typing import IntoFrame

PLACE: Final = "place"
"""The number of a session's row over the whole snapshot: a column where frames have no labels, the label in pandas."""
AnyFrame: TypeAlias = Any
"""A frame of any engine that narwhals reads, where which one it is cannot be told by the types."""
_COLUMNS: Final = {column.name: column for column in ANALYSIS}
_WHOLE_NUMBERS: Final = {pa.int16(): pd.Int16Dtype()}
_ROWS_AT_ONCE: Final = 200_000


def as_declared(values: pd.Series, name: str) -> pd.Series:
    """Give values the type that a column of the analysis frame has in pandas.

    Engines other than pandas know neither categoricals nor their order: what they hand out of a column, be it rows or
    the keys of groups, is plain text.

    Args:
        values: Values of a column, or keys by it.
        name: The column; one that the analysis frame has not is left as it is, but for the groups of a list: they are
            in alphabetical order without regard to case, and who is in none of them comes last.
    """
    if name == GROUP:
        found = sorted(
            {str(value) for value in values.dropna()}, key=lambda text: (_place_of(text), text.casefold(), text)
        )
        return values.astype(pd.CategoricalDtype(found, ordered=True))
    column = _COLUMNS.get(name)
    return values if column is None else column.as_pandas(values)


def _place_of(group: str) -> int:
    return (NO_GROUP, NOT_LISTED).index(group) if group in {NO_GROUP, NOT_LISTED} else -1


def small_table(rows: nw.LazyFrame[Any]) -> pd.DataFrame:
    """Fetch a small result, with plain types: texts, not categoricals.

    Args:
        rows: The result, not worked out yet.
    """
    # By Arrow, since Spark's own way to pandas does not know pandas 3.
    table: pd.DataFrame = rows.collect(backend="pyarrow").to_native().to_pandas()
    return table


def collected(frame: IntoFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Fetch columns of sessions into pandas; the memory needed is that of these columns.

    Args:
        frame: Some of the analysis frame, in any engine; further columns, such as flags, are fetched as they are.
        columns: Which columns.

    Returns:
        The columns, with the types of the analysis frame, the sessions in its order and labelled by their places.
    """
    if (held := in_memory(frame)) is not None:
        return held.table(columns)
    lazy = nw.from_native(frame).lazy()
    table = _codes_for_texts(lazy.select(*dict.fromkeys([PLACE, *columns])))
    # Column by column, each let go when it has been turned; whole numbers with missing values not by way of floats.
    rows = table.to_pandas(split_blocks=True, self_destruct=True, types_mapper=_WHOLE_NUMBERS.get)
    del table
    rows = rows.set_index(PLACE, drop=PLACE not in columns).rename_axis(None)
    if not rows.index.is_monotonic_increasing:
        rows = rows.sort_index()
    return pd.DataFrame({name: as_declared(rows[name], name) for name in columns}, index=rows.index)


def in_pandas(frame: IntoFrame) -> pd.DataFrame:
    """Fetch all columns of sessions into pandas.

    Args:
        frame: Some of the analysis frame, in any engine.

    Returns:
        As `collected`; a frame of pandas is given back as it is.
    """
    if isinstance(frame, pd.DataFrame):
        return frame
    return collected(frame, columns_of(frame))


def columns_of(frame: IntoFrame) -> list[str]:
    """List the columns of some sessions, without that of their places.

    Args:
        frame: Some of the analysis frame, in any engine.
    """
    return [name for name in names_in(frame) if name != PLACE]


def at_places(frame: IntoFrame, places: Sequence[int]) -> pd.DataFrame:
    """Fetch all columns of the sessions at some places into pandas.

    Args:
        frame: Some of the analysis frame, in any engine.
        places: The places of sessions that the frame has; in pandas, their labels.

    Returns:
        As `collected`, a row for every place, in their order.
    """
    wanted = [int(place) for place in places]
    if (held := in_memory(frame)) is not None:
        return held.pick(held.numbers_of(wanted)).table(held.columns)
    rows = nw.from_native(frame).lazy().filter(nw.col(PLACE).is_in(wanted))
    return in_pandas(rows.to_native()).loc[wanted]


def newest(frame: IntoFrame, columns: Sequence[str], limit: int) -> pd.DataFrame:
    """Fetch columns of the sessions that ended last.

    Args:
        frame: Sessions with `ended_at`, in any engine.
        columns: Which columns.
        limit: How many sessions at most.

    Returns:
        As `collected`, but the newest first; of those that ended at the same instant the first in the frame first.
    """
    if (held := in_memory(frame)) is not None:
        latest = np.argsort(-held.column("ended_at").astype("int64").to_numpy(), kind="stable")[:limit]
        return held.pick(latest).table(columns)
    order = ["ended_at", PLACE]
    last = nw.from_native(frame).lazy().sort(*order, descending=[True, False]).head(limit)
    found = collected(last.to_native(), [*dict.fromkeys([*columns, "ended_at"])])
    return found.sort_values("ended_at", ascending=False, kind="stable")[list(columns)]


def newest_places(frame: IntoFrame, limit: int) -> list[int]:
    """Find the places of the sessions that ended last; the later a session ended the higher its place.

    Args:
        frame: Some of the analysis frame, in any engine, in pandas in its order.
        limit: How many sessions at most.

    Returns:
        Their places, ascending.
    """
    if (held := in_memory(frame)) is not None:
        return held.index[-limit:].tolist()
    rows = nw.from_native(frame).lazy().select(PLACE).sort(PLACE, descending=True).head(limit)
    return sorted(int(place) for place in small_table(rows)[PLACE])


def last_of_each(frame: IntoFrame, key: str, columns: Sequence[str]) -> pd.DataFrame:
    """Fetch columns of the last session of each value of a column.

    Args:
        frame: Sessions, in any engine; pandas' in order.
        key: The column.
        columns: Which columns.

    Returns:
        As `collected`.
    """
    if (held := in_memory(frame)) is not None:
        is_last = ~held.column(key).duplicated(keep="last").to_numpy()
        return held.pick(np.flatnonzero(is_last)).table(columns)
    rows = nw.from_native(frame).lazy().select(*dict.fromkeys([PLACE, key, *columns]))
    return collected(rows.unique([key], keep="last", order_by=[PLACE]).to_native(), columns)


def _codes_for_texts(rows: nw.LazyFrame[Any]) -> pa.Table:
    """Fetch rows with codes for texts; from DuckDB some at a time, so that the texts are never there together."""
    if rows.implementation.is_duckdb():
        batches = cast("Any", rows.to_native()).to_arrow_reader(_ROWS_AT_ONCE)
        parts = [_coded(pa.Table.from_batches([batch])) for batch in batches]
        return pa.concat_tables([_coded(batches.schema.empty_table()), *parts]).unify_dictionaries()
    return _coded(rows.collect(backend="pyarrow").to_native())


def _coded(table: pa.Table) -> pa.Table:
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            column = table[field.name].cast(pa.string()).combine_chunks().dictionary_encode()
            table = table.set_column(place, field.name, column)
    return table
