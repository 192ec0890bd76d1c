"""Which sessions count where years are set against each other, against plain loops over the same sessions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smartia.analysis.changes import latest_changes
from smartia.analysis.cumulative import cumulative_by_year, totals_to_date, weekly_totals
from smartia.analysis.trends import year_to_date
from smartia.analysis.versions import list_versions
from smartia.analysis.year_levels import compare_years
from smartia.analysis.year_sessions import NOT_COMPARED, OF_THE_RULE, YearSessions
from smartia.table.filters import AttemptRule, Filters
from tests.analysis.plain_sessions import WHOLES, frame_of, session, years_of

AS_OF = dt.date(2025, 11, 24)
FIRST = dt.date(2024, 8, 1)

drawn = st.lists(
    st.builds(
        lambda learner, test, rank, place: session(
            learner=learner, test=test, rank=rank, day=FIRST + dt.timedelta(days=place)
        ),
        st.integers(0, 3),
        st.sampled_from("ab"),
        st.sampled_from([31, 41, None]),
        st.integers(0, 485),
    ),
    min_size=1,
    max_size=30,
).map(lambda rows: sorted(rows, key=lambda row: row["day"]))
rules = st.sampled_from(AttemptRule)
chosen_levels = st.sampled_from([(), ("Level 1",), ("Entry 3",)])


def counting(
    rows: list[dict[str, Any]], year: int, last: dt.date, rule: AttemptRule, levels: tuple[str, ...]
) -> list[dict[str, Any]]:
    """The sessions of an academic year that counted on a day, by a loop over each learner and test."""
    inside = [row for row in rows if dt.date(year, 8, 1) <= row["day"] <= min(last, dt.date(year + 1, 7, 31))]
    found = []
    for learner in {row["learner"] for row in inside}:
        for test in {row["test"] for row in inside}:
            mine = [row for row in inside if (row["learner"], row["test"]) == (learner, test)]
            kept = {AttemptRule.LATEST: mine[-1:], AttemptRule.FIRST: mine[:1], AttemptRule.ALL: mine}[rule]
            found += [row for row in kept if not levels or (row["rank"] and WHOLES[row["rank"] // 10] in levels)]
    return found


@example(
    [session(test="b", rank=rank, day=dt.date(2024, 8, day)) for day, rank in ((1, 41), (2, 31))],
    AttemptRule.LATEST,
    ("Level 1",),
    0,
).via("a session that counted on the day, and its successor does not fit the filters")
@settings(max_examples=50)
@given(drawn, rules, chosen_levels, st.integers(0, 364))
def test_a_year_shows_what_it_showed_on_the_day(
    rows: list[dict[str, Any]], rule: AttemptRule, levels: tuple[str, ...], place: int
) -> None:
    """To the same day and in full, each year has the attempts that counted in it then, whatever came later."""
    as_of = dt.date(2025, 8, 1) + dt.timedelta(days=place)
    table = year_to_date(years_of(frame_of(rows), as_of, rule, level_whole=levels), 40)
    shown = {int(row.academic_year[:4]): (row.sessions_to_date, row.sessions_full) for row in table.itertuples()}
    for year, same_day in ((2024, as_of.replace(year=as_of.year - 1)), (2025, as_of)):
        expected = tuple(len(counting(rows, year, last, rule, levels)) for last in (same_day, as_of))
        assert shown.get(year, (0, 0)) == expected


@settings(max_examples=50)
@given(drawn, rules, chosen_levels)
def test_the_curve_has_on_each_day_what_counted_then(
    rows: list[dict[str, Any]], rule: AttemptRule, levels: tuple[str, ...]
) -> None:
    """Every total of the curve is the number of sessions that counted on its day, and the last that of the year."""
    curve = cumulative_by_year(years_of(frame_of(rows), AS_OF, rule, level_whole=levels))
    for row in curve.itertuples():
        assert row.total == len(counting(rows, int(row.period[:4]), row.day.date(), rule, levels))
    ends = curve.groupby("period")["total"].last().to_dict()
    for year in (2024, 2025):
        assert ends.get(f"{year}/{year - 1999}", 0) == len(counting(rows, year, AS_OF, rule, levels))


@settings(max_examples=50)
@given(drawn, rules, chosen_levels)
def test_behind_each_week_is_what_counted_by_its_end(
    rows: list[dict[str, Any]], rule: AttemptRule, levels: tuple[str, ...]
) -> None:
    """Every seventh day of a leap year and the last day count what a loop counts, and lead to just these sessions."""
    years = years_of(frame_of(rows), AS_OF, rule, level_whole=levels)
    weeks = weekly_totals(cumulative_by_year(years))
    ranks = [row["rank"] for row in rows]
    for year, last in ((2024, dt.date(2025, 7, 31)), (2025, AS_OF)):
        shown = weeks[weeks["period"] == f"{year}/{year - 1999}"]
        leap = [dt.date(2023, 8, 1) + dt.timedelta(days=7 * step) for step in range(1, 53)]
        days = [day.replace(year=year + day.year - 2023) for day in leap]
        days = [*[day for day in days if day < last], last]
        counted = {day: counting(rows, year, day, rule, levels) for day in days}
        assert dict(zip(shown["day"].dt.date, shown["total"], strict=True)) == {
            day: len(part) for day, part in counted.items() if part
        }
        for row in shown.iloc[::9].itertuples():
            gap = 6 if row.day.date() == dt.date(year + 1, 3, 5) else 7
            before = row.day.date() - dt.timedelta(days=gap)
            assert row.n == row.total - len(counting(rows, year, before, rule, levels))
            found = years.counted_on(row.period, row.day.date())
            expected = [row["rank"] for row in counted[row.day.date()]]
            assert sorted(map(str, (ranks[place] for place in found.index))) == sorted(map(str, expected))


def test_who_resits_after_the_day_counts_on_it() -> None:
    """Last year's figures to date hold a learner who sat the test again in the spring, and one who did this year."""
    rows = [
        session(learner=1, day=dt.date(2024, 10, 1), rank=31),
        session(learner=2, day=dt.date(2024, 10, 1), rank=31),
        session(learner=3, day=dt.date(2024, 10, 1), rank=41),
        session(learner=1, day=dt.date(2025, 3, 1), rank=41),
        session(learner=2, day=dt.date(2025, 9, 1), rank=41),
    ]
    frame = frame_of(rows)
    years = years_of(frame, AS_OF, AttemptRule.LATEST)
    last_year, this_year = year_to_date(years, 40).to_dict("records")
    assert [last_year[name] for name in ("n_to_date", "reached_to_date", "n_full", "reached_full")] == [3, 1, 3, 2]
    assert [this_year[name] for name in ("n_to_date", "reached_to_date", "n_full", "reached_full")] == [1, 1, 1, 1]
    assert totals_to_date(cumulative_by_year(years), AS_OF) == {"2025/26": 1, "2024/25": 3}
    (change,) = latest_changes(years, year_to_date(years, 40), list_versions(frame))
    assert (change.before.n, change.before.reached) == (3, 1)
    (comparison,) = compare_years(years, "2025/26", "2024/25", list_versions(frame))
    assert comparison.chance is not None
    assert (comparison.chance.other_n, comparison.chance.chance) == (3, pytest.approx((1 + 1 + 0.5) / 3))


@given(drawn, rules)
def test_whoever_sat_nothing_twice_counts_as_ever(rows: list[dict[str, Any]], rule: AttemptRule) -> None:
    """Where no test was sat twice in a year the rule takes nothing away; with it each counts once a test and year."""
    keys = [(row["learner"], row["test"], row["day"] >= dt.date(2025, 8, 1)) for row in rows]
    full = years_of(frame_of(rows), dt.date(2025, 11, 30), rule).full
    assert len(full) == (len(rows) if rule is AttemptRule.ALL else len(set(keys)))


def test_sessions_after_the_last_day_are_not_there() -> None:
    """A session later than the last day neither counts nor takes the place of an earlier one."""
    rows = [session(day=dt.date(2025, 10, 1), rank=31), session(day=dt.date(2025, 11, 25))]
    years = YearSessions(frame_of(rows), Filters(), AS_OF)
    assert [years.of(span)["level_rank"].tolist() for span in ("to_date", "full")] == [[31], [31]]


def test_the_frame_is_left_as_it_was() -> None:
    """The shared frame is not changed, and an empty one gives empty ones with its columns."""
    frame = frame_of([session(), session()])
    before = frame.copy()
    years = years_of(frame, AS_OF, AttemptRule.LATEST)
    assert (len(years.to_date), len(years.full)) == (1, 1)
    assert frame.equals(before)
    empty = years_of(frame.iloc[:0], AS_OF)
    kept = set(frame.columns) - {*NOT_COMPARED, *OF_THE_RULE}
    assert [kept <= set(empty.of(span).columns) for span in ("to_date", "full")] == [True, True]
    assert (len(empty.to_date), len(empty.full)) == (0, 0)
