"""Linked counts: a frame counted in all combinations of some columns, with every sum that ties the counts together.

Tables of one frame are not apart from each other: the row "All" of one is the sum of the rows of another. Whoever sees
several of them can add and subtract, so what may be shown has to be decided for all of them together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from smartia.analysis.grouping import NOT_RECORDED, label_keys
from smartia.table.levels import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

Key = tuple[str | None, ...]
"""Which rows a count counts: a value for every column, or None for all values of it."""


@dataclass(frozen=True)
class Line:
    """One sum: the count at `total` is that of the counts at `parts`, all as positions."""

    total: int
    parts: tuple[int, ...]


@dataclass(frozen=True)
class LinkedCounts:
    """Counts, and the sums that tie them together.

    Attributes:
        columns: The columns counted by; the last one is what shares are given of.
        labels: The values of each column, in order, as text.
        keys: Which rows each count counts.
        counts: How many rows that is.
        lines: Every sum among the counts.
        sums: Column → names of further sums of its values; each stands in keys as a value of the column does.
    """

    columns: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]
    keys: tuple[Key, ...]
    counts: NDArray[np.int64]
    lines: tuple[Line, ...]
    sums: Mapping[str, tuple[str, ...]]

    @cached_property
    def positions(self) -> dict[Key, int]:
        """Where the count of a key stands."""
        return {key: place for place, key in enumerate(self.keys)}

    def key(self, values: Mapping[str, str]) -> Key:
        """Name the count of the rows with these values, whatever they have in the other columns.

        Args:
            values: Column → value.
        """
        return tuple(values.get(column) for column in self.columns)


def count_linked(
    frame: pd.DataFrame,
    breakdowns: Sequence[Sequence[str]],
    sums: Mapping[str, Mapping[str, Collection[str]]] | None = None,
) -> LinkedCounts:
    """Count rows in every combination of columns that is asked for, with all totals.

    Args:
        frame: The rows. A missing value is a value of its own: "Not readable" of a level, else "not recorded".
        breakdowns: Each some columns to be counted by at the same time; all end with the same column, the one whose
            values shares are given of. Counts that two of them share, such as those by the columns that both have,
            are there once, so that they tie the two together.
        sums: Column → names of further sums → the values that they add up.

    Returns:
        For each breakdown the counts of all combinations of the values that occur and of "all of them", zeros too.
    """
    filters = [column for names in breakdowns for column in names[:-1]]
    columns = tuple(dict.fromkeys([*filters, *(names[-1] for names in breakdowns)]))
    groups = {
        column: label_keys(frame[column], UNREADABLE if column == "level_whole" else NOT_RECORDED) for column in columns
    }
    labels = {column: tuple(str(value) for value in group.categories) for column, group in groups.items()}
    further = {column: _members(labels[column], (sums or {}).get(column, {})) for column in columns}
    positions: dict[Key, int] = {}
    counts: list[int] = []
    lines: dict[Line, None] = {}
    for names in breakdowns:
        table = _with_totals(
            [np.asarray(groups[name].codes, dtype=np.int64) for name in names],
            [len(labels[name]) for name in names],
            [list(further[name].values()) for name in names],
        )
        places = np.empty(table.shape, dtype=np.int64)
        axes = [[*labels[name], *further[name], None] for name in names]
        for index in product(*(range(len(axis)) for axis in axes)):
            values = {name: axis[at] for name, axis, at in zip(names, axes, index, strict=True)}
            key = tuple(values.get(column) for column in columns)
            if key not in positions:
                positions[key] = len(counts)
                counts.append(int(table[index]))
            places[index] = positions[key]
        for axis, name in enumerate(names):
            size = len(labels[name])
            adds = {-1: list(range(size))} | {size + at: members for at, members in enumerate(further[name].values())}
            for run in np.moveaxis(places, axis, -1).reshape(-1, places.shape[axis]).tolist():
                for total, members in adds.items():
                    lines[Line(run[total], tuple(run[member] for member in members))] = None
    named = {column: tuple(members) for column, members in further.items()}
    return LinkedCounts(columns, labels, tuple(positions), np.array(counts, dtype=np.int64), tuple(lines), named)


def _members(labels: Sequence[str], sums: Mapping[str, Collection[str]]) -> dict[str, list[int]]:
    """Say at which places of the labels the values of each sum stand."""
    return {name: [at for at, label in enumerate(labels) if label in values] for name, values in sums.items()}


def _with_totals(
    codes: Sequence[NDArray[np.int64]], sizes: Sequence[int], sums: Sequence[Sequence[list[int]]]
) -> NDArray[np.int64]:
    """Count combinations of codes; behind the values of each axis come its further sums, and last its total."""
    flat = np.ravel_multi_index(tuple(codes), tuple(sizes)) if 0 not in sizes else np.empty(0, dtype=np.int64)
    table = np.bincount(flat, minlength=int(np.prod(sizes))).reshape(tuple(sizes)).astype(np.int64)
    for axis, members in enumerate(sums):
        parts = [table.take(places, axis=axis) for places in members]
        added = [part.sum(axis=axis, keepdims=True) for part in (*parts, table)]
        table = np.concatenate([table, *added], axis=axis)
    return table
