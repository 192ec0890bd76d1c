"""Which sessions count: the shared filters and the attempt rule, as values that can be compared and cached."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

import narwhals as nw
from narwhals.typing import IntoFrameT

from smartia.table.levels import UNREADABLE
from smartia.table.picking import pick_rows


class AttemptRule(StrEnum):
    """Which of a learner's attempts at one test count."""

    LATEST = "latest"
    FIRST = "first"
    ALL = "all"

    @property
    def sentence(self) -> str:
        """The rule in words, as charts state it."""
        return {
            AttemptRule.LATEST: "latest attempt of each learner at each test",
            AttemptRule.FIRST: "first attempt of each learner at each test",
            AttemptRule.ALL: "all attempts",
        }[self]


@dataclass(frozen=True)
class Filters:
    """What the reader asked for. An empty tuple leaves a column unrestricted, and so does None.

    Attributes:
        subject: Subjects that count.
        test_name: Names of tests that count.
        test_version: Test versions that count, by the names of the analysis frame.
        academic_year: Academic years that count.
        gender: Genders that count.
        age_band: Age bands that count.
        level_whole: Whole levels that count; `UNREADABLE` among them stands for levels that cannot be read.
        sitting: Sitting patterns that count.
        group: Groups of the uploaded list that count.
        since: The first day of completion that counts (Europe/London).
        until: The last day of completion that counts.
        short_share: Sessions shorter than this share of the median of their test version are left out.
        attempts: The attempt rule. Attempts are numbered over the whole snapshot, before any filter.
    """

    subject: tuple[str, ...] = ()
    test_name: tuple[str, ...] = ()
    test_version: tuple[str, ...] = ()
    academic_year: tuple[str, ...] = ()
    gender: tuple[str, ...] = ()
    age_band: tuple[str, ...] = ()
    level_whole: tuple[str, ...] = ()
    sitting: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    short_share: float | None = None
    attempts: AttemptRule = AttemptRule.LATEST

    @property
    def restrictions(self) -> dict[str, tuple[str, ...]]:
        """The columns of which only some values count, and which."""
        return {name: chosen for name in _VALUE_FILTERS if (chosen := getattr(self, name))}

    @property
    def rule(self) -> tuple[str, str]:
        """Which of the sessions under the filters count, in words as every chart states them: attempts, short ones."""
        if self.short_share is None:
            short = "unusually short sittings included"
        else:
            short = f"without sittings under {self.short_share:.0%} of the usual time"
        return f"Counted: {self.attempts.sentence};", short

    @property
    def choices(self) -> tuple[str, ...]:
        """The restrictions in words, one each, such as "Maths, English" and "from 1 September 2025"."""
        parts = [", ".join(chosen) for chosen in self.restrictions.values()]
        if self.since is not None:
            parts.append(f"from {_day(self.since)}")
        if self.until is not None:
            parts.append(f"up to {_day(self.until)}")
        if self.short_share is not None:
            parts.append(f"without sittings under {self.short_share:.0%} of the usual time")
        return tuple(parts)

    def describe(self) -> str:
        """Say in words what counts, such as "Maths · 2025/26 · latest attempt of each learner at each test"."""
        return " · ".join([*self.choices, self.attempts.sentence])


_VALUE_FILTERS = tuple(item.name for item in fields(Filters) if item.type == tuple[str, ...])


def apply_filters(frame: IntoFrameT, filters: Filters, columns: Sequence[str] | None = None) -> IntoFrameT:
    """Keep the sessions that count.

    Args:
        frame: An analysis frame of any kind that narwhals reads; with `short_share` it needs `reference_s`.
        filters: What counts.
        columns: Which columns to keep; None for all.

    Returns:
        The rows that fit, in their order. A row whose value is missing does not fit a
        restriction of that column, but for a level that cannot be read where `UNREADABLE` was chosen.
    """
    conditions = []
    if filters.since is not None:
        conditions.append(nw.col("completed_on") >= dt.datetime.combine(filters.since, dt.time.min))
    if filters.until is not None:
        conditions.append(nw.col("completed_on") <= dt.datetime.combine(filters.until, dt.time.min))
    if filters.short_share is not None:
        conditions.append(nw.col("duration_s") >= filters.short_share * nw.col("reference_s"))
    if filters.attempts is AttemptRule.LATEST:
        conditions.append(nw.col("attempt") == nw.col("attempts"))
    elif filters.attempts is AttemptRule.FIRST:
        conditions.append(nw.col("attempt") == 1)
    among = {
        name: (*chosen, None) if name == "level_whole" and UNREADABLE in chosen else chosen
        for name, chosen in filters.restrictions.items()
    }
    return pick_rows(frame, among, conditions, columns)


def _day(date: dt.date) -> str:
    return f"{date.day} {date:%B %Y}"
