"""Rows picked of a frame in memory: a column of theirs is copied when a figure asks for it, and not before.

Of a million sessions half are 50 MB in 31 columns, of which a figure needs two or three.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from narwhals.typing import IntoFrame
    from numpy.typing import NDArray
    from pandas.api.extensions import ExtensionArray

_RESULT: Final = "result"
_NAMES: Final = re.compile(r"\w+")


@dataclass(frozen=True, eq=False)
class Picked:
    """Some rows of a frame of pandas, in its order. Used by one thread; nothing in it may be changed.

    Attributes:
        whole: The frame.
        places: Which of its rows, by their number from 0; None for all.
        columns: The columns that they have.
    """

    whole: pd.DataFrame
    places: NDArray[np.intp] | None
    columns: tuple[str, ...]
    _copied: dict[str, ExtensionArray] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, whole: pd.DataFrame) -> Picked:
        """Take all rows of a frame."""
        return cls(whole, None, tuple(whole.columns))

    def __len__(self) -> int:
        return len(self.whole if self.places is None else self.places)

    @cached_property
    def index(self) -> pd.Index:
        """The labels of the rows."""
        return self.whole.index if self.places is None else self.whole.index.take(self.places)

    def numbers_of(self, labels: Sequence[int]) -> NDArray[np.intp]:
        """Find rows by their labels; gives their numbers among these, from 0.

        Raises:
            KeyError: There is no row with a label.
        """
        found = self.index.get_indexer(pd.Index(np.asarray(labels, dtype="int64")))
        if (found < 0).any():
            raise KeyError("no row has this label")
        return found

    def column(self, name: str) -> pd.Series:
        """Give a column, without labels.

        Raises:
            KeyError: The rows have no such column.
        """
        return pd.Series(self._values(name), copy=False)

    def table(self, names: Sequence[str]) -> pd.DataFrame:
        """Give some columns as a frame of pandas with the labels of the rows, which may be changed."""
        if self.places is None and set(names) <= set(self.whole.columns):
            return self.whole[list(names)]  # pandas copies it if it is changed
        return pd.DataFrame({name: self._values(name).copy() for name in names}, index=self.index, copy=False)

    def worked_out(self, expressions: Mapping[str, nw.Expr]) -> pd.DataFrame:
        """Work out expressions row by row.

        Args:
            expressions: The name of each in the result, and the expression. The columns that it reads are copied, if
                they were not before.

        Returns:
            A column for each, without labels.
        """
        plain, others = dict[str, str](), dict[str, nw.Expr]()
        for name, expression in expressions.items():
            text = repr(expression)
            if text.startswith("col(") and text[4:-1] in self.columns:
                plain[name] = text[4:-1]
            else:
                others[name] = expression
        found = self._narwhals(others) if others else {}
        values = {name: self._values(plain[name]) if name in plain else found[name] for name in expressions}
        return pd.DataFrame(values, index=pd.RangeIndex(len(self)), copy=False)

    def pick(self, fits: NDArray[np.intp], columns: Sequence[str] | None = None) -> Picked:
        """Pick some of the rows.

        Args:
            fits: Which, by their number among these from 0, ascending.
            columns: The columns to keep; None for all.
        """
        kept = self.columns if columns is None else tuple(columns)
        places = fits if self.places is None else self.places.take(fits)
        # What is not a column of the frame is nowhere but here.
        own = {name: self._copied[name].take(fits) for name in kept if name not in self.whole.columns}
        return Picked(self.whole, places, kept, own)

    def keep(self, columns: Sequence[str]) -> Picked:
        """Give the same rows with some of the columns."""
        return Picked(self.whole, self.places, tuple(columns), self._copied)

    def assign(self, columns: Mapping[str, nw.Expr]) -> Picked:
        """Give the same rows with further columns.

        Args:
            columns: The name of each, which none has yet, and the expression that it is worked out by.
        """
        made = {str(name): values.array for name, values in self.worked_out(columns).items()}
        return Picked(self.whole, self.places, (*self.columns, *made), self._copied | made)

    def _values(self, name: str) -> ExtensionArray:
        if name not in self.columns:
            raise KeyError(name)
        if name not in self._copied:
            values = self.whole[name].array
            self._copied[name] = values if self.places is None else values.take(self.places)
        return self._copied[name]

    def _narwhals(self, expressions: Mapping[str, nw.Expr]) -> Mapping[str, ExtensionArray]:
        read = _columns_read(expressions.values(), self.columns) or self.columns[:1]
        try:
            return self._narwhals_over(read, expressions)
        except nw.exceptions.ColumnNotFoundError:  # one reads more than it shows
            return self._narwhals_over(self.columns, expressions)

    def _narwhals_over(self, read: Sequence[str], expressions: Mapping[str, nw.Expr]) -> Mapping[str, ExtensionArray]:
        rows = nw.from_native(pd.DataFrame({name: self._values(name) for name in read}, copy=False))
        # By numbers, since the name of a result may be that of a column.
        numbered = {f"{_RESULT} {place}": expression for place, expression in enumerate(expressions.values())}
        found: pd.DataFrame = rows.with_columns(**numbered).to_native()
        return {name: found[number].array for name, number in zip(expressions, numbered, strict=True)}


def in_memory(frame: IntoFrame | Picked) -> Picked | None:
    """Give sessions of pandas as picked rows; None for those of another engine.

    Args:
        frame: Sessions, in any engine.
    """
    return Picked.of(frame) if isinstance(frame, pd.DataFrame) else frame if isinstance(frame, Picked) else None


def rows_of(frame: IntoFrame | Picked) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
    """Give sessions to narwhals, with all columns.

    Args:
        frame: Sessions, in any engine.
    """
    native: Any = frame.table(frame.columns) if isinstance(frame, Picked) else frame
    rows: nw.DataFrame[Any] | nw.LazyFrame[Any] = nw.from_native(native)
    return rows


def names_in(frame: IntoFrame | Picked) -> list[str]:
    """List the columns of sessions.

    Args:
        frame: Sessions, in any engine.
    """
    if isinstance(frame, Picked):
        return list(frame.columns)
    return list(nw.from_native(frame).lazy().collect_schema().names())


def _columns_read(expressions: Iterable[nw.Expr], columns: Sequence[str]) -> list[str]:
    """The columns that expressions name: all that they read, and perhaps more."""
    named = {name for expression in expressions for name in _NAMES.findall(repr(expression))}
    return [name for name in columns if name in named]
