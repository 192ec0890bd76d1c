"""Hours: what was begun within the hours of a working week, and what in evenings and at weekends. UK time.

Levels of the two parts of the week are set against each other within one test version only: who sits at what time may
change from year to year, and so does the test; over several versions a difference would mix the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import narwhals as nw
import pandas as pd

from smartia.analysis.comparison import MIN_COHORT, Share, ShareDifference, compare_shares
from smartia.analysis.grouping import ALL, complete, flag, group_axis
from smartia.analysis.levels import add_interval, count_reached
from smartia.table.picking import pick_rows, with_further

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from narwhals.typing import IntoFrame, IntoFrameT

HOURS: Final = {True: "in hours", False: "out of hours"}
"""The two parts of the week, by their names."""

_DAY_MIN: Final = 24 * 60
_WEEKEND_MIN: Final = 5 * _DAY_MIN
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


@dataclass(frozen=True)
class HoursDifference:
    """A group's share at a level or above it in hours, set against the one out of hours, within one test version.

    Attributes:
        group: The group's label.
        sessions: Its sessions, in all versions.
        versions: In how many versions they were sat.
        compared: In how many of these enough sessions lie on both sides.
        version: The newest of those, by its id; None where there is none.
        sessions_compared: The sessions of that version; 0 where there is none.
        difference: In hours less out of hours; None where there is no such version.
    """

    group: str
    sessions: int
    versions: int
    compared: int
    version: str | None
    sessions_compared: int
    difference: ShareDifference | None


def count_by_hours(frame: IntoFrame, rank: int, hours: WorkingHours, by: str | None = None) -> pd.DataFrame:
    """Count sessions by whether they were begun within working hours, and those at a level or above it.

    Args:
        frame: Sessions with `start_minute`, `level_rank` and the grouping column.
        rank: The level_rank to reach: 40 is Level 1 or above, whichever half.
        hours: The working hours.
        by: The grouping column, or None for the one group "All".

    Returns:
        Two rows a group, in hours first: `group`, `hours` (a name of `HOURS`), `sessions`, `n` (sessions with a
        readable level), `reached` (of n) and `unreadable`. No rows for a frame without rows.

    Raises:
        ValueError: If the hours do not begin before they end.
    """
    table = _count(frame, rank, hours, by, {})
    return _in_both_parts(table, group_axis(table))


def count_versions_by_hours(
    frame: IntoFrame, rank: int, hours: WorkingHours, versions: pd.DataFrame, by: str | None = None
) -> pd.DataFrame:
    """Count as `count_by_hours` does, test version by test version.

    Args:
        frame: As for `count_by_hours`, with `test_version_id`.
        rank: The level_rank to reach.
        hours: The working hours.
        versions: A result of `list_versions` over all sessions.
        by: The grouping column, or None for the one group "All".

    Returns:
        Two rows for each group and version that occur together, the newest version of a group first: `group`,
        `version` (its id) and the other columns of `count_by_hours`. No rows for a frame without rows.

    Raises:
        ValueError: If the hours do not begin before they end.
    """
    table = _count(frame, rank, hours, by, {"version": nw.col("test_version_id")})
    place = dict(zip(versions.sort_values(["since", "version"])["version"], range(len(versions)), strict=True))
    pairs = table.astype({"version": "str"})[["group", "version"]].drop_duplicates()
    pairs = pairs.assign(place=pairs["version"].map(place)).sort_values(["group", "place"], ascending=[True, False])
    axis = pairs[["group", "version"]].astype({"group": "str"})
    return _in_both_parts(table, axis)


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
        counted: A result of `count_versions_by_hours`.

    Returns:
        Its rows with `share` (reached of n), `low` and `high`, missing where n is 0.
    """
    return add_interval(counted)


def compare_hours(counted: pd.DataFrame) -> list[HoursDifference]:
    """Set the share at a level or above it in hours against the one out of hours, within one test version.

    Of each group the newest version counts that has at least `MIN_COHORT` sessions with a readable level in hours and
    as many out of hours.

    Args:
        counted: A result of `count_versions_by_hours`.

    Returns:
        One difference a group, in order: the share in hours less the one out of hours, with its 95 % Newcombe
        interval, each session counted as independent of the others. Nothing without rows.
    """
    found = []
    for group, rows in counted.groupby("group", sort=False):
        fewest = rows.groupby("version", sort=False)["n"].min()
        enough = list(fewest.index[fewest >= MIN_COHORT])
        version = enough[0] if enough else None
        chosen = rows[rows["version"] == version]
        sides = [Share(int(row["n"]), int(row["reached"])) for row in chosen.to_dict("records")]
        found.append(
            HoursDifference(
                group=str(group),
                sessions=int(rows["sessions"].sum()),
                versions=len(fewest),
                compared=len(enough),
                version=version,
                sessions_compared=int(chosen["sessions"].sum()),
                difference=compare_shares(*sides) if sides else None,
            )
        )
    return found


def rows_compared(levels: pd.DataFrame, differences: Sequence[HoursDifference]) -> pd.DataFrame:
    """Keep the rows that were set against each other, and name the part of the week in `group`: "Maths, in hours".

    Args:
        levels: A result of `levels_by_hours`.
        differences: The `compare_hours` of the same counts.

    Returns:
        Two rows for each group of which a version could be compared.
    """
    chosen = {(found.group, found.version) for found in differences}
    pairs = zip(levels["group"], levels["version"], strict=True)
    kept = levels[pd.Series([pair in chosen for pair in pairs], index=levels.index, dtype="bool")]
    return kept.assign(group=kept["group"] + ", " + kept["hours"])


def rows_begun(frame: IntoFrameT, hours: WorkingHours, part: str) -> IntoFrameT:
    """Pick the sessions begun in one part of the week.

    Args:
        frame: Sessions with `start_minute`.
        hours: The working hours.
        part: A name of `HOURS`.

    Returns:
        The rows that fit, in their order and with all columns.
    """
    inside = _is_inside(hours)
    return pick_rows(frame, {}, [inside if part == HOURS[True] else ~inside])


def _is_inside(hours: WorkingHours) -> nw.Expr:
    of_week = nw.col("start_minute").cast(nw.Int64).fill_null(_WEEKEND_MIN)
    of_day = of_week % _DAY_MIN
    return (of_week < _WEEKEND_MIN) & (of_day >= hours.from_min) & (of_day < hours.to_min)


def _in_both_parts(table: pd.DataFrame, axis: pd.DataFrame) -> pd.DataFrame:
    parts = pd.DataFrame({"hours": pd.Series(list(HOURS.values()), dtype="str")})
    return complete(table, axis, parts, counts=_COUNTS)


def _count(
    frame: IntoFrame, rank: int, hours: WorkingHours, by: str | None, keys: Mapping[str, nw.Expr]
) -> pd.DataFrame:
    if hours.from_min >= hours.to_min:
        raise ValueError("Working hours must begin before they end.")
    rows = with_further(frame, {"inside": flag(_is_inside(hours))}, hours)
    table = count_reached(rows, rank, by, {"inside": nw.col("inside"), **keys})
    return table.assign(hours=table["inside"].astype(bool).map(HOURS).astype("str")).drop(columns="inside")
