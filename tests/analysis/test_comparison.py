"""Differences of shares and chances of a higher level, against loops over pairs, scipy and simulated cohorts."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import mannwhitneyu

from smartia.analysis.comparison import MIN_COHORT, Share, chance_of_higher_level, compare_shares

levels = st.lists(st.sampled_from([0, 11, 12, 21, 31, 41, 42, 51]), min_size=1, max_size=40)


def test_shares_of_the_definitions_are_too_close_to_call() -> None:
    """45 of 60 against 30 of 50 are 15 points apart, from −2.4 to +31.6."""
    found = compare_shares(Share(60, 45), Share(50, 30))
    assert [round(value * 100, 1) for value in (found.difference, found.low, found.high)] == [15.0, -2.4, 31.6]
    assert found.verdict == "too close to call"


def test_verdicts_say_which_side() -> None:
    """A verdict is higher or lower where the interval leaves 0 out, and turns over with the order."""
    assert compare_shares(Share(600, 450), Share(500, 300)).verdict == "higher"
    assert compare_shares(Share(500, 300), Share(600, 450)).verdict == "lower"


@pytest.mark.parametrize(("one", "other"), [(Share(0, 0), Share(5, 3)), (Share(5, 3), Share(0, 0))])
def test_no_base_gives_no_difference(one: Share, other: Share) -> None:
    """Where a base is 0 there is neither a difference nor a verdict."""
    found = compare_shares(one, other)
    assert found.verdict is None
    assert all(math.isnan(value) for value in (found.difference, found.low, found.high))


def plain_delong(ours: list[int], theirs: list[int]) -> tuple[float, float, float]:
    """Chance and limits by loops over all pairs of learners."""
    beats = [[(a > b) + (a == b) / 2 for b in theirs] for a in ours]
    by_ours = [sum(row) / len(theirs) for row in beats]
    by_theirs = [sum(row[place] for row in beats) / len(ours) for place in range(len(theirs))]
    chance = sum(by_ours) / len(ours)
    variance = sum((v - chance) ** 2 for v in by_ours) / (len(ours) - 1) / len(ours)
    variance += sum((v - chance) ** 2 for v in by_theirs) / (len(theirs) - 1) / len(theirs)
    reach = 1.959963984540054 * math.sqrt(variance) / (chance * (1 - chance))
    return chance, float(expit(logit(chance) - reach)), float(expit(logit(chance) + reach))


@given(levels, levels)
def test_chance_equals_scipy_and_the_loop_over_pairs(ours: list[int], theirs: list[int]) -> None:
    """The chance is scipy's U over all pairs; interval and verdict are those of plain loops."""
    found = chance_of_higher_level(Counter(ours), Counter(theirs))
    assert (found.n, found.other_n) == (len(ours), len(theirs))
    assert found.chance == pytest.approx(mannwhitneyu(ours, theirs).statistic / len(ours) / len(theirs))
    if math.isnan(found.low):
        alike = len({*ours, *theirs}) == 1
        assert found.verdict is None
        assert min(len(ours), len(theirs)) < MIN_COHORT or found.chance in (0, 1) or alike
        return
    chance, low, high = plain_delong(ours, theirs)
    assert (found.chance, found.low, found.high) == pytest.approx((chance, low, high))
    expected = "clearly higher" if low > 0.5 else "clearly lower" if high < 0.5 else "too close to call"
    assert found.verdict == expected


@given(levels, levels)
def test_the_other_way_round_is_the_rest(ours: list[int], theirs: list[int]) -> None:
    """Exchanging the cohorts turns chance and interval over."""
    found = chance_of_higher_level(Counter(ours), Counter(theirs))
    back = chance_of_higher_level(Counter(theirs), Counter(ours))
    assert (back.chance, back.low, back.high) == pytest.approx(
        (1 - found.chance, 1 - found.high, 1 - found.low), nan_ok=True
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "chance"),
    [
        ({}, {41: 20}, math.nan),
        ({41: 9}, {31: 9, 51: 9}, 0.5),
        ({51: 400}, {41: 400}, 1.0),
        ({31: 400}, {41: 400}, 0.0),
        ({41: 400}, {41: 400}, 0.5),
    ],
)
def test_no_interval_where_nothing_bears_one(ours: dict[int, int], theirs: dict[int, int], chance: float) -> None:
    """Empty, small, wholly separate and uniform cohorts get no interval and no verdict."""
    found = chance_of_higher_level(ours, theirs)
    assert found.chance == pytest.approx(chance, nan_ok=True)
    assert (math.isnan(found.low), math.isnan(found.high), found.verdict) == (True, True, None)


def test_the_interval_covers_the_true_chance() -> None:
    """Of 1,000 simulated pairs of cohorts of the smallest size and of 40, 92 to 98 % of intervals hold the truth."""
    dice = np.random.default_rng(5)
    ranks = [21, 31, 32, 41, 42, 51]
    ours, theirs = np.array([0.1, 0.1, 0.2, 0.2, 0.2, 0.2]), np.array([0.15, 0.2, 0.2, 0.2, 0.15, 0.1])
    truth = sum(ours[i] * theirs[j] * ((i > j) + (i == j) / 2) for i in range(6) for j in range(6))
    for size in (MIN_COHORT, 40):
        draws = zip(dice.multinomial(size, ours, 1000), dice.multinomial(size, theirs, 1000), strict=True)
        found = [
            chance_of_higher_level(dict(zip(ranks, a, strict=True)), dict(zip(ranks, b, strict=True))) for a, b in draws
        ]
        assert 0.92 <= np.mean([one.low <= truth <= one.high for one in found]) <= 0.98


def test_negative_counts_are_refused() -> None:
    """A count below 0 raises."""
    with pytest.raises(ValueError, match="negative"):
        chance_of_higher_level({41: -1}, {41: 3})
