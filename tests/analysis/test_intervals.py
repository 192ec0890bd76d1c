"""The Wilson and the Newcombe interval against published figures and other implementations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from smartia.analysis.intervals import newcombe_interval, wilson_interval

counts = st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 8, 0.0, 32.4),
        (3, 10, 10.8, 60.3),
        (6, 20, 14.5, 51.9),
        (15, 50, 19.1, 43.8),
        (60, 200, 24.1, 36.7),
        (300, 1000, 27.2, 32.9),
    ],
)
def test_published_values(successes: int, n: int, low: float, high: float) -> None:
    """The limits equal the published ones to a tenth of a percentage point."""
    found = wilson_interval(successes, n)
    assert np.round(np.array(found) * 100, 1).tolist() == [low, high]


@given(counts, st.sampled_from([0.8, 0.9, 0.95, 0.998]))
def test_equal_to_other_implementations(pair: tuple[int, int], confidence: float) -> None:
    """Scipy and statsmodels give the same limits for any count and confidence."""
    found = wilson_interval(*pair, confidence)
    by_scipy = binomtest(*pair).proportion_ci(confidence, method="wilson")
    by_statsmodels = proportion_confint(*pair, alpha=1 - confidence, method="wilson")
    np.testing.assert_allclose(found, by_scipy, atol=1e-9)
    np.testing.assert_allclose(found, by_statsmodels, atol=1e-9)


@given(counts)
def test_share_lies_inside(pair: tuple[int, int]) -> None:
    """The interval holds the share itself, lies within 0 and 1, and turns over with it."""
    low, high = wilson_interval(*pair)
    assert 0 <= low <= pair[0] / pair[1] <= high <= 1
    np.testing.assert_allclose(wilson_interval(pair[1] - pair[0], pair[1]), (1 - high, 1 - low), atol=1e-12)


def test_ends_are_exact() -> None:
    """None of n starts at exactly 0, and all of n ends at exactly 1."""
    assert [float(wilson_interval(0, n)[0]) for n in range(1, 200)] == [0.0] * 199
    assert [float(wilson_interval(n, n)[1]) for n in range(1, 200)] == [1.0] * 199


def test_no_base_gives_nan_in_place() -> None:
    """An n of 0 gives NaN for itself and leaves its neighbours alone."""
    low, high = wilson_interval([0, 3], [0, 10])
    assert np.isnan([low[0], high[0]]).all()
    assert (round(low[1], 3), round(high[1], 3)) == (0.108, 0.603)


@pytest.mark.parametrize(("successes", "n", "confidence"), [(-1, 5, 0.95), (6, 5, 0.95), (1, 5, 0.0), (1, 5, 1.0)])
def test_senseless_arguments_are_refused(successes: int, n: int, confidence: float) -> None:
    """Counts outside their base and impossible confidence levels raise."""
    with pytest.raises(ValueError, match="must lie between"):
        wilson_interval(successes, n, confidence)


@pytest.mark.parametrize(
    ("pair", "other", "low", "high"),
    [
        ((45, 60), (30, 50), -0.0241, 0.3161),
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_published_differences(pair: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    """The limits equal those of the definitions and of Newcombe's table II, method 10."""
    assert np.round(newcombe_interval(*pair, *other), 4).tolist() == [low, high]


@given(counts, counts, st.sampled_from([0.8, 0.95, 0.998]))
def test_differences_equal_statsmodels(pair: tuple[int, int], other: tuple[int, int], confidence: float) -> None:
    """Statsmodels gives the same limits for any two shares."""
    found = newcombe_interval(*pair, *other, confidence)
    theirs = confint_proportions_2indep(*pair, *other, method="newcomb", compare="diff", alpha=1 - confidence)
    np.testing.assert_allclose(found, theirs, atol=1e-9)


@given(counts, counts)
def test_a_difference_lies_inside_and_turns_over(pair: tuple[int, int], other: tuple[int, int]) -> None:
    """The interval holds the difference, stays within −1 and 1, and changes its sign with the order."""
    low, high = newcombe_interval(*pair, *other)
    assert -1 <= low <= pair[0] / pair[1] - other[0] / other[1] <= high <= 1
    np.testing.assert_allclose(newcombe_interval(*other, *pair), (-high, -low), atol=1e-12)


def test_a_difference_without_a_base_is_nan_in_place() -> None:
    """A base of 0 gives NaN for itself and leaves its neighbours alone."""
    low, high = newcombe_interval([0, 45], [0, 60], [30, 30], [50, 50])
    assert np.isnan([low[0], high[0]]).all()
    assert (round(low[1], 3), round(high[1], 3)) == (-0.024, 0.316)
