"""Measures: what is worked out of the rows of a group, said once for every engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import narwhals as nw

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Measure:
    """A figure of a group of rows. The column must have no missing values.

    Attributes:
        kind: "size" (rows), "sum" (of whole numbers or flags), "distinct" (different values) or "quantile"
            (interpolated linearly: definition 7 of Hyndman and Fan (1996), The American Statistician 50, 361–365).
        column: The column it is of; empty for "size".
        at: The part of the rows below a quantile, from 0 to 1.
    """

    kind: Literal["size", "sum", "distinct", "quantile"]
    column: str = ""
    at: float = 0.5

    @property
    def expression(self) -> nw.Expr:
        """The measure as an aggregation of narwhals."""
        values = nw.col(self.column)
        if self.kind == "size":
            return nw.len()
        if self.kind == "sum":
            return values.cast(nw.Int64).sum()  # not every engine adds up flags
        if self.kind == "distinct":
            return values.n_unique()
        return values.quantile(self.at, interpolation="linear")


SIZE: Final = Measure("size")
"""How many rows."""


def distinct(column: str) -> Measure:
    """Count the different values of a column."""
    return Measure("distinct", column)


def quantile(column: str, at: float) -> Measure:
    """Find the value below which a part of the rows lies."""
    return Measure("quantile", column, at)


def sums(*columns: str) -> Mapping[str, Measure]:
    """Add up columns of whole numbers or of flags, each under its own name."""
    return {column: Measure("sum", column) for column in columns}
