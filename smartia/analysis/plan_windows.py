"""Windows: the stretches of time that a plan of rooms may start from, by the UK date on which tests were begun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import narwhals as nw

from smartia.analysis.periods import period_start
from smartia.table.calendar import LONDON, academic_year_label
from smartia.table.picking import pick_rows

if TYPE_CHECKING:
    from narwhals.typing import IntoFrameT

_AUTUMN_START: Final = (8, 1)
_AUTUMN_END: Final = (9, 30)
"""The weeks in which a college assesses most: month and day, first and last."""


@dataclass(frozen=True)
class Window:
    """A stretch of London dates.

    Attributes:
        name: What it is called.
        first: Its first day; None where there is no first one.
        last: Its last day; None where there is no last one.
    """

    name: str
    first: date | None = None
    last: date | None = None


def planning_windows(as_of: date) -> dict[str, Window]:
    """Give the stretches of time that a plan of rooms may start from.

    Args:
        as_of: The day of the data (Europe/London).

    Returns:
        By key: "autumn", the latest August and September that are wholly over; "last_year", the latest academic year
        that is; "this_year", the one that is not, up to `as_of`; "all", without limits.
    """
    this_year = period_start(as_of, "academic_year")
    last_year = this_year.replace(year=this_year.year - 1)
    first, last = last_autumn(as_of)
    return {
        "autumn": Window(f"August–September {first.year}", first, last),
        "last_year": Window(academic_year_label(last_year.year), last_year, this_year - timedelta(days=1)),
        "this_year": Window(f"{academic_year_label(this_year.year)} so far", this_year, as_of),
        "all": Window("All dates"),
    }


def last_autumn(as_of: date) -> tuple[date, date]:
    """Give the first and the last day of the latest August and September that are wholly over.

    Args:
        as_of: The day of the data (Europe/London).
    """
    year = as_of.year if (as_of.month, as_of.day) > _AUTUMN_END else as_of.year - 1
    return date(year, *_AUTUMN_START), date(year, *_AUTUMN_END)


def begun_within(frame: IntoFrameT, window: Window) -> IntoFrameT:
    """Keep the sessions that began within a window, by their London date.

    Args:
        frame: Sessions with `started_at` (UTC).
        window: The dates.

    Returns:
        The rows that fit, in their order and with all columns.
    """
    started = nw.col("started_at")
    conditions = []
    if window.first is not None:
        conditions.append(started >= _midnight(window.first))
    if window.last is not None:
        conditions.append(started < _midnight(window.last + timedelta(days=1)))
    return pick_rows(frame, {}, conditions)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LONDON)
