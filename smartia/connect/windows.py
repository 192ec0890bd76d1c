"""Windows of endDate: what one cursor chain reads, and what is left when some of them are done."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from smartia.connect.protocol import Query


@dataclass(frozen=True)
class Window:
    """A half-open span of endDate.

    Attributes:
        start: The first instant inside; None where the window has no beginning.
        end: The first instant behind it; None where the window has no end.
    """

    start: dt.datetime | None = None
    end: dt.datetime | None = None

    def __contains__(self, moment: dt.datetime) -> bool:
        return (self.start is None or moment >= self.start) and (self.end is None or moment < self.end)

    @property
    def is_empty(self) -> bool:
        """Whether no instant can lie inside."""
        return self.start is not None and self.end is not None and self.start >= self.end

    @property
    def query(self) -> Query:
        """The filters that make the API answer with this window alone."""
        bounds = (("endDate[gte]", self.start), ("endDate[lt]", self.end))
        return tuple((name, spell_instant(moment)) for name, moment in bounds if moment is not None)

    def without(self, done: Iterable["Window"]) -> list["Window"]:
        """What is left of the window when others are taken out of it, earliest first."""
        left = [self]
        for taken in done:
            left = [piece for window in left for piece in _subtract(window, taken)]
        return left

    def intersection(self, other: "Window") -> "Window | None":
        """What the two share; None where that is nothing."""
        shared = _intersection(self, other)
        return None if shared.is_empty else shared

    def overlaps(self, other: "Window") -> bool:
        """Whether the two share an instant."""
        return self.intersection(other) is not None


EVERYTHING = Window()
"""The window without bounds."""


def month_window(month: str) -> Window:
    """The window of a calendar month in UTC, such as "2025-09"."""
    start = dt.datetime.strptime(month, "%Y-%m").replace(tzinfo=dt.UTC)
    return Window(start, (start + dt.timedelta(days=31)).replace(day=1))


def months_between(first: str, last: str) -> list[str]:
    """The calendar months from one to another, both included.

    >>> months_between("2025-12", "2026-02")
    ['2025-12', '2026-01', '2026-02']
    """
    numbers = [int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last)]
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(numbers[0], numbers[1] + 1)]


def spell_instant(moment: dt.datetime) -> str:
    """Write an instant as the API reads it: ISO 8601 in UTC, with milliseconds as in the reference's own examples.

    >>> spell_instant(dt.datetime(2025, 9, 1, tzinfo=dt.UTC))
    '2025-09-01T00:00:00.000Z'
    """
    precision = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    return moment.astimezone(dt.UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def _subtract(window: Window, taken: Window) -> list[Window]:
    if not window.overlaps(taken):
        return [window]
    before = [] if taken.start is None else [_intersection(window, Window(None, taken.start))]
    behind = [] if taken.end is None else [_intersection(window, Window(taken.end, None))]
    return [piece for piece in before + behind if not piece.is_empty]


def _intersection(one: Window, other: Window) -> Window:
    starts = [moment for moment in (one.start, other.start) if moment is not None]
    ends = [moment for moment in (one.end, other.end) if moment is not None]
    return Window(max(starts, default=None), min(ends, default=None))
