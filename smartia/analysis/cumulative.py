"""Cumulative counts: how many sittings each academic year had by each day of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import narwhals as nw
import pandas as pd

from smartia.analysis.grouping import aggregate
from smartia.analysis.periods import is_running, period_label
from smartia.analysis.trends import last_slot

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

LAST_SLOT: Final = 365
"""The slot of 31 July."""

_LEAP_YEAR_START: Final = date(2023, 8, 1)


def cumulative_by_year(frame: IntoFrame, as_of: date) -> pd.DataFrame:
    """Count sessions up to each day of each academic year, aligned by the day of the year.

    Args:
        frame: Sessions with `academic_year` and `year_day`.
        as_of: The last day of the data (Europe/London); the year under way ends there.

    Returns:
        For every academic year that has sessions one row for 1 August, for each day with sessions, and for the last
        day (31 July, or `as_of`): `period` (the year), `running` (not over on `as_of`), `slot` (as `year_day`),
        `day` (the date), `n` (sessions of that day), `total` (sessions up to and including it). No rows for a frame
        without rows.
    """
    found = aggregate(
        frame,
        None,
        [nw.len().alias("n")],
        keys={"year": nw.col("academic_year"), "slot": nw.col("year_day")},
    )
    counted = found.astype({"year": "str", "slot": "int64"})[["year", "slot", "n"]]
    parts = [_one_year(str(label), rows, as_of) for label, rows in counted.groupby("year")]
    columns = {"period": "str", "running": "bool", "slot": "int64", "day": "datetime64[us]", "n": "int64"}
    empty = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in (columns | {"total": "int64"}).items()})
    return pd.concat(parts, ignore_index=True) if parts else empty


def totals_to_date(cumulative: pd.DataFrame, as_of: date) -> dict[str, int]:
    """Say how many sessions each year had by the calendar date of the data.

    Args:
        cumulative: A result of `cumulative_by_year`.
        as_of: The day.

    Returns:
        Academic year → sessions up to and including that day of it, the newest year first.
    """
    so_far = cumulative[cumulative["slot"] <= last_slot(as_of)]
    return {str(year): int(rows["total"].max()) for year, rows in reversed(list(so_far.groupby("period")))}


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
