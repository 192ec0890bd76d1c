"""Tally: the measures of groups of rows in memory, by counting codes.

A group is one whole number, made of the codes of its keys, so that numpy counts all groups in one pass. At a million
rows that takes a tenth of the time of a groupby over several keys.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from smartia.analysis.measures import Measure

_DENSE: Final = 1 << 20
"""Combinations up to which each has its number; beyond, those that occur are numbered."""
_FLAG_VALUES: Final = np.array([None, False, True], dtype="object")
_FLAGS: Final = 1 << 25
"""Pairs of group and value up to which each has a flag of one byte; beyond, they are sorted."""


@dataclass(frozen=True, eq=False)
class _Codes:
    """A column as whole numbers from 0.

    Attributes:
        codes: The number of each row.
        size: How many numbers there may be.
        decode: Gives the values behind numbers, with the column's type.
    """

    codes: NDArray[Any]
    size: int
    decode: Callable[[NDArray[Any]], Any]


def tally(rows: pd.DataFrame, keys: Sequence[str], measures: Mapping[str, Measure]) -> pd.DataFrame:
    """Work out measures of groups of rows.

    Args:
        rows: Any rows; a missing key is a key of its own.
        keys: The columns that make the groups; none for one group of all rows, which is there without rows too.
        measures: Name in the result → measure.

    Returns:
        The keys, with their types, and the measures: one row for every combination of keys that occurs.

    Raises:
        ValueError: The keys have more combinations than a whole number of 64 bits tells apart.
    """
    encoded = [_encode(rows[key]) for key in keys]
    key = _combine(encoded, len(rows))
    groups = _Groups(rows, key.codes, key.size, tuple(m for m in measures.values() if m.kind == "quantile"))
    found = np.flatnonzero(groups.sizes) if keys else np.zeros(1, dtype="int64")
    worked_out = {name: groups.measure(measure)[found] for name, measure in measures.items()}
    places = key.decode(found)
    decoded = {name: code.decode(place) for name, code, place in zip(keys, encoded, places, strict=True)}
    return pd.DataFrame(decoded | worked_out, index=pd.RangeIndex(len(found)))


@dataclass(frozen=True, eq=False)
class _Groups:
    """Rows in groups, which are numbered from 0; not every number need occur. Quantiles are found together."""

    rows: pd.DataFrame
    group: NDArray[Any]
    size: int
    quantiles: tuple[Measure, ...]

    def measure(self, measure: Measure) -> NDArray[Any]:
        """Work out a measure, number by number."""
        if measure.kind == "size":
            return self.sizes
        if measure.kind == "distinct":
            return self._distinct(measure.column)
        if measure.kind == "quantile":
            return self._found_quantiles[measure]
        # float64 holds whole numbers exactly up to 2**53.
        weights = self.rows[measure.column].to_numpy(dtype="float64")
        return np.bincount(self.group, weights=weights, minlength=self.size).astype("int64")

    @cached_property
    def sizes(self) -> NDArray[Any]:
        """The rows of each number."""
        return np.bincount(self.group, minlength=self.size)

    @cached_property
    def _order(self) -> NDArray[Any]:
        """The rows, group by group."""
        narrow = self.group.astype("uint16") if self.size <= 1 << 16 else self.group  # much quicker to sort
        return np.argsort(narrow, kind="stable")

    def _parts(self, values: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
        """The values of each number that occurs."""
        ordered = values if self.size == 1 else values[self._order]
        ends = np.cumsum(self.sizes)
        for number in np.flatnonzero(self.sizes):
            yield int(number), ordered[ends[number] - self.sizes[number] : ends[number]]

    @cached_property
    def _found_quantiles(self) -> dict[Measure, NDArray[Any]]:
        found = {measure: np.full(self.size, np.nan) for measure in self.quantiles}
        for column in {measure.column for measure in found}:
            wanted = [measure for measure in found if measure.column == column]
            for number, part in self._parts(self.rows[column].to_numpy(dtype="float64")):
                # Sorted before, since numpy puts several quantiles of sorted values in their places at once.
                values = np.quantile(np.sort(part), [one.at for one in wanted])
                for measure, value in zip(wanted, values, strict=True):
                    found[measure][number] = value
        return found

    def _distinct(self, column: str) -> NDArray[Any]:
        values = _encode(self.rows[column])
        if self.size * values.size <= _FLAGS:
            flags = np.zeros(self.size * values.size, dtype="bool")
            flags[self.group.astype("int64") * values.size + values.codes] = True
            return _count_rows(flags.reshape(self.size, values.size))
        pairs = np.sort(self.group.astype("int64") * values.size + values.codes)
        is_new = np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]
        return np.bincount(pairs[is_new] // values.size, minlength=self.size)


def _count_rows(flags: NDArray[np.bool_]) -> NDArray[Any]:
    """Count the flags of each row. numpy's own way with an axis takes two to six times as long."""
    if flags.shape[0] <= flags.shape[1]:
        return np.fromiter(map(np.count_nonzero, flags), dtype="int64", count=flags.shape[0])
    counted: NDArray[Any] = flags.view("uint8").sum(axis=1, dtype="int64")
    return counted


def _combine(keys: Sequence[_Codes], n: int) -> _Codes:
    """Number the combinations of keys; what they decode to is the number of each key."""
    sizes = [key.size for key in keys]
    size = math.prod(sizes)
    if not keys:
        return _Codes(np.zeros(n, dtype="int64"), 1, lambda _: ())
    if size > np.iinfo("int64").max:
        raise ValueError("The keys have too many different values to be combined.")
    group = keys[0].codes.astype("int64" if size > np.iinfo("int32").max else "int32")
    for key in keys[1:]:
        group = group * key.size + key.codes
    if size <= _DENSE:
        return _Codes(group, size, lambda found: np.unravel_index(found, sizes))
    numbers, combinations = pd.factorize(group)
    return _Codes(numbers, len(combinations), lambda found: np.unravel_index(combinations[found], sizes))


def _encode(values: pd.Series) -> _Codes:
    """Number the values of a column, from 1 on; 0 stands for missing ones."""
    kind = values.dtype
    if isinstance(kind, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy().astype("int32") + 1
        return _Codes(codes, len(kind.categories) + 1, lambda found: pd.Categorical.from_codes(found - 1, dtype=kind))
    if pd.api.types.is_bool_dtype(kind):
        flags = values.to_numpy(dtype="int8", na_value=-1) if isinstance(kind, pd.BooleanDtype) else values.to_numpy()
        return _Codes(flags.astype("int32") + 1, 3, lambda found: pd.Series(_FLAG_VALUES[found]).astype(kind).array)
    if pd.api.types.is_integer_dtype(kind) and len(values):
        low, high = values.min(), values.max()
        if not pd.isna(low) and int(high) - int(low) < _DENSE:
            first = int(low) - 1
            codes = values.to_numpy(dtype="int64", na_value=first) - first
            return _Codes(
                codes,
                int(high) - first + 1,
                lambda found: pd.Series(np.where(found == 0, np.nan, found + first)).astype(kind).array,
            )
    codes, uniques = pd.factorize(values)
    return _Codes(codes + 1, len(uniques) + 1, lambda found: pd.Series(uniques, dtype=kind).reindex(found - 1).array)
