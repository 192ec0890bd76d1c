"""Codes: the values of columns, and their combinations, as whole numbers from 0, which numpy counts in one pass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

_DENSE: Final = 1 << 20
"""Combinations up to which each has its number; beyond, those that occur are numbered."""
_FLAG_VALUES: Final = np.array([None, False, True], dtype="object")


@dataclass(frozen=True, eq=False)
class Codes:
    """The combinations of the values of columns, as whole numbers from 0; a missing value is a value of its own.

    Attributes:
        codes: The number of each row.
        size: How many numbers there may be.
        decode: Gives, for numbers, the values behind them: an array for each column, with the column's type.
    """

    codes: NDArray[Any]
    size: int
    decode: Callable[[NDArray[Any]], tuple[Any, ...]]

    def at(self, places: NDArray[np.intp] | None) -> Codes:
        """Give the numbers of some of the rows.

        Args:
            places: Which, by their number from 0; None for all.
        """
        return self if places is None else Codes(self.codes.take(places), self.size, self.decode)

    def occurring(self) -> Codes:
        """Number only what occurs, in the same order, in as few bytes as will do."""
        occur = np.flatnonzero(np.bincount(self.codes, minlength=self.size))
        number = np.zeros(self.size, dtype=np.min_scalar_type(max(len(occur) - 1, 0)))
        number[occur] = np.arange(len(occur))
        decode = self.decode  # not the whole: its numbers can go
        return Codes(number.take(self.codes), len(occur), lambda found: decode(occur[found]))


def encode(values: pd.Series) -> Codes:
    """Number the values of a column, from 1 on; 0 stands for missing ones.

    Args:
        values: Values of any type. Those of a type that has an order are numbered in it.
    """
    kind = values.dtype
    if isinstance(kind, pd.CategoricalDtype):
        codes = values.cat.codes.to_numpy().astype("int32") + 1
        size = len(kind.categories) + 1
        return Codes(codes, size, lambda found: (pd.Categorical.from_codes(found - 1, dtype=kind),))
    if pd.api.types.is_bool_dtype(kind):
        flags = values.to_numpy(dtype="int8", na_value=-1) if isinstance(kind, pd.BooleanDtype) else values.to_numpy()
        return Codes(flags.astype("int32") + 1, 3, lambda found: (pd.Series(_FLAG_VALUES[found]).astype(kind).array,))
    if pd.api.types.is_integer_dtype(kind) and len(values):
        low, high = values.min(), values.max()
        if not pd.isna(low) and int(high) - int(low) < _DENSE:
            first = int(low) - 1
            codes = values.to_numpy(dtype="int64", na_value=first) - first
            return Codes(
                codes,
                int(high) - first + 1,
                lambda found: (pd.Series(np.where(found == 0, np.nan, found + first)).astype(kind).array,),
            )
    codes, uniques = pd.factorize(values, sort=not pd.api.types.is_object_dtype(kind))
    return Codes(codes + 1, len(uniques) + 1, lambda found: (pd.Series(uniques, dtype=kind).reindex(found - 1).array,))


def joint_numbers(keys: Sequence[Codes]) -> NDArray[Any]:
    """Give each row one number for its combination, of all there may be; those of the first key come first.

    Args:
        keys: The columns, or combinations of some; at least one.

    Raises:
        ValueError: There may be more combinations than a whole number of 64 bits tells apart.
    """
    size = math.prod(key.size for key in keys)
    if size > np.iinfo("int64").max:
        raise ValueError("The keys have too many different values to be combined.")
    kind = "uint32" if size <= np.iinfo("uint32").max else "int64"  # the narrow ones are sorted in half the time
    numbers = keys[0].codes.astype(kind)
    for key in keys[1:]:
        numbers *= key.size
        numbers += key.codes.astype(kind, copy=False)
    return numbers


def combine(keys: Sequence[Codes], n: int) -> Codes:
    """Number the combinations of columns; those of the first come first, in its order.

    Args:
        keys: The columns, or combinations of some; none for one combination that every row has.
        n: How many rows there are.

    Raises:
        ValueError: There are more combinations than a whole number of 64 bits tells apart.
    """
    sizes = [key.size for key in keys]
    size = math.prod(sizes)
    if not keys:
        return Codes(np.zeros(n, dtype="uint8"), 1, lambda _: ())
    if len(keys) == 1:
        return keys[0]
    group = joint_numbers(keys)
    decoders = [key.decode for key in keys]

    def decode(found: NDArray[Any]) -> tuple[Any, ...]:
        places = np.unravel_index(found, sizes)
        return tuple(value for decoder, place in zip(decoders, places, strict=True) for value in decoder(place))

    if size <= _DENSE:
        return Codes(group, size, decode)
    numbers, combinations = pd.factorize(group, sort=True)
    return Codes(numbers, len(combinations), lambda found: decode(combinations[found]))
