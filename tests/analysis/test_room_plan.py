"""The plan of rooms: the windows it may follow, and next autumn as the last one, against plain loops."""

from __future__ import annotations

import datetime as dt
import fractions
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.analysis.plan_windows import begun_within, last_autumn, planning_windows
from smartia.analysis.room_plan import next_autumn, plan_peaks
from smartia.analysis.rooms import busiest_half_hours, weekday_profile
from smartia.analysis.seats import seat_peaks
from tests.analysis.plain_sittings import BY_THE_MINUTE, LONDON, MONDAY, PEAKS, Sitting, frame_of, sat


@pytest.mark.parametrize(
    ("as_of", "autumn", "last_year"),
    [
        (dt.date(2025, 11, 24), 2025, 2024),
        (dt.date(2025, 10, 1), 2025, 2024),
        (dt.date(2025, 9, 30), 2024, 2024),
        (dt.date(2025, 8, 1), 2024, 2024),
        (dt.date(2025, 7, 31), 2024, 2023),
        (dt.date(2026, 2, 28), 2025, 2024),
    ],
)
def test_windows_are_over(as_of: dt.date, autumn: int, last_year: int) -> None:
    """The default is the latest August and September before the day of the data, then the years around it."""
    windows = planning_windows(as_of)
    assert list(windows) == ["autumn", "last_year", "this_year", "all"]
    assert (windows["autumn"].first, windows["autumn"].last) == (dt.date(autumn, 8, 1), dt.date(autumn, 9, 30))
    year = windows["last_year"]
    assert (year.first, year.last) == (dt.date(last_year, 8, 1), dt.date(last_year + 1, 7, 31))
    assert (windows["this_year"].first, windows["this_year"].last) == (dt.date(last_year + 1, 8, 1), as_of)
    assert (windows["all"].first, windows["all"].last) == (None, None)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2090, 12, 31)))
def test_the_plan_is_for_the_first_autumn_that_is_not_over(as_of: dt.date) -> None:
    """On any day: the past autumn is over, the one planned is not, and its days keep their weekdays."""
    first, last = last_autumn(as_of)
    carried = next_autumn(as_of)
    assert last < as_of <= dt.date(first.year + 1, 9, 30)
    assert (carried.past.first, carried.past.last) == (first, last)
    assert carried.name == f"August–September {first.year + 1}"
    assert [carried.first.weekday(), carried.last.weekday()] == [first.weekday(), last.weekday()]
    assert abs(carried.first - dt.date(first.year + 1, 8, 1)) <= dt.timedelta(days=2)
    assert carried.last - carried.first == last - first


def planned_by_hand(change: int, as_of: dt.date) -> list[tuple[dt.date, int, int, dt.date, int]]:
    """The random sittings' half hours on the same weekday of the same week a year on, in whole numbers."""
    rows = []
    for start, peak in sorted(BY_THE_MINUTE.items()):
        local = start.astimezone(LONDON)
        year, week, weekday = local.date().isocalendar()
        # From an ISO year of 52 weeks, as 2025 is, the same week of the next one is 52 weeks on.
        date = dt.date.fromisocalendar(year + 1, week, weekday)
        if date >= as_of:
            scaled = fractions.Fraction(peak * (100 + change), 100)
            rows.append((date, local.hour * 60 + local.minute, math.ceil(scaled), local.date(), peak))
    return rows


@pytest.mark.parametrize("change", [0, 10, -10, 7, -100, 300])
@pytest.mark.parametrize("as_of", [dt.date(2025, 12, 1), dt.date(2026, 10, 15), dt.date(2027, 1, 1)])
def test_plan_equals_plain_loops(change: int, as_of: dt.date) -> None:
    """Every half hour stands for the same weekday and week a year on, scaled and rounded up; days over are left out."""
    planned = plan_peaks(PEAKS, change, as_of)
    shown = [
        (row.date.date(), row.minute, row.peak, row.last_date.date(), row.last_peak) for row in planned.itertuples()
    ]
    assert shown == planned_by_hand(change, as_of)
    assert (planned["weekday"] == planned["date"].dt.day_of_week).all()
    assert planned["peak"].dtype == "int64"


def test_no_change_plans_what_was() -> None:
    """With as many learners the profile of the week is that of last year, and the busiest half hours are the same."""
    planned = plan_peaks(PEAKS, 0, dt.date(2025, 12, 1))
    pd.testing.assert_frame_equal(weekday_profile(planned), weekday_profile(PEAKS))
    columns = ["weekday", "minute", "peak", "label"]
    pd.testing.assert_frame_equal(busiest_half_hours(planned)[columns], busiest_half_hours(PEAKS)[columns])


def test_ten_per_cent_more_than_ten_is_eleven() -> None:
    """Shares are not exact in binary: 10 learners and 10 % are 11, not 12; and fewer than none are refused."""
    peaks = seat_peaks(frame_of([sat(f"{MONDAY} 09:00", 20)] * 10))
    assert plan_peaks(peaks, 10, dt.date(2026, 1, 1))["peak"].tolist() == [11]
    with pytest.raises(ValueError, match="Fewer learners than none"):
        plan_peaks(peaks, -101, dt.date(2026, 1, 1))


def test_windows_go_by_the_uk_date() -> None:
    """The first and the last minute of a window by UK time count, the ones beside them do not; nothing is changed."""
    starts = ["2025-07-31 23:59", "2025-08-01 00:00", "2025-09-30 23:59", "2025-10-01 00:00"]
    frame = frame_of([sat(start, 10) for start in starts])
    windows = planning_windows(dt.date(2025, 11, 1))
    assert begun_within(frame, windows["autumn"]).index.tolist() == [1, 2]
    assert begun_within(frame, windows["last_year"]).index.tolist() == [0]
    assert begun_within(frame, windows["this_year"]).index.tolist() == [1, 2, 3]
    assert len(begun_within(frame, windows["all"])) == 4


@pytest.mark.parametrize("rows", [[], [sat(f"{MONDAY} 09:00", 30, sitting="not known")]], ids=["none", "none placed"])
def test_nobody_needs_no_plan(rows: list[Sitting]) -> None:
    """Without a session, or without one at a known time, there is nothing to plan."""
    assert plan_peaks(seat_peaks(frame_of(rows)), 10, dt.date(2025, 12, 1)).empty
