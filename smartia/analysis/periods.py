"""Periods: academic years, terms and months, told apart by the months in which they start."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, Literal, get_args

from smartia.table.calendar import academic_year_label

Period = Literal["academic_year", "term", "month"]
"""A length of time that sessions are counted by; also the name of its column in the frame."""

PERIODS: Final[tuple[Period, ...]] = get_args(Period)

_FIRST_MONTHS: Final[dict[Period, frozenset[int]]] = {
    "academic_year": frozenset({8}),
    "term": frozenset({8, 1, 4}),
    "month": frozenset(range(1, 13)),
}
_TERM_NAMES: Final = {8: "Autumn", 1: "Spring", 4: "Summer"}


def period_start(day: date, period: Period) -> date:
    """Give the first day of the period a day lies in.

    Args:
        day: Any day.
        period: The kind of period.

    Returns:
        The first day of a month: for an academic year 1 August; for a term 1 August, 1 January or 1 April.
    """
    start = day.replace(day=1)
    while start.month not in _FIRST_MONTHS[period]:
        start = (start - timedelta(days=1)).replace(day=1)
    return start


def next_start(start: date, period: Period) -> date:
    """Give the first day of the period that follows.

    Args:
        start: The first day of a period.
        period: The kind of period.

    Returns:
        The first day of the next one.
    """
    following = _next_month(start)
    while following.month not in _FIRST_MONTHS[period]:
        following = _next_month(following)
    return following


def period_label(start: date, period: Period) -> str:
    """Name a period.

    Args:
        start: The first day of the period.
        period: The kind of period.

    Returns:
        "2025/26", "2025/26 Autumn" or "Sep 2025".
    """
    if period == "month":
        return f"{start:%b %Y}"
    year = academic_year_label(period_start(start, "academic_year").year)
    return year if period == "academic_year" else f"{year} {_TERM_NAMES[start.month]}"


def is_running(start: date, period: Period, as_of: date) -> bool:
    """Say whether a period was not over on a day.

    Args:
        start: The first day of the period.
        period: The kind of period.
        as_of: The day (of the last refresh, Europe/London).

    Returns:
        True up to and including the period's last day, since that day is not over either.
    """
    return as_of < next_start(start, period)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
