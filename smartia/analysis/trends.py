"""Trends: the same figures period by period, and year against year to the same day.

A period that is not whole, because it was not over on the last day of the data or because the reader's dates leave
out its beginning, is marked `running`; whoever draws or compares decides what to do with it, but cannot overlook it.
Which attempts count is the reader's rule over all data, so that a learner counts in one period only, the one of the
latest (or first) attempt; years against each other need the rule within each year: see
`smartia.analysis.year_sessions`. Periods without sessions between the first and the last are present.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import narwhals as nw
import pandas as pd

from smartia.analysis.grouping import aggregate, complete, group_axis
from smartia.analysis.levels import (
    Detail,
    add_interval,
    add_shares,
    count_levels,
    count_reached,
    level_axis,
    split_by_reach,
)
from smartia.analysis.measures import SIZE, distinct, sums
from smartia.analysis.periods import (
    Period,
    is_in_part,
    next_start,
    period_label,
    with_start,
)

if TYPE_CHECKING:
    from datetime import date

    from narwhals.typing import IntoFrame

    from smartia.analysis.year_sessions import Span, YearSessions


def unit_by_period(frame: IntoFrame, period: Period, by: str | None = None) -> Literal["learners", "sessions"]:
    """Say what a count of a period's rows counts.

    Args:
        frame: Sessions with the period's column, `learner` and the grouping column.
        period: "academic_year", "term", "month" or "week".
        by: The grouping column, or None for the one group "All".

    Returns:
        "learners" if within every period and group every row belongs to another learner (also without rows), else
        "sessions".
    """
    found = aggregate(
        frame,
        by,
        {"n": SIZE, "learners": distinct("learner")},
        keys={"key": nw.col(period)},
        columns={"learner": nw.col("learner")},
    )
    return "learners" if (found["n"] == found["learners"]).all() else "sessions"


def volume_by_period(
    frame: IntoFrame, period: Period, as_of: date, by: str | None = None, *, since: date | None = None
) -> pd.DataFrame:
    """Count sessions and learners period by period.

    Args:
        frame: Sessions with the period's column, `learner` and the grouping column.
        period: "academic_year", "term", "month" or "week".
        as_of: The last day of the data (Europe/London).
        by: The grouping column, or None for the one group "All".
        since: The day from which sessions were kept.

    Returns:
        One row for every period and group: `period` (label), `start` (its first day), `running` (not over on
        `as_of`, or begun before `since`), `group`, `sessions`, `learners` (different ones within the period). No rows
        for a frame without rows.
    """
    table = aggregate(
        frame,
        by,
        {"sessions": SIZE, "learners": distinct("learner")},
        keys={"key": nw.col(period)},
        columns={"learner": nw.col("learner")},
    )
    table = with_start(table)
    axes = (_period_axis(table, period, as_of, since), group_axis(table))
    return complete(table, *axes, counts=["sessions", "learners"])


def level_mix_by_period(
    frame: IntoFrame, period: Period, as_of: date, *, detail: Detail = "whole", since: date | None = None
) -> pd.DataFrame:
    """Count sessions by level, period by period.

    Args:
        frame: Sessions with the period's column and the columns `level_mix` needs.
        period: "academic_year", "term", "month" or "week".
        as_of: The last day of the data (Europe/London).
        detail: "whole" or "half" levels.
        since: The day from which sessions were kept.

    Returns:
        As `level_mix`, for every period and every level that occurs in any: `period`, `start`, `running`,
        `group` ("All"), `level`, `whole`, `rank`, `n`, `base` (sessions of the period), `share` (missing in
        a period without sessions). No rows for a frame without rows.
    """
    counted = count_levels(frame, None, {"key": nw.col(period)}, detail)
    table = with_start(counted)
    axes = (_period_axis(table, period, as_of, since), group_axis(table), level_axis(table))
    return add_shares(complete(table, *axes, counts=["n"]), ["period", "start", "running", "group"])


def share_by_period(
    frame: IntoFrame, period: Period, rank: int, as_of: date, *, since: date | None = None
) -> pd.DataFrame:
    """Give the share at or above a level, period by period, with 95 % Wilson intervals.

    Args:
        frame: Sessions with the period's column and `level_rank`.
        period: "academic_year", "term", "month" or "week".
        rank: The level_rank to reach: 40 is Level 1 or above.
        as_of: The last day of the data (Europe/London).
        since: The day from which sessions were kept.

    Returns:
        One row for every period: `period`, `start`, `running`, and `n`, `reached`, `share`, `low`, `high`,
        `unreadable` as in `share_at_or_above` (share and limits missing where n is 0). No rows for a frame without
        rows.
    """
    names = ["n", "reached", "unreadable"]
    table = count_reached(frame, rank, None, {"key": nw.col(period)})
    table = with_start(table).drop(columns=["group", "sessions"])
    return add_interval(complete(table, _period_axis(table, period, as_of, since), counts=names))


def year_to_date(years: YearSessions, rank: int, by: str | None = None) -> pd.DataFrame:
    """Set academic years against each other, each to the same day of the year and in full.

    Args:
        years: Sessions with `academic_year`, `level_rank` and the grouping column.
        rank: The level_rank to reach: 40 is Level 1 or above.
        by: The grouping column, or None for the one group "All".

    Returns:
        One row for every academic year and group: `academic_year`, `start`, `running` (not over on the last day of
        the data, or begun before the first day that the filters keep), `group`; `sessions_to_date`, `n_to_date`
        (those with a readable level), `reached_to_date`, `share_to_date`, `low_to_date`, `high_to_date` (95 % Wilson
        interval): what the year showed on the same day; and the same six ending in `_full` for the whole year as far
        as there are data. Shares and limits are missing where n is 0. No rows for a frame without rows.
    """
    spans: tuple[Span, ...] = ("to_date", "full")
    # Together, since a group may count on the day and no more at the end: what replaced it does not fit the filters.
    names = [f"{count}_{span}" for span in spans for count in ("sessions", "n", "reached")]
    counted = pd.concat([_reach_in(years.count(span, by), span, rank) for span in spans], ignore_index=True)
    rows = counted.assign(**{name: counted[name].fillna(0).astype("int64") for name in names})
    columns = {name: nw.col(name) for name in names}
    table = aggregate(rows, by, sums(*names), keys={"key": nw.col("academic_year")}, columns=columns)
    table = with_start(table)
    axes = (_period_axis(table, "academic_year", years.as_of, years.filters.since), group_axis(table))
    whole = complete(table, *axes, counts=names).rename(columns={"period": "academic_year"})
    return add_interval(add_interval(whole, "_to_date"), "_full")


def _reach_in(counted: pd.DataFrame, span: Span, rank: int) -> pd.DataFrame:
    """Say of what was counted in a span how much reached a level: `sessions_…`, `n_…` and `reached_…`."""
    reach = split_by_reach(counted["level_rank"], counted["size"], rank)
    found = {"sessions": counted["size"].to_numpy(), "n": reach["n"], "reached": reach["reached"]}
    return counted.assign(**{f"{name}_{span}": values for name, values in found.items()})


def _period_axis(table: pd.DataFrame, period: Period, as_of: date, since: date | None) -> pd.DataFrame:
    """List all periods from the first to the last that occurs: `period`, `start`, `running`."""
    starts: list[date] = []
    if not table.empty:
        day, last = table["start"].min().date(), table["start"].max().date()
        while day <= last:
            starts.append(day)
            day = next_start(day, period)
    return pd.DataFrame(
        {
            "period": pd.Series([period_label(start, period) for start in starts], dtype="str"),
            "start": pd.Series(starts, dtype="datetime64[us]"),
            "running": pd.Series([is_in_part(start, period, as_of, since) for start in starts], dtype="bool"),
        }
    )
