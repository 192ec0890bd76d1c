"""Periods and trends: calendar facts, and figures against plain loops over the same sessions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartia.analysis.levels import level_mix, share_at_or_above
from smartia.analysis.periods import PERIODS, Period, is_in_part, is_running, next_start, period_label, period_start
from smartia.analysis.trends import level_mix_by_period, share_by_period, unit_by_period, volume_by_period, year_to_date
from tests.analysis.plain_sessions import frame_of, session, years_of

AS_OF = dt.date(2026, 2, 10)
days = st.dates(dt.date(1990, 1, 1), dt.date(2090, 1, 1))


@pytest.mark.parametrize(
    ("day", "labels"),
    [
        (dt.date(2025, 8, 1), ["2025/26", "2025/26 Autumn", "Aug 2025", "28 Jul 2025"]),
        (dt.date(2025, 12, 31), ["2025/26", "2025/26 Autumn", "Dec 2025", "29 Dec 2025"]),
        (dt.date(2026, 3, 31), ["2025/26", "2025/26 Spring", "Mar 2026", "30 Mar 2026"]),
        (dt.date(2026, 7, 31), ["2025/26", "2025/26 Summer", "Jul 2026", "27 Jul 2026"]),
        (dt.date(1999, 9, 5), ["1999/00", "1999/00 Autumn", "Sep 1999", "30 Aug 1999"]),
    ],
)
def test_labels_at_the_borders(day: dt.date, labels: list[str]) -> None:
    """First and last days of years and terms are in the right ones."""
    assert [period_label(period_start(day, period), period) for period in PERIODS] == labels


@given(days, st.sampled_from(PERIODS))
def test_periods_follow_each_other_without_gaps(day: dt.date, period: Period) -> None:
    """Every day lies between the start of its period and the next, and the day before the next is in it too."""
    start = period_start(day, period)
    following = next_start(start, period)
    assert start <= day < following
    assert period_start(following - dt.timedelta(days=1), period) == start
    assert period_start(following, period) == following


@given(days)
def test_weeks_begin_on_monday_as_the_iso_calendar_has_them(day: dt.date) -> None:
    """A week starts on a Monday, and is the week of the ISO calendar."""
    start = period_start(day, "week")
    assert start.weekday() == 0
    assert start.isocalendar()[:2] == day.isocalendar()[:2]


def test_a_period_runs_through_its_last_day() -> None:
    """On 31 July a year is still running, on 1 August it is over."""
    start = dt.date(2025, 8, 1)
    assert is_running(start, "academic_year", dt.date(2026, 7, 31))
    assert not is_running(start, "academic_year", dt.date(2026, 8, 1))


@given(days, days, days, st.sampled_from(PERIODS))
def test_a_period_is_in_part_where_a_day_of_it_does_not_count(
    day: dt.date, as_of: dt.date, since: dt.date, period: Period
) -> None:
    """Just the periods of which every day lies from the first day kept to before the last day of the data are whole."""
    start = period_start(day, period)
    length = (next_start(start, period) - start).days
    whole = all(since <= start + dt.timedelta(days=place) < as_of for place in range(length))
    assert is_in_part(start, period, as_of, since) != whole
    assert is_in_part(start, period, as_of, None) == is_running(start, period, as_of)


def test_a_period_cut_at_its_beginning_is_marked() -> None:
    """With a first day inside September that month is marked in all tables and October is not."""
    frame = frame_of([session(day=dt.date(2024, 9, 20)), session(day=dt.date(2024, 10, 5))])
    since = dt.date(2024, 9, 15)
    tables = [
        volume_by_period(frame, "month", AS_OF, since=since),
        share_by_period(frame, "month", 40, AS_OF, since=since),
        level_mix_by_period(frame, "month", AS_OF, since=since),
    ]
    for table in tables:
        assert dict(zip(table["period"], table["running"], strict=True)) == {"Sep 2024": True, "Oct 2024": False}
    assert year_to_date(years_of(frame, AS_OF, since=since), 40)["running"].tolist() == [True]
    assert year_to_date(years_of(frame, AS_OF, since=dt.date(2024, 8, 1)), 40)["running"].tolist() == [False]


@pytest.mark.parametrize("period", PERIODS)
def test_volume_equals_a_plain_count(plain: list[dict[str, Any]], sessions: pd.DataFrame, period: Period) -> None:
    """Sessions and different learners equal those of a loop over the rows, period by period and group by group."""
    table = volume_by_period(sessions, period, AS_OF, "subject")
    for row in table.itertuples():
        mine = [
            r
            for r in plain
            if period_start(r["day"], period) == row.start.date() and (r["subject"] or "not recorded") == row.group
        ]
        assert (row.sessions, row.learners) == (len(mine), len({r["learner"] for r in mine}))
        assert row.running == (next_start(row.start.date(), period) > AS_OF)
    assert table["sessions"].sum() == len(plain)


@pytest.mark.parametrize("period", PERIODS)
def test_a_learner_who_comes_twice_in_a_period_makes_it_sessions(period: Period) -> None:
    """Learners are counted as long as none is twice in one period; being in two periods does no harm."""
    rows = [session(), session(learner=1), session(day=dt.date(2025, 10, 1))]
    assert unit_by_period(frame_of(rows), period) == "learners"
    assert unit_by_period(frame_of([*rows, session()]), period) == "sessions"
    assert unit_by_period(frame_of(rows).iloc[:0], period) == "learners"


def test_months_without_sessions_are_present() -> None:
    """Between the first and the last month every month has a row for every group, with 0 where nothing happened."""
    rows = [session(day=dt.date(2024, 11, 5)), session(day=dt.date(2025, 2, 1), subject="English", learner=1)]
    table = volume_by_period(frame_of(rows), "month", AS_OF, "subject")
    assert list(dict.fromkeys(table["period"])) == ["Nov 2024", "Dec 2024", "Jan 2025", "Feb 2025"]
    assert table["sessions"].tolist() == [0, 1, 0, 0, 0, 0, 1, 0]
    shares = share_by_period(frame_of(rows), "month", 40, AS_OF)
    assert shares["n"].tolist() == [1, 0, 0, 1]
    assert shares["share"].isna().tolist() == [False, True, True, False]
    mix = level_mix_by_period(frame_of(rows), "month", AS_OF)
    assert mix["base"].tolist() == [1, 0, 0, 1]
    assert mix["share"].isna().tolist() == [False, True, True, False]


@pytest.mark.parametrize("period", ["academic_year", "term"])
def test_a_period_equals_its_sessions_alone(sessions: pd.DataFrame, period: Period) -> None:
    """Mix and share of one period are those of a frame that holds only its sessions."""
    chosen = "2024/25" if period == "academic_year" else "2024/25 Spring"
    alone = sessions[sessions[period] == chosen]
    mix = level_mix_by_period(sessions, period, AS_OF, detail="half")
    mine = mix[(mix["period"] == chosen) & (mix["n"] > 0)].drop(columns=["period", "start", "running"])
    pd.testing.assert_frame_equal(mine.reset_index(drop=True), level_mix(alone, detail="half"))
    shares = share_by_period(sessions, period, 40, AS_OF)
    mine = shares[shares["period"] == chosen].drop(columns=["period", "start", "running"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, share_at_or_above(alone, 40).drop(columns="group"))


def test_year_to_date_counts_to_the_same_calendar_day(plain: list[dict[str, Any]], sessions: pd.DataFrame) -> None:
    """To date and in full equal plain counts, each year being cut at 10 February of its own."""
    for row in year_to_date(years_of(sessions, AS_OF), 40, "subject").itertuples():
        first = int(row.academic_year[:4])
        year = [r for r in plain if dt.date(first, 8, 1) <= r["day"] <= min(dt.date(first + 1, 7, 31), AS_OF)]
        year = [r for r in year if (r["subject"] or "not recorded") == row.group]
        so_far = [r for r in year if r["day"] <= dt.date(first + 1, 2, 10)]
        readable = [r["rank"] for r in so_far if r["rank"] is not None]
        reached = [rank for rank in readable if rank >= 40]
        assert (row.sessions_to_date, row.sessions_full) == (len(so_far), len(year))
        assert (row.n_to_date, row.reached_to_date) == (len(readable), len(reached))
        assert row.running == (first == 2025)


def test_leap_day_is_counted_to_28_february_of_other_years() -> None:
    """Cut at 28 February, a session on a leap day is left out; cut at 1 March it is in."""
    frame = frame_of([session(day=dt.date(2024, 2, 28)), session(day=dt.date(2024, 2, 29))])
    assert year_to_date(years_of(frame, dt.date(2025, 2, 28)), 40)["sessions_to_date"].tolist() == [1]
    assert year_to_date(years_of(frame, dt.date(2025, 3, 1)), 40)["sessions_to_date"].tolist() == [2]


@settings(max_examples=10)
@given(st.randoms())
def test_order_of_rows_does_not_matter(dice: Any) -> None:
    """Shuffled rows give the same tables."""
    rows = [session(learner=i, day=dt.date(2024, 1 + i % 12, 3), rank=[41, 12, None][i % 3]) for i in range(24)]
    frame = frame_of(rows)
    tables = [volume_by_period(frame, "month", AS_OF), year_to_date(years_of(frame, AS_OF), 40)]
    dice.shuffle(rows)
    frame = frame_of(rows)
    shuffled = [volume_by_period(frame, "month", AS_OF), year_to_date(years_of(frame, AS_OF), 40)]
    for table, other in zip(tables, shuffled, strict=True):
        pd.testing.assert_frame_equal(table, other)


def test_empty_frame(sessions: pd.DataFrame) -> None:
    """Without sessions all tables have their columns and no rows."""
    none = sessions.iloc[:0]
    for empty, full in (
        (volume_by_period(none, "term", AS_OF, "subject"), volume_by_period(sessions, "term", AS_OF, "subject")),
        (level_mix_by_period(none, "month", AS_OF), level_mix_by_period(sessions, "month", AS_OF)),
        (share_by_period(none, "month", 40, AS_OF), share_by_period(sessions, "month", 40, AS_OF)),
        (year_to_date(years_of(none, AS_OF), 40), year_to_date(years_of(sessions, AS_OF), 40)),
    ):
        assert empty.empty
        assert list(empty.columns) == list(full.columns)
