"""The college's calendar: local dates, academic years, terms, and ages on 31 August.

Source: funding years in England run from 1 August to 31 July; ages are taken on 31 August within them.
All functions are vectorised; a missing date gives a missing result.
"""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

LONDON = ZoneInfo("Europe/London")
_FIRST_MONTH = 8
_MAX_AGE = 120
_TERMS = {8: "Autumn", 9: "Autumn", 10: "Autumn", 11: "Autumn", 12: "Autumn", 1: "Spring", 2: "Spring", 3: "Spring"}
_LEAP_YEAR = 2023  # 1 August 2023 – 31 July 2024 holds a 29 February.


def local_date(instants: pd.Series) -> pd.Series:
    """The Europe/London date of UTC instants, as midnight without a zone."""
    dates: pd.Series = instants.dt.tz_convert(LONDON).dt.tz_localize(None).dt.normalize()
    return dates


def academic_year_start(dates: pd.Series) -> pd.Series:
    """The calendar year in which the academic year of each date begins (nullable integer)."""
    starts: pd.Series = (dates.dt.year - (dates.dt.month < _FIRST_MONTH)).astype("Int32").where(dates.notna())
    return starts


def academic_year_label(start: int) -> str:
    """The label of the academic year that begins in a calendar year.

    >>> academic_year_label(2025)
    '2025/26'
    """
    return f"{start}/{(start + 1) % 100:02d}"


def academic_year(dates: pd.Series) -> pd.Series:
    """The academic year of each date as text, such as "2025/26"."""
    starts = academic_year_start(dates)
    return starts.map({start: academic_year_label(start) for start in starts.dropna().unique()}).astype("str")


def term(dates: pd.Series) -> pd.Series:
    """The term of each date as text, such as "2025/26 Autumn"; in order of time where sorted as text."""
    names = dates.dt.month.map(lambda month: _TERMS.get(month, "Summer"), na_action="ignore")
    terms: pd.Series = academic_year(dates) + " " + names.astype("str")
    return terms


def month_start(dates: pd.Series) -> pd.Series:
    """The first day of each date's month."""
    months: pd.Series = dates - pd.to_timedelta(dates.dt.day - 1, unit="D")
    return months


def year_day(dates: pd.Series) -> pd.Series:
    """The slot of each date in its academic year: 1 August is 0, 28 February 211, 1 March 213, 31 July 365.

    Counted in a leap-year calendar, so that the same calendar date has the same slot in every year.
    """
    slots = np.full(12 * 31, -1, dtype=np.int16)
    for slot, day in enumerate(pd.date_range(f"{_LEAP_YEAR}-08-01", f"{_LEAP_YEAR + 1}-07-31")):
        slots[(day.month - 1) * 31 + day.day - 1] = slot
    known = dates.notna()
    place = ((dates.dt.month - 1) * 31 + dates.dt.day - 1).where(known, 0).astype("int64")
    return pd.Series(slots[place.to_numpy()], index=dates.index).astype("Int16").where(known)


def age_on_31_august(born_on: pd.Series, dates: pd.Series) -> pd.Series:
    """Whole years on 31 August of the academic year of each date (nullable integer).

    Missing where either date is, and where the age would lie outside 0–120.
    """
    had_birthday = (born_on.dt.month < 9).astype("Int32")
    ages = academic_year_start(dates) - born_on.dt.year.astype("Int32") - 1 + had_birthday
    plausible: pd.Series = ages.where((ages >= 0) & (ages <= _MAX_AGE)).astype("Int16")
    return plausible


def age_band(ages: pd.Series) -> pd.Series:
    """The band of each age as text: under 16, 16–18, 19+, unknown."""
    filled = ages.astype("float64").to_numpy()
    bands = np.select([filled < 16, filled < 19, filled >= 19], ["under 16", "16–18", "19+"], default="unknown")
    return pd.Series(bands, index=ages.index, dtype="str")


def today_in_london(moment: dt.datetime) -> dt.date:
    """The Europe/London date of an instant.

    Raises:
        ValueError: The instant has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("the instant has no time zone")
    return moment.astimezone(LONDON).date()
