"""Comparison: how far two cohorts are apart, and whether that is more than chance would do.

Both cohorts are taken as independent: every learner counts in one of them. What they were sat in is not looked at
here; `smartia.analysis.versions` says whether two cohorts may be compared at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from smartia.analysis.intervals import newcombe_interval, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Mapping

Verdict = Literal["higher", "lower", "too close to call"]
"""What an interval says about a difference of shares."""

ChanceVerdict = Literal["clearly higher", "clearly lower", "too close to call"]
"""What an interval says about the levels of two cohorts."""

MIN_COHORT: Final = 10
"""Learners that each cohort needs before the chance of a higher level is given an interval."""

_Z: Final = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Share:
    """How many of a cohort reached something.

    Attributes:
        n: The base.
        reached: How many of it.
    """

    n: int
    reached: int

    @property
    def share(self) -> float:
        """Reached of n; NaN where n is 0."""
        return self.reached / self.n if self.n else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval; NaN where n is 0."""
        low, high = wilson_interval(self.reached, self.n)
        return float(low), float(high)


@dataclass(frozen=True)
class ShareDifference:
    """The difference of two shares.

    Attributes:
        cohort: The one share.
        other: The share that is taken away.
        difference: The one less the other, between −1 and 1; NaN where a base is 0, like its limits.
        low: The lower limit of its 95 % Newcombe interval.
        high: The upper limit.
        verdict: Whether the one is higher or lower; None where a base is 0.
    """

    cohort: Share
    other: Share
    difference: float
    low: float
    high: float
    verdict: Verdict | None


@dataclass(frozen=True)
class LevelChance:
    """The chance that a learner of one cohort is at a higher level than one of another, ties counted half.

    Attributes:
        n: Learners of the one cohort with a readable level.
        other_n: Those of the other.
        chance: Between 0 and 1; 0.5 where neither is higher; NaN where a cohort is empty.
        low: The lower limit of its 95 % interval; NaN where none can be given.
        high: The upper limit.
        verdict: None where no interval can be given.
    """

    n: int
    other_n: int
    chance: float
    low: float
    high: float
    verdict: ChanceVerdict | None


def compare_shares(cohort: Share, other: Share) -> ShareDifference:
    """Give the difference of two independent shares with its 95 % Newcombe interval.

    Args:
        cohort: The one share.
        other: The share that is taken away.

    Returns:
        The difference and whether it is beyond chance: "too close to call" where the interval holds 0.

    Raises:
        ValueError: If a count is negative or exceeds its base.
    """
    low, high = (float(limit) for limit in newcombe_interval(cohort.reached, cohort.n, other.reached, other.n))
    verdict: Verdict | None = None
    if cohort.n and other.n:
        verdict = "higher" if low > 0 else "lower" if high < 0 else "too close to call"
    return ShareDifference(cohort, other, cohort.share - other.share, low, high, verdict)


def chance_of_higher_level(cohort: Mapping[int, int], other: Mapping[int, int]) -> LevelChance:
    """Give the chance that a learner of a cohort is at a higher level than one of another, ties counted half.

    This is the Mann–Whitney statistic divided by the number of pairs (the area under the ROC curve). The interval
    is DeLong's, made on the logit scale so that it stays between 0 and 1. Where either cohort is smaller than
    `MIN_COHORT`, where every pair of learners falls out the same way (a chance of 0 or 1), and where nothing
    varies (all of both at one level), the normal approximation has nothing to stand on and no interval is given.

    Sources: H. B. Mann and D. R. Whitney (1947), Annals of Mathematical Statistics 18, 50–60; E. R. DeLong, D. M.
    DeLong and D. L. Clarke-Pearson (1988), Biometrics 44, 837–845; for the logit G. Qin and L. Hotilovac (2008),
    Statistical Methods in Medical Research 17, 207–221.

    Args:
        cohort: level_rank → how many learners of the one cohort.
        other: The same of the other.

    Returns:
        The chance, its interval where there is one, and the verdict.

    Raises:
        ValueError: If a count is negative.
    """
    ranks = sorted({*cohort, *other})
    ours = np.array([cohort.get(rank, 0) for rank in ranks], dtype=np.float64)
    theirs = np.array([other.get(rank, 0) for rank in ranks], dtype=np.float64)
    if np.any(ours < 0) or np.any(theirs < 0):
        raise ValueError("A count of learners cannot be negative.")
    n, other_n = float(ours.sum()), float(theirs.sum())
    sizes = (int(n), int(other_n))
    if not n or not other_n:
        return LevelChance(*sizes, math.nan, math.nan, math.nan, None)
    # For a learner at each level: the part of the other cohort that is below them, or above.
    wins = (np.cumsum(theirs) - theirs / 2) / other_n
    losses = (n - np.cumsum(ours) + ours / 2) / n
    chance = float(ours @ wins / n)
    if min(sizes) < MIN_COHORT or not 0 < chance < 1:
        return LevelChance(*sizes, chance, math.nan, math.nan, None)
    spread = float(ours @ (wins - chance) ** 2) / (n - 1) / n
    spread += float(theirs @ (losses - chance) ** 2) / (other_n - 1) / other_n
    if spread <= 0:
        return LevelChance(*sizes, chance, math.nan, math.nan, None)
    reach = _Z * math.sqrt(spread) / (chance * (1 - chance))
    centre = math.log(chance / (1 - chance))
    low, high = (1 / (1 + math.exp(-(centre + side))) for side in (-reach, reach))
    verdict: ChanceVerdict = "too close to call"
    if low > 0.5 or high < 0.5:
        verdict = "clearly higher" if low > 0.5 else "clearly lower"
    return LevelChance(*sizes, chance, low, high, verdict)
