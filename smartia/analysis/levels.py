"""Levels: how sessions spread over the ladder, and which share reached a level or went beyond."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from smartia.analysis.grouping import add_up, aggregate, complete, group_axis
from smartia.analysis.intervals import wilson_interval
from smartia.analysis.measures import SIZE, distinct
from smartia.table.levels import HALVES, UNREADABLE, WHOLE_LEVELS, rank_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from narwhals.typing import IntoFrame
    from numpy.typing import NDArray

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
        {"sessions": SIZE, "learners": distinct("learner")},
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
    found = aggregate(frame, by, {"n": SIZE, "learners": distinct("learner")}, columns={"learner": nw.col("learner")})
    return "learners" if (found["n"] == found["learners"]).all() else "sessions"


def days_between(frame: IntoFrame) -> tuple[date, date] | None:
    """Give the first and the last day on which a session was completed; None for a frame without rows.

    Args:
        frame: Sessions with `completed_on`.
    """
    days = aggregate(frame, None, {"n": SIZE}, keys={"day": nw.col("completed_on")})["day"]
    return None if days.empty else (days.min().date(), days.max().date())


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


def count_levels(frame: IntoFrame, by: str | None, keys: dict[str, nw.Expr], detail: Detail) -> pd.DataFrame:
    """Count sessions by level, group and further keys, only for combinations that occur.

    Args:
        frame: Sessions, as for `level_mix`.
        by: The grouping column, or None.
        keys: Further keys, as for `aggregate`.
        detail: "whole" or "half".

    Returns:
        The keys, `group` (ordered categorical), `level`, `whole`, `rank` and `n`.
    """
    halves = {"half": nw.col("level_half")} if detail == "half" else {}
    table = aggregate(frame, by, {"n": SIZE}, keys={**keys, "whole": nw.col("level_whole"), **halves})
    whole = table["whole"].astype("str").fillna(UNREADABLE)
    rank = whole.map({name: rank_of(name) for name in WHOLE_LEVELS} | {UNREADABLE: UNREADABLE_RANK})
    level = whole
    if detail == "half":
        half = table["half"].astype("str").fillna("")
        rank = rank + half.map({"": 0} | {name: place + 1 for place, name in enumerate(HALVES)})
        level = (whole + " " + half).str.rstrip()
    return table.drop(columns=list(halves)).assign(level=level, whole=whole, rank=rank.astype("int64"))


def level_axis(table: pd.DataFrame) -> pd.DataFrame:
    """List the levels that occur in a result of `count_levels`, in ladder order, as an axis for `complete`.

    Args:
        table: A result of `count_levels`.

    Returns:
        `level`, `whole` and `rank`, one row a level.
    """
    _, first = np.unique(table["rank"].to_numpy(), return_index=True)
    return pd.DataFrame({name: table[name].array.take(first) for name in ("level", "whole", "rank")})


def add_shares(table: pd.DataFrame, within: list[str]) -> pd.DataFrame:
    """Give counts their base and their share.

    Args:
        table: Counts in `n`.
        within: The columns whose combinations have one base each.

    Returns:
        The table with `base` (the sum of `n`) and `share` (n of base; missing where the base is 0).
    """
    base = table.groupby(within, sort=False)["n"].transform("sum")
    made = {"base": base, "share": table["n"] / base.where(base > 0)}
    columns = [*within, "level", "whole", "rank", "n", "base", "share"]
    others = [name for name in table.columns if name not in columns]
    return pd.DataFrame({name: made[name] if name in made else table[name] for name in [*columns, *others]})


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
    table = count_reached(frame, rank, by, {}).drop(columns="sessions")
    return add_interval(complete(table, group_axis(table), counts=["n", "reached", "unreadable"]))


def count_reached(frame: IntoFrame, rank: int, by: str | None, keys: Mapping[str, nw.Expr]) -> pd.DataFrame:
    """Count sessions, and those at a level or above it, by group and further keys, for combinations that occur.

    Args:
        frame: Sessions with `level_rank` and the grouping column.
        rank: The level_rank to reach.
        by: The grouping column, or None for the one group "All".
        keys: Further keys, as for `aggregate`.

    Returns:
        The keys, `group` (ordered categorical), `sessions`, `n` (of these with a readable level), `reached` and
        `unreadable`. Without `by` and `keys` it is one row, even for a frame without rows.
    """
    counted = aggregate(frame, by, {"sessions": SIZE}, keys={**keys, "level_rank": nw.col("level_rank")})
    counted = counted.assign(**split_by_reach(counted["level_rank"], counted["sessions"], rank))
    return add_up(counted, by, list(keys), ["sessions", "n", "reached", "unreadable"])


def split_by_reach(level_rank: pd.Series, counted: pd.Series, rank: int) -> dict[str, NDArray[np.int64]]:
    """Say of counts by level how much of each a share at or above a level counts.

    Args:
        level_rank: The level_rank of each count; missing where the level cannot be read.
        counted: The counts.
        rank: The level_rank to reach.

    Returns:
        `n` (the level is readable), `reached` and `unreadable`, count by count.
    """
    sizes, is_read = counted.to_numpy(dtype="int64"), level_rank.notna().to_numpy()
    reaches = level_rank.to_numpy(dtype="float64", na_value=np.nan) >= rank
    return {"n": sizes * is_read, "reached": sizes * reaches, "unreadable": sizes * ~is_read}


def add_interval(table: pd.DataFrame, suffix: str = "") -> pd.DataFrame:
    """Give counts reached of n their share and its 95 % Wilson interval.

    Args:
        table: Counts in `reached` and `n`, each followed by the suffix.
        suffix: What the columns' names end with.

    Returns:
        The table with `share`, `low` and `high` (each followed by the suffix) after the two counts; missing
        where n is 0.
    """
    n, reached = (table[f"{name}{suffix}"].to_numpy(dtype="float64", na_value=np.nan) for name in ("n", "reached"))
    low, high = wilson_interval(reached, n)
    found = {"share": reached / np.where(n > 0, n, np.nan), "low": low, "high": high}
    columns: dict[str, Any] = {}
    for name in table.columns:
        columns[name] = table[name]
        if name == f"reached{suffix}":
            columns |= {f"{made}{suffix}": values for made, values in found.items()}
    return pd.DataFrame(columns, index=table.index)
