"""Rooms: learners at once against a loop over every second, and what is made of them against plain Python."""

from __future__ import annotations

import datetime as dt
import fractions
import math
import statistics
from collections import Counter, defaultdict
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from smartia.analysis.hours import (
    HoursDifference,
    WorkingHours,
    compare_hours,
    count_by_hours,
    count_versions_by_hours,
    levels_by_hours,
    rows_compared,
    share_in_hours,
)
from smartia.analysis.plan_windows import begun_within, last_autumn, planning_windows
from smartia.analysis.room_plan import next_autumn, plan_peaks
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
from smartia.analysis.seats import count_placed, seat_peaks

LONDON = ZoneInfo("Europe/London")
PATTERNS = ["one sitting", "paused", "over several days", "not known"]
MONDAY = "2025-09-08"

Sitting = dict[str, Any]


def sat(start: str, minutes: float, **changes: Any) -> Sitting:
    """One sitting that starts at a UK time, as plain values."""
    began = dt.datetime.fromisoformat(start).replace(tzinfo=LONDON, fold=changes.pop("fold", 0)).astimezone(dt.UTC)
    base = {"learner": None, "began": began, "seconds": minutes * 60, "elapsed": None, "sitting": "one sitting"}
    return base | {"subject": "Maths", "rank": 41, "version": "z-first"} | changes


def frame_of(rows: list[Sitting]) -> pd.DataFrame:
    """Turn plain sittings into the columns of an analysis frame; a sitting without a learner is one's only one."""
    return pd.DataFrame(
        {
            "learner": pd.Series(
                [1000 + place if row["learner"] is None else row["learner"] for place, row in enumerate(rows)],
                dtype="int32",
            ),
            "started_at": pd.Series([row["began"] for row in rows], dtype="datetime64[us, UTC]"),
            "duration_s": pd.Series([row["seconds"] for row in rows], dtype="float64"),
            "elapsed_s": pd.Series(
                [row["seconds"] if row["elapsed"] is None else row["elapsed"] for row in rows], dtype="float64"
            ),
            "sitting": pd.Categorical([row["sitting"] for row in rows], categories=PATTERNS, ordered=True),
            "subject": pd.Categorical([row["subject"] for row in rows], categories=["Maths", "English", "Unused"]),
            "level_rank": pd.array([row["rank"] for row in rows], dtype="Int16"),
            "test_version_id": pd.Categorical([row["version"] for row in rows]),
        }
    )


def by_the_second(rows: list[Sitting], step_s: int = 1) -> dict[dt.datetime, int]:
    """The most learners in any one second of each half hour, by looking at every second; or step, if all are whole."""
    seated: dict[int, set[Any]] = defaultdict(set)
    for place, row in enumerate(rows):
        if row["sitting"] not in ("one sitting", "paused"):
            continue
        elapsed = row["seconds"] if row["elapsed"] is None else row["elapsed"]
        first = int(row["began"].timestamp())
        for second in range(first, first + int(min(row["seconds"], elapsed)), step_s):
            seated[second].add(("only", place) if row["learner"] is None else row["learner"])
    found: Counter[dt.datetime] = Counter()
    for second, learners in seated.items():
        half_hour = dt.datetime.fromtimestamp(second - second % 1800, dt.UTC)
        found[half_hour] = max(found[half_hour], len(learners))
    return dict(found)


def peaks_of(rows: list[Sitting]) -> dict[dt.datetime, int]:
    """The peaks that the code under test gives, by half hour."""
    peaks = seat_peaks(frame_of(rows))
    return {start.to_pydatetime(): peak for start, peak in zip(peaks["starts_at"], peaks["peak"], strict=True)}


sittings = st.builds(
    lambda offset, seconds, elapsed, learner, sitting: (
        sat("2025-10-26 00:00", seconds / 60, learner=learner, elapsed=elapsed, sitting=sitting)
        | {"began": dt.datetime(2025, 10, 25, 22, tzinfo=dt.UTC) + dt.timedelta(seconds=offset)}
    ),
    # Multiples of 5 minutes make ends that touch starts and the edges of half hours; the others make odd ones.
    offset=st.one_of(st.integers(0, 60).map(lambda step: step * 300), st.integers(0, 18_000)),
    seconds=st.one_of(st.integers(0, 14).map(lambda step: step * 300), st.integers(0, 4_200)),
    elapsed=st.one_of(st.none(), st.integers(-600, 4_200)),
    learner=st.one_of(st.none(), st.integers(0, 3)),
    sitting=st.sampled_from(PATTERNS),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(sittings, max_size=9))
def test_peaks_equal_a_look_at_every_second(rows: list[Sitting]) -> None:
    """For any sittings, on the night when the clocks go back, each half hour's peak is that of its busiest second."""
    assert peaks_of(rows) == by_the_second(rows)


@settings(max_examples=20, deadline=None)
@given(st.lists(sittings, min_size=1, max_size=9), st.randoms())
def test_order_of_rows_does_not_matter(rows: list[Sitting], dice: Any) -> None:
    """Shuffled sessions give the same peaks, one session more never lowers one, and the frame is left as it was."""
    rows = [row | {"learner": place if row["learner"] is None else row["learner"]} for place, row in enumerate(rows)]
    shuffled = rows.copy()
    dice.shuffle(shuffled)
    before = frame_of(rows)
    frame = before.copy(deep=True)
    pd.testing.assert_frame_equal(seat_peaks(frame), seat_peaks(frame_of(shuffled)))
    pd.testing.assert_frame_equal(frame, before)
    fewer, whole = peaks_of(rows[1:]), peaks_of(rows)
    assert all(whole[half_hour] >= peak for half_hour, peak in fewer.items())


def test_whoever_leaves_frees_the_seat() -> None:
    """Sittings that touch do not overlap, at the edge of a half hour and within one; one second more does."""
    touching = [sat(f"{MONDAY} 09:00", 60), sat(f"{MONDAY} 10:00", 45), sat(f"{MONDAY} 10:45", 15)]
    assert list(seat_peaks(frame_of(touching))["peak"]) == [1, 1, 1, 1]
    late = [sat(f"{MONDAY} 09:00", 60 + 1 / 60), *touching[1:]]
    assert list(seat_peaks(frame_of(late))["peak"]) == [1, 1, 2, 1]


def test_many_who_leave_at_once_are_gone_from_the_next_half_hour() -> None:
    """Three who all end at 10:00 count in the half hour before it only."""
    peaks = seat_peaks(frame_of([sat(f"{MONDAY} 09:40", 20)] * 3))
    assert peaks[["minute", "peak"]].values.tolist() == [[570, 3]]


def test_a_long_sitting_is_carried_through() -> None:
    """Half hours in which nobody comes or leaves count those who are there."""
    peaks = seat_peaks(frame_of([sat(f"{MONDAY} 09:10", 120), sat(f"{MONDAY} 09:20", 5)]))
    assert dict(zip(peaks["minute"], peaks["peak"], strict=True)) == {540: 2, 570: 1, 600: 1, 630: 1, 660: 1}


def test_a_learner_takes_one_seat() -> None:
    """Two tests open at once are one seat for one learner, two for two."""
    twice = [sat(f"{MONDAY} 09:00", 20, learner=7), sat(f"{MONDAY} 09:10", 20, learner=7)]
    assert list(seat_peaks(frame_of(twice))["peak"]) == [1]
    twice[1]["learner"] = 8
    assert list(seat_peaks(frame_of(twice))["peak"]) == [2]


def test_the_smaller_of_duration_and_elapsed_counts() -> None:
    """A paused test counts from its start for its duration; a duration beyond the end stops at the end."""
    paused = sat(f"{MONDAY} 09:00", 30, elapsed=7200.0, sitting="paused")
    assert list(seat_peaks(frame_of([paused]))["minute"]) == [540]
    beyond = sat(f"{MONDAY} 09:00", 90, elapsed=1800.0)
    assert list(seat_peaks(frame_of([beyond]))["minute"]) == [540]


def test_what_has_no_known_time_is_left_out_and_counted() -> None:
    """Several days, ended before begun, and no time at all take no seat; the parts add up to all sessions."""
    rows = [
        sat(f"{MONDAY} 09:00", 30),
        sat(f"{MONDAY} 09:00", 30, elapsed=90_000.0, sitting="over several days"),
        sat(f"{MONDAY} 09:00", 30, elapsed=90_000.0, sitting="over several days"),
        sat(f"{MONDAY} 09:00", 30, elapsed=-5.0, sitting="not known"),
        sat(f"{MONDAY} 09:00", 0),
    ]
    assert list(seat_peaks(frame_of(rows))["peak"]) == [1]
    placed = count_placed(frame_of(rows))
    assert (placed.sessions, placed.placed, placed.several_days, placed.not_known) == (5, 1, 2, 2)


@pytest.mark.parametrize(
    ("start", "fold", "utc", "minute"),
    [
        ("2025-10-25 10:00", 0, "2025-10-25 09:00", 600),
        ("2025-10-26 01:30", 0, "2025-10-26 00:30", 90),
        ("2025-10-26 01:30", 1, "2025-10-26 01:30", 90),
        ("2025-10-26 10:00", 0, "2025-10-26 10:00", 600),
        ("2026-03-29 00:30", 0, "2026-03-29 00:30", 30),
        ("2026-03-29 02:00", 0, "2026-03-29 01:00", 120),
        ("2026-03-29 10:00", 0, "2026-03-29 09:00", 600),
    ],
)
def test_half_hours_are_uk_ones(start: str, fold: int, utc: str, minute: int) -> None:
    """A sitting lies in the half hour that a clock in the room shows, before and after both changes of the clocks."""
    row = seat_peaks(frame_of([sat(start, 10, fold=fold)])).iloc[0]
    assert row["starts_at"] == pd.Timestamp(utc, tz="UTC")
    assert (row["date"], row["minute"]) == (pd.Timestamp(start[:10]), minute)
    assert row["weekday"] == dt.date.fromisoformat(start[:10]).weekday()


def test_the_hour_that_comes_twice_is_not_added_up() -> None:
    """On 26 October 2025 01:00–01:30 comes twice: two half hours, of which the profile takes the busier."""
    rows = [sat("2025-10-26 01:00", 20), *[sat("2025-10-26 01:00", 20, fold=1)] * 2]
    peaks = seat_peaks(frame_of(rows))
    assert list(zip(peaks["minute"], peaks["peak"], strict=True)) == [(60, 1), (60, 2)]
    profile = weekday_profile(peaks, 0)
    assert profile[profile["busiest"] > 0][["weekday", "minute", "busiest", "days"]].values.tolist() == [[6, 60, 2, 1]]


def test_the_hour_that_is_left_out_has_no_row() -> None:
    """On 29 March 2026 a sitting from 00:30 to 02:30 by the clock lasts an hour and skips 01:00–02:00."""
    peaks = seat_peaks(frame_of([sat("2026-03-29 00:30", 60)]))
    assert list(peaks["minute"]) == [30, 120]


def random_sittings(count: int) -> list[Sitting]:
    """Sittings of ten weeks across the end of summer time, mostly by day."""
    rng = np.random.default_rng(11)
    first = dt.datetime(2025, 9, 22, tzinfo=LONDON)
    return [
        sat(
            (first + dt.timedelta(days=int(day), minutes=int(minute))).strftime("%Y-%m-%d %H:%M"),
            int(length),
            subject=["Maths", "English"][place % 2],
            rank=[None, 30, 41, 51][place % 4],
            version=["z-first", "a-second", "m-third"][place % 3],
        )
        for place, (day, minute, length) in enumerate(
            zip(rng.integers(0, 70, count), rng.integers(300, 1430, count), rng.integers(1, 200, count), strict=True)
        )
    ]


ROWS = random_sittings(300)
PEAKS = seat_peaks(frame_of(ROWS))
BY_THE_MINUTE = by_the_second(ROWS, 60)


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


HOURS = WorkingHours(9 * 60, 16 * 60 + 30)


def begun_in_hours(row: Sitting) -> bool:
    """Whether a sitting was begun within the hours of these tests, by plain Python."""
    local = row["began"].astimezone(LONDON)
    return local.weekday() < 5 and dt.time(9) <= local.time() < dt.time(16, 30)


def test_hours_equal_plain_loops() -> None:
    """Sessions, levels, shares and their intervals in hours and out of hours, by subject, by version and over all."""
    counted = count_by_hours(frame_of(ROWS), 40, HOURS, "subject")
    assert counted[["group", "hours"]].values.tolist() == [
        [subject, part] for subject in ("English", "Maths") for part in ("in hours", "out of hours")
    ]
    assert counted["sessions"].sum() == len(ROWS)
    by_version = levels_by_hours(count_versions_by_hours(frame_of(ROWS), 40, HOURS, VERSIONS, "subject"))
    assert by_version[["group", "version"]].drop_duplicates().values.tolist() == [
        [subject, version] for subject in ("English", "Maths") for version in ("m-third", "a-second", "z-first")
    ]
    for row in by_version.itertuples():
        mine = [other for other in ROWS if (other["subject"], other["version"]) == (row.group, row.version)]
        mine = [other for other in mine if begun_in_hours(other) == (row.hours == "in hours")]
        ranks = [other["rank"] for other in mine if other["rank"] is not None]
        reached = sum(rank >= 40 for rank in ranks)
        limits = binomtest(reached, len(ranks)).proportion_ci(method="wilson")
        assert (row.sessions, row.n, row.reached, row.unreadable) == (
            len(mine),
            len(ranks),
            reached,
            len(mine) - len(ranks),
        )
        assert (row.share, row.low, row.high) == pytest.approx((reached / len(ranks), limits.low, limits.high))
    parts_of_all = by_version.groupby(["group", "hours"], as_index=False)[["sessions", "n", "reached"]].sum()
    pd.testing.assert_frame_equal(parts_of_all, counted[["group", "hours", "sessions", "n", "reached"]])
    inside = sum(begun_in_hours(row) for row in ROWS)
    whole = share_in_hours(counted, whole=True)
    limits = binomtest(inside, len(ROWS)).proportion_ci(method="wilson")
    assert whole[["group", "n", "reached"]].values.tolist() == [["All", len(ROWS), inside]]
    assert whole[["share", "low", "high"]].values[0] == pytest.approx([inside / len(ROWS), limits.low, limits.high])
    parts = share_in_hours(counted)
    assert parts["group"].tolist() == ["English", "Maths"]
    assert (parts["n"].sum(), parts["reached"].sum()) == (len(ROWS), inside)


@pytest.mark.parametrize(
    ("start", "inside"),
    [
        ("2025-09-08 08:59", False),
        ("2025-09-08 09:00", True),
        ("2025-09-12 16:29", True),
        ("2025-09-12 16:30", False),
        ("2025-09-13 12:00", False),
        ("2025-09-14 12:00", False),
        ("2025-12-08 09:00", True),
        ("2025-12-08 08:59", False),
    ],
)
def test_edges_of_the_hours(start: str, inside: bool) -> None:
    """The first minute is in hours, the last is not, weekends never are; by the clock in summer and in winter."""
    assert share_in_hours(count_by_hours(frame_of([sat(start, 10)]), 40, HOURS))["reached"].tolist() == [int(inside)]


def version_list(*ids: str) -> pd.DataFrame:
    """Versions of one test in order of their first day, as `list_versions` gives them."""
    since = pd.Series([pd.Timestamp(2024, 1, 1 + place) for place in range(len(ids))], dtype="datetime64[us]")
    return pd.DataFrame({"version": pd.Series(ids, dtype="str"), "test": "t", "since": since})


VERSIONS = version_list("z-first", "a-second", "m-third")


def compared(rows: list[Sitting]) -> dict[str, HoursDifference]:
    """The comparison of some sittings at Level 1, by subject."""
    counted = count_versions_by_hours(frame_of(rows), 40, HOURS, VERSIONS, "subject")
    return {found.group: found for found in compare_hours(counted)}


def sat_in(version: str, *, at: str, n: int, reached: int, **changes: Any) -> list[Sitting]:
    """So many sittings of a version at a time of a Monday, of which some reached Level 1."""
    day = {"version": version} | changes
    return [sat(f"{MONDAY} {at}", 10, rank=41 if place < reached else 30, **day) for place in range(n)]


def test_differences_hold_the_check_value() -> None:
    """45 of 60 in hours against 30 of 50 out of hours: +15 points (−2.4 to +31.6), too close to call."""
    rows = sat_in("z-first", at="10:00", n=60, reached=45) + sat_in("z-first", at="18:00", n=50, reached=30)
    found = compared(rows)["Maths"]
    assert found.difference is not None
    assert found.difference.difference == pytest.approx(0.15)
    assert (found.difference.low, found.difference.high) == pytest.approx((-0.024, 0.316), abs=5e-4)
    assert found.difference.verdict == "too close to call"
    assert (found.version, found.sessions, found.sessions_compared, found.versions) == ("z-first", 110, 110, 1)
    alone = compared(rows[:60])["Maths"]
    assert (alone.version, alone.difference, alone.sessions_compared) == (None, None, 0)


def test_no_difference_across_a_change_of_version() -> None:
    """Where the old test was easier and sat by day, the pooled difference of +30 points is none within the version."""
    rows = sat_in("z-first", at="10:00", n=80, reached=72) + sat_in("z-first", at="18:00", n=5, reached=4)
    rows += sat_in("a-second", at="10:00", n=40, reached=16) + sat_in("a-second", at="18:00", n=95, reached=38)
    pooled = [[row["rank"] >= 40 for row in rows if begun_in_hours(row) == inside] for inside in (True, False)]
    naive = sum(pooled[0]) / len(pooled[0]) - sum(pooled[1]) / len(pooled[1])
    assert naive > 0.3
    found = compared(rows)["Maths"]
    assert found.difference is not None
    assert found.difference.difference == pytest.approx(0)
    assert found.difference.verdict == "too close to call"
    assert (found.version, found.sessions_compared, found.sessions, found.versions, found.compared) == (
        ("a-second", 135, 220, 2, 1)
    )


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Maths", "English"]),
            st.sampled_from(list(VERSIONS["version"])),
            st.sampled_from(["10:00", "18:00"]),
            st.integers(0, 25),
            st.integers(0, 25),
        ),
        max_size=9,
    )
)
def test_the_newest_version_with_enough_on_both_sides_counts(parts: list[tuple[str, str, str, int, int]]) -> None:
    """For any sittings: the version is the newest with ten readable levels a side, and its figures are a loop's."""
    rows = [
        sitting
        for subject, version, at, n, reached in parts
        for sitting in sat_in(version, at=at, n=n, reached=min(n, reached), subject=subject)
    ]
    rows += [row | {"rank": None} for row in rows[::3]]
    found = compared(rows)
    assert list(found) == sorted({row["subject"] for row in rows})
    for subject, one in found.items():
        mine = [row for row in rows if row["subject"] == subject]
        sides = {
            version: [
                [
                    row["rank"] >= 40
                    for row in mine
                    if row["version"] == version and row["rank"] is not None and begun_in_hours(row) == inside
                ]
                for inside in (True, False)
            ]
            for version in VERSIONS["version"][::-1]
        }
        enough = [version for version, (day, evening) in sides.items() if min(len(day), len(evening)) >= 10]
        assert (one.sessions, one.compared) == (len(mine), len(enough))
        assert one.versions == len({row["version"] for row in mine})
        assert one.version == (enough[0] if enough else None)
        assert one.sessions_compared == sum(row["version"] == one.version for row in mine)
        assert (one.difference is None) == (not enough)
        if one.difference is not None:
            day, evening = sides[enough[0]]
            shares = [(part.n, part.reached) for part in (one.difference.cohort, one.difference.other)]
            assert shares == [(len(day), sum(day)), (len(evening), sum(evening))]


def test_only_what_is_compared_is_drawn() -> None:
    """The rows for the chart are both sides of the version compared; a subject without one has none."""
    rows = sat_in("z-first", at="10:00", n=12, reached=3) + sat_in("z-first", at="18:00", n=10, reached=5)
    rows += sat_in("m-third", at="10:00", n=30, reached=9)
    rows += sat_in("m-third", at="10:00", n=9, reached=9, subject="English")
    counted = count_versions_by_hours(frame_of(rows), 40, HOURS, VERSIONS, "subject")
    drawn = rows_compared(levels_by_hours(counted), compare_hours(counted))
    assert drawn[["group", "version", "n", "reached"]].values.tolist() == [
        ["Maths, in hours", "z-first", 12, 3],
        ["Maths, out of hours", "z-first", 10, 5],
    ]


def test_hours_that_never_begin_are_refused() -> None:
    """Hours must begin before they end."""
    with pytest.raises(ValueError, match="begin before they end"):
        count_by_hours(frame_of([]), 40, WorkingHours(600, 600))


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
    assert plan_peaks(peaks, 10, dt.date(2025, 12, 1)).empty
    empty = count_by_hours(frame_of([]), 40, HOURS, "subject")
    assert share_in_hours(empty).empty
    assert share_in_hours(empty, whole=True).empty
    none = count_versions_by_hours(frame_of([]), 40, HOURS, VERSIONS, "subject")
    assert levels_by_hours(none).empty
    assert compare_hours(none) == []
    assert rows_compared(levels_by_hours(none), []).empty


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
