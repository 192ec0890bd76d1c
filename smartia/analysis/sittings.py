"""Sittings: what was sat in one go, what with pauses, and what over several days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import narwhals as nw
import pandas as pd

from smartia.analysis.grouping import ALL, complete, group_axis
from smartia.analysis.levels import add_interval, count_reached
from smartia.table.columns import SITTINGS

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

_COUNTS: Final = ["sessions", "n", "reached", "unreadable"]


def count_by_sitting(frame: IntoFrame, rank: int, by: str | None = None) -> pd.DataFrame:
    """Count sessions by how they were sat, and those at a level or above it.

    Args:
        frame: Sessions with `sitting` (one of `SITTINGS`), `level_rank` and the grouping column.
        rank: The level_rank to reach: 40 is Level 1 or above, whichever half.
        by: The grouping column, or None for the one group "All".

    Returns:
        One row for every group and every pattern that occurs in any group, in the order of `SITTINGS`: `group`,
        `sitting`, `sessions`, `n` (sessions with a readable level), `reached` (of n) and `unreadable`. No rows for a
        frame without rows.
    """
    table = count_reached(frame, rank, by, {"sitting": nw.col("sitting")})
    table = table.assign(sitting=table["sitting"].astype("str"))
    occurring = [name for name in SITTINGS if name in set(table["sitting"])]
    axis = pd.DataFrame({"sitting": pd.Series(occurring, dtype="str")})
    return complete(table, group_axis(table), axis, counts=_COUNTS)


def sitting_shares(counted: pd.DataFrame, *, whole: bool = False) -> pd.DataFrame:
    """Give the share of sessions that was sat in each pattern, with its 95 % Wilson interval.

    Args:
        counted: A result of `count_by_sitting`.
        whole: Whether to give one group, "All", for all groups together.

    Returns:
        One row for every group and pattern: `group`, `sitting`, `n` (all sessions of the group), `reached` (those sat
        in this pattern), `share` (of n), `low`, `high`. No rows without rows.
    """
    table = counted.assign(group=ALL) if whole else counted
    sums = table.groupby(["group", "sitting"], sort=False)["sessions"].sum().rename("reached").reset_index()
    sums.insert(2, "n", sums.groupby("group", sort=False)["reached"].transform("sum"))
    return add_interval(sums)


def levels_by_sitting(counted: pd.DataFrame) -> pd.DataFrame:
    """Give the share at a level or above it of each pattern, with its 95 % Wilson interval.

    Args:
        counted: A result of `count_by_sitting`.

    Returns:
        Its rows that have sessions, with `share` (reached of n), `low` and `high`, missing where n is 0; `group` names
        the pattern too, "Maths, one sitting", and `of_group` is the group alone.
    """
    found = counted[counted["sessions"] > 0]
    named = found.assign(of_group=found["group"], group=found["group"] + ", " + found["sitting"])
    return add_interval(named).reset_index(drop=True)
