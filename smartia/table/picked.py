"""Rows picked of a frame in memory: a column of theirs is copied when a figure asks for it, and not before.

Of a million sessions half are 50 MB in 31 columns, of which a figure needs two or three.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
import pandas as pd

from smartia.table.codes import Codes, combine, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from narwhals.typing import IntoFrame
    from numpy.typing import NDArray
    from pandas.api.extensions import ExtensionArray

    from smartia.table.kept_codes import KeptCodes

_RESULT: Final = "result"
_NAMES: Final = re.compile(r"\w+")


@dataclass(frozen=True, eq=False)
class _Further:
    """A column that the frame has not: what works it out for all rows, and what tells it from any other.

    Without the latter it is some reader's own, and nothing is kept of it.
    """

    make: Callable[[], ExtensionArray]
    key: Hashable = None


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
    _further: Mapping[str, _Further] = field(default_factory=dict, repr=False)
    _kept: KeptCodes | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls, whole: pd.DataFrame, kept: KeptCodes | None = None, own: Mapping[str, ExtensionArray] | None = None
    ) -> Picked:
        """Take all rows of a frame.

        Args:
            whole: The frame.
            kept: Keeps what is worked out of all rows of this very frame, for all who pick of it; None to keep nothing.
            own: Further columns of all rows, which are kept for nobody else.
        """
        further = {name: _Further(partial(_same, values)) for name, values in (own or {}).items()}
        return cls(whole, None, (*whole.columns, *further), _further=further, _kept=kept)

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
        plain = {name: column for name, expression in expressions.items() if (column := self.plain(expression))}
        others = {name: expression for name, expression in expressions.items() if name not in plain}
        found = self._narwhals(others) if others else {}
        values = {name: self._values(plain[name]) if name in plain else found[name] for name in expressions}
        return pd.DataFrame(values, index=pd.RangeIndex(len(self)), copy=False)

    def plain(self, expression: nw.Expr) -> str | None:
        """Give the name of the column that an expression is, as it stands; None for any other expression.

        Args:
            expression: An expression over these rows.
        """
        text = repr(expression)
        return text[4:-1] if text.startswith("col(") and text[4:-1] in self.columns else None

    def keeps(self, names: Sequence[str]) -> bool:
        """Say whether codes of columns are made of all rows of the frame, and kept.

        Args:
            names: The columns.
        """
        return self._kept is not None and bool(names) and None not in map(self._key_of, names)

    def codes(self, names: Sequence[str]) -> Codes:
        """Number the combinations of columns; those of the first come first, in its order.

        Args:
            names: The columns; none for one combination that every row has.

        Raises:
            KeyError: The rows have no such column.
            ValueError: There are more combinations than a whole number of 64 bits tells apart.
        """
        if any(name not in self.columns for name in names):
            raise KeyError(*names)
        if self._kept is not None and self.keeps(names):
            columns = [(self._key_of(name), partial(self._make_whole, name)) for name in names]
            return self._kept.codes(columns).at(self.places)
        if len(names) == 1:
            return encode(self.column(names[0]))
        return combine([self.codes([name]) for name in names], len(self))

    def pick(self, fits: NDArray[np.intp], columns: Sequence[str] | None = None) -> Picked:
        """Pick some of the rows.

        Args:
            fits: Which, by their number among these from 0, ascending.
            columns: The columns to keep; None for all.
        """
        kept = self.columns if columns is None else tuple(columns)
        places = fits if self.places is None else self.places.take(fits)
        # What is a column neither of the frame nor for all of its rows is nowhere but here.
        own = {name: self._copied[name].take(fits) for name in kept if not self._is_whole(name)}
        return Picked(self.whole, places, kept, own, self._further, self._kept)

    def keep(self, columns: Sequence[str]) -> Picked:
        """Give the same rows with some of the columns."""
        return Picked(self.whole, self.places, tuple(columns), self._copied, self._further, self._kept)

    def assign(self, columns: Mapping[str, nw.Expr], always: Hashable = None) -> Picked:
        """Give the same rows with further columns.

        Args:
            columns: The name of each, which none has yet, and the expression that it is worked out by.
            always: Tells these expressions from all others, where they are asked of many choices of the frame's rows:
                then they are worked out for all rows, when they are needed, and kept. They read columns of the frame
                alone.
        """
        names = (*self.columns, *columns)
        if always is None or self._kept is None:
            made = {str(name): values.array for name, values in self.worked_out(columns).items()}
            return Picked(self.whole, self.places, names, self._copied | made, self._further, self._kept)
        every = Picked.of(self.whole)
        further = {name: _Further(partial(every.expressed, held), (always, name)) for name, held in columns.items()}
        return Picked(self.whole, self.places, names, self._copied, {**self._further, **further}, self._kept)

    def expressed(self, expression: nw.Expr) -> ExtensionArray:
        """Work out one expression row by row."""
        found: ExtensionArray = self.worked_out({_RESULT: expression})[_RESULT].array
        return found

    def _key_of(self, name: str) -> Hashable:
        """What tells a column from all others of the frame; None where it is not the same for all who pick of it."""
        return self._further[name].key if name in self._further else name if name in self.whole.columns else None

    def _is_whole(self, name: str) -> bool:
        return name in self.whole.columns or name in self._further

    def _make_whole(self, name: str) -> ExtensionArray:
        """Give a column for all rows of the frame."""
        values: ExtensionArray = self._further[name].make() if name in self._further else self.whole[name].array
        return values

    def _whole_values(self, name: str) -> ExtensionArray:
        """Give a column for all rows of the frame, kept where it is worked out."""
        if self._kept is not None and name in self._further and (key := self._further[name].key) is not None:
            return self._kept.column(key, self._further[name].make)
        return self._make_whole(name)

    def _values(self, name: str) -> ExtensionArray:
        if name not in self.columns:
            raise KeyError(name)
        if name not in self._copied:
            values = self._whole_values(name)
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


def _same(values: ExtensionArray) -> ExtensionArray:
    return values


def _columns_read(expressions: Iterable[nw.Expr], columns: Sequence[str]) -> list[str]:
    """The columns that expressions name: all that they read, and perhaps more."""
    named = {name for expression in expressions for name in _NAMES.findall(repr(expression))}
    return [name for name in columns if name in named]
