"""Rooms: what the numbers of learners at once say about the rooms and laptops that a college needs.

Everything here is made from the half hours of `smartia.analysis.seats`; days and times are UK ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from smartia.analysis.seats import HALF_HOUR_MIN

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY_MIN: Final = 24 * 60


@dataclass(frozen=True)
class Shortfall:
    """How often a number of seats would not have been enough.

    Attributes:
        half_hours: Half hours with at least one learner.
        half_hours_short: Of these, the ones with more learners at once than seats.
        days: Days with at least one learner.
        days_short: Of these, the ones with such a half hour.
    """

    half_hours: int
    half_hours_short: int
    days: int
    days_short: int


def weekday_profile(peaks: pd.DataFrame, first_min: int = 7 * 60, last_min: int = 20 * 60) -> pd.DataFrame:
    """Give the busiest and the typical number of learners by weekday and half hour.

    Args:
        peaks: A result of `seat_peaks`.
        first_min: Half hours before this minute of the day count as one, the busiest of them each day.
        last_min: Half hours from this minute of the day on count as one, likewise.

    Returns:
        Monday to Sunday, and within them every half hour and the two ends of the day: `weekday` (0 to 6), `day` (its
        name), `minute` (start of the half hour; `first_min` − 30 stands for all before, `last_min` for all from then
        on), `label` ("10:00–10:30", "before 07:00", "20:00 or later"), `busiest` (the most on any date), `typical`
        (median over the dates of that weekday with at least one learner at any time of the day; missing without one)
        and `days` (how many such dates). The same shape without rows in `peaks`.
    """
    minutes = pd.RangeIndex(first_min - HALF_HOUR_MIN, last_min + 1, HALF_HOUR_MIN, name="minute")
    cut = peaks.assign(minute=peaks["minute"].clip(minutes[0], minutes[-1]))
    per_day = cut.pivot_table(index=["weekday", "date"], columns="minute", values="peak", aggfunc="max")
    by_weekday = per_day.reindex(columns=minutes).fillna(0.0).groupby(level="weekday")
    weekdays = pd.RangeIndex(7, name="weekday")
    busiest = by_weekday.max().reindex(weekdays, fill_value=0.0).stack()
    typical = by_weekday.median().reindex(weekdays).stack()
    table = pd.DataFrame({"busiest": busiest.astype("int64"), "typical": typical.astype("float64")}).reset_index()
    days = by_weekday.size().reindex(weekdays, fill_value=0)
    ends = {minutes[0]: f"before {_clock(first_min)}", minutes[-1]: f"{_clock(last_min)} or later"}
    table.insert(1, "day", table["weekday"].map(dict(enumerate(WEEKDAYS))))
    table.insert(3, "label", table["minute"].map({minute: half_hour_label(minute) for minute in minutes} | ends))
    return table.assign(days=table["weekday"].map(days).astype("int64"))


def day_profile(peaks: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Give one date half hour by half hour, beside what is typical of its weekday.

    Args:
        peaks: A result of `seat_peaks`.
        day: A date that occurs in it.

    Returns:
        One row for every half hour of the day, from the first to the last with a learner on that date or typically:
        `minute`, `label` ("10:00–10:30"), `peak` (of the date), `typical` (as in `weekday_profile`) and `days`
        (over how many dates).
    """
    same = peaks[peaks["weekday"] == day.weekday()]
    whole = weekday_profile(same, 0, _DAY_MIN)
    whole = whole[(whole["weekday"] == day.weekday()) & whole["minute"].between(0, _DAY_MIN - HALF_HOUR_MIN)]
    sat = same[same["date"] == day].groupby("minute")["peak"].max()
    table = whole.assign(peak=whole["minute"].map(sat).fillna(0).astype("int64"))
    taken = table.loc[(table["peak"] > 0) | (table["typical"] > 0), "minute"]
    table = table[table["minute"].between(taken.min(), taken.max())]
    return table[["minute", "label", "peak", "typical", "days"]].reset_index(drop=True)


def busiest_half_hours(peaks: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """Give the half hours with most learners at once; of equals the earlier ones.

    Args:
        peaks: A result of `seat_peaks`, or any rows in order of time with its `weekday`, `minute` and `peak`.
        count: How many at most.

    Returns:
        Rows of `peaks`, the busiest first, with `day` (name of the weekday) and `label` ("10:00–10:30").
    """
    found = peaks.sort_values("peak", ascending=False, kind="stable", ignore_index=True).head(count)
    return found.assign(day=found["weekday"].map(dict(enumerate(WEEKDAYS))), label=found["minute"].map(half_hour_label))


def seats_for_days(peaks: pd.DataFrame, share: float) -> int:
    """Give the smallest number of seats that would have been enough on a share of the days.

    Args:
        peaks: A result of `seat_peaks`.
        share: The share of the dates with at least one learner; above 0, up to 1.

    Returns:
        Seats; 0 where there are no such dates.

    Raises:
        ValueError: If the share is not above 0 and up to 1.
    """
    if not 0 < share <= 1:
        raise ValueError("The share of days must lie above 0, up to 1.")
    most = np.sort(peaks.groupby("date")["peak"].max().to_numpy())
    if not len(most):
        return 0
    # A share such as 0.95 is not exact in binary: 0.95 of 20 days must stay 19.
    return int(most[int(np.ceil(share * len(most) - 1e-9)) - 1])


def shortfall(peaks: pd.DataFrame, seats: int) -> Shortfall:
    """Count the half hours and the days on which a number of seats would not have been enough.

    Args:
        peaks: A result of `seat_peaks`.
        seats: The seats there are.

    Returns:
        The counts; zeros without rows.
    """
    short = peaks[peaks["peak"] > seats]
    return Shortfall(len(peaks), len(short), peaks["date"].nunique(), short["date"].nunique())


def short_days(peaks: pd.DataFrame, seats: int) -> pd.DataFrame:
    """List the days on which a number of seats would not have been enough.

    Args:
        peaks: A result of `seat_peaks`.
        seats: The seats there are.

    Returns:
        One row a date, in order of time: `date`, `day` (name of the weekday), `half_hours` (with more learners at once
        than seats), `peak` (the most learners at once) and `missing_seats` (`peak` − `seats`).
    """
    short = peaks[peaks["peak"] > seats]
    table = short.groupby("date", as_index=False).agg(half_hours=("peak", "size"), peak=("peak", "max"))
    days = table["date"].dt.day_of_week.map(dict(enumerate(WEEKDAYS)))
    return table.assign(day=days, missing_seats=table["peak"] - seats)


def half_hour_label(minute: int) -> str:
    """Name a half hour of the day.

    >>> half_hour_label(600)
    '10:00–10:30'
    """
    return f"{_clock(minute)}–{_clock(minute + HALF_HOUR_MIN)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
