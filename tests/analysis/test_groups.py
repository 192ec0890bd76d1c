"""Groups: coverage and completion against plain loops, and the funnel against scipy's binomial distribution."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from smartia.analysis.funnel import (
    INSIDE,
    OUTSIDE_95,
    OUTSIDE_998,
    TOO_SMALL,
    funnel_limits,
    funnel_lines,
    place_in_funnel,
)
from smartia.analysis.groups import completion, completion_filters, coverage, newest_of_each, without_session
from smartia.table.filters import AttemptRule, Filters

people_and_sessions = st.tuples(
    st.lists(st.tuples(st.sampled_from(["Art", "Sport", "Business"]), st.integers(0, 2)), max_size=12),
    st.lists(st.tuples(st.integers(0, 8), st.integers(-1, 11)), max_size=30),
)


def people_of(rows: list[tuple[str, int]]) -> pd.DataFrame:
    """People of a list by group and number of accounts."""
    groups = pd.Categorical([group for group, _ in rows], categories=["Art", "Business", "Sport"], ordered=True)
    return pd.DataFrame({"group": groups, "accounts": [number for _, number in rows]}).astype({"accounts": "int64"})


@settings(max_examples=30)
@given(drawn=people_and_sessions)
def test_coverage_and_completion_equal_plain_loops(
    drawn: tuple[list[tuple[str, int]], list[tuple[int, int]]],
) -> None:
    """Counts equal those of loops, and no person and no session is lost between the two sides."""
    rows, pairs = drawn
    sessions = [(learner, person if person < len(rows) else -1) for learner, person in pairs]
    people = people_of(rows)
    frame = pd.DataFrame(sessions, columns=["learner", "person"], dtype="int64")
    found = coverage(people, frame)
    assert found.people == found.with_session + found.without_session == len(rows)
    assert found.several_accounts == sum(number == 2 for _, number in rows)
    assert found.accounts == len({learner for learner, _ in sessions})
    assert found.accounts_listed == len({learner for learner, person in sessions if person >= 0})
    assert found.accounts_unlisted == found.accounts - found.accounts_listed
    assert (found.sessions, found.sessions_listed) == (len(sessions), sum(person >= 0 for _, person in sessions))
    present = {person for _, person in sessions}
    table = completion(people, frame, by_group=True)
    assert table["group"].tolist() == sorted({group for group, _ in rows})
    for row in table.itertuples():
        places = [place for place, (group, _) in enumerate(rows) if group == row.group]
        reached = sum(place in present for place in places)
        interval = binomtest(reached, len(places)).proportion_ci(method="wilson")
        assert (row.n, row.reached) == (len(places), reached)
        assert (row.share, row.low, row.high) == pytest.approx((reached / len(places), interval.low, interval.high))
    total = completion(people, frame, by_group=False).iloc[0]
    assert (total["n"], total["reached"]) == (table["n"].sum(), table["reached"].sum())
    missing = without_session(people, frame)
    assert missing.index.tolist() == [place for place in range(len(rows)) if place not in present]
    assert missing.columns.tolist() == people.columns.tolist()


def test_completion_asks_which_assessment_and_nothing_else() -> None:
    """Subject, test, version and time stay; what says who or how well is dropped, and any attempt counts."""
    which = Filters(subject=("Maths",), test_name=("M",), academic_year=("2025/26",), since=dt.date(2025, 9, 1))
    full = Filters(
        subject=("Maths",),
        test_name=("M",),
        academic_year=("2025/26",),
        since=dt.date(2025, 9, 1),
        gender=("female",),
        age_band=("19+",),
        level_whole=("Level 1",),
        sitting=("paused",),
        group=("Art",),
        short_share=0.25,
    )
    kept = completion_filters(full)
    assert kept.attempts is AttemptRule.ALL
    assert kept == completion_filters(which)
    assert kept.restrictions == {"subject": ("Maths",), "test_name": ("M",), "academic_year": ("2025/26",)}


def test_newest_session_of_each_learner() -> None:
    """The last row of each learner is kept, with its label."""
    frame = pd.DataFrame({"learner": [3, 1, 3, 2, 1]}, index=[10, 11, 12, 13, 14])
    assert newest_of_each(frame).index.tolist() == [12, 13, 14]


TAILS = {"low_998": 0.001, "low_95": 0.025, "high_95": 0.975, "high_998": 0.999}


@settings(max_examples=40)
@given(n=st.integers(1, 3000), p0=st.floats(0.01, 0.99))
def test_limits_equal_scipys_binomial(n: int, p0: float) -> None:
    """Each limit is Spiegelhalter's interpolation of the inverse binomial, worked out with scipy."""
    row = funnel_limits(p0, [n]).iloc[0]
    for name, tail in TAILS.items():
        count = binom.ppf(tail, n, p0)
        part = (binom.cdf(count, n, p0) - tail) / binom.pmf(count, n, p0)
        assert row[name] == pytest.approx(min(max((count - part) / n, 0), 1), abs=1e-6)
    assert row["low_998"] <= row["low_95"] <= row["high_95"] <= row["high_998"]


def test_limits_of_a_large_group_are_those_of_the_normal_distribution() -> None:
    """At n = 100,000 the exact limits lie where the normal approximation has them, and no sum overflows."""
    row = funnel_limits(0.4, [100_000]).iloc[0]
    error = np.sqrt(0.4 * 0.6 / 100_000)
    assert row["high_95"] == pytest.approx(0.4 + 1.95996 * error, abs=1e-5)
    assert row["low_998"] == pytest.approx(0.4 - 3.09023 * error, abs=2e-5)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_without_chance_the_funnel_is_a_line(share: float) -> None:
    """Where all or none reached the level, every limit is that share, and every group lies inside."""
    limits = funnel_limits(share, [10, 500])
    assert (limits[list(TAILS)] == share).all(axis=None)
    assert set(place_in_funnel(shares_of({"a": (20, int(20 * share)), "b": (30, int(30 * share))}))["verdict"]) == {
        INSIDE
    }


@pytest.mark.parametrize(("p0", "sizes"), [(-0.1, [10]), (1.1, [10]), (float("nan"), [10]), (0.5, [0])])
def test_impossible_funnels_are_refused(p0: float, sizes: list[int]) -> None:
    """A share outside 0–1 or an empty group is an error."""
    with pytest.raises(ValueError, match="must"):
        funnel_limits(p0, sizes)


def shares_of(counts: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Shares by group from n and reached."""
    table = pd.DataFrame([(group, *pair) for group, pair in counts.items()], columns=["group", "n", "reached"])
    return table.assign(share=table["reached"] / table["n"].where(table["n"] > 0))


def test_verdicts() -> None:
    """Groups keep their order; each verdict follows from scipy's limits; n below 10 is not placed."""
    counts = {"Art": (200, 100), "Business": (60, 40), "Care": (9, 9), "Sport": (100, 90), "Travel": (0, 0)}
    placed = place_in_funnel(shares_of(counts))
    assert placed["group"].tolist() == list(counts)
    whole = (100 + 40 + 9 + 90) / (200 + 60 + 9 + 100)
    assert placed["whole"].unique() == pytest.approx([whole])
    assert dict(zip(placed["group"], placed["verdict"], strict=True)) == {
        "Art": OUTSIDE_998,
        "Business": INSIDE,
        "Care": TOO_SMALL,
        "Sport": OUTSIDE_998,
        "Travel": TOO_SMALL,
    }
    assert binom.cdf(100, 200, whole) < 0.001
    assert binom.sf(89, 100, whole) < 0.001
    assert placed.loc[placed["verdict"] == TOO_SMALL, list(TAILS)].isna().all(axis=None)


def test_between_the_lines_is_outside_95() -> None:
    """A share beyond the inner but not the outer limits is outside 95%."""
    placed = place_in_funnel(shares_of({"Most": (10_000, 5_000), "One": (100, 62)}))
    assert placed["verdict"].tolist() == [INSIDE, OUTSIDE_95]


@given(st.lists(st.tuples(st.integers(0, 80), st.floats(0, 1)), max_size=12))
@settings(max_examples=40)
def test_every_group_gets_one_verdict(drawn: list[tuple[int, float]]) -> None:
    """No group is lost, reordered or placed on fewer than ten."""
    counts = {f"g{place:02}": (n, round(n * share)) for place, (n, share) in enumerate(drawn)}
    placed = place_in_funnel(shares_of(counts))
    assert placed["group"].tolist() == list(counts)
    assert ((placed["verdict"] == TOO_SMALL) == (placed["n"] < 10)).all()


def test_false_alarms_are_as_rare_as_promised() -> None:
    """Of groups that differ by chance alone at most about 5% lie outside the inner lines."""
    reached = np.random.default_rng(5).binomial(80, 0.45, 4000)
    limits = funnel_limits(0.45, [80]).iloc[0]
    outside = ((reached / 80 < limits["low_95"]) | (reached / 80 > limits["high_95"])).mean()
    assert 0.02 < outside < 0.065


def test_lines_run_from_ten_to_the_largest_group() -> None:
    """Lines begin at n = 10 and end at the largest group; there are none where nothing can be placed."""
    lines = funnel_lines(0.5, 400)
    assert (lines["n"].iloc[0], lines["n"].iloc[-1]) == (10, 400)
    assert lines["n"].is_monotonic_increasing
    assert lines["n"].is_unique
    assert funnel_lines(0.5, 9).empty
    assert funnel_lines(float("nan"), 50).empty
