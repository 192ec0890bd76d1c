"""Cohort pairs: any two cohorts of a subject, or one and all others, set against each other.

What both were sat in is looked at by `smartia.analysis.cohort_versions`: no difference crosses a change of test.
A period that is not over is not compared. Academic years have a comparison of their own
(`smartia.analysis.year_levels`), to the same day. The intervals suppose that the cohorts are independent, so two that
share a learner are not compared either.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import narwhals as nw
import pandas as pd

from smartia.analysis.cohort_labels import first_days, label_cohorts, period_of
from smartia.analysis.cohort_versions import common_version
from smartia.analysis.comparison import (
    MIN_COHORT,
    LevelChance,
    Share,
    ShareDifference,
    chance_of_higher_level,
    compare_shares,
)
from smartia.analysis.grouping import aggregate
from smartia.analysis.levels import count_unit, counts
from smartia.analysis.measures import SIZE
from smartia.analysis.periods import is_running
from smartia.analysis.versions import Obstacle
from smartia.analysis.year_levels import halves_agree, level_counts
from smartia.table.collected import collected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from narwhals.typing import IntoFrame

PairObstacle = Obstacle | Literal["not over", "in both", "too few"]
"""Why two cohorts are not compared; "not over": a period is still running; "in both": they share learners."""


_NEEDED: Final = ["subject", "learner", "level_rank", "test_version_id", "completed_on"]


@dataclass(frozen=True)
class Pair:
    """Who is compared with whom.

    Attributes:
        by: What makes the cohorts, as for `label_cohorts`.
        one: The label of the one cohort.
        other: The label of the other; None for everybody who is not in the one.
    """

    by: str
    one: str
    other: str | None


@dataclass(frozen=True)
class PairComparison:
    """Two cohorts of a subject, set against each other.

    Attributes:
        group: The subject's label.
        pair: Who they are.
        unit: What is counted: learners where every row of a cohort belongs to another one.
        share: The share of the one cohort; of the compared version alone where there is one.
        other: The share of the other.
        difference: How far the two are apart; None where they are not compared, like `chance`.
        chance: The chance that a learner of the one is at a higher level than one of the other.
        obstacle: Why they are not compared; None where they are.
        changed_on: The days on which other versions came in; only where the test changed.
        version_since: The first day of the version that alone counts; None where all sessions do.
        left_out: Sessions of both in other versions, which do not count then.
        in_both: Learners who are in both cohorts.
    """

    group: str
    pair: Pair
    unit: Literal["learners", "sessions"]
    share: Share
    other: Share
    difference: ShareDifference | None
    chance: LevelChance | None
    obstacle: PairObstacle | None
    changed_on: tuple[date, ...]
    version_since: date | None
    left_out: int
    in_both: int


def compare_cohorts(
    frame: IntoFrame, pair: Pair, rank: int, as_of: date, versions: pd.DataFrame, *, since: date | None = None
) -> list[PairComparison]:
    """Set two cohorts against each other, subject by subject.

    Args:
        frame: Sessions with `subject`, `learner`, `level_rank`, `test_version_id`, `completed_on` and the column
            that makes the cohorts, in any engine.
        pair: Who is compared with whom.
        rank: The level_rank to reach: 40 is Level 1 or above.
        as_of: The last day of the data (Europe/London).
        versions: A result of `list_versions` over all sessions.
        since: The day from which sessions were kept; periods that begin before it are not compared.

    Returns:
        One comparison for every subject that has a session of either cohort; sessions whose level cannot be read
        are in no n. Nothing where neither cohort has a session.
    """
    needed = _NEEDED if period_of(pair.by) else list(dict.fromkeys([*_NEEDED, pair.by]))
    sessions = collected(frame, needed)
    labels = label_cohorts(sessions, pair.by)
    is_one = labels == pair.one
    is_other = ~is_one if pair.other is None else labels == pair.other
    rows = sessions[_NEEDED].assign(is_one=is_one)[is_one | is_other]
    of_time = _obstacle_of_time(rows, pair.by, as_of, since)
    subjects = label_cohorts(rows, "subject")
    return [
        _compare(str(subject), pair, rows[subjects == subject], rank, versions, of_time)
        for subject in subjects.categories
    ]


def pairs_table(comparisons: Sequence[PairComparison]) -> pd.DataFrame:
    """Lay comparisons out as a table.

    Args:
        comparisons: Any number of comparisons.

    Returns:
        One row a comparison: `group`; `n`, `reached`, `share`, `low`, `high` of the one cohort and the same ending in
        `_other` of the other; the difference in percentage points `points`, `points_low`, `points_high` and its
        `share_verdict`; in 100 pairs `chance`, `chance_low`, `chance_high` and its `verdict`. What there is not is
        missing, or empty where it is a text. No rows and no columns without comparisons.
    """
    rows = []
    for found in comparisons:
        difference, chance = found.difference, found.chance
        row: dict[str, object] = {"group": found.group}
        for share, end in ((found.share, ""), (found.other, "_other")):
            low, high = share.interval
            values = {"n": share.n, "reached": share.reached, "share": share.share, "low": low, "high": high}
            row |= {f"{name}{end}": value for name, value in values.items()}
        row |= {
            "points": difference.difference * 100 if difference else math.nan,
            "points_low": difference.low * 100 if difference else math.nan,
            "points_high": difference.high * 100 if difference else math.nan,
            "share_verdict": (difference.verdict if difference else None) or "",
            "chance": chance.chance * 100 if chance else math.nan,
            "chance_low": chance.low * 100 if chance else math.nan,
            "chance_high": chance.high * 100 if chance else math.nan,
            "verdict": (chance.verdict if chance else None) or "",
        }
        rows.append(row)
    return pd.DataFrame(rows)


def _obstacle_of_time(rows: pd.DataFrame, by: str, as_of: date, since: date | None) -> PairObstacle | None:
    """Say what is wrong with the periods of all these rows; nothing where cohorts are not made by time."""
    period = period_of(by)
    if period is None or rows.empty:
        return None
    starts = first_days(rows, period).values()
    if since is not None and since > min(starts):
        return "cut short"
    return "not over" if any(is_running(start, period, as_of) for start in starts) else None


def _compare(
    group: str,
    pair: Pair,
    rows: pd.DataFrame,
    rank: int,
    versions: pd.DataFrame,
    of_time: PairObstacle | None,
) -> PairComparison:
    read = rows.dropna(subset="level_rank")
    of_one, of_other = rows[rows["is_one"]], rows[~rows["is_one"]]
    common = common_version(of_one, of_other, versions, of_time=period_of(pair.by) is not None)
    counted = read if common.version is None else read[read["test_version_id"].isin([common.version])]
    one, other = counted[counted["is_one"]], counted[~counted["is_one"]]
    in_both = counts(one).learners + counts(other).learners - counts(counted).learners
    shares = [Share(len(side), int((side["level_rank"] >= rank).sum())) for side in (one, other)]
    obstacle: PairObstacle | None = of_time or common.comparability.obstacle
    if read["is_one"].nunique() < 2:
        obstacle = "no sessions"
    elif obstacle is None and in_both:
        obstacle = "in both"
    elif obstacle is None and (common.is_too_small or min(share.n for share in shares) < MIN_COHORT):
        obstacle = "too few"
    keys = {"is_one": nw.col("is_one"), "rank": nw.col("level_rank")}
    ranks = aggregate(counted, None, {"n": SIZE}, keys=keys)
    halves = halves_agree(ranks["rank"])
    levels = [level_counts(ranks[ranks["is_one"] == side], halves) for side in (True, False)]
    since = versions.loc[versions["version"] == common.version, "since"]
    return PairComparison(
        group=group,
        pair=pair,
        unit="learners" if {count_unit(one), count_unit(other)} == {"learners"} else "sessions",
        share=shares[0],
        other=shares[1],
        difference=compare_shares(*shares) if obstacle is None else None,
        chance=chance_of_higher_level(*levels) if obstacle is None else None,
        obstacle=obstacle,
        changed_on=common.comparability.changed_on if obstacle == "test changed" else (),
        version_since=None if common.version is None else since.iloc[0].date(),
        left_out=len(read) - len(counted),
        in_both=in_both,
    )
