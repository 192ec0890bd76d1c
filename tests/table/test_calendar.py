"""Local dates, academic years, terms and ages, against plain Python."""

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.table import calendar
from tests.handmade import NOW

DAYS = [dt.date(2022, 1, 1) + dt.timedelta(days=step) for step in range(5 * 366)]
TERM_OF_MONTH = [
    "Spring",
    "Spring",
    "Spring",
    "Summer",
    "Summer",
    "Summer",
    "Summer",
    "Autumn",
    "Autumn",
    "Autumn",
    "Autumn",
    "Autumn",
]


def dates(*texts: str | None) -> pd.Series:
    """Make a column of dates."""
    return pd.to_datetime(pd.Series(texts, dtype="str")).astype("datetime64[us]")


def instants(*texts: str | None) -> pd.Series:
    """Make a column of UTC instants."""
    return pd.to_datetime(pd.Series(texts, dtype="str"), utc=True).astype("datetime64[us, UTC]")


def whole_days() -> pd.Series:
    """Make a column of every day of five years."""
    return pd.Series(pd.to_datetime(DAYS)).astype("datetime64[us]")


def start_year(day: dt.date) -> int:
    """The calendar year in which the academic year of a day begins."""
    return day.year if day.month >= 8 else day.year - 1


@pytest.mark.parametrize(
    ("instant", "date", "year"),
    [
        ("2025-07-31T22:59:59Z", "2025-07-31", "2024/25"),
        ("2025-07-31T23:00:00Z", "2025-08-01", "2025/26"),
        ("2025-08-01T00:00:00Z", "2025-08-01", "2025/26"),
        ("2025-06-15T23:30:00Z", "2025-06-16", "2024/25"),
        ("2025-01-15T23:59:59Z", "2025-01-15", "2024/25"),
        ("2024-12-31T23:59:59Z", "2024-12-31", "2024/25"),
        ("2025-03-30T00:59:59Z", "2025-03-30", "2024/25"),
        ("2025-10-26T00:30:00Z", "2025-10-26", "2025/26"),
        ("2000-07-31T23:30:00Z", "2000-08-01", "2000/01"),
    ],
)
def test_london_dates_and_academic_years(instant: str, date: str, year: str) -> None:
    """Days and academic years begin at midnight in London: in summer an hour before midnight UTC."""
    local = calendar.local_date(instants(instant))
    assert local.tolist() == [pd.Timestamp(date)]
    assert calendar.academic_year(local).tolist() == [year]


@given(st.integers(631_152_000, 3_786_912_000))
def test_any_london_date(unix_s: int) -> None:
    """The local date of any instant from 1990 to 2089 is that of the zone's own rules."""
    moment = dt.datetime.fromtimestamp(unix_s, dt.UTC)
    expected = moment.astimezone(ZoneInfo("Europe/London")).date()
    assert calendar.local_date(instants(moment.isoformat())).dt.date.tolist() == [expected]
    assert calendar.today_in_london(moment) == expected


@given(st.integers(-62_104_060_800, 253_370_764_799))
def test_any_minute_of_the_week(unix_s: int) -> None:
    """From year 2 to 9998 the minute of the week is that of the zone's own rules, as soon as it had one."""
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=unix_s)
    local = moment.astimezone(ZoneInfo("Europe/London"))
    minute = (local.weekday() * 24 + local.hour) * 60 + local.minute
    found = calendar.week_minute(pd.Series([moment], dtype="datetime64[us, UTC]")).tolist()
    assert found == [minute] or moment.year < 1848


def test_minutes_where_clocks_change() -> None:
    """At both changes of the clocks minutes follow the clock on the wall; without a time zone there is none."""
    texts = ["2025-03-30T00:59:59Z", "2025-03-30T01:00:00Z", "2025-10-26T00:59:59Z", "2025-10-26T01:00:00Z"]
    sunday = 6 * 24 * 60
    assert calendar.week_minute(instants(*texts)).tolist() == [sunday + 59, sunday + 120, sunday + 119, sunday + 60]
    far = pd.Series(["0001-12-31T23:59:59", "9999-01-01T00:00:00", None], dtype="datetime64[us]").dt.tz_localize("UTC")
    assert calendar.week_minute(far).isna().all()


def test_years_terms_and_months_of_five_years() -> None:
    """Academic year, term and month of every day of five years are those of plain Python."""
    days = whole_days()
    years = [f"{start_year(day)}/{(start_year(day) + 1) % 100:02d}" for day in DAYS]
    assert calendar.academic_year_start(days).tolist() == [start_year(day) for day in DAYS]
    assert calendar.academic_year(days).tolist() == years
    terms = [f"{year} {TERM_OF_MONTH[day.month - 1]}" for year, day in zip(years, DAYS, strict=True)]
    assert calendar.term(days).tolist() == terms
    assert list(dict.fromkeys(terms)) == sorted(set(terms))
    assert calendar.month_start(days).dt.date.tolist() == [day.replace(day=1) for day in DAYS]
    assert calendar.week_start(days).dt.date.tolist() == [day - dt.timedelta(days=day.weekday()) for day in DAYS]


@pytest.mark.parametrize(
    ("date", "slot"),
    [
        ("2025-08-01", 0),
        ("2025-02-28", 211),
        ("2024-02-29", 212),
        ("2025-03-01", 213),
        ("2024-03-01", 213),
        ("2025-07-31", 365),
        ("2024-07-31", 365),
    ],
)
def test_year_day_check_values(date: str, slot: int) -> None:
    """The slots are those of the docstring, in leap years and in others."""
    assert calendar.year_day(dates(date)).tolist() == [slot]


def test_year_day_of_five_years() -> None:
    """Every day has the slot that its month and day have in the academic year 2023/24, which holds a 29 February."""
    first = dt.date(2023, 8, 1)
    slots = [(day.replace(year=2023 if day.month >= 8 else 2024) - first).days for day in DAYS]
    assert calendar.year_day(whole_days()).tolist() == slots


@pytest.mark.parametrize(
    ("born", "date", "age"),
    [
        ("2008-08-31", "2025-09-10", 17),
        ("2008-09-01", "2025-09-10", 16),
        ("2008-08-31", "2025-08-10", 17),
        ("2008-08-31", "2025-07-31", 16),
        ("2008-02-29", "2025-09-10", 17),
        ("2008-02-29", "2026-07-31", 17),
        ("2025-08-31", "2025-09-10", 0),
        ("2025-09-01", "2025-09-10", None),
        ("2030-01-01", "2025-09-10", None),
        ("1905-08-31", "2025-09-10", 120),
        ("1904-08-31", "2025-09-10", None),
        ("0001-01-01", "2025-09-10", None),
        (None, "2025-09-10", None),
        ("2008-08-31", None, None),
    ],
)
def test_age_check_values(born: str | None, date: str | None, age: int | None) -> None:
    """Ages are taken on 31 August within the academic year; missing or implausible births give none."""
    birth = pd.Series([None if born is None else dt.datetime.fromisoformat(born)], dtype="datetime64[us]")
    found = calendar.age_on_31_august(birth, dates(date))
    assert str(found.dtype) == "Int16"
    assert [None if pd.isna(value) else value for value in found] == [age]


@given(st.dates(dt.date(1930, 1, 1), dt.date(2024, 12, 31)), st.dates(dt.date(2018, 1, 1), dt.date(2030, 12, 31)))
def test_any_age(born: dt.date, day: dt.date) -> None:
    """The age is the number of birthdays up to 31 August of the academic year, as counted in plain Python."""
    reference_day = dt.date(start_year(day), 8, 31)
    age = reference_day.year - born.year - ((born.month, born.day) > (8, 31))
    found = calendar.age_on_31_august(dates(born.isoformat()), dates(day.isoformat()))
    assert [None if pd.isna(value) else value for value in found] == [age if age >= 0 else None]


def test_age_bands() -> None:
    """Bands begin at 16 and at 19; without an age the band is unknown."""
    ages = pd.Series([0, 15, 16, 18, 19, 120, None], dtype="Int16")
    expected = ["under 16", "under 16", "16–18", "16–18", "19+", "19+", "unknown"]
    assert calendar.age_band(ages).tolist() == expected


def test_missing_dates_stay_missing() -> None:
    """A missing date gives a missing result everywhere, and the empty column an empty one."""
    for column in (dates("2025-09-01", None), dates()):
        missing = column.isna().tolist()
        for function in (calendar.academic_year_start, calendar.academic_year, calendar.term):
            assert function(column).isna().tolist() == missing
        assert calendar.month_start(column).isna().tolist() == missing
        assert calendar.week_start(column).isna().tolist() == missing
        assert calendar.year_day(column).isna().tolist() == missing
    assert calendar.local_date(instants("2025-09-01T12:00:00Z", None)).isna().tolist() == [False, True]


def test_today_needs_a_zone() -> None:
    """An instant without a zone has no date."""
    with pytest.raises(ValueError, match="no time zone"):
        calendar.today_in_london(NOW.replace(tzinfo=None))
