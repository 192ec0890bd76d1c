"""Uncertainty: the intervals that belong to a share and to a difference of two shares."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def wilson_interval(
    successes: ArrayLike, n: ArrayLike, confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the Wilson score interval of shares, without continuity correction.

    Source: E. B. Wilson (1927), "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22, 209–212; recommended for small n by Brown, Cai and
    DasGupta (2001), Statistical Science 16, 101–133.

    Args:
        successes: How many of each n; any shape that broadcasts with n.
        n: The bases.
        confidence: The two-sided confidence level, between 0 and 1.

    Returns:
        The lower and the upper limits, as shares between 0 and 1; NaN where n is 0.

    Raises:
        ValueError: If a count is negative, exceeds its base, or the confidence level is not between 0 and 1.
    """
    k, n = np.broadcast_arrays(np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64))
    if not 0 < confidence < 1:
        raise ValueError(f"The confidence level must lie between 0 and 1; it is {confidence}.")
    if np.any(k < 0) or np.any(k > n):
        raise ValueError("Each count must lie between 0 and its base.")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    base = np.where(n > 0, n, np.nan)
    share = k / base
    centre = (share + z**2 / (2 * base)) / (1 + z**2 / base)
    half_width = z / (1 + z**2 / base) * np.sqrt(share * (1 - share) / base + z**2 / (4 * base**2))
    # At 0 and at n the limit is exactly 0 or 1; floating point would miss it by a hair on either side.
    low = np.where(k == 0, base * 0, centre - half_width)
    high = np.where(k == n, base / base, centre + half_width)
    return low, high


def newcombe_interval(
    successes: ArrayLike, n: ArrayLike, other_successes: ArrayLike, other_n: ArrayLike, confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the hybrid score interval of the difference of two independent shares, without continuity correction.

    Source: R. G. Newcombe (1998), "Interval estimation for the difference between independent proportions:
    comparison of eleven methods", Statistics in Medicine 17, 873–890, method 10.

    Args:
        successes: How many of each n; any shape that broadcasts with the others.
        n: The bases.
        other_successes: How many of each other base.
        other_n: The bases of the shares that are taken away.
        confidence: The two-sided confidence level, between 0 and 1.

    Returns:
        The lower and the upper limits of successes/n − other_successes/other_n, between −1 and 1; NaN where a
        base is 0.

    Raises:
        ValueError: As for `wilson_interval`.
    """
    low, high = wilson_interval(successes, n, confidence)
    other_low, other_high = wilson_interval(other_successes, other_n, confidence)
    share, other_share = (
        np.asarray(k, dtype=np.float64) / np.where(np.asarray(base) > 0, base, np.nan)
        for k, base in ((successes, n), (other_successes, other_n))
    )
    difference = share - other_share
    return (
        difference - np.hypot(share - low, other_high - other_share),
        difference + np.hypot(high - share, other_share - other_low),
    )
