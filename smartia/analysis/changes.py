"""Changes: the share of an academic year set against the year before, where the tests allow it.

Years are compared to the same day of the academic year while one of them is under way, and in full otherwise. Where
they were not sat in the same test version (see `smartia.analysis.versions`) no difference is given. The attempt rule
holds within each year (see `smartia.analysis.year_sessions`), so a learner may count in both years; the intervals
take the years as independent, which makes them a little too wide where many do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING

import pandas as pd

from smartia.analysis.comparison import Share, ShareDifference, compare_shares
from smartia.analysis.periods import is_running
from smartia.analysis.versions import Comparability, Sat, comparability, count_versions, sat_by_cohort

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smartia.analysis.year_sessions import Span, YearSessions


@dataclass(frozen=True)
class YearChange:
    """A group's share in an academic year, set against the year before.

    Attributes:
        group: The group's label.
        academic_year: The year's label.
        span: How much of both years counts.
        share: The year's share.
        before: The share of the year before; its n is 0 where there are no such sessions.
        difference: How far the two are apart; None where they are not compared.
        comparability: Why they are not compared.
    """

    group: str
    academic_year: str
    span: Span
    share: Share
    before: Share
    difference: ShareDifference | None
    comparability: Comparability


def changes_to_date(
    years: YearSessions, shares: pd.DataFrame, versions: pd.DataFrame, by: str | None = None
) -> list[YearChange]:
    """Set every academic year against the year before, both to the same day.

    Args:
        years: Sessions with `academic_year`, `level_rank`, `test_version_id` and the grouping column. Years
            that begin before the first day that the filters keep are not compared.
        shares: A result of `year_to_date` over the same years and groups.
        versions: A result of `list_versions` over all sessions.
        by: The grouping column, or None for the one group "All".

    Returns:
        Group by group, every year from the first to the last that has sessions. Nothing where none has.
    """
    return _changes(years, shares, versions, by, "to_date")


def latest_changes(
    years: YearSessions, shares: pd.DataFrame, versions: pd.DataFrame, by: str | None = None
) -> list[YearChange]:
    """Set the newest academic year against the year before.

    Both count to the same day where the newest year is under way, and in full where it is over.

    Args:
        years: As for `changes_to_date`.
        shares: As for `changes_to_date`.
        versions: A result of `list_versions` over all sessions.
        by: The grouping column, or None for the one group "All".

    Returns:
        One change a group. Nothing where there are no sessions.
    """
    newest = None if shares.empty else shares["academic_year"].max()
    span: Span = "to_date" if newest is None or is_under_way(newest, years.as_of) else "full"
    changes = _changes(years, shares, versions, by, span)
    return list({change.group: change for change in changes}.values())


def changes_table(changes: Sequence[YearChange]) -> pd.DataFrame:
    """Lay changes out as a table.

    Args:
        changes: Any number of changes.

    Returns:
        One row a change: `group`, `academic_year`, `n`, `share`, `n_before`, `share_before`, and the
        difference in percentage points: `points`, `points_low`, `points_high` (missing where there is none), `verdict`
        (empty where there is none).
    """
    rows = []
    for change in changes:
        found = change.difference
        rows.append(
            {
                "group": change.group,
                "academic_year": change.academic_year,
                "n": change.share.n,
                "share": change.share.share,
                "n_before": change.before.n,
                "share_before": change.before.share,
                "points": found.difference * 100 if found else math.nan,
                "points_low": found.low * 100 if found else math.nan,
                "points_high": found.high * 100 if found else math.nan,
                "verdict": (found.verdict if found else None) or "",
            }
        )
    return pd.DataFrame(rows)


def is_under_way(academic_year: str, as_of: date) -> bool:
    """Say whether an academic year was not over on a day.

    Args:
        academic_year: The year's label.
        as_of: The day.
    """
    return is_running(date(int(academic_year[:4]), 8, 1), "academic_year", as_of)


def _changes(
    years: YearSessions, shares: pd.DataFrame, versions: pd.DataFrame, by: str | None, span: Span
) -> list[YearChange]:
    used = sat_by_cohort(count_versions(years.count(span, by), "academic_year", by, size="size"))
    since = years.filters.since
    changes = []
    columns = (shares[name].tolist() for name in ("group", "start", "academic_year", f"n_{span}", f"reached_{span}"))
    cohorts = list(zip(*columns, strict=True))
    for group in dict.fromkeys(str(group) for group, *_ in cohorts):
        sat_before: Sat = {}
        before, begun = Share(0, 0), None
        for _, start, year, n, reached in sorted((row for row in cohorts if row[0] == group), key=itemgetter(1)):
            share = Share(n, reached)
            sat = used.get((group, start), {})
            verdict = comparability(sat, sat_before, versions)
            if share.n == 0 or before.n == 0:
                verdict = Comparability("no sessions")
            elif since is not None and begun is not None and since > begun:
                verdict = Comparability("cut short")
            difference = compare_shares(share, before) if verdict.obstacle is None else None
            changes.append(YearChange(group, year, span, share, before, difference, verdict))
            before, sat_before, begun = share, sat, start.date()
    return changes
