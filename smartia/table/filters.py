"""Which sessions count: the shared filters and the attempt rule, as values that can be compared and cached."""

from dataclasses import dataclass, fields
from enum import StrEnum

import narwhals as nw
from narwhals.typing import IntoDataFrameT


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
    """What the reader asked for. An empty tuple leaves a column unrestricted.

    Attributes:
        subject: Subjects that count.
        test_name: Names of tests that count.
        academic_year: Academic years that count.
        gender: Genders that count.
        age_band: Age bands that count.
        attempts: The attempt rule. Attempts are numbered over the whole snapshot, before any filter.
    """

    subject: tuple[str, ...] = ()
    test_name: tuple[str, ...] = ()
    academic_year: tuple[str, ...] = ()
    gender: tuple[str, ...] = ()
    age_band: tuple[str, ...] = ()
    attempts: AttemptRule = AttemptRule.LATEST

    @property
    def restrictions(self) -> dict[str, tuple[str, ...]]:
        """The columns that are restricted, and to which values."""
        values = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "attempts"}
        return {name: chosen for name, chosen in values.items() if chosen}

    def describe(self) -> str:
        """Say in words what counts, such as "Maths · 2025/26 · latest attempt of each learner at each test"."""
        parts = [", ".join(chosen) for chosen in self.restrictions.values()]
        return " · ".join([*parts, self.attempts.sentence])


def apply_filters(frame: IntoDataFrameT, filters: Filters) -> IntoDataFrameT:
    """Keep the sessions that count.

    Args:
        frame: An analysis frame of any eager kind that narwhals reads.
        filters: What counts.

    Returns:
        The rows that fit, in their order and with all columns. A row whose value is missing does not fit a
        restriction of that column.
    """
    rows = nw.from_native(frame, eager_only=True)
    conditions = [nw.col(name).is_in(chosen) for name, chosen in filters.restrictions.items()]
    if filters.attempts is AttemptRule.LATEST:
        conditions.append(nw.col("attempt") == nw.col("attempts"))
    elif filters.attempts is AttemptRule.FIRST:
        conditions.append(nw.col("attempt") == 1)
    return (rows.filter(*conditions) if conditions else rows).to_native()
