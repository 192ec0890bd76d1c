"""Cumulative counts: how many sessions counted in each academic year on each day of it.

The attempt rule holds within the year and up to each day (see `smartia.analysis.year_sessions`): under the latest
attempt a learner counts once at each test from the first attempt on, and goes on counting with the next one.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import narwhals as nw
import numpy as np
import pandas as pd

from smartia.analysis.grouping import aggregate
from smartia.analysis.measures import SIZE
from smartia.analysis.periods import is_running, period_label
from smartia.analysis.year_sessions import last_slot
from smartia.table.filters import AttemptRule
from smartia.table.picking import pick_rows

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from smartia.analysis.year_sessions import YearSessions

LAST_SLOT: Final = 365
"""The slot of 31 July."""

_WEEK: Final = 7
_LEAP_YEAR_START: Final = date(2023, 8, 1)


def cumulative_by_year(years: YearSessions) -> pd.DataFrame:
    """Say how many sessions counted on each day of each academic year, aligned by the day of the year.

    Args:
        years: Sessions with `academic_year`, `year_day`, `learner` and `test_id`; the year under way ends with the
            last day of the data.

    Returns:
        For every academic year that has sessions one row for 1 August, for each day on which the number changed, and
        for the last day (31 July, or that of the data): `period` (the year), `running` (not over on that day), `slot`
        (as `year_day`), `day` (the date), `n` (how many more than the day before; fewer, below 0, where the filters
        keep an attempt and not the one that follows it), `total` (how many counted on that day). No rows where there
        are no sessions.
    """
    counted = _changes_by_day(years)
    parts = [_one_year(str(label), rows, years.as_of) for label, rows in counted.groupby("year")]
    columns = {"period": "str", "running": "bool", "slot": "int64", "day": "datetime64[us]", "n": "int64"}
    empty = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in (columns | {"total": "int64"}).items()})
    return pd.concat(parts, ignore_index=True) if parts else empty


def totals_to_date(cumulative: pd.DataFrame, as_of: date) -> dict[str, int]:
    """Say how many sessions counted in each year on the calendar date of the data.

    Args:
        cumulative: A result of `cumulative_by_year`.
        as_of: The day.

    Returns:
        Academic year → sessions that counted on that day of it, the newest year first.
    """
    so_far = cumulative[cumulative["slot"] <= last_slot(as_of)]
    return {str(year): int(rows["total"].iloc[-1]) for year, rows in reversed(list(so_far.groupby("period")))}


def weekly_totals(cumulative: pd.DataFrame) -> pd.DataFrame:
    """Say how many sessions counted in each year at the end of each week of it, for marks on the curve.

    Args:
        cumulative: A result of `cumulative_by_year`.

    Returns:
        For every academic year one row for every seventh day after 1 August, the same dates in all years, and one for
        the last day, where any sessions counted: `period`, `slot`, `day`, `total` (how many counted on that day), `n`
        (how many more than a week before; across the end of a February of 28 days that week has six).
    """
    parts = [_weeks_of(str(period), rows) for period, rows in cumulative.groupby("period", sort=False)]
    types = {"period": "str", "slot": "int64", "day": "datetime64[us]", "total": "int64", "n": "int64"}
    empty = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in types.items()})
    return pd.concat(parts, ignore_index=True) if parts else empty


def slot_day(start: date, slot: int) -> date:
    """Give the date of a slot in an academic year.

    Args:
        start: 1 August of the year.
        slot: 0 to 365, as `year_day`.

    Raises:
        ValueError: If the slot is that of 29 February and the year has none.
    """
    day = _LEAP_YEAR_START + timedelta(days=slot)
    return day.replace(year=start.year + (day.year - _LEAP_YEAR_START.year))


def _changes_by_day(years: YearSessions) -> pd.DataFrame:
    """Say by how much the number of those that count changes on each day: `year`, `slot`, `n`."""
    rule, rows = years.filters.attempts, years.fitting
    begun = pick_rows(rows, {}, [nw.col("year_attempt") == 1]) if rule is AttemptRule.FIRST else rows
    parts = [_count_days(begun, "year_day")]
    if rule is AttemptRule.LATEST:
        # The next attempt takes the place of each.
        replaced = _count_days(pick_rows(rows, {}, [years.has_next]), "next_year_day")
        parts.append(replaced.assign(n=-replaced["n"]))
    return pd.concat(parts, ignore_index=True).groupby(["year", "slot"], as_index=False)[["n"]].sum()


def _count_days(rows: IntoFrame, slot: str) -> pd.DataFrame:
    found = aggregate(rows, None, {"n": SIZE}, keys={"year": nw.col("academic_year"), "slot": nw.col(slot)})
    return found.astype({"year": "str", "slot": "int64"})[["year", "slot", "n"]]


def _one_year(label: str, rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    start = date(int(label[:4]), 8, 1)
    running = is_running(start, "academic_year", as_of)
    last = last_slot(as_of) if running else LAST_SLOT
    daily = rows.set_index("slot")["n"]
    slots = sorted({0, last, *daily.index})
    daily = daily.reindex(slots, fill_value=0)
    return pd.DataFrame(
        {
            "period": period_label(start, "academic_year"),
            "running": running,
            "slot": slots,
            "day": pd.Series([slot_day(start, slot) for slot in slots], dtype="datetime64[us]"),
            "n": daily.to_numpy(dtype="int64"),
            "total": daily.cumsum().to_numpy(dtype="int64"),
        }
    )


def _weeks_of(period: str, rows: pd.DataFrame) -> pd.DataFrame:
    changed, totals, last = rows["slot"].to_numpy(), rows["total"].to_numpy(), int(rows["slot"].iloc[-1])
    slots = np.array([*range(_WEEK, last, _WEEK), last])
    total, before = (totals[np.searchsorted(changed, at, side="right") - 1] for at in (slots, slots - _WEEK))
    start = date(int(period[:4]), 8, 1)
    found = pd.DataFrame(
        {
            "period": pd.Series(period, index=range(len(slots)), dtype="str"),
            "slot": slots,
            "day": pd.Series([slot_day(start, int(slot)) for slot in slots], dtype="datetime64[us]"),
            "total": total,
            "n": total - np.where(slots >= _WEEK, before, 0),
        }
    )
    return found[found["total"] > 0]
