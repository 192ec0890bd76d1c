"""Cumulative counts against a plain count day by day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.analysis.cumulative import LAST_SLOT, cumulative_by_year, slot_day, totals_to_date, weekly_totals
from smartia.analysis.year_sessions import last_slot
from tests.analysis.plain_sessions import frame_of, session, years_of

AS_OF = dt.date(2026, 2, 10)


def test_totals_equal_a_plain_count(plain: list[dict[str, Any]], sessions: pd.DataFrame) -> None:
    """Every row counts the sessions of its day, and those of its year up to its day."""
    past = [row for row in plain if row["day"] <= AS_OF]
    table = cumulative_by_year(years_of(frame_of(past), AS_OF))
    for row in table.itertuples():
        first = dt.date(int(row.period[:4]), 8, 1)
        year = [r["day"] for r in past if first <= r["day"] <= row.day.date()]
        assert (row.n, row.total) == (year.count(row.day.date()), len(year))
        assert row.running == (first.year == 2025)
        assert row.slot == last_slot(row.day.date())
    assert table["n"].sum() == len(past)
    assert len(sessions) >= len(past)


def test_every_year_goes_from_august_to_its_end() -> None:
    """A year that is over ends on 31 July, the running one on the day of the data, both begin on 1 August."""
    table = cumulative_by_year(years_of(frame_of([session(), session(day=dt.date(2025, 9, 2))]), AS_OF))
    over, running = (rows for _, rows in table.groupby("period"))
    assert over["slot"].tolist() == [0, 61, LAST_SLOT]
    assert [str(day.date()) for day in over["day"]] == ["2024-08-01", "2024-10-01", "2025-07-31"]
    assert [str(day.date()) for day in running["day"]] == ["2025-08-01", "2025-09-02", "2026-02-10"]
    assert over["total"].tolist() == [0, 1, 1]


def test_totals_to_the_same_day() -> None:
    """Each year counts up to the calendar date of the data, that day included, newest year first."""
    days = [dt.date(2025, 2, 10), dt.date(2025, 2, 11), dt.date(2025, 9, 1)]
    table = cumulative_by_year(years_of(frame_of([session(day=day) for day in days]), AS_OF))
    assert totals_to_date(table, AS_OF) == {"2025/26": 1, "2024/25": 1}


@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1)))
def test_a_slot_gives_its_day_back(day: dt.date) -> None:
    """The date of a day's slot in its academic year is that day."""
    start = dt.date(day.year if day.month >= 8 else day.year - 1, 8, 1)
    assert slot_day(start, last_slot(day)) == day


def test_no_29_february_in_other_years() -> None:
    """The slot of 29 February has no date in a year without one."""
    with pytest.raises(ValueError, match="day"):
        slot_day(dt.date(2024, 8, 1), last_slot(dt.date(2024, 2, 29)))


def test_weeks_are_the_same_dates_in_every_year() -> None:
    """Also after 29 February, years with and without one have their weeks on the same calendar dates, and end whole."""
    days = [dt.date(year, 8, 1) for year in (2023, 2024, 2025)]
    weeks = weekly_totals(cumulative_by_year(years_of(frame_of([session(day=day) for day in days]), AS_OF)))
    leap, plain, running = (
        [(day.month, day.day) for day in part["day"]] for _, part in weeks.groupby("period", sort=False)
    )
    assert leap == plain
    assert (len(leap), leap[0], leap[-1]) == (53, (8, 8), (7, 31))
    assert running[:-1] == leap[: len(running) - 1]
    assert running[-1] == (AS_OF.month, AS_OF.day)
    assert set(weeks["total"]) == {1}
    assert set(weeks["n"]) == {0}


def test_empty_frame(sessions: pd.DataFrame) -> None:
    """Without sessions there are the columns and no rows."""
    empty, full = (cumulative_by_year(years_of(frame, AS_OF)) for frame in (sessions.iloc[:0], sessions))
    assert empty.empty
    assert list(empty.columns) == list(full.columns)
    assert totals_to_date(empty, AS_OF) == {}
    assert weekly_totals(empty).empty
    assert weekly_totals(empty).dtypes.equals(weekly_totals(full).dtypes)
