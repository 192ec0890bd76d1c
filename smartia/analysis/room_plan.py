"""Plan of rooms: the weeks of last autumn carried over to the next one, for a number of learners of the reader's own.

The rule: every day stands for the same weekday `WEEKS_ON` weeks later, so that a Tuesday stays a Tuesday and the first
week stays the first, and each half hour's learners at once are multiplied alike and rounded up. A date is never carried
over to the same date, as that is another weekday. Bank holidays and a term that begins earlier or later are not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import pandas as pd

from smartia.analysis.plan_windows import Window, last_autumn, planning_windows

WEEKS_ON: Final = 52
"""Weeks from a day of last year to the day that it stands for."""
_SHIFT: Final = timedelta(weeks=WEEKS_ON)


@dataclass(frozen=True)
class Carried:
    """From when to when a plan is carried over.

    Attributes:
        past: The August and September whose figures are known.
        name: What the plan's are called.
        first: The first day of the plan, a day or two before 1 August.
        last: Its last day, as much before 30 September.
    """

    past: Window
    name: str
    first: date
    last: date


def next_autumn(as_of: date) -> Carried:
    """Say which weeks a plan comes from and for which it is.

    Args:
        as_of: The day of the data (Europe/London).

    Returns:
        The latest August and September that are wholly over, and the same weeks of the year after: the first autumn
        that is not over.
    """
    first, last = last_autumn(as_of)
    name = f"August–September {first.year + 1}"
    return Carried(planning_windows(as_of)["autumn"], name, first + _SHIFT, last + _SHIFT)


def plan_peaks(peaks: pd.DataFrame, change_percent: int, as_of: date) -> pd.DataFrame:
    """Carry half hours over to the days that they stand for, with more or fewer learners.

    Args:
        peaks: A result of `seat_peaks`.
        change_percent: How many per cent more learners are expected than there were; negative for fewer.
        as_of: The day of the data; days of the plan before it are over and left out.

    Returns:
        One row a half hour, in order of time: `date` and `peak` of the plan (learners at once, rounded up; whole),
        `weekday` and `minute` (of both), `last_date` and `last_peak` (what was). No rows where nothing is left.

    Raises:
        ValueError: If fewer learners than none are expected.
    """
    if change_percent < -100:
        raise ValueError("Fewer learners than none cannot be expected.")
    table = peaks[["date", "weekday", "minute", "peak"]].rename(columns={"date": "last_date", "peak": "last_peak"})
    # In whole numbers: 1.1 times 10 is a little more than 11 in binary, and would be rounded up to 12.
    table = table.assign(date=table["last_date"] + _SHIFT, peak=-(-table["last_peak"] * (100 + change_percent) // 100))
    return table[table["date"] >= pd.Timestamp(as_of)].reset_index(drop=True)
