"""Funnels: where the share of each group lies against what groups of its size would show by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FEWEST: Final = 10
"""A group of fewer sessions with a readable level is not placed."""

INSIDE: Final = "inside"
OUTSIDE_95: Final = "outside 95%"
OUTSIDE_998: Final = "outside 99.8%"
TOO_SMALL: Final = "too small to place"
VERDICTS: Final = (INSIDE, OUTSIDE_95, OUTSIDE_998, TOO_SMALL)

_TAILS: Final = {"low_998": 0.001, "low_95": 0.025, "high_95": 0.975, "high_998": 0.999}
_POINTS: Final = 120


def funnel_limits(p0: float, sizes: Sequence[int] | NDArray[np.int64]) -> pd.DataFrame:
    """Give the limits between which the shares of groups lie by chance, exactly by the binomial distribution.

    Source: D. J. Spiegelhalter (2005), "Funnel plots for comparing institutional performance", Statistics in Medicine
    24, 1185–1202, appendix A.1.1: with r the smallest count whose cumulative probability F(r) reaches p, and
    a = (F(r) − p) / (F(r) − F(r − 1)), the limit is (r − a) / n. The interpolation makes smooth lines of counts.

    Args:
        p0: The share of the whole, between 0 and 1.
        sizes: The n of groups, each at least 1.

    Returns:
        One row a size: `n`, `low_998`, `low_95`, `high_95`, `high_998`, as shares between 0 and 1.

    Raises:
        ValueError: If p0 is not between 0 and 1, or a size is below 1.
    """
    if not 0 <= p0 <= 1:
        raise ValueError(f"The share of the whole must lie between 0 and 1; it is {p0}.")
    if any(size < 1 for size in sizes):
        raise ValueError("Each group must have at least one member.")
    rows = [{"n": int(size), **_limits(p0, int(size))} for size in sizes]
    return pd.DataFrame(rows, columns=["n", *_TAILS]).astype({"n": "int64"})


def funnel_lines(p0: float, largest: int) -> pd.DataFrame:
    """Give the limits along the axis of n, for drawing.

    Args:
        p0: The share of the whole.
        largest: The n of the largest group.

    Returns:
        As `funnel_limits`, for sizes from 10 to `largest`, closer together where the lines bend. No rows where no
        group is large enough or p0 is missing.
    """
    if largest < FEWEST or p0 != p0:
        return pd.DataFrame(columns=["n", *_TAILS], dtype="float64")
    return funnel_limits(p0, np.unique(np.geomspace(FEWEST, largest, _POINTS).round().astype(np.int64)))


def place_in_funnel(shares: pd.DataFrame) -> pd.DataFrame:
    """Say of each group whether its share lies within what chance alone would show around the whole.

    Args:
        shares: A result of `share_at_or_above` by group. The whole is the sum of its rows.

    Returns:
        The rows in their order, never ranked, with `whole` (reached of n over all groups; missing where n is 0), the
        limits of `funnel_limits` at the group's n, and `verdict`, one of `VERDICTS`. Groups with n < 10 have no
        limits and are too small to place.
    """
    n = int(shares["n"].sum())
    whole = int(shares["reached"].sum()) / n if n else float("nan")
    large = shares["n"] >= FEWEST
    limits = funnel_limits(whole, shares.loc[large, "n"].to_numpy()) if large.any() else funnel_lines(whole, 0)
    limits = limits.drop(columns="n").set_axis(shares.index[large], axis="index").reindex(shares.index)
    placed = shares.assign(whole=whole, **{name: limits[name] for name in _TAILS})
    share = placed["share"]
    verdict = pd.Series(INSIDE, index=shares.index, dtype="str")
    verdict[(share < placed["low_95"]) | (share > placed["high_95"])] = OUTSIDE_95
    verdict[(share < placed["low_998"]) | (share > placed["high_998"])] = OUTSIDE_998
    verdict[~large] = TOO_SMALL
    return placed.assign(verdict=verdict)


def _limits(p0: float, size: int) -> dict[str, float]:
    if p0 in {0.0, 1.0}:
        # Without chance there is nothing to interpolate: every group shows the share itself.
        return dict.fromkeys(_TAILS, p0)
    cumulative = _binomial_cdf(size, p0)
    below = np.concatenate(([0.0], cumulative[:-1]))
    limits = {}
    for name, tail in _TAILS.items():
        # The last of the sums is 1 but for rounding, hence the minimum.
        count = min(int(np.searchsorted(cumulative, tail)), size)
        part = (cumulative[count] - tail) / (cumulative[count] - below[count])
        limits[name] = float(np.clip((count - part) / size, 0, 1))
    return limits


def _binomial_cdf(n: int, p: float) -> NDArray[np.float64]:
    """F(0), …, F(n) of the binomial distribution, by logarithms of factorials so that no term overflows."""
    log_factorials = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, n + 1)))))
    count = np.arange(n + 1)
    log_ways = log_factorials[n] - log_factorials - log_factorials[::-1]
    terms: NDArray[np.float64] = np.exp(log_ways + count * np.log(p) + (n - count) * np.log1p(-p))
    return np.cumsum(terms)
