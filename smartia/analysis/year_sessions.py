"""Sessions of years: which attempts count where academic years are set against each other.

A year has to show what it showed on the day that years are compared to. So the attempt rule is applied within each
academic year, and to what was there on that day: were attempts numbered over all data, a learner who resat after
the day would be gone from last year, while one of this year who will yet resit counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final, Literal

import narwhals as nw
import pandas as pd

from smartia.analysis.grouping import aggregate
from smartia.analysis.measures import SIZE
from smartia.analysis.periods import period_start
from smartia.table.calendar import academic_year_label, year_day
from smartia.table.filters import AttemptRule, apply_filters
from smartia.table.picked import names_in
from smartia.table.picking import pick_rows, with_further

if TYPE_CHECKING:
    from datetime import date

    from narwhals.typing import IntoFrame

    from smartia.table.collected import AnyFrame
    from smartia.table.filters import Filters

NOT_COMPARED: Final = (
    *("started_at", "ended_at", "result_at", "duration_s", "elapsed_s", "reference_s", "start_minute"),
    *("age", "level", "month", "week", "term", "attempt", "attempts", "gender", "age_band", "sitting", "test_id"),
)
"""Columns that no figure of whole years needs, once sessions have been picked by them."""
OF_THE_RULE: Final = frozenset({"year_day", "next_year_day", "year_attempt"})
"""Columns that say which attempts count in a year."""

_TOLD_APART: Final = ("academic_year", "level_rank", "test_version_id")

Span = Literal["to_date", "full"]
"""How much of each year counts: up to the calendar date of the data, or all of it."""
_SPANS: Final[tuple[Span, ...]] = ("to_date", "full")


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
    _counted: dict[str | None, pd.DataFrame] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def fitting(self) -> AnyFrame:
        """The sessions up to `as_of` that fit the filters, whatever attempt they are; without `NOT_COMPARED`."""
        last = min(self.as_of, self.filters.until or self.as_of)
        filters = replace(self.filters, attempts=AttemptRule.ALL, until=last)
        kept = [name for name in names_in(self.whole) if name not in NOT_COMPARED]
        return apply_filters(self.whole, filters, kept)

    @cached_property
    def _marked(self) -> AnyFrame:
        """The sessions of `fitting`, with a column for each span that says whether they count in it; never missing."""
        marks = {
            "to_date": self._counted_up_to(last_slot(self.as_of)),
            "full": self._counts(self.has_next),
        }
        # The same whatever else fits, unless the reader's dates end the data.
        always = None if self.filters.until else ("counts", self.filters.attempts, self.as_of)
        return with_further(self.fitting, marks, always)

    @cached_property
    def full(self) -> AnyFrame:
        """The sessions that count in the years as far as there are data."""
        return self._picked(nw.col("full"))

    @cached_property
    def to_date(self) -> AnyFrame:
        """The sessions that counted in each year on the calendar date of `as_of`."""
        return self._picked(nw.col("to_date"))

    @cached_property
    def has_next(self) -> nw.Expr:
        """Whether another attempt at the test follows by `as_of` in the same academic year; never missing."""
        last_year = academic_year_label(period_start(self.as_of, "academic_year").year)
        following = nw.col("next_year_day")
        is_after = (nw.col("academic_year") == last_year) & _holds(following > last_slot(self.as_of))
        return ~following.is_null() & ~is_after

    def of(self, span: Span) -> AnyFrame:
        """Give the sessions that count to the same day, or in full.

        Args:
            span: How much of each year counts.
        """
        return self.to_date if span == "to_date" else self.full

    def count(self, span: Span, by: str | None) -> pd.DataFrame:
        """Count the sessions of a span by everything that figures of years tell apart.

        Args:
            span: How much of each year counts.
            by: A grouping column, or None for no grouping.

        Returns:
            `academic_year`, `level_rank`, `test_version_id` and the grouping column, with their types, and `size`: a
            few rows for every combination that occurs, which stand for so many sessions.
        """
        if by not in self._counted:
            names = [*_TOLD_APART, *([] if by is None else [by])]
            keys = {name: nw.col(name) for name in (*names, *_SPANS)}
            self._counted[by] = aggregate(self._marked, None, {"size": SIZE}, keys=keys)
        found = self._counted[by]
        return found[found[span]]

    def counted_on(self, year: str, day: date) -> AnyFrame:
        """Give the sessions of an academic year that counted on a day of it.

        Args:
            year: The academic year, such as "2025/26".
            day: The day, one of that year; none later than `as_of` matters.
        """
        counts = self._counted_up_to(last_slot(min(day, self.as_of)))
        return self._picked(counts & (nw.col("academic_year") == year))

    def _counted_up_to(self, slot: int) -> nw.Expr:
        return self._counts(_holds(nw.col("next_year_day") <= slot)) & _holds(nw.col("year_day") <= slot)

    def _counts(self, has_next: nw.Expr) -> nw.Expr:
        """Whether a session counts under the attempt rule, by whether another attempt had followed."""
        if self.filters.attempts is AttemptRule.LATEST:
            return ~has_next
        if self.filters.attempts is AttemptRule.FIRST:
            return _holds(nw.col("year_attempt") == 1)
        return ~nw.col("academic_year").is_null()

    def _picked(self, condition: nw.Expr) -> AnyFrame:
        kept = [name for name in names_in(self.fitting) if name not in OF_THE_RULE]
        return pick_rows(self._marked, {}, [condition], kept)


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


@cache
def last_slot(as_of: date) -> int:
    """Give the slot of a day in its academic year, as the column `year_day` has it: 1 August is 0.

    Args:
        as_of: Any day.
    """
    return int(year_day(pd.Series([pd.Timestamp(as_of)])).iloc[0])


def _holds(condition: nw.Expr) -> nw.Expr:
    """Whether a condition holds; not where a value is missing."""
    return condition.fill_null(value=False)
