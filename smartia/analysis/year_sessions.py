"""Sessions of years: which attempts count where academic years are set against each other.

A year has to show what it showed on the day that years are compared to. So the attempt rule is applied within each
academic year, and to what was there on that day: were attempts numbered over all data, a learner who resat after
the day would be gone from last year, while one of this year who will yet resit counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import narwhals as nw
import pandas as pd

from smartia.table.calendar import academic_year, year_day
from smartia.table.filters import AttemptRule, apply_filters

if TYPE_CHECKING:
    from datetime import date

    from narwhals.typing import IntoFrame

    from smartia.table.collected import AnyFrame
    from smartia.table.filters import Filters

NOT_COMPARED: Final = (
    *("started_at", "ended_at", "result_at", "duration_s", "elapsed_s", "reference_s", "start_minute"),
    *("age", "level", "month", "week", "attempt", "attempts"),
)
"""Columns that no figure of whole years needs."""

Span = Literal["to_date", "full"]
"""How much of each year counts: up to the calendar date of the data, or all of it."""


@dataclass(frozen=True, eq=False)
class YearSessions:
    """The sessions of every academic year, with the attempt rule applied within each.

    A learner who sat a test in two years counts in both. As with the shared filters, attempts are numbered before
    any other filter: a learner whose latest attempt does not fit does not count with an earlier one. Sessions later
    than `as_of` are taken as not there.

    Attributes:
        whole: The analysis frame before any filter, in any engine: `academic_year`, `completed_on`, `year_day`,
            `year_attempt`, `next_year_day`, and what the filters and the figures need. What the methods give is a part
            of it, in the same engine and, in pandas, in order.
        filters: What counts.
        as_of: The last day of the data (Europe/London); its calendar date is the last one counted "to date" in
            every year.
    """

    whole: AnyFrame
    filters: Filters
    as_of: date

    @cached_property
    def fitting(self) -> AnyFrame:
        """The sessions up to `as_of` that fit the filters, whatever attempt they are; without `NOT_COMPARED`."""
        last = min(self.as_of, self.filters.until or self.as_of)
        filters = replace(self.filters, attempts=AttemptRule.ALL, until=last)
        left_out = set(NOT_COMPARED) - ({"duration_s", "reference_s"} if filters.short_share is not None else set())
        whole = nw.from_native(self.whole)
        # Left out before sessions are picked, since picking copies what is kept.
        kept = [name for name in whole.collect_schema().names() if name not in left_out]
        return apply_filters(whole.select(*kept).to_native(), filters)

    @cached_property
    def full(self) -> AnyFrame:
        """The sessions that count in the years as far as there are data."""
        return self._counting(self.has_next)

    @cached_property
    def to_date(self) -> AnyFrame:
        """The sessions that counted in each year on the calendar date of `as_of`."""
        return self._up_to(last_slot(self.as_of))

    @cached_property
    def has_next(self) -> nw.Expr:
        """Whether another attempt at the test follows by `as_of` in the same academic year; never missing."""
        last_year = str(academic_year(pd.Series([pd.Timestamp(self.as_of)])).iloc[0])
        following = nw.col("next_year_day")
        is_after = (nw.col("academic_year") == last_year) & _holds(following > last_slot(self.as_of))
        return ~following.is_null() & ~is_after

    def of(self, span: Span) -> AnyFrame:
        """Give the sessions that count to the same day, or in full.

        Args:
            span: How much of each year counts.
        """
        return self.to_date if span == "to_date" else self.full

    def counted_on(self, year: str, day: date) -> AnyFrame:
        """Give the sessions of an academic year that counted on a day of it.

        Args:
            year: The academic year, such as "2025/26".
            day: The day, one of that year; none later than `as_of` matters.
        """
        return self._up_to(last_slot(min(day, self.as_of)), nw.col("academic_year") == year)

    def _up_to(self, slot: int, *conditions: nw.Expr) -> AnyFrame:
        has_next = _holds(nw.col("next_year_day") <= slot)
        return self._counting(has_next, nw.col("year_day") <= slot, *conditions)

    def _counting(self, has_next: nw.Expr, *conditions: nw.Expr) -> AnyFrame:
        """Keep the sessions that count under the attempt rule, by whether another attempt had followed."""
        kept = list(conditions)
        if self.filters.attempts is AttemptRule.LATEST:
            kept.append(~has_next)
        elif self.filters.attempts is AttemptRule.FIRST:
            kept.append(nw.col("year_attempt") == 1)
        return nw.from_native(self.fitting).filter(*kept).to_native() if kept else self.fitting


def last_counted(filters: Filters, as_of: date) -> date:
    """The last day that counts: that of the data, or an earlier one set by the date filter.

    Args:
        filters: What counts.
        as_of: The last day of the data.
    """
    return as_of if filters.until is None else min(as_of, filters.until)


def years_under(whole: IntoFrame, filters: Filters, as_of: date) -> YearSessions:
    """The sessions of the academic years up to the last day that counts.

    Args:
        whole: The analysis frame before any filter, in any engine.
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


def _holds(condition: nw.Expr) -> nw.Expr:
    """Whether a condition holds; not where a value is missing."""
    return condition.fill_null(value=False)
