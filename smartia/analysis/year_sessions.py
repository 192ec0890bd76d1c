"""Sessions of years: which attempts count where academic years are set against each other.

A year has to show what it showed on the day that years are compared to. So the attempt rule is applied within each
academic year, and to what was there on that day: were attempts numbered over all data, a learner who resat after
the day would be gone from last year, while one of this year who will yet resit counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import pandas as pd

from smartia.table.calendar import academic_year, year_day
from smartia.table.filters import AttemptRule, apply_filters

if TYPE_CHECKING:
    from datetime import date

    from smartia.table.filters import Filters

Span = Literal["to_date", "full"]
"""How much of each year counts: up to the calendar date of the data, or all of it."""


@dataclass(frozen=True, eq=False)
class YearSessions:
    """The sessions of every academic year, with the attempt rule applied within each.

    A learner who sat a test in two years counts in both. As with the shared filters, attempts are numbered before
    any other filter: a learner whose latest attempt does not fit does not count with an earlier one. Sessions later
    than `as_of` are taken as not there.

    Attributes:
        whole: The analysis frame before any filter: `academic_year`, `completed_on`, `year_day`, `year_attempt`,
            `next_year_day`, and what the filters and the figures need.
        filters: What counts.
        as_of: The last day of the data (Europe/London); its calendar date is the last one counted "to date" in
            every year.
    """

    whole: pd.DataFrame
    filters: Filters
    as_of: date

    @cached_property
    def fitting(self) -> pd.DataFrame:
        """The sessions up to `as_of` that fit the filters, whatever attempt they are, in order."""
        last = min(self.as_of, self.filters.until or self.as_of)
        return apply_filters(self.whole, replace(self.filters, attempts=AttemptRule.ALL, until=last))

    @cached_property
    def full(self) -> pd.DataFrame:
        """The sessions that count in the years as far as there are data, in order."""
        return self.fitting[self._counts(self.fitting, self.has_next)]

    @cached_property
    def to_date(self) -> pd.DataFrame:
        """The sessions that counted in each year on the calendar date of `as_of`, in order."""
        return self._up_to(self.fitting, last_slot(self.as_of))

    @cached_property
    def has_next(self) -> pd.Series:
        """Whether another attempt at the test follows by `as_of`, in the same academic year, for each of `fitting`."""
        last_year = self.fitting["academic_year"] == academic_year(pd.Series([pd.Timestamp(self.as_of)])).iloc[0]
        following = self.fitting["next_year_day"]
        is_after = last_year & (following > last_slot(self.as_of)).fillna(value=False)
        has_next: pd.Series = following.notna() & ~is_after
        return has_next

    def of(self, span: Span) -> pd.DataFrame:
        """Give the sessions that count to the same day, or in full.

        Args:
            span: How much of each year counts.
        """
        return self.to_date if span == "to_date" else self.full

    def counted_on(self, year: str, day: date) -> pd.DataFrame:
        """Give the sessions of an academic year that counted on a day of it, in order.

        Args:
            year: The academic year, such as "2025/26".
            day: The day, one of that year; none later than `as_of` matters.
        """
        return self._up_to(self.fitting[self.fitting["academic_year"] == year], last_slot(min(day, self.as_of)))

    def _up_to(self, rows: pd.DataFrame, slot: int) -> pd.DataFrame:
        rows = rows[rows["year_day"] <= slot]
        return rows[self._counts(rows, (rows["next_year_day"] <= slot).fillna(value=False))]

    def _counts(self, rows: pd.DataFrame, has_next: pd.Series) -> pd.Series:
        """Say which sessions count under the attempt rule, by whether another attempt had followed."""
        if self.filters.attempts is AttemptRule.LATEST:
            return ~has_next.astype("bool")
        if self.filters.attempts is AttemptRule.FIRST:
            return (rows["year_attempt"] == 1).astype("bool")
        return pd.Series(data=True, index=rows.index)


def last_counted(filters: Filters, as_of: date) -> date:
    """The last day that counts: that of the data, or an earlier one set by the date filter.

    Args:
        filters: What counts.
        as_of: The last day of the data.
    """
    return as_of if filters.until is None else min(as_of, filters.until)


def years_under(whole: pd.DataFrame, filters: Filters, as_of: date) -> YearSessions:
    """The sessions of the academic years up to the last day that counts.

    Args:
        whole: The analysis frame before any filter.
        filters: What counts.
        as_of: The last day of the data.
    """
    return YearSessions(whole, filters, last_counted(filters, as_of))


def last_slot(as_of: date) -> int:
    """Give the slot of a day in its academic year, as the column `year_day` has it: 1 August is 0.

    Args:
        as_of: Any day.
    """
    return int(year_day(pd.Series([pd.Timestamp(as_of)])).iloc[0])
