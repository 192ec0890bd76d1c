"""Order of two subjects: which was completed first, how many days apart, at which levels. No cause is implied."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from smartia.analysis.levels import add_interval, share_at_or_above
from smartia.table.calendar import year_starts_of_days

TOGETHER: Final = "Both at the same moment"
"""The group of learners whose two sessions ended at the same instant."""


@dataclass(frozen=True)
class Gaps:
    """How far the two sittings of learners lie apart, by the dates of completion.

    Attributes:
        pairs: Learners with both subjects.
        median_days: Half of them have no more days between their two sittings; NaN where there are none.
        longest_days: The most days; 0 where there are none.
    """

    pairs: int
    median_days: float
    longest_days: int


def in_one_year(compared: pd.DataFrame) -> pd.DataFrame:
    """Keep the learners whose two sittings lie in the same academic year, by the dates of completion.

    Args:
        compared: A result of `compare_levels`.
    """
    one, other = (year_starts_of_days(compared[f"completed_on_{side}"].to_numpy()) for side in ("one", "other"))
    return compared.take(np.flatnonzero(one == other))


def sitting_gaps(compared: pd.DataFrame) -> Gaps:
    """Say how many days lie between the two sittings of learners, whichever came first.

    Args:
        compared: A result of `compare_levels`.

    Returns:
        The median and the longest gap, in days between the dates of completion; 0 for the same day.
    """
    one, other = (compared[f"completed_on_{side}"].to_numpy().astype("datetime64[D]") for side in ("one", "other"))
    days = np.abs(one - other).astype("int64")
    return Gaps(len(days), float(np.median(days)), int(days.max())) if len(days) else Gaps(0, math.nan, 0)


def order_groups(compared: pd.DataFrame, one: str, other: str) -> pd.Series:
    """Say of each learner with both subjects which was completed first, and whether on the same day.

    Args:
        compared: A result of `compare_levels`.
        one: The name of the one subject.
        other: The name of the other.

    Returns:
        An ordered categorical with the labels of `compared`, such as "Same day, English first". Days are London
        dates of the end of the sessions. Learners whose two sessions ended at the same instant
        are in the group `TOGETHER`.
    """
    names = [f"{day}, {subject} first" for day in ("Same day", "Another day") for subject in (one, other)]
    is_another_day = (compared["completed_on_one"] != compared["completed_on_other"]).to_numpy()
    ended_one, ended_other = (compared[f"ended_at_{side}"] for side in ("one", "other"))
    places = np.where(ended_one == ended_other, len(names), 2 * is_another_day + (ended_one > ended_other).to_numpy())
    kind = pd.CategoricalDtype([*names, TOGETHER], ordered=True)
    return pd.Series(pd.Categorical.from_codes(places, dtype=kind), index=compared.index)


def count_orders(compared: pd.DataFrame) -> pd.DataFrame:
    """Count the learners with both subjects by day and order of completion.

    Args:
        compared: A result of `compare_levels`.

    Returns:
        Three rows, by `outcome`: "same day", "one first" and "other first"; `n` (learners with both), `reached`
        (learners of this outcome), `share`, `low`, `high` (Wilson, 95 %). Missing where n is 0.
    """
    outcomes = {
        "same day": compared["completed_on_one"] == compared["completed_on_other"],
        "one first": compared["ended_at_one"] < compared["ended_at_other"],
        "other first": compared["ended_at_one"] > compared["ended_at_other"],
    }
    table = pd.DataFrame(
        {"outcome": list(outcomes), "n": len(compared), "reached": [int(hit.sum()) for hit in outcomes.values()]}
    )
    return add_interval(table)


def reach_by_order(compared: pd.DataFrame, rank: int, one: str, other: str) -> pd.DataFrame:
    """Give the share at a level or above it in each subject, by order and day of completion.

    Args:
        compared: A result of `compare_levels`.
        rank: The level_rank to reach.
        one: The name of the one subject.
        other: The name of the other.

    Returns:
        One row for each subject and each group of `order_groups` that occurs: `subject`, and the columns of
        `share_at_or_above`.
    """
    groups = order_groups(compared, one, other)
    parts = [
        share_at_or_above(
            pd.DataFrame({"level_rank": compared[f"level_rank_{side}"], "order": groups}), rank, "order"
        ).assign(subject=subject)
        for side, subject in (("one", one), ("other", other))
    ]
    table = pd.concat(parts, ignore_index=True)
    return table[["subject", *table.columns.drop("subject")]]
