"""The ladder step by step: shares at or above each level, shares without short sittings, and the rows of one level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import pandas as pd

from smartia.analysis.grouping import NOT_RECORDED, aggregate, complete, flag, group_axis, label_keys
from smartia.analysis.levels import UNREADABLE_RANK, Detail, add_interval, level_mix, reach_columns
from smartia.analysis.measures import sums
from smartia.table.levels import UNREADABLE

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame


def shares_on_ladder(frame: IntoFrame, by: str | None = None) -> pd.DataFrame:
    """Give the share of sessions at or above each whole level, with its 95 % Wilson interval.

    Args:
        frame: Sessions with `level_whole`, `level_half`, `level_rank` and the grouping column.
        by: The grouping column, or None for the one group "All".

    Returns:
        One row for every group and every whole level that occurs in any group, lowest first: `group`, `level`, `n`
        (sessions of the group with a readable level), `reached` (those at the level or above), `share` (reached of
        n), `low`, `high` (limits of the interval). Share and limits are missing where n is 0. No rows where no level
        can be read.
    """
    mix = level_mix(frame, by)
    steps = mix[mix["rank"] != UNREADABLE_RANK]
    per_group = steps.groupby("group", sort=False)["n"]
    total = per_group.transform("sum")
    below = per_group.cumsum() - steps["n"]
    table = steps[["group", "level"]].assign(n=total, reached=total - below)
    return add_interval(table.reset_index(drop=True))


def shares_without_short(frame: IntoFrame, rank: int, short_share: float, by: str | None = None) -> pd.DataFrame:
    """Give the share of sessions at a level or above it twice: of all, and of those that were not unusually short.

    Args:
        frame: Sessions with `level_rank`, `duration_s`, `reference_s` and the grouping column.
        rank: The level_rank to reach.
        short_share: A session is unusually short where duration_s < short_share · reference_s; one without
            either of the two is not.
        by: The grouping column, or None for the one group "All".

    Returns:
        One row a group: `group`, `n` (sessions with a readable level), `reached`, `share`, `low`, `high` (limits of
        the 95 % Wilson interval), `short` (how many of n are unusually short), and `n_without`, `reached_without`,
        `share_without`, `low_without`, `high_without` of the rest. Shares and limits are missing where their n is 0.
    """
    is_short = (nw.col("duration_s") < short_share * nw.col("reference_s")).fill_null(value=False)
    counted = {name: values for name, values in reach_columns(rank).items() if name != "unreadable"}
    without = {f"{name}_without": flag(~is_short) * values for name, values in counted.items()}
    columns = {**counted, "short": flag(is_short) * counted["n"], **without}
    table = aggregate(frame, by, sums(*columns), columns=columns)
    whole = complete(table, group_axis(table), counts=list(columns))[["group", *columns]]
    return add_interval(add_interval(whole), "_without")


def rows_at(frame: pd.DataFrame, by: str, group: str, level: str | None, detail: Detail = "whole") -> pd.DataFrame:
    """Pick the sessions behind a segment of a bar, or behind the whole bar.

    Args:
        frame: The sessions that `level_mix` counted.
        by: The grouping column.
        group: The bar: a label in `group` of that mix.
        level: The segment: a label in its `level`; None for all levels.
        detail: How finely that mix read the ladder.

    Returns:
        The rows with their labels, in their order; none where there is no such bar or segment.
    """
    keys = frame[by].drop_duplicates()
    labels = label_keys(keys, UNREADABLE if by == "level_whole" else NOT_RECORDED)
    rows = frame[frame[by].isin(keys[labels == group])]
    return rows if level is None else rows_at_level(rows, level, detail)


def rows_at_level(rows: pd.DataFrame, level: str, detail: Detail = "whole") -> pd.DataFrame:
    """Pick the sessions at one level.

    Args:
        rows: Sessions with `level_whole` and `level_half`.
        level: A label in `level` of a mix of levels.
        detail: How finely that mix read the ladder.

    Returns:
        The rows with their labels, in their order.
    """
    names = rows["level_whole"].astype("str").fillna(UNREADABLE)
    if detail == "half":
        names = (names + " " + rows["level_half"].astype("str").fillna("")).str.rstrip()
    found: pd.DataFrame = rows[names == level]
    return found
