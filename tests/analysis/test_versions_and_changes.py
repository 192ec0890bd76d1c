"""Test versions and years against each other: what is compared, what is not, and with which figures."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu
from statsmodels.stats.proportion import confint_proportions_2indep

from smartia.analysis.changes import YearChange, changes_table, changes_to_date, latest_changes
from smartia.analysis.periods import PERIODS, next_start, period_start
from smartia.analysis.trends import share_by_period, year_to_date
from smartia.analysis.versions import comparability, count_versions, list_versions, mark_segments, version_changes
from smartia.analysis.year_levels import YearComparison, compare_years, comparisons_table
from smartia.analysis.year_sessions import YearSessions
from tests.analysis.plain_sessions import frame_of, session, years_of

AS_OF = dt.date(2026, 2, 10)
CHANGE = dt.date(2025, 1, 7)
YEARS = (2023, 2024, 2025)


def with_shares(years: YearSessions, rank: int, by: str | None = None) -> tuple[YearSessions, pd.DataFrame]:
    """Years, and their shares as changes are made of."""
    return years, year_to_date(years, rank, by)


def sittings(day: dt.date, *ranks: int | None, **more: Any) -> list[dict[str, Any]]:
    """Make one session a rank on a day."""
    return [session(day=day, rank=rank, **more) for rank in ranks]


def changes_of(rows: list[dict[str, Any]], **chosen: Any) -> list[YearChange]:
    """The changes to date of some sessions, all of one group."""
    frame = frame_of(rows)
    return changes_to_date(*with_shares(years_of(frame, AS_OF, **chosen), 40), list_versions(frame))


def comparison_of(rows: list[dict[str, Any]], year: str = "2025/26", other: str = "2024/25") -> YearComparison:
    """The comparison of two years of some sessions, all of one group."""
    frame = frame_of(rows)
    (found,) = compare_years(years_of(frame, AS_OF), year, other, list_versions(frame))
    return found


def test_versions_have_their_first_day() -> None:
    """Each version of each test is listed with the first day on which it was completed."""
    rows = [session(version="v2", day=CHANGE), session(version="v1"), session(version="v2", day=AS_OF)]
    found = list_versions(frame_of([*rows, session(test="s", version="w", day=AS_OF)]))
    assert found.to_dict("list") == {
        "test": ["s", "t", "t"],
        "version": ["w", "v1", "v2"],
        "since": [pd.Timestamp(AS_OF), pd.Timestamp("2024-10-01"), pd.Timestamp(CHANGE)],
    }


@given(st.integers(0, 30), st.integers(1, 2000), st.sampled_from(["old", "new"]))
def test_years_are_compared_only_within_one_version(stragglers: int, others: int, main: str) -> None:
    """The later year compares with the earlier one just if 99 in 100 sessions of each are of the same version."""
    other = {main: others} | ({"stray": stragglers} if stragglers else {})
    versions = pd.DataFrame({"version": ["old", "new", "stray"], "test": "t", "since": pd.Timestamp(CHANGE)})
    found = comparability({"old": 50}, other, versions)
    fits = main == "old" and others >= 0.99 * (others + stragglers)
    assert (found.obstacle is None) == fits
    assert bool(found.changed_on) == (not fits)


def test_the_day_of_the_change_is_that_of_all_sessions() -> None:
    """The reason names the first day of the newer version overall, not that among the sessions at hand."""
    rows = sittings(dt.date(2024, 9, 1), 41) + sittings(CHANGE, 41, version="w")
    rows += sittings(dt.date(2025, 9, 1), 41, version="w")
    frame = frame_of(rows)
    others = years_of(frame[frame["completed_on"] != pd.Timestamp(CHANGE)], AS_OF)
    later = changes_to_date(*with_shares(others, 40), list_versions(frame))[-1]
    assert later.difference is None
    assert (later.comparability.obstacle, later.comparability.changed_on) == ("test changed", (CHANGE,))


def test_several_tests_and_missing_years_are_named() -> None:
    """Where a subject holds two tests, or the year before has nothing, the reason is another."""
    rows = sittings(dt.date(2024, 9, 1), 41, 31) + sittings(dt.date(2025, 9, 1), 41)
    assert [change.comparability.obstacle for change in changes_of(rows)] == ["no sessions", None]
    rows += sittings(dt.date(2025, 9, 1), 41, test="s", version="w")
    assert [change.comparability.obstacle for change in changes_of(rows)] == ["no sessions", "several tests"]
    unread = sittings(dt.date(2024, 9, 1), None) + sittings(dt.date(2025, 9, 1), 41)
    assert [change.comparability.obstacle for change in changes_of(unread)] == ["no sessions", "no sessions"]


def test_a_year_cut_short_by_the_reader_is_not_compared() -> None:
    """With a first day inside the earlier year there is no difference; with one before it there is."""
    rows = sittings(dt.date(2024, 10, 1), 41, 31) + sittings(dt.date(2025, 9, 1), 41)
    assert changes_of(rows, since=dt.date(2024, 9, 15))[-1].comparability.obstacle == "cut short"
    assert changes_of(rows, since=dt.date(2024, 8, 1))[-1].difference is not None


@pytest.mark.parametrize("rank", [31, 40])
def test_changes_equal_plain_counts(plain: list[dict[str, Any]], sessions: pd.DataFrame, rank: int) -> None:
    """Every share, difference and interval equals loops and statsmodels; mixed versions have none."""
    one_version = sessions.assign(test_version_id=pd.Categorical(["v"] * 400), test_id=pd.Categorical(["t"] * 400))
    for frame, comparable in ((one_version, True), (sessions, False)):
        changes = changes_to_date(
            *with_shares(years_of(frame, AS_OF), rank, "subject"), list_versions(frame), "subject"
        )
        assert len(changes) == 4 * len(YEARS)
        for change in changes:
            year = int(change.academic_year[:4])
            now, before = (
                [
                    r["rank"] >= rank
                    for r in plain
                    if dt.date(first, 8, 1) <= r["day"] <= dt.date(first + 1, 2, 10)
                    and (r["subject"] or "not recorded") == change.group
                    and r["rank"] is not None
                ]
                for first in (year, year - 1)
            )
            assert (change.share.n, change.share.reached) == (len(now), sum(now))
            assert (change.before.n, change.before.reached) == (len(before), sum(before))
            assert (change.difference is not None) == (comparable and bool(before))
            if change.difference is not None:
                expected = confint_proportions_2indep(sum(now), len(now), sum(before), len(before), method="newcomb")
                assert (change.difference.low, change.difference.high) == pytest.approx(expected)


def test_the_newest_year_counts_to_date_while_it_runs_and_in_full_afterwards() -> None:
    """Of a year under way only the part up to the same day is compared; of a year that is over the whole."""
    rows = sittings(dt.date(2024, 9, 1), 41, 31) + sittings(dt.date(2025, 6, 1), 31)
    rows += sittings(dt.date(2025, 9, 1), 41)
    frame = frame_of(rows)
    (running,) = latest_changes(*with_shares(years_of(frame, AS_OF), 40), list_versions(frame))
    assert (running.academic_year, running.span) == ("2025/26", "to_date")
    assert (running.before.n, running.before.reached) == (2, 1)
    (over,) = latest_changes(*with_shares(years_of(frame, dt.date(2026, 8, 1)), 40), list_versions(frame))
    assert (over.span, over.before.n, over.before.reached) == ("full", 3, 1)


def test_a_difference_of_the_definitions_in_the_table() -> None:
    """45 of 60 after 30 of 50 stands in the table as 15 points from −2.4 to 31.6."""
    rows = sittings(dt.date(2024, 9, 1), *[41] * 30, *[31] * 20) + sittings(dt.date(2025, 9, 1), *[41] * 45, *[31] * 15)
    row = changes_table(changes_of(rows)).iloc[-1]
    assert (row["n"], row["n_before"], row["verdict"]) == (60, 50, "too close to call")
    assert [round(row[name], 1) for name in ("points", "points_low", "points_high")] == [15.0, -2.4, 31.6]


@settings(max_examples=30)
@given(st.lists(st.sampled_from([0, 11, 12, 31, 42, None]), min_size=12), st.lists(st.sampled_from([0, 12, 41])))
def test_two_years_are_compared_as_scipy_does(now: list[int | None], before: list[int | None]) -> None:
    """The chance is scipy's U over all pairs of readable levels; without a level in a year there is none."""
    frame = frame_of(sittings(dt.date(2025, 9, 1), *now) + sittings(dt.date(2024, 9, 1), *before, session()["rank"]))
    found = compare_years(years_of(frame, AS_OF), "2025/26", "2024/25", list_versions(frame))
    one, other = [rank for rank in now if rank is not None], [*before, 41]
    assert len(found) == 1
    if not one:
        assert (found[0].chance, found[0].comparability.obstacle) == (None, "no sessions")
        return
    assert found[0].chance is not None
    assert found[0].chance.chance == pytest.approx(mannwhitneyu(one, other).statistic / len(one) / len(other))


def test_levels_with_and_without_halves_are_compared_as_whole_levels() -> None:
    """Plain Level 1 is neither above nor below Level 1 Upper; where all have halves these count."""
    mixed = comparison_of(sittings(dt.date(2025, 9, 1), 40) + sittings(dt.date(2024, 9, 1), 42))
    assert (mixed.chance.chance if mixed.chance else None) == 0.5
    halves = comparison_of(sittings(dt.date(2025, 9, 1), 41, 0) + sittings(dt.date(2024, 9, 1), 42))
    assert (halves.chance.chance if halves.chance else None) == 0.0


def test_years_of_different_versions_are_not_compared() -> None:
    """After a change of version there is no chance, in the table neither."""
    found = comparison_of(sittings(dt.date(2025, 9, 1), 41, version="w") + sittings(dt.date(2024, 9, 1), 41))
    assert found.chance is None
    assert found.comparability.changed_on == (dt.date(2025, 9, 1),)
    row = comparisons_table([found]).iloc[0]
    assert row["verdict"] == ""
    assert all(pd.isna(row[name]) for name in ("n", "n_other", "chance", "chance_low", "chance_high"))


def test_both_years_end_at_the_same_day_while_one_runs() -> None:
    """A session of the earlier year after the calendar date of the data does not count beside a running year."""
    rows = sittings(dt.date(2025, 9, 1), 41) + sittings(dt.date(2024, 9, 1), 31) + sittings(dt.date(2025, 6, 1), 51)
    found = comparison_of(rows)
    assert (found.span, found.chance.other_n if found.chance else None) == ("to_date", 1)
    rows += sittings(dt.date(2023, 9, 1), 31)
    assert comparison_of(rows, "2024/25", "2023/24").span == "full"


def test_lines_break_where_the_version_changes() -> None:
    """Months of one version make a segment, a mixed month one of its own, an empty month goes with the one before."""
    rows = [session(day=dt.date(2024, month, 3)) for month in (9, 10, 12)]
    rows += [session(day=dt.date(2025, 1, 3)), session(day=CHANGE, version="w")]
    rows += [session(day=dt.date(2025, month, 3), version="w") for month in (2, 3)]
    frame = frame_of(rows)
    marked = mark_segments(share_by_period(frame, "month", 40, AS_OF), count_versions(frame, "month"))
    assert marked["n"].tolist() == [1, 1, 0, 1, 2, 1, 1]
    assert marked["segment"].tolist() == [0, 0, 0, 0, 1, 2, 2]


def test_marking_segments_changes_nothing_else(sessions: pd.DataFrame) -> None:
    """The shares stay as they are; terms of several versions are segments of their own."""
    shares = share_by_period(sessions, "term", 40, AS_OF)
    marked = mark_segments(shares, count_versions(sessions, "term"))
    assert marked["segment"].tolist() == list(range(len(shares)))
    pd.testing.assert_frame_equal(marked.drop(columns="segment"), shares)


@pytest.mark.parametrize("period", PERIODS)
def test_changes_are_placed_in_their_period(period: Any) -> None:
    """A change lies in the period of its day, as far into it as days of it were over; first versions are none."""
    frame = frame_of([session(), session(version="w", day=CHANGE)])
    (change,) = version_changes(frame, list_versions(frame), period).to_dict("records")
    start = period_start(CHANGE, period)
    assert change["since"].date() == CHANGE
    assert change["place"] == pytest.approx((CHANGE - start) / (next_start(start, period) - start))
    assert change["period"] in share_by_period(frame, period, 40, AS_OF)["period"].tolist()
    assert version_changes(frame.iloc[:1], list_versions(frame), period).empty


def test_counted_versions_are_all_sessions(plain: list[dict[str, Any]], sessions: pd.DataFrame) -> None:
    """Nothing is lost between versions and the total, week by week."""
    counted = count_versions(sessions, "week", "subject")
    for row in counted.itertuples():
        assert row.n == sum(
            (period_start(r["day"], "week"), r["subject"] or "not recorded", r["version"])
            == (row.start.date(), row.group, row.version)
            for r in plain
        )
    assert counted["n"].sum() == len(plain)


def test_without_sessions_there_is_nothing(sessions: pd.DataFrame) -> None:
    """An empty frame gives empty results, and one session no difference."""
    none, versions = sessions.iloc[:0], list_versions(sessions)
    empty = years_of(none, AS_OF)
    assert list_versions(none).empty
    assert changes_to_date(*with_shares(empty, 40, "subject"), versions, "subject") == []
    assert latest_changes(*with_shares(empty, 40, "subject"), versions, "subject") == []
    assert compare_years(empty, "2025/26", "2024/25", versions, "subject") == []
    assert version_changes(none, versions, "month").empty
    (alone,) = changes_of([session()])
    assert (alone.share.n, alone.difference) == (1, None)
    assert math.isnan(changes_table([alone])["points"].iloc[0])
