"""Seats: learners at once against a look at every second."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartia.analysis.rooms import weekday_profile
from smartia.analysis.seats import count_placed, seat_peaks
from tests.analysis.plain_sittings import MONDAY, PATTERNS, Sitting, by_the_second, frame_of, sat


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


@settings(max_examples=60)
@given(st.lists(sittings, max_size=9))
def test_peaks_equal_a_look_at_every_second(rows: list[Sitting]) -> None:
    """For any sittings, on the night when the clocks go back, each half hour's peak is that of its busiest second."""
    assert peaks_of(rows) == by_the_second(rows)


@settings(max_examples=20)
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
