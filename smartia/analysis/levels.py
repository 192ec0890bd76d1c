"""Levels: how sessions spread over the ladder, and which share reached a level or went beyond."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import narwhals as nw
import pandas as pd

from smartia.analysis.grouping import aggregate, complete, flag, group_axis
from smartia.analysis.intervals import wilson_interval
from smartia.table.levels import UNREADABLE

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

Detail = Literal["whole", "half"]
"""How finely the ladder is read: whole levels, or their lower and upper halves where they were sent."""

UNREADABLE_RANK: Final = 99
"""Where unreadable levels stand in the order: behind every level of the ladder."""


@dataclass(frozen=True)
class Counts:
    """How much a frame holds.

    Attributes:
        sessions: Rows.
        learners: Different learners among them.
    """

    sessions: int
    learners: int


def counts(frame: IntoFrame) -> Counts:
    """Count the sessions and the learners of a frame.

    Args:
        frame: Sessions with the column `learner`.

    Returns:
        Both counts; zeros for a frame without rows.
    """
    row = aggregate(
        frame,
        None,
        [nw.len().alias("sessions"), nw.col("learner").n_unique().alias("learners")],
        columns={"learner": nw.col("learner")},
    )
    return Counts(sessions=int(row["sessions"].iloc[0]), learners=int(row["learners"].iloc[0]))


def count_unit(frame: IntoFrame, by: str | None = None) -> Literal["learners", "sessions"]:
    """Say what a count of rows counts.

    Args:
        frame: Sessions with the column `learner` and the grouping column.
        by: The grouping column, or None for the one group "All".

    Returns:
        "learners" if every row of a group belongs to another learner (also without rows), else "sessions".
    """
    found = aggregate(
        frame, by, [nw.len().alias("n"), nw.col("learner").n_unique()], columns={"learner": nw.col("learner")}
    )
    return "learners" if (found["n"] == found["learner"]).all() else "sessions"


def level_mix(frame: IntoFrame, by: str | None = None, *, detail: Detail = "whole") -> pd.DataFrame:
    """Count sessions by level.

    Args:
        frame: Sessions with `level_whole`, `level_half`, `level_rank` and the grouping column.
        by: The grouping column, or None for the one group "All".
        detail: "whole" levels, or "half" levels ("Level 1 Lower"; plain "Level 1" where no half was sent).

    Returns:
        One row for every group and every level that occurs in any group, from the lowest level to the
        highest and "Not readable" last: `group`, `level` (label), `whole` (label of the whole level), `rank`
        (order: the level_rank, whole tens with detail "whole"; 99 for "Not readable"), `n`, `base` (sessions
        of the group) and `share` (n of base). No rows for a frame without rows.
    """
    table = count_levels(frame, by, {}, detail)
    return add_shares(complete(table, group_axis(table), level_axis(table), counts=["n"]), ["group"])


def count_levels(
    frame: IntoFrame, by: str | None, keys: dict[str, nw.Expr], detail: Detail, *values: nw.Expr
) -> pd.DataFrame:
    """Count sessions by level, group and further keys, only for combinations that occur.

    Args:
        frame: Sessions, as for `level_mix`.
        by: The grouping column, or None.
        keys: Further keys, as for `aggregate`.
        detail: "whole" or "half".
        values: Further aggregations, over the column `month`.

    Returns:
        The keys, `group` (ordered categorical), `level`, `whole`, `rank`, `n` and the further values.
    """
    halves = {"half": nw.col("level_half")} if detail == "half" else {}
    table = aggregate(
        frame,
        by,
        [nw.len().alias("n"), nw.col("rank").min(), *values],
        keys={**keys, "whole": nw.col("level_whole"), **halves},
        columns={"rank": nw.col("level_rank"), **({"month": nw.col("month")} if values else {})},
    )
    rank = table["rank"].astype("Int64")
    if detail == "whole":
        rank = rank // 10 * 10
    whole = table["whole"].astype("str").fillna(UNREADABLE)
    level = whole
    if detail == "half":
        level = (whole + " " + table["half"].astype("str").fillna("")).str.rstrip()
    return table.drop(columns=list(halves)).assign(
        level=level, whole=whole, rank=rank.fillna(UNREADABLE_RANK).astype("int64")
    )


def level_axis(table: pd.DataFrame) -> pd.DataFrame:
    """List the levels that occur in a result of `count_levels`, in ladder order, as an axis for `complete`.

    Args:
        table: A result of `count_levels`.

    Returns:
        `level`, `whole` and `rank`, one row a level.
    """
    return table[["level", "whole", "rank"]].drop_duplicates().sort_values("rank", ignore_index=True)


def add_shares(table: pd.DataFrame, within: list[str]) -> pd.DataFrame:
    """Give counts their base and their share.

    Args:
        table: Counts in `n`.
        within: The columns whose combinations have one base each.

    Returns:
        The table with `base` (the sum of `n`) and `share` (n of base; missing where the base is 0).
    """
    base = table.groupby(within, sort=False)["n"].transform("sum")
    table = table.assign(base=base, share=table["n"] / base.where(base > 0))
    columns = [*within, "level", "whole", "rank", "n", "base", "share"]
    return table[[*columns, *table.columns.difference(columns, sort=False)]]


def share_at_or_above(frame: IntoFrame, rank: int, by: str | None = None) -> pd.DataFrame:
    """Give the share of sessions at a level or above it, with its 95 % Wilson interval.

    Args:
        frame: Sessions with `level_rank` and the grouping column.
        rank: The level_rank to reach: 40 is Level 1 or above, whichever half.
        by: The grouping column, or None for the one group "All".

    Returns:
        One row a group: `group`, `n` (sessions with a readable level), `reached`, `share` (reached of n),
        `low`, `high` (limits of the interval), `unreadable` (sessions left out of n). Share and limits are
        missing where n is 0.
    """
    table = aggregate(
        frame,
        by,
        [nw.col(name).sum() for name in ("n", "reached", "unreadable")],
        columns=reach_columns(rank),
    )
    return add_interval(complete(table, group_axis(table), counts=["n", "reached", "unreadable"]))


def reach_columns(rank: int) -> dict[str, nw.Expr]:
    """Describe row by row what a share at or above a level counts.

    Args:
        rank: The level_rank to reach.

    Returns:
        `n` (the level is readable), `reached` and `unreadable`, as 0 or 1.
    """
    level = nw.col("level_rank")
    return {
        "n": flag(~level.is_null()),
        "reached": flag(level >= rank),
        "unreadable": flag(level.is_null()),
    }


def add_interval(table: pd.DataFrame, suffix: str = "") -> pd.DataFrame:
    """Give counts reached of n their share and its 95 % Wilson interval.

    Args:
        table: Counts in `reached` and `n`, each followed by the suffix.
        suffix: What the columns' names end with.

    Returns:
        The table with `share`, `low` and `high` (each followed by the suffix) after the two counts; missing
        where n is 0.
    """
    n, reached = table[f"n{suffix}"], table[f"reached{suffix}"]
    low, high = wilson_interval(reached, n)
    share = reached / n.where(n > 0)
    found = table.assign(
        **{
            f"share{suffix}": share,
            f"low{suffix}": pd.Series(low, index=table.index),
            f"high{suffix}": pd.Series(high, index=table.index),
        }
    )
    columns = list(table.columns)
    after = columns.index(f"reached{suffix}") + 1
    return found[[*columns[:after], *found.columns[len(columns) :], *columns[after:]]]
