"""Durations: how long assessments took. All results are in minutes; means are not given (long tails)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from smartia.analysis.grouping import aggregate, complete, flag, group_axis
from smartia.analysis.measures import SIZE, quantile, sums
from smartia.table.picking import pick_rows, with_further

if TYPE_CHECKING:
    from collections.abc import Mapping

    from narwhals.typing import IntoFrame, IntoFrameT
    from numpy.typing import NDArray

_SECONDS: Final = 60.0
Step = Literal["begun_s", "ended_s", "ended_min"]
"""A duration as a whole number: of seconds, without or with the one that had begun, or of minutes with that."""
_STEPS: Final[Mapping[Step, nw.Expr]] = {
    "begun_s": nw.col("duration_s").floor(),
    "ended_s": nw.col("duration_s").ceil(),
    "ended_min": (nw.col("duration_s") / _SECONDS).ceil(),
}


@dataclass(frozen=True)
class LinearBins:
    """Bins of equal width, from 0 minutes.

    Attributes:
        width_min: Width in minutes; a whole number of seconds.
        limit_min: From the first edge at or beyond this many minutes on, one open-ended bin takes the rest.
    """

    width_min: float = 5.0
    limit_min: float = 240.0

    def edges_s(self) -> NDArray[np.int64]:
        """Give the bins' lower edges in seconds, ascending, the open-ended bin's last.

        Raises:
            ValueError: If the width is not a positive whole number of seconds, or the limit is not positive.
        """
        width_s = self.width_min * _SECONDS
        if width_s <= 0 or not width_s.is_integer() or self.limit_min <= 0:
            raise ValueError("Bins need a width of a whole number of seconds and a limit above 0.")
        count = int(np.ceil(self.limit_min * _SECONDS / width_s))
        return np.arange(count + 1, dtype=np.int64) * int(width_s)


@dataclass(frozen=True)
class LogBins:
    """Bins of equal width on a logarithmic axis; the first takes everything under the first edge.

    Attributes:
        per_doubling: Bins for each doubling of the duration.
        first_min: The first edge above 0, in minutes.
        limit_min: From the first edge at or beyond this many minutes on, one open-ended bin takes the rest.
    """

    per_doubling: int = 2
    first_min: float = 1.0
    limit_min: float = 480.0

    def edges_s(self) -> NDArray[np.int64]:
        """Give the bins' lower edges in seconds (rounded to whole ones), ascending, the open-ended bin's last.

        Raises:
            ValueError: If there is not at least one bin a doubling, or not 1 s ≤ first edge < limit.
        """
        if self.per_doubling < 1 or not 1 / _SECONDS <= self.first_min < self.limit_min:
            raise ValueError("Bins need at least one bin a doubling and a first edge of 1 s or more, under the limit.")
        count = int(np.ceil(np.log2(self.limit_min / self.first_min) * self.per_doubling - 1e-9))
        edges = self.first_min * _SECONDS * 2.0 ** (np.arange(count + 1) / self.per_doubling)
        return np.unique(np.concatenate([[0], np.rint(edges).astype(np.int64)]))


def rows_within(frame: IntoFrameT, start_min: float, end_min: float | None) -> IntoFrameT:
    """Pick the sessions of a bin.

    Args:
        frame: Sessions with `duration_s`.
        start_min: Its lower edge in minutes, which belongs to it.
        end_min: Its upper edge, which does not; None where it is open-ended.

    Returns:
        The rows with their labels, in their order.
    """
    # Edges are whole seconds, and bins count whole seconds.
    seconds = nw.col("duration_s").floor()
    is_inside = [seconds >= round(start_min * _SECONDS)]
    if end_min is not None:
        is_inside.append(seconds < round(end_min * _SECONDS))
    return pick_rows(frame, {}, is_inside)


def duration_histogram(
    frame: IntoFrame, bins: LinearBins | LogBins | None = None, by: str | None = None
) -> pd.DataFrame:
    """Count sessions by how long they took.

    Bins are half-open: a session of exactly 10 minutes is in the bin that starts at 10 minutes. Every session
    is in one bin, so the counts of a group add up to its sessions.

    Args:
        frame: Sessions with `duration_s` (never missing) and the grouping column.
        bins: The bins; by default 5 minutes wide up to 240 minutes.
        by: The grouping column, or None for the one group "All".

    Returns:
        One row for every group and bin, from the first bin (with logarithmic bins: the first that any group
        has sessions in) to the last that any group has sessions in: `group`, `start_min`, `end_min` (missing
        where open-ended), `open_ended`, `n`, `base` (sessions of the group), `share` (n of base). No rows
        for a frame without rows.

    Raises:
        ValueError: If the bins make no sense.
    """
    bins = bins or LinearBins()
    edges_s = bins.edges_s()
    # Edges are whole seconds, so whole seconds lose nothing, and every engine can count them.
    seconds = count_steps(frame, "begun_s", by)
    seconds = seconds.assign(bin=np.searchsorted(edges_s, seconds["step"], side="right") - 1)
    table = seconds.groupby(["group", "bin"], observed=True)["n"].sum().reset_index()
    first = table["bin"].min() if isinstance(bins, LogBins) else 0
    ends_min = np.append(edges_s[1:] / _SECONDS, np.nan)
    axis = pd.DataFrame({"bin": range(len(edges_s)), "start_min": edges_s / _SECONDS, "end_min": ends_min})
    axis = axis.assign(open_ended=axis["end_min"].isna())
    axis = axis[axis["bin"].between(first, table["bin"].max())]
    found = complete(table, group_axis(table), axis, counts=["n"])
    base = found.groupby("group", sort=False)["n"].transform("sum")
    found = found.assign(base=base, share=found["n"] / base)
    return found[["group", "start_min", "end_min", "open_ended", "n", "base", "share"]]


def duration_summary(frame: IntoFrame, by: str | None = None) -> pd.DataFrame:
    """Give the quartiles and the ends of the durations.

    Quantiles are interpolated linearly, as numpy's default and Excel's QUARTILE.INC do (definition 7 of
    Hyndman and Fan (1996), The American Statistician 50, 361–365).

    Args:
        frame: Sessions with `duration_s` (never missing) and the grouping column.
        by: The grouping column, or None for the one group "All".

    Returns:
        One row a group: `group`, `n`, and in minutes `shortest_min`, `q1_min`, `median_min`, `q3_min`,
        `p90_min`, `longest_min`; all missing where n is 0.
    """
    ends = {"shortest_min": 0.0, "q1_min": 0.25, "median_min": 0.5, "q3_min": 0.75, "p90_min": 0.9, "longest_min": 1.0}
    rows = with_further(frame, {"minutes": nw.col("duration_s") / _SECONDS}, "duration")
    measures = {"n": SIZE} | {name: quantile("minutes", at) for name, at in ends.items()}
    table = aggregate(rows, by, measures, columns={"minutes": nw.col("minutes")})
    found = complete(table, group_axis(table), counts=["n"])
    return found[["group", "n", *ends]].astype(dict.fromkeys(ends, "float64"))


def duration_ecdf(frame: IntoFrame, by: str | None = None, points: int = 200) -> pd.DataFrame:
    """Give the share of sessions that were finished within so many minutes.

    Args:
        frame: Sessions with `duration_s` (never missing) and the grouping column.
        by: The grouping column, or None for the one group "All".
        points: At most so many rows a group, spread evenly over the shares; at least 2.

    Returns:
        `group`, `minutes` (ascending, whole seconds rounded up), `n` (sessions of the group), `share`
        (finished within these minutes, exact at each row; 1 at a group's last row). No rows for a frame
        without rows.

    Raises:
        ValueError: If fewer than 2 points are asked for.
    """
    if points < 2:
        raise ValueError(f"A curve needs at least 2 points; {points} were asked for.")
    steps = _cumulate(count_steps(frame, "ended_s", by))
    # A row is kept where the share passes into a new one of the evenly spaced steps, and at both ends.
    steps = steps.assign(place=np.floor(steps["share"] * (points - 2)))
    inner = steps.drop_duplicates(["group", "place"], keep="first")
    ends = steps.groupby("group", observed=True, sort=False)["step"].transform("max") == steps["step"]
    kept = pd.concat([inner, steps[ends]]).drop_duplicates(["group", "step"]).sort_values(["group", "step"])
    kept = kept.assign(group=kept["group"].astype("str"), minutes=kept["step"] / _SECONDS, n=kept["base"])
    return kept[["group", "minutes", "n", "share"]].reset_index(drop=True)


def minutes_for_share(frame: IntoFrame, share: float = 0.9, by: str | None = None) -> pd.DataFrame:
    """Find how long a session must be planned for so that a given share finishes.

    Args:
        frame: Sessions with `duration_s` (never missing) and the grouping column.
        share: The share that should finish, above 0 and up to 1.
        by: The grouping column, or None for the one group "All".

    Returns:
        One row a group: `group`, `n`, `minutes` (the smallest whole number of minutes within which at least
        that share finished; nullable integer, missing where n is 0).

    Raises:
        ValueError: If the share is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"The share must be above 0 and at most 1; it is {share}.")
    table = count_steps(frame, "ended_min", by)
    steps = _cumulate(table)
    enough = steps[steps["share"] >= share].drop_duplicates("group", keep="first")
    found = enough[["group", "base", "step"]].rename(columns={"base": "n", "step": "minutes"})
    return complete(found, group_axis(table), counts=["n"]).astype({"minutes": "Int64"})


def share_within(frame: IntoFrame, minutes: float, by: str | None = None) -> pd.DataFrame:
    """Give the share of sessions that finished within a time.

    Args:
        frame: Sessions with `duration_s` (never missing) and the grouping column.
        minutes: The time; a session of exactly this length is within it.
        by: The grouping column, or None for the one group "All".

    Returns:
        One row a group: `group`, `n`, `within`, `share` (within of n; missing where n is 0).
    """
    rows = with_further(frame, {"within": flag(nw.col("duration_s") <= minutes * _SECONDS)}, minutes)
    table = aggregate(rows, by, {"n": SIZE, **sums("within")}, columns={"within": nw.col("within")})
    found = complete(table, group_axis(table), counts=["n", "within"])
    return found.assign(share=found["within"] / found["n"].where(found["n"] > 0))


def count_steps(frame: IntoFrame, step: Step, by: str | None = None) -> pd.DataFrame:
    """Count sessions by group and by their duration as a whole number.

    Args:
        frame: Sessions with `duration_s` (never missing) and the grouping column.
        step: The whole number.
        by: The grouping column, or None for the one group "All".

    Returns:
        `group`, `step` and `n`, for every combination that occurs.
    """
    rows = with_further(frame, {step: _STEPS[step].cast(nw.Int64)}, "duration")
    return aggregate(rows, by, {"n": SIZE}, keys={"step": nw.col(step)})


def _cumulate(table: pd.DataFrame) -> pd.DataFrame:
    """Cumulate counts by step within each group: adds `base` and `share`, sorted by group and step."""
    table = table.sort_values(["group", "step"], ignore_index=True)
    counts = table.groupby("group", observed=True, sort=False)["n"]
    base = counts.transform("sum")
    return table.assign(base=base, share=counts.cumsum() / base)
