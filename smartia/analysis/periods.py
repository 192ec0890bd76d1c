"""Periods: academic years, terms and months, told apart by the months in which they start; and ISO weeks."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Literal, get_args

import narwhals as nw
import pandas as pd

from smartia.table.calendar import academic_year_label
from smartia.table.picking import pick_rows

if TYPE_CHECKING:
    from narwhals.typing import IntoFrameT

Period = Literal["academic_year", "term", "month", "week"]
"""A length of time that sessions are counted by, and the name of its column in the frame."""

PERIODS: Final[tuple[Period, ...]] = get_args(Period)

_WEEK: Final = timedelta(weeks=1)
_FIRST_MONTHS: Final[dict[Period, frozenset[int]]] = {
    "academic_year": frozenset({8}),
    "term": frozenset({8, 1, 4}),
    "month": frozenset(range(1, 13)),
}
_TERM_NAMES: Final = {8: "Autumn", 1: "Spring", 4: "Summer"}
_TERM_MONTHS: Final = {name: month for month, name in _TERM_NAMES.items()}
_FIRST_MONTH: Final = 8


def period_start(day: date, period: Period) -> date:
    """Give the first day of the period a day lies in.

    Args:
        day: Any day.
        period: The kind of period.

    Returns:
        The Monday of a week, or the first day of a month: for an academic year 1 August; for a term 1 August, 1
        January or 1 April.
    """
    if period == "week":
        return day - timedelta(days=day.weekday())
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
    if period == "week":
        return start + _WEEK
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
        "2025/26", "2025/26 Autumn", "Sep 2025" or "8 Sep 2025" (the Monday of a week).
    """
    if period == "week":
        return f"{start.day} {start:%b %Y}"
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


def is_in_part(start: date, period: Period, as_of: date, since: date | None) -> bool:
    """Say whether there can be sessions of a part of a period only.

    Args:
        start: The first day of the period.
        period: The kind of period.
        as_of: The last day of the data.
        since: The first day from which sessions were kept; None where none was set.

    Returns:
        True where the period was not over on `as_of`, or began before `since`.
    """
    return is_running(start, period, as_of) or (since is not None and start < since)


def rows_of_period(frame: IntoFrameT, period: Period, start: date) -> IntoFrameT:
    """Pick the sessions of one period.

    Args:
        frame: Sessions with `completed_on`.
        period: The kind of period.
        start: Its first day.

    Returns:
        The rows with their labels, in their order.
    """
    first, after = (datetime.combine(day, time.min) for day in (start, next_start(start, period)))
    day = nw.col("completed_on")
    return pick_rows(frame, {}, [day >= first, day < after])


def with_start(table: pd.DataFrame) -> pd.DataFrame:
    """Replace a period's key by `start`, its first day.

    Args:
        table: An aggregation by `key`, the column of a kind of period.

    Returns:
        The table with `start` instead.
    """
    first = {key: key if isinstance(key, pd.Timestamp) else label_start(key) for key in table["key"].unique()}
    start = pd.Series([first[key] for key in table["key"]], index=table.index, dtype="datetime64[us]")
    columns = {name: table[name] for name in table.columns if name != "key"}
    return pd.DataFrame(columns | {"start": start}, index=table.index)


def label_start(label: str) -> date:
    """Give the first day of an academic year or of a term.

    Args:
        label: Its label, as `period_label` gives it.

    >>> label_start("2025/26 Spring")
    datetime.date(2026, 1, 1)
    """
    year, _, term = label.partition(" ")
    month = _TERM_MONTHS.get(term, _FIRST_MONTH)
    return date(int(year[:4]) + (month < _FIRST_MONTH), month, 1)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
