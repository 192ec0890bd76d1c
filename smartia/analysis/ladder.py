"""The ladder step by step: shares at or above each level, shares without short sittings, and the rows of one level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import pandas as pd

from smartia.analysis.grouping import NOT_RECORDED, add_up, aggregate, complete, group_axis, label_keys
from smartia.analysis.levels import UNREADABLE_RANK, Detail, add_interval, level_mix, split_by_reach
from smartia.analysis.measures import SIZE
from smartia.table.levels import HALVES, UNREADABLE
from smartia.table.picking import pick_rows, with_further

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame, IntoFrameT


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
    rows = with_further(frame, {"is_short": is_short}, ("short", short_share))
    keys = {name: nw.col(name) for name in ("is_short", "level_rank")}
    counted = aggregate(rows, by, {"size": SIZE}, keys=keys)
    reach = split_by_reach(counted["level_rank"], counted["size"], rank)
    short = counted["is_short"].to_numpy(dtype="bool")
    counts = {
        "n": reach["n"],
        "reached": reach["reached"],
        "short": reach["n"] * short,
        "n_without": reach["n"] * ~short,
        "reached_without": reach["reached"] * ~short,
    }
    table = add_up(counted.assign(**counts), by, [], list(counts))
    whole = complete(table, group_axis(table), counts=list(counts))[["group", *counts]]
    return add_interval(add_interval(whole), "_without")


def rows_read(frame: IntoFrameT) -> IntoFrameT:
    """Keep the sessions whose level can be read.

    Args:
        frame: Sessions with `level_rank`.
    """
    return pick_rows(frame, {}, [~nw.col("level_rank").is_null()])


def rows_reaching(frame: IntoFrameT, rank: int) -> IntoFrameT:
    """Keep the sessions at a level or above it.

    Args:
        frame: Sessions with `level_rank`.
        rank: The level_rank to reach.
    """
    return pick_rows(frame, {}, [nw.col("level_rank") >= rank])


def rows_at(frame: IntoFrameT, by: str, group: str, level: str | None, detail: Detail = "whole") -> IntoFrameT:
    """Pick the sessions behind a segment of a bar, or behind the whole bar.

    Args:
        frame: The sessions that `level_mix` counted.
        by: The grouping column.
        group: The bar: a label in `group` of that mix.
        level: The segment: a label in its `level`; None for all levels.
        detail: How finely that mix read the ladder.

    Returns:
        The rows that fit, in pandas with their labels and in their order; none where there is no such bar or segment.
    """
    keys = aggregate(frame, None, {"n": SIZE}, keys={by: nw.col(by)})[by]
    labels = label_keys(keys, UNREADABLE if by == "level_whole" else NOT_RECORDED)
    found = keys[labels == group]
    column, values = nw.col(by), list(found.dropna())
    is_there = column.is_in(values) | column.is_null() if found.isna().any() else column.is_in(values)
    picked = pick_rows(frame, {}, [is_there])
    return picked if level is None else rows_at_level(picked, level, detail)


def rows_at_level(rows: IntoFrameT, level: str, detail: Detail = "whole") -> IntoFrameT:
    """Pick the sessions at one level.

    Args:
        rows: Sessions with `level_whole` and `level_half`.
        level: A label in `level` of a mix of levels.
        detail: How finely that mix read the ladder.

    Returns:
        The rows that fit, in pandas with their labels and in their order.
    """
    whole, half = _parts_of(level) if detail == "half" else (level, None)
    column = nw.col("level_whole")
    is_there = column.is_null() if whole == UNREADABLE else column == whole
    if detail == "half":
        halves = nw.col("level_half")
        is_there &= halves.is_null() if half is None else (halves == half).fill_null(value=False)
    return pick_rows(rows, {}, [is_there])


def _parts_of(level: str) -> tuple[str, str | None]:
    """Part the label of a level, such as "Level 1 Lower", into the whole level and its half."""
    for half in HALVES:
        if level.endswith(f" {half}"):
            return level.removesuffix(f" {half}"), half
    return level, None
