"""The college's calendar: local dates, academic years, terms, and ages on 31 August.

Source: funding years in England run from 1 August to 31 July; ages are taken on 31 August within them.
All functions are vectorised; a missing date gives a missing result. Those with `days` take and give NumPy's dates,
others pandas' columns.
"""

import datetime as dt
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smartia.table.columns import AGE_BANDS

LONDON = ZoneInfo("Europe/London")
_FIRST_MONTH = 8
_EPOCH_YEAR = 1970
_EPOCH_WEEKDAY = 3
_DAY_MIN = 24 * 60
_HOUR_S = 3600
_FIRST_S, _LAST_S = (np.datetime64(day, "s").astype(np.int64) for day in ("0002-01-01", "9999-01-01"))
_MAX_AGE = 120
_NO_AGE = _MAX_AGE + 1
_BAND_STARTS = (16, 19, _NO_AGE)
_TERMS = {8: "Autumn", 9: "Autumn", 10: "Autumn", 11: "Autumn", 12: "Autumn", 1: "Spring", 2: "Spring", 3: "Spring"}
_LEAP_YEAR = 2023  # 1 August 2023 – 31 July 2024 holds a 29 February.


def local_date(instants: pd.Series) -> pd.Series:
    """The Europe/London date of UTC instants, as midnight without a zone."""
    dates: pd.Series = instants.dt.tz_convert(LONDON).dt.tz_localize(None).dt.normalize()
    return dates


def local_time(instants: pd.Series) -> pd.Series:
    """UTC instants as the same instants in Europe/London."""
    times: pd.Series = instants.dt.tz_convert(LONDON)
    return times


def academic_year_start(dates: pd.Series) -> pd.Series:
    """The calendar year in which the academic year of each date begins (nullable integer)."""
    days = dates.to_numpy()
    return pd.Series(pd.arrays.IntegerArray(year_starts_of_days(days), np.isnat(days)), index=dates.index)


def year_starts_of_days(days: NDArray[np.datetime64]) -> NDArray[np.int32]:
    """The calendar year in which the academic year of each day begins; of no meaning for a missing one."""
    starts: NDArray[np.int32] = ((_months(days) - (_FIRST_MONTH - 1)) // 12 + _EPOCH_YEAR).astype(np.int32)
    return starts


def academic_year_label(start: int) -> str:
    """The label of the academic year that begins in a calendar year.

    >>> academic_year_label(2025)
    '2025/26'
    """
    return f"{start}/{(start + 1) % 100:02d}"


def academic_year(dates: pd.Series) -> pd.Series:
    """The academic year of each date as a categorical such as "2025/26", the earliest first."""
    starts = academic_year_start(dates)
    places, found = pd.factorize(starts, sort=True)
    return pd.Series(
        pd.Categorical.from_codes(places, pd.Index([academic_year_label(start) for start in found], dtype="str")),
        index=dates.index,
    )


def term(dates: pd.Series) -> pd.Series:
    """The term of each date as text, such as "2025/26 Autumn"; in order of time where sorted as text."""
    names = dates.dt.month.map(lambda month: _TERMS.get(month, "Summer"), na_action="ignore")
    terms: pd.Series = academic_year(dates).astype("str") + " " + names.astype("str")
    return terms


def month_start(dates: pd.Series) -> pd.Series:
    """The first day of each date's month."""
    months: pd.Series = dates - pd.to_timedelta(dates.dt.day - 1, unit="D")
    return months


def week_start(dates: pd.Series) -> pd.Series:
    """The Monday of each date's week."""
    weeks: pd.Series = dates - pd.to_timedelta(dates.dt.day_of_week, unit="D")
    return weeks


def year_day(dates: pd.Series) -> pd.Series:
    """The slot of each date in its academic year: 1 August is 0, 28 February 211, 1 March 213, 31 July 365.

    Counted in a leap-year calendar, so that the same calendar date has the same slot in every year.
    """
    known = dates.notna()
    place = ((dates.dt.month - 1) * 31 + dates.dt.day - 1).where(known, 0).astype("int64")
    return pd.Series(_slots()[place.to_numpy()], index=dates.index).astype("Int16").where(known)


@cache
def _slots() -> NDArray[np.int16]:
    """The slot of each day of the calendar, 31 days to every month."""
    slots = np.full(12 * 31, -1, dtype=np.int16)
    for slot, day in enumerate(pd.date_range(f"{_LEAP_YEAR}-08-01", f"{_LEAP_YEAR + 1}-07-31")):
        slots[(day.month - 1) * 31 + day.day - 1] = slot
    slots.flags.writeable = False
    return slots


def week_minute(instants: pd.Series) -> pd.Series:
    """The minute of the Europe/London week in which each UTC instant lies (nullable integer).

    0 on Monday at 00:00, 10,079 on Sunday at 23:59; when the clocks go back, an hour's minutes are there twice. Missing
    outside the years 2 to 9998, where time zones end.
    """
    # London has changed its clocks on the hour ever since it kept standard time, so each hour has one offset.
    seconds = instants.to_numpy(dtype="datetime64[s]").astype(np.int64)
    known = (seconds >= _FIRST_S) & (seconds < _LAST_S)
    seconds = np.where(known, seconds, 0)
    place, hours = pd.factorize(seconds // _HOUR_S)
    starts = pd.Series(hours * _HOUR_S).astype("datetime64[s]").dt.tz_localize("UTC")
    local = starts.dt.tz_convert(LONDON).dt.tz_localize(None).to_numpy().astype(np.int64)
    minutes = (local[place] + seconds % _HOUR_S) // 60
    of_week = ((minutes + _EPOCH_WEEKDAY * _DAY_MIN) % (7 * _DAY_MIN)).astype(np.int16)
    return pd.Series(pd.arrays.IntegerArray(of_week, ~known), index=instants.index)


def age_on_31_august(born_on: pd.Series, dates: pd.Series) -> pd.Series:
    """Whole years on 31 August of the academic year of each date (nullable integer).

    Missing where either date is, and where the age would lie outside 0–120.
    """
    days = dates.to_numpy()
    ages, is_missing = ages_in_years(born_on.to_numpy(), year_starts_of_days(days))
    return pd.Series(pd.arrays.IntegerArray(ages, is_missing | np.isnat(days)), index=dates.index)


def ages_in_years(
    born_on: NDArray[np.datetime64], year_starts: NDArray[np.int32]
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Whole years on 31 August of an academic year each, and where that is missing (there it is 0).

    Missing where the date of birth is, and where the age would lie outside 0–120.

    Args:
        born_on: Dates of birth.
        year_starts: The calendar year in which the academic year begins, for each of them.
    """
    # Counted in months up to August: who is born in September or later has no birthday before 31 August.
    augusts = (year_starts.astype(np.int64) - _EPOCH_YEAR) * 12 + _FIRST_MONTH - 1
    ages = (augusts - _months(born_on)) // 12
    is_missing = np.isnat(born_on) | (ages < 0) | (ages > _MAX_AGE)
    return np.where(is_missing, 0, ages).astype(np.int16), is_missing


def age_band(ages: pd.Series) -> pd.Series:
    """The band of each age as a categorical: under 16, 16–18, 19+, unknown."""
    codes = age_band_codes(ages.to_numpy(dtype=np.int64, na_value=0), ages.isna().to_numpy())
    return pd.Series(pd.Categorical.from_codes(codes, pd.Index(AGE_BANDS)), index=ages.index)


def age_band_codes(ages: NDArray[Any], is_missing: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The place of each age's band in `smartia.table.columns.AGE_BANDS`."""
    return np.searchsorted(_BAND_STARTS, np.where(is_missing, _NO_AGE, ages), side="right")


def _months(days: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """The months of days, counted from January 1970."""
    return days.astype("datetime64[M]").astype(np.int64)


def today_in_london(moment: dt.datetime) -> dt.date:
    """The Europe/London date of an instant.

    Raises:
        ValueError: The instant has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("the instant has no time zone")
    return moment.astimezone(LONDON).date()
