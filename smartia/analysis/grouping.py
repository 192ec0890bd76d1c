"""Group and count: the one place where a frame of any engine becomes a small pandas table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
import pandas as pd

from smartia.analysis.measures import SIZE, sums
from smartia.analysis.tally import tally
from smartia.table.collected import as_declared, small_table
from smartia.table.levels import UNREADABLE
from smartia.table.picked import in_memory
from smartia.table.picking import pick_rows

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from narwhals.typing import IntoFrame, IntoFrameT

    from smartia.analysis.measures import Measure

ALL: Final = "All"
"""The label of the one group when nothing is grouped by."""

NOT_RECORDED: Final = "not recorded"
"""The label of the group whose key is missing; it always comes last."""


def aggregate(
    frame: IntoFrame,
    by: str | None,
    measures: Mapping[str, Measure],
    *,
    keys: Mapping[str, nw.Expr] | None = None,
    columns: Mapping[str, nw.Expr] | None = None,
) -> pd.DataFrame:
    """Aggregate sessions by one grouping column, and by further keys, and collect the small result.

    Only the columns named are read. Rows with missing keys are kept as keys of their own.

    Args:
        frame: Sessions, in any frame narwhals reads.
        by: The grouping column, or None for the whole.
        measures: What is worked out: name in the result → measure of the columns named below.
        keys: Further keys: name in the result → row-wise expression over the frame's columns.
        columns: What is measured: name → row-wise expression over the frame's columns.

    Returns:
        The keys, the measures, and `group`: an ordered categorical of text labels in natural order, without
        unused categories, unless a further key has that name. Without `by` and `keys` it is one row, even for a frame
        without rows.
    """
    every_key = ({} if by is None else {"group": nw.col(by)}) | dict(keys or {})
    names = list(every_key)
    if (rows := in_memory(frame)) is not None:
        table = tally(rows, every_key, columns or {}, measures)
    else:
        whole = nw.from_native(frame)
        made = every_key | dict(columns or {})
        chosen = whole.select(*(expression.alias(name) for name, expression in made.items())) if made else whole
        table = _collect(chosen.lazy(), names, measures)
        columns_of = {name: by if name == "group" and by else name for name in names}
        table = table.assign(**{name: as_declared(table[name], column) for name, column in columns_of.items()})
    if by is None:
        if "group" in names:  # the reader's own groups, as a further key
            return table
        table["group"] = pd.Categorical.from_codes(np.zeros(len(table), dtype="int8"), pd.Index([ALL]), ordered=True)
        return table
    missing = UNREADABLE if by == "level_whole" else NOT_RECORDED
    table["group"] = label_keys(table["group"], missing)
    return table


def _collect(rows: nw.LazyFrame[Any], names: Sequence[str], measures: Mapping[str, Measure]) -> pd.DataFrame:
    values = [measure.expression.alias(name) for name, measure in measures.items()]
    found = rows.group_by(*names).agg(*values) if names else rows.select(*values)
    table = small_table(found)
    # The sum of no rows is missing in SQL.
    counted = {name: "int64" for name, measure in measures.items() if measure.kind != "quantile"}
    return table.fillna(dict.fromkeys(counted, 0)).astype(counted)


def add_up(counted: pd.DataFrame, by: str | None, keys: Sequence[str], counts: Sequence[str]) -> pd.DataFrame:
    """Add up what `aggregate` has counted by further keys than are wanted.

    Args:
        counted: A result of `aggregate`, perhaps with further columns of counts.
        by: What it was counted by.
        keys: The keys that are wanted.
        counts: The columns that are added up.

    Returns:
        The keys, `group` with its labels in their order, and the counts, as `aggregate` gives them.
    """
    again = {name: nw.col(name) for name in keys} | ({} if by is None else {"label": nw.col("group")})
    table = aggregate(counted, None, sums(*counts), keys=again, columns={name: nw.col(name) for name in counts})
    return table if by is None else table.drop(columns="group").rename(columns={"label": "group"})


def label_keys(keys: pd.Series, missing: str = NOT_RECORDED) -> pd.Categorical[Any]:
    """Turn keys into text labels in their natural order.

    Args:
        keys: Categories, texts or numbers; may hold missing values.
        missing: The label of missing keys.

    Returns:
        An ordered categorical of the labels that occur: ordered categories in their order, texts
        alphabetically without regard to case, numbers by size; missing keys last.
    """
    if pd.api.types.is_float_dtype(keys.dtype):
        keys = keys.convert_dtypes()  # whole numbers, where they are
    codes, uniques = pd.factorize(keys)
    occurring = list(uniques)
    if isinstance(keys.dtype, pd.CategoricalDtype) and keys.dtype.ordered:
        held = set(occurring)
        values = [value for value in keys.dtype.categories if value in held]
    else:
        values = sorted(occurring, key=lambda value: value.casefold() if isinstance(value, str) else value)
    # A real value that reads like the label of missing ones is put in quotes: groups never merge.
    label_of = {value: f"“{value}”" if str(value) == missing else str(value) for value in values}
    order = [*label_of.values(), *([missing] if (codes < 0).any() else [])]
    place = {label: number for number, label in enumerate(order)}
    places = np.array([*(place[label_of[value]] for value in occurring), len(values)])
    return pd.Categorical.from_codes(places[codes], dtype=pd.CategoricalDtype(order, ordered=True))


def values_held(frame: IntoFrame, by: str) -> list[str]:
    """List the values of a column that some row has, as text in their natural order; missing ones are left out.

    Args:
        frame: Any rows.
        by: The column.
    """
    found = aggregate(frame, None, {"n": SIZE}, keys={by: nw.col(by)})
    return list(label_keys(found[by].dropna()).categories)


def values_offered(frame: IntoFrame, by: str) -> list[str]:
    """List the values that a column can have, as text: those of its closed set, or else those that some row has.

    Args:
        frame: An analysis frame before any filter.
        by: A column of texts.
    """
    if (rows := in_memory(frame)) is not None:
        return [str(value) for value in rows.column(by).cat.categories]
    found = aggregate(frame, None, {"n": SIZE}, keys={by: nw.col(by)})[by]
    return [str(value) for value in as_declared(found, by).cat.categories]


def rows_with(frame: IntoFrameT, by: str, *values: str | int) -> IntoFrameT:
    """Keep the rows that have one of some values in a column.

    Args:
        frame: Any rows.
        by: A column of texts or whole numbers.
        values: The values.
    """
    return pick_rows(frame, {by: values})


def group_axis(table: pd.DataFrame) -> pd.DataFrame:
    """List the groups of an aggregated table, in order, as one axis for `complete`.

    Args:
        table: A result of `aggregate`.

    Returns:
        One column, `group` (text).
    """
    return pd.DataFrame({"group": table["group"].cat.categories.astype("str")})


def complete(table: pd.DataFrame, *axes: pd.DataFrame, counts: Sequence[str]) -> pd.DataFrame:
    """Give a table one row for every combination of its axes, so that it is rectangular and in order.

    Args:
        table: Counts, with at least one column of every axis among its own; at most one row a combination.
        axes: Small tables of distinct rows, slowest first: their order is the order of the result.
        counts: Columns holding counts: 0 where a combination did not occur, and whole numbers always.

    Returns:
        The columns of the axes, then the other columns of `table` (missing where nothing was counted).

    Raises:
        ValueError: The table has several rows of one combination.
    """
    sizes = [len(axis) for axis in axes]
    place, is_on_axes = np.zeros(len(table), dtype="int64"), np.ones(len(table), dtype="bool")
    columns: dict[str, Any] = {}
    for number, axis in enumerate(axes):
        shared = [name for name in axis.columns if name in table.columns]
        places = {key: at for at, key in enumerate(_keys(axis, shared))}
        found = np.array([places.get(key, -1) for key in _keys(table, shared)], dtype="int64")
        place, is_on_axes = place * sizes[number] + found, is_on_axes & (found >= 0)
        across = np.repeat(np.arange(sizes[number]), math.prod(sizes[number + 1 :]))
        whole = np.tile(across, math.prod(sizes[:number]))
        columns |= {name: axis[name].array.take(whole) for name in axis.columns}
    rows = np.full(math.prod(sizes), -1)
    rows[place[is_on_axes]] = np.flatnonzero(is_on_axes)
    if np.count_nonzero(rows >= 0) < np.count_nonzero(is_on_axes):
        raise ValueError("A combination of the axes has several rows.")
    is_counted = rows >= 0
    for name in [name for name in table.columns if name not in columns]:
        if name in counts:
            columns[name] = np.zeros(len(rows), dtype="int64")
            columns[name][is_counted] = table[name].to_numpy(dtype="int64", na_value=0)[rows[is_counted]]
        else:
            columns[name] = table[name].array.take(rows, allow_fill=True)
    return pd.DataFrame(columns)


def _keys(table: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[Hashable, ...]]:
    """The values of some columns, row by row."""
    return zip(*(table[name].tolist() for name in names), strict=True)


def flag(condition: nw.Expr) -> nw.Expr:
    """Make a condition summable: 1 where it holds, 0 where it does not or where a value is missing.

    Args:
        condition: A Boolean expression.

    Returns:
        An integer expression.
    """
    return condition.fill_null(value=False).cast(nw.Int64)
