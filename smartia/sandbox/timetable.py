"""When a college assesses: the days of four academic years by how busy they are, and times of day, in London time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["DAY_S", "EPOCH", "LONDON", "YEARS", "Timetable", "avoid_weekends", "first_day_of_academic_year"]

LONDON: Final = ZoneInfo("Europe/London")
EPOCH: Final = date(1970, 1, 1)
DAY_S: Final = 86_400
YEARS: Final = 4
"""Academic years that a sandbox college covers, the running one included."""

_CUTOFF: Final = time(9, 0)
_SATURDAY: Final = 5
_WEEKDAY_WEIGHT: Final = (1.0, 1.15, 1.15, 1.1, 0.8, 0.06, 0.012)
_MONTH_WEIGHT: Final = (1.0, 0.45, 0.35, 0.25, 0.22, 0.18, 0.08, 1.1, 3.4, 0.9, 0.6, 0.3)
_YEARLY_GROWTH: Final = 1.06
# Month and day, first and last: Christmas, the half-terms, Easter's usual weeks, the summer break. Weight within.
_QUIET: Final = (
    ((12, 20), (12, 31), 0.02),
    ((1, 1), (1, 4), 0.02),
    ((2, 14), (2, 20), 0.15),
    ((4, 3), (4, 16), 0.12),
    ((5, 25), (5, 31), 0.15),
    ((7, 18), (7, 31), 0.3),
    ((8, 1), (8, 12), 0.4),
    ((10, 24), (10, 31), 0.15),
)
# Local starts of lessons, in hours; sittings begin within some minutes of one.
_LESSON_START_H: Final = np.array([8.5, 9.0, 9.25, 10.75, 11.0, 13.0, 13.25, 14.75])
_EVENING_SHARE: Final = 0.08
_AT_ANY_TIME_SHARE: Final = 0.02


def first_day_of_academic_year(day: date) -> date:
    """Return 1 August of the academic year (1 August – 31 July) that a day lies in.

    Args:
        day: A date in London.

    Returns:
        The first day of its academic year.
    """
    return date(day.year if day.month >= 8 else day.year - 1, 8, 1)


def _weight(day: date, first: date) -> float:
    quiet = next(
        (weight for start, end, weight in _QUIET if start <= (day.month, day.day) <= end),
        1.0,
    )
    month = _MONTH_WEIGHT[day.month - 1]
    if day.month == 8 and day.day >= 18:
        month *= 2.0
    year = first_day_of_academic_year(day).year - first.year
    return float(month * quiet * _WEEKDAY_WEIGHT[day.weekday()] * _YEARLY_GROWTH**year)


@dataclass(frozen=True)
class Timetable:
    """The days of four academic years up to today, in London.

    Days are counted from 1 January 1970; times are Unix times in seconds.

    Attributes:
        first_day: 1 August of the first year, in days since the epoch.
        cumulative_weight: Per day from `first_day` to today, the share of learners who begin by then.
        utc_midnight_s: Per day, with a year to spare after today, Unix time of its first second in London.
        cutoff_s: Unix time of today 09:00 in London, after which no session has ended.
    """

    first_day: int
    cumulative_weight: NDArray[np.float64]
    utc_midnight_s: NDArray[np.int64]
    cutoff_s: int

    @classmethod
    def until(cls, today: date) -> "Timetable":
        """Make the timetable of the running academic year of `today` and the three before.

        Args:
            today: The last day, by the London calendar.

        Returns:
            The timetable.
        """
        running = first_day_of_academic_year(today)
        first = running.replace(year=running.year - YEARS + 1)
        days = [first + timedelta(days=n) for n in range((today - first).days + 1)]
        spare = [first + timedelta(days=n) for n in range(len(days) + 366)]
        weights = np.cumsum([_weight(day, first) for day in days])
        # London's clocks change at 01:00 UTC on Sundays, so that from 02:00 on noon's offset holds for the whole day.
        offsets_s = [_utc_offset_s(day) for day in spare]
        first_day = (first - EPOCH).days
        midnights_s = (first_day + np.arange(len(spare))) * DAY_S - np.array(offsets_s)
        cutoff = datetime.combine(today, _CUTOFF, tzinfo=LONDON)
        return cls(first_day, weights / weights[-1], midnights_s.astype(np.int64), int(cutoff.timestamp()))

    @property
    def last_day(self) -> int:
        """Today, in days since the epoch."""
        return self.first_day + len(self.cumulative_weight) - 1

    def draw_days(self, rng: Generator, size: int) -> NDArray[np.int64]:
        """Draw days on which learners begin, by how busy each day is.

        Args:
            rng: Source of randomness.
            size: Number of days.

        Returns:
            Days since the epoch, in no order.
        """
        drawn = np.searchsorted(self.cumulative_weight, rng.random(size), side="right")
        return self.first_day + drawn.astype(np.int64)

    def draw_times(self, rng: Generator, days: NDArray[np.int64]) -> NDArray[np.int64]:
        """Draw a moment at which a sitting begins (or goes on) on each of the given days.

        Args:
            rng: Source of randomness.
            days: Days since the epoch, from `first_day` to a year after today.

        Returns:
            Unix times in seconds: mostly at the start of a lesson, some in the evening, a few at any time of day.
        """
        size = len(days)
        kind = rng.random(size)
        lesson_s = _LESSON_START_H[rng.integers(0, len(_LESSON_START_H), size)] * 3600 + rng.exponential(500.0, size)
        evening_s = 17.5 * 3600 + rng.random(size) * 2.2 * 3600
        any_s = 7 * 3600 + rng.random(size) * 15 * 3600
        local_s = np.where(kind < _EVENING_SHARE, evening_s, lesson_s)
        local_s = np.where(kind > 1 - _AT_ANY_TIME_SHARE, any_s, local_s)
        return self.utc_midnight_s[days - self.first_day] + local_s.astype(np.int64)

    def local_second(self, moments_s: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the second of the London day for each Unix time.

        Args:
            moments_s: Unix times in seconds, within the timetable.

        Returns:
            Seconds since the London midnight before.
        """
        day = np.searchsorted(self.utc_midnight_s, moments_s, side="right") - 1
        seconds: NDArray[np.int64] = moments_s - self.utc_midnight_s[day]
        return seconds

    def local_day(self, moments_s: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the London day of each Unix time.

        Args:
            moments_s: Unix times in seconds, within the timetable.

        Returns:
            Days since the epoch.
        """
        return np.searchsorted(self.utc_midnight_s, moments_s, side="right") - 1 + self.first_day


def _utc_offset_s(day: date) -> int:
    noon = datetime.combine(day, time(12), tzinfo=LONDON)
    return int((noon.replace(tzinfo=UTC) - noon).total_seconds())


def avoid_weekends(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Move Saturdays and Sundays to the Monday after.

    Args:
        days: Days since the epoch.

    Returns:
        The days, all of them from Monday to Friday.
    """
    weekday = (days + 3) % 7  # 1 January 1970 was a Thursday
    return np.where(weekday < _SATURDAY, days, days + 7 - weekday)
