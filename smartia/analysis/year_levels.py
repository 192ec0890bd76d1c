"""Levels of two academic years: the chance that a learner of the one is at a higher level than one of the other.

Both count to the same day of the academic year while one of them is under way, and in full otherwise. Where they were
not sat in the same test version (see `smartia.analysis.versions`) no chance is given. The attempt rule holds within
each year (see `smartia.analysis.year_sessions`), so a learner may count in both years; the interval takes the years as
independent, which makes it a little too wide where many do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw
import pandas as pd

from smartia.analysis.changes import is_under_way
from smartia.analysis.comparison import LevelChance, chance_of_higher_level
from smartia.analysis.grouping import aggregate
from smartia.analysis.measures import sums
from smartia.analysis.versions import Comparability, comparability, count_versions, sat_by_cohort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smartia.analysis.year_sessions import Span, YearSessions


@dataclass(frozen=True)
class YearComparison:
    """The levels of a group in one academic year against those in another.

    Attributes:
        group: The group's label.
        year: The label of the one year.
        other: The label of the other.
        span: How much of both years counts.
        chance: The chance of a higher level in the one year; None where the years are not compared.
        comparability: Why they are not compared.
    """

    group: str
    year: str
    other: str
    span: Span
    chance: LevelChance | None
    comparability: Comparability


def compare_years(
    years: YearSessions, year: str, other: str, versions: pd.DataFrame, by: str | None = None
) -> list[YearComparison]:
    """Give the chance of a higher level in one academic year than in another, group by group.

    Halves are told apart (Level 1 Lower is below Level 1 Upper) unless some levels above Pre-Entry came with a half
    and others without: these cannot be put in order, and whole levels are compared.

    Args:
        years: Sessions with `academic_year`, `level_rank`, `test_version_id` and the grouping column. Years
            that begin before the first day that the filters keep are not compared.
        year: The label of the one year, such as "2025/26".
        other: The label of the other.
        versions: A result of `list_versions` over all sessions.
        by: The grouping column, or None for the one group "All".

    Returns:
        One comparison for every group that has a session in either year.
    """
    span: Span = "to_date" if any(is_under_way(label, years.as_of) for label in (year, other)) else "full"
    counted, since = years.count(span, by), years.filters.since
    keys = {"year": nw.col("academic_year"), "rank": nw.col("level_rank")}
    found = aggregate(counted, by, sums("n"), keys=keys, columns={"n": nw.col("size")})
    ranked = found[found["rank"].notna() & found["year"].isin([year, other])]
    ranked = ranked.astype({"group": "str", "year": "str", "rank": "int64"})
    used = sat_by_cohort(count_versions(counted, "academic_year", by, size="size"))
    starts = [pd.Timestamp(int(label[:4]), 8, 1) for label in (year, other)]
    groups = [str(label) for label in found["group"].cat.categories if label in set(ranked["group"])]
    comparisons = []
    for group in groups:
        mine = ranked[ranked["group"] == group]
        halves = halves_agree(mine["rank"])
        one, another = (level_counts(mine[mine["year"] == label], halves) for label in (year, other))
        verdict = comparability(used.get((group, starts[0]), {}), used.get((group, starts[1]), {}), versions)
        if not one or not another:
            verdict = Comparability("no sessions")
        elif since is not None and since > min(starts).date():
            verdict = Comparability("cut short")
        chance = chance_of_higher_level(one, another) if verdict.obstacle is None else None
        comparisons.append(YearComparison(group, year, other, span, chance, verdict))
    return comparisons


def comparisons_table(comparisons: Sequence[YearComparison]) -> pd.DataFrame:
    """Lay comparisons out as a table.

    Args:
        comparisons: Any number of comparisons.

    Returns:
        One row a comparison: `group`, `n`, `n_other` (missing where the years are not compared), `chance`,
        `chance_low`, `chance_high` (between 0 and 100; missing where there is none), `verdict` (empty likewise).
    """
    rows = [
        {
            "group": comparison.group,
            "n": chance.n if chance else None,
            "n_other": chance.other_n if chance else None,
            "chance": chance.chance * 100 if chance else math.nan,
            "chance_low": chance.low * 100 if chance else math.nan,
            "chance_high": chance.high * 100 if chance else math.nan,
            "verdict": (chance.verdict if chance else None) or "",
        }
        for comparison in comparisons
        for chance in [comparison.chance]
    ]
    return pd.DataFrame(rows).astype({"n": "Int64", "n_other": "Int64"}) if rows else pd.DataFrame()


def halves_agree(ranks: pd.Series) -> bool:
    """Say whether either all levels above Pre-Entry came with a half, or none.

    Args:
        ranks: The level_rank of each level that occurs, without missing values.
    """
    above = ranks[ranks >= 10]
    return bool((above % 10 > 0).nunique() <= 1)


def level_counts(ranked: pd.DataFrame, halves: bool) -> dict[int, int]:
    """Count a cohort by level_rank, or by whole tens of it.

    Args:
        ranked: `rank` (a level_rank) and `n`, any number of rows a rank.
        halves: Whether Lower and Upper halves are told apart.
    """
    found: dict[int, int] = {}
    for rank, n in zip(ranked["rank"], ranked["n"], strict=True):
        level = int(rank) if halves else int(rank) // 10 * 10
        found[level] = found.get(level, 0) + int(n)
    return found
