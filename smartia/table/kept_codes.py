"""What is the same for every choice of rows of a frame: worked out once for all rows, and kept as long as the frame.

A figure under filters is one of several thousand that are counted by the same few columns. Numbered once for all rows,
a combination of columns takes one or two bytes a row, and counting some of the rows is one look-up and one count.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, TypeVar, cast

import pandas as pd

from smartia.table.codes import Codes, combine, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from pandas.api.extensions import ExtensionArray

_BYTES_A_ROW: Final = 64
"""What is kept at most; all pages together, with each attempt rule, ask for 50."""
_LEAST_BYTES: Final = 1 << 20

T = TypeVar("T")


class KeptCodes:
    """Codes for all rows of a frame, those asked for last. May be used by several threads.

    Args:
        n: How many rows the frame has; they decide how many bytes are kept.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._limit = max(_BYTES_A_ROW * n, _LEAST_BYTES)
        self._kept: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()
        self._lock = threading.Lock()

    def codes(self, columns: Sequence[tuple[Hashable, Callable[[], ExtensionArray]]]) -> Codes:
        """Number the combinations of columns that occur.

        Args:
            columns: What tells each column from any other of the frame, and what gives its values in all rows.
        """

        def make() -> Codes:
            return combine([encode(pd.Series(values(), copy=False)) for _, values in columns], self._n).occurring()

        return self._keep(("codes", *(key for key, _ in columns)), make, lambda made: made.codes.nbytes)

    def column(self, key: Hashable, make: Callable[[], ExtensionArray]) -> ExtensionArray:
        """Keep the values of a further column in all rows.

        Args:
            key: What tells it from any other.
            make: Works them out.
        """
        return self._keep(("column", key), make, lambda made: int(made.nbytes))

    def _keep(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast("T", self._kept[key][0])
        made = make()
        with self._lock:
            self._kept[key] = made, size(made)
            while sum(nbytes for _, nbytes in self._kept.values()) > self._limit and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return made
