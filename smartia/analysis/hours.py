"""Hours: what was begun within the hours of a working week, and what in evenings and at weekends. UK time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import narwhals as nw
import pandas as pd

from smartia.analysis.comparison import Share, ShareDifference, compare_shares
from smartia.analysis.grouping import ALL, aggregate, complete, flag, group_axis
from smartia.analysis.levels import add_interval, reach_columns
from smartia.table.calendar import LONDON

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

HOURS: Final = {True: "in hours", False: "out of hours"}
"""The two parts of the week, by their names."""

_FRIDAY: Final = 5
_COUNTS: Final = ["sessions", "n", "reached", "unreadable"]


@dataclass(frozen=True)
class WorkingHours:
    """The hours of a working week, Monday to Friday; bank holidays are not known.

    Attributes:
        from_min: The first minute of the day that belongs to them.
        to_min: The first minute that no longer does.
    """

    from_min: int = 8 * 60 + 30
    to_min: int = 17 * 60


def count_by_hours(frame: IntoFrame, rank: int, hours: WorkingHours, by: str | None = None) -> pd.DataFrame:
    """Count sessions by whether they were begun within working hours, and those at a level or above it.

    Args:
        frame: Sessions with `started_at` (UTC), `level_rank` and the grouping column.
        rank: The level_rank to reach: 40 is Level 1 or above, whichever half.
        hours: The working hours.
        by: The grouping column, or None for the one group "All".

    Returns:
        Two rows a group, in hours first: `group`, `hours` (a name of `HOURS`), `sessions`, `n` (sessions with a
        readable level), `reached` (of n) and `unreadable`. No rows for a frame without rows.

    Raises:
        ValueError: If the hours do not begin before they end.
    """
    if hours.from_min >= hours.to_min:
        raise ValueError("Working hours must begin before they end.")
    local = nw.col("started_at").dt.convert_time_zone(str(LONDON)).dt.replace_time_zone(None)
    minute = local.dt.hour().cast(nw.Int64) * 60 + local.dt.minute().cast(nw.Int64)
    inside = (local.dt.weekday() <= _FRIDAY) & (minute >= hours.from_min) & (minute < hours.to_min)
    table = aggregate(
        frame,
        by,
        [nw.len().alias("sessions"), *(nw.col(name).sum() for name in _COUNTS[1:])],
        keys={"inside": flag(inside)},
        columns=reach_columns(rank),
    )
    table = table.assign(hours=table["inside"].astype(bool).map(HOURS).astype("str"))
    axis = pd.DataFrame({"hours": pd.Series(list(HOURS.values()), dtype="str")})
    return complete(table.drop(columns="inside"), group_axis(table), axis, counts=_COUNTS)


def share_in_hours(counted: pd.DataFrame, *, whole: bool = False) -> pd.DataFrame:
    """Give the share of sessions begun within working hours, with its 95 % Wilson interval.

    Args:
        counted: A result of `count_by_hours`.
        whole: Whether to give one row, "All", for all groups together.

    Returns:
        One row a group: `group`, `n` (sessions), `reached` (begun in hours), `share`, `low`, `high`. No rows without
        rows.
    """
    table = counted.assign(group=ALL) if whole else counted
    inside = table["sessions"].where(table["hours"] == HOURS[True], 0)
    sums = table.assign(n=table["sessions"], reached=inside).groupby("group", sort=False)[["n", "reached"]].sum()
    return add_interval(sums.reset_index())


def levels_by_hours(counted: pd.DataFrame) -> pd.DataFrame:
    """Give the share at a level or above it of either part of the week, with its 95 % Wilson interval.

    Args:
        counted: A result of `count_by_hours`.

    Returns:
        Its rows with `share` (reached of n), `low` and `high`, missing where n is 0; `group` names the part of the week
        too: "Maths, in hours".
    """
    return add_interval(counted.assign(group=counted["group"].astype("str") + ", " + counted["hours"]))


def compare_hours(counted: pd.DataFrame) -> dict[str, ShareDifference]:
    """Set the share at a level or above it in hours against the one out of hours.

    Args:
        counted: A result of `count_by_hours`.

    Returns:
        For each group the share in hours less the one out of hours, with its 95 % Newcombe interval, each session
        counted as independent of the others.
    """
    shares = {
        (row["group"], row["hours"]): Share(row["n"], row["reached"])
        for row in counted[["group", "hours", "n", "reached"]].to_dict("records")
    }
    return {
        group: compare_shares(shares[group, HOURS[True]], shares[group, HOURS[False]])
        for group in dict.fromkeys(counted["group"])
    }
