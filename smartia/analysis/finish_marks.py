"""Marks on the curve of durations: round numbers of minutes, and how many had finished within each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import narwhals as nw
import numpy as np
import pandas as pd

from smartia.analysis.durations import count_steps
from smartia.table.picking import pick_rows

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame, IntoFrameT

_SECONDS: Final = 60.0
_ROUND_MIN: Final = (1, 2, 3, *range(5, 60, 5), *range(60, 120, 15), *range(120, 240, 30), *range(240, 481, 60))


def finish_marks(frame: IntoFrame, finish: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Count the sessions that had finished within round numbers of minutes, for marks on a curve.

    Args:
        frame: Sessions with `duration_s` (never missing) and the grouping column.
        finish: A result of `minutes_for_share` for the same sessions, or some of its groups: its minutes are marks too.
        by: The grouping column, or None for the one group "All".

    Returns:
        For each group of `finish` rows from the first mark that a session had finished by to the one that all had:
        `group`, `minutes` (whole, ascending: round numbers up to 8 hours, the minutes of `finish`, and those of the
        longest session rounded up), `n` (sessions that took so many minutes or less), `base` (sessions of the group),
        `share` (n of base). A group without sessions has none.
    """
    counted = count_steps(frame, "ended_min", by).sort_values("step")
    wanted = finish.dropna(subset="minutes")
    parts = [
        _marks_of(counted[counted["group"] == group], group, int(minutes))
        for group, minutes in zip(wanted["group"], wanted["minutes"], strict=True)
    ]
    types = {"group": "str", "minutes": "int64", "n": "int64", "base": "int64", "share": "float64"}
    none = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in types.items()})
    return pd.concat(parts, ignore_index=True) if parts else none


def rows_finished(frame: IntoFrameT, minutes: float) -> IntoFrameT:
    """Pick the sessions that had finished within a time.

    Args:
        frame: Sessions with `duration_s`.
        minutes: The time; a session of exactly this length is within it.

    Returns:
        The rows that fit, in pandas with their labels and in their order.
    """
    return pick_rows(frame, {}, [nw.col("duration_s") <= minutes * _SECONDS])


def _marks_of(counted: pd.DataFrame, group: str, planned_min: int) -> pd.DataFrame:
    minute, so_far = counted["step"].to_numpy(), counted["n"].cumsum().to_numpy()
    longest = int(minute[-1])
    marks = np.array(sorted({*(mark for mark in _ROUND_MIN if minute[0] <= mark < longest), planned_min, longest}))
    n = so_far[np.searchsorted(minute, marks, side="right") - 1]
    base = int(so_far[-1])
    table = pd.DataFrame({"group": group, "minutes": marks, "n": n, "base": base, "share": n / base})
    return table.astype({"group": "str", "minutes": "int64", "n": "int64"})
