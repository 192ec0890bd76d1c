"""Attempts: which of a learner's sessions at a test a session is, over all data and within an academic year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Attempts:
    """Sessions by user and test, those of a pair in order of time. Make one with `Attempts.of`.

    Attributes:
        order: The rows, pair by pair.
        is_first: Whether each of these is the first of its pair.
        index: The labels of the rows.
    """

    order: NDArray[Any]
    is_first: NDArray[Any]
    index: pd.Index

    @classmethod
    def of(cls, users: pd.Series, tests: pd.Series) -> Attempts:
        """Bring sessions into order by user and test.

        Args:
            users: The user of each session, by id or by code, in order of ended_at.
            tests: The test of each session, in the same order.
        """
        codes, distinct = pd.factorize(tests, use_na_sentinel=False)
        pair = pd.factorize(users, use_na_sentinel=False)[0].astype("int64") * max(len(distinct), 1) + codes
        order = np.argsort(pair, kind="stable")
        pair = pair[order]
        return cls(order, np.append(True, pair[1:] != pair[:-1])[: len(order)], users.index)

    def count(self) -> tuple[pd.Series, pd.Series]:
        """Number the attempts of each user at each test.

        Returns:
            attempt (1 for the earliest, 2, …) and attempts (how many there are), each as Int16.
        """
        sizes = np.diff(np.append(np.flatnonzero(self.is_first), len(self.order)))
        return self._back(_places(self.is_first) + 1), self._back(np.repeat(sizes, sizes))

    def count_by_year(self, years: pd.Series, year_days: pd.Series) -> tuple[pd.Series, pd.Series]:
        """Number the attempts of each user at each test within each academic year, and say when the next one followed.

        Args:
            years: The academic year of each session, in order of ended_at.
            year_days: The slot of its day in that year, likewise.

        Returns:
            year_attempt (1 for the earliest of the year, 2, …) and next_year_day (the slot of the day on which the
            user's next attempt at the test in that year was completed; missing for the last one), each as Int16.
        """
        year = pd.factorize(years)[0][self.order]
        # In order of time the attempts of a user at a test lie year by year.
        is_first = self.is_first | np.append(True, year[1:] != year[:-1])[: len(year)]
        following = np.append(year_days.to_numpy(dtype="int16")[self.order][1:], np.int16(0))[: len(year)]
        is_last = np.append(is_first[1:], True)[: len(year)]
        return self._back(_places(is_first) + 1), self._back(following, is_last)

    def _back(self, values: NDArray[Any], is_missing: NDArray[Any] | None = None) -> pd.Series:
        """Bring values that are in this order back to the order of the rows, as Int16."""
        numbers, missing = np.empty(len(self.order), dtype="int16"), np.zeros(len(self.order), dtype="bool")
        numbers[self.order] = values
        if is_missing is not None:
            missing[self.order] = is_missing
        return pd.Series(pd.arrays.IntegerArray(numbers, missing), index=self.index)


def _places(is_first: NDArray[Any]) -> NDArray[Any]:
    """Count from 0 within each run that begins with a first row."""
    rows = np.arange(len(is_first))
    found: NDArray[Any] = rows - np.maximum.accumulate(np.where(is_first, rows, 0))
    return found
