"""Cohort versions: in which test version two cohorts can be compared.

* Cohorts made by time (years, terms, months, weeks) are compared where both were sat in the same single version,
  and not at all otherwise: those who sat a version after it came in are seldom like those who sat before.
* Other cohorts, such as women and men, sit side by side in time. Where a version changed meanwhile they are compared
  within the newest version that at least `MIN_COHORT` learners of each sat; the others are left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import pandas as pd

from smartia.analysis.comparison import MIN_COHORT
from smartia.analysis.grouping import aggregate
from smartia.analysis.measures import SIZE
from smartia.analysis.versions import Comparability, Sat, comparability


@dataclass(frozen=True)
class CommonVersion:
    """In what two cohorts can be compared.

    Attributes:
        comparability: Whether they may be compared at all.
        version: The version that alone counts; None where all sessions do.
        is_too_small: Whether every version that both sat was sat by too few of one of them.
    """

    comparability: Comparability
    version: str | None = None
    is_too_small: bool = False


def common_version(one: pd.DataFrame, other: pd.DataFrame, versions: pd.DataFrame, *, of_time: bool) -> CommonVersion:
    """Find what two cohorts of a subject can be compared in, by the rule at the head of this module.

    Args:
        one: The sessions of the one cohort, with `test_version_id` and `level_rank`.
        other: Those of the other.
        versions: A result of `list_versions` over all sessions.
        of_time: Whether the cohorts are made by time.

    Returns:
        Whether they may be compared, and in which version. Levels that cannot be read do not count towards the size
        of a version.
    """
    verdict = comparability(_by_version(one), _by_version(other), versions)
    if verdict.obstacle != "test changed" or of_time:
        return CommonVersion(verdict)
    sizes = [_by_version(side.dropna(subset="level_rank")) for side in (one, other)]
    shared = {version: min(size[version] for size in sizes) for version in sizes[0] if version in sizes[1]}
    if not shared:
        return CommonVersion(verdict)
    large = [version for version, n in shared.items() if n >= MIN_COHORT]
    if not large:
        return CommonVersion(Comparability(), is_too_small=True)
    oldest_first = versions[versions["version"].isin(large)].sort_values("since", kind="stable")
    return CommonVersion(Comparability(), str(oldest_first["version"].iloc[-1]))


def _by_version(rows: pd.DataFrame) -> Sat:
    """Count the sessions of one cohort by test version."""
    found = aggregate(rows, None, {"n": SIZE}, keys={"version": nw.col("test_version_id")})
    return dict(zip(found["version"].astype("str"), found["n"].astype("int"), strict=True))
