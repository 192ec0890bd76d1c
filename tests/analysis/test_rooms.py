"""Rooms: the week, the busiest day and the seats that are enough, against plain loops."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import defaultdict

import pytest

from smartia.analysis.rooms import (
    WEEKDAYS,
    busiest_half_hours,
    day_profile,
    half_hour_label,
    seats_for_days,
    short_days,
    shortfall,
    weekday_profile,
)
from smartia.analysis.seats import seat_peaks
from tests.analysis.plain_sittings import BY_THE_MINUTE, LONDON, MONDAY, PEAKS, Sitting, frame_of, sat


def local_peaks() -> dict[tuple[dt.date, int], int]:
    """The peaks of the random sittings by UK date and minute, by the second."""
    found: dict[tuple[dt.date, int], int] = {}
    for start, peak in BY_THE_MINUTE.items():
        local = start.astimezone(LONDON)
        key = (local.date(), local.hour * 60 + local.minute)
        found[key] = max(found.get(key, 0), peak)
    return found


def test_profile_equals_plain_loops() -> None:
    """Busiest and typical of every weekday and half hour, and of both ends of the day, equal those of a loop."""
    local = local_peaks()
    days = {date for date, _ in local}
    profile = weekday_profile(PEAKS)
    assert len(profile) == 7 * 28
    assert list(dict.fromkeys(profile["day"])) == list(WEEKDAYS)
    for row in profile.itertuples():
        mine = [date for date in days if date.weekday() == row.weekday]
        if row.label == "before 07:00":
            inside = range(0, 420, 30)
        elif row.label == "20:00 or later":
            inside = range(1200, 1440, 30)
        else:
            assert row.label == half_hour_label(row.minute)
            inside = range(row.minute, row.minute + 1)
        values = [max(local.get((date, minute), 0) for minute in inside) for date in mine]
        assert (row.busiest, row.typical, row.days) == (max(values), statistics.median(values), len(mine))


def test_day_profile_equals_plain_loops() -> None:
    """The busiest day half hour by half hour beside the median of its weekday; nobody who sat that day is missing."""
    local = local_peaks()
    date = busiest_half_hours(PEAKS, 1)["date"].iloc[0]
    day = day_profile(PEAKS, date)
    same = {other for other, _ in local if other.weekday() == date.weekday()}
    assert list(day["minute"]) == list(range(day["minute"].iloc[0], day["minute"].iloc[-1] + 1, 30))
    for row in day.itertuples():
        assert row.peak == local.get((date.date(), row.minute), 0)
        assert row.typical == statistics.median(local.get((other, row.minute), 0) for other in same)
        assert row.days == len(same)
    assert {minute for other, minute in local if other == date.date()} <= set(day["minute"])


def test_busiest_are_the_largest_and_the_earliest() -> None:
    """The ten busiest half hours, equals by time."""
    expected = sorted(BY_THE_MINUTE.items(), key=lambda item: (-item[1], item[0]))[:10]
    found = busiest_half_hours(PEAKS)
    assert [(start.to_pydatetime(), peak) for start, peak in zip(found["starts_at"], found["peak"], strict=True)] == (
        expected
    )
    assert found["day"].tolist() == [WEEKDAYS[start.astimezone(LONDON).weekday()] for start, _ in expected]


@pytest.mark.parametrize("seats", [0, 1, 2, 3, 100])
def test_shortfall_equals_plain_loops(seats: int) -> None:
    """Half hours and days with more learners than seats, and what was missing on each of the days."""
    found = BY_THE_MINUTE
    short: dict[dt.date, list[int]] = defaultdict(list)
    for start, peak in found.items():
        if peak > seats:
            short[start.astimezone(LONDON).date()].append(peak)
    counted = shortfall(PEAKS, seats)
    days = {start.astimezone(LONDON).date() for start in found}
    assert (counted.half_hours, counted.days) == (len(found), len(days))
    assert (counted.half_hours_short, counted.days_short) == (sum(map(len, short.values())), len(short))
    rows = short_days(PEAKS, seats)
    found_rows = [(row.date.date(), row.day, row.half_hours, row.peak, row.missing_seats) for row in rows.itertuples()]
    assert found_rows == [
        (date, f"{date:%A}", len(peaks), max(peaks), max(peaks) - seats) for date, peaks in sorted(short.items())
    ]


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.95, 1.0])
def test_seats_for_days_is_the_smallest_number(share: float) -> None:
    """So many seats are enough on the share of the days, and one fewer is not."""
    seats = seats_for_days(PEAKS, share)
    assert 1 - shortfall(PEAKS, seats).days_short / shortfall(PEAKS, seats).days >= share - 1e-9
    assert 1 - shortfall(PEAKS, seats - 1).days_short / shortfall(PEAKS, seats - 1).days < share


def test_seats_for_days_is_exact_where_shares_are_not() -> None:
    """95 % of 20 days are 19 days, although 0.95 is not exact in binary; senseless shares are refused."""
    rows = [sat(f"2025-09-{day:02d} 09:00", 10) for day in range(1, 21)]
    rows += [sat("2025-09-20 09:00", 10)] * 5
    peaks = seat_peaks(frame_of(rows))
    assert (seats_for_days(peaks, 0.95), seats_for_days(peaks, 1.0)) == (1, 6)
    for share in (0.0, 1.1):
        with pytest.raises(ValueError, match="share of days"):
            seats_for_days(peaks, share)


@pytest.mark.parametrize("rows", [[], [sat(f"{MONDAY} 09:00", 30, sitting="not known")]], ids=["none", "none placed"])
def test_nobody_gives_empty_results(rows: list[Sitting]) -> None:
    """Without a session, or without one at a known time, every table has its columns and no learner in it."""
    peaks = seat_peaks(frame_of(rows))
    assert peaks.empty
    assert peaks.dtypes.astype(str).to_dict() == PEAKS.dtypes.astype(str).to_dict()
    profile = weekday_profile(peaks)
    assert (len(profile), profile["busiest"].sum(), profile["typical"].count()) == (7 * 28, 0, 0)
    assert busiest_half_hours(peaks).empty
    assert short_days(peaks, 3).empty
    assert seats_for_days(peaks, 0.95) == 0
    assert shortfall(peaks, 3).half_hours == 0


def test_one_learner() -> None:
    """One learner alone: one at once, one seat is enough on every day."""
    peaks = seat_peaks(frame_of([sat(f"{MONDAY} 09:10", 30)]))
    assert peaks[["minute", "peak"]].values.tolist() == [[540, 1], [570, 1]]
    assert seats_for_days(peaks, 0.95) == 1
    assert shortfall(peaks, 1).days_short == 0
    day = day_profile(peaks, peaks["date"].iloc[0])
    assert day[["label", "peak", "typical", "days"]].values.tolist() == [
        ["09:00–09:30", 1, 1.0, 1],
        ["09:30–10:00", 1, 1.0, 1],
    ]
