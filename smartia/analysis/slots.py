"""Slots: how many would have finished within a planned time, and how long a slot a share of them needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartia.analysis.durations import minutes_for_share, share_within
from smartia.analysis.levels import add_interval

if TYPE_CHECKING:
    import pandas as pd
    from narwhals.typing import IntoFrame


def plan_slot(frame: IntoFrame, slot_min: float, share: float, by: str | None = None) -> pd.DataFrame:
    """Say what a slot of a length is enough for, and which length is enough for a share.

    Args:
        frame: Sessions with `duration_s` (never missing) and the grouping column.
        slot_min: The length of the slot; a session of exactly this length fits into it.
        share: The share that should finish, above 0 and up to 1.
        by: The grouping column, or None for the one group "All".

    Returns:
        One row a group: `group`, `n`, `reached` (finished within the slot), `share` (of n), `low`, `high` (limits of
        its 95 % Wilson interval; missing where n is 0) and `plan_min` (the smallest whole number of minutes within
        which at least the share asked for finished; nullable integer, missing where n is 0).

    Raises:
        ValueError: If the share is not above 0 and at most 1.
    """
    within = share_within(frame, slot_min, by).drop(columns="share").rename(columns={"within": "reached"})
    plan = minutes_for_share(frame, share, by)[["group", "minutes"]].rename(columns={"minutes": "plan_min"})
    return add_interval(within).merge(plan, on="group", how="left", validate="one_to_one")
