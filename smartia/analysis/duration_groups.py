"""Groups of durations: which of them a chart can show, and test versions named so that groups span several tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from smartia.table.collected import collected
from smartia.table.versions import without_code

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

_NEEDED: Final = [
    *("learner", "ended_at", "duration_s", "elapsed_s", "reference_s", "subject", "test_name", "test_version"),
    *("completed_on", "level", "level_rank", "sitting"),
]


def largest_groups(summary: pd.DataFrame, limit: int) -> list[str]:
    """Name the groups that hold the most sessions, where there are more than a chart can keep apart.

    Args:
        summary: A result of `duration_summary`.
        limit: How many groups at most.

    Returns:
        Their names, in the order of the table; of equally large ones the earlier.
    """
    largest = summary.sort_values("n", ascending=False, kind="stable").head(limit)
    return list(largest["group"].sort_index())


def named_versions(frame: IntoFrame) -> pd.DataFrame:
    """Give the sessions with `test_version` named as `name_versions` does.

    Args:
        frame: As for `name_versions`, in any engine.

    Returns:
        In pandas, since the names have an order of their own: of a frame of pandas all columns, of another those that
        figures on durations and lists of sessions need.
    """
    rows = frame if isinstance(frame, pd.DataFrame) else collected(frame, _NEEDED)
    return rows.assign(test_version=name_versions(rows))


def name_versions(frame: pd.DataFrame) -> pd.Series[pd.CategoricalDtype[str]]:
    """Name the test version of each session together with its test, for groups that span several tests.

    Args:
        frame: Sessions with `test_name`, `test_version` (categorical: "Version 2, from 7 Jan 2025 (3fa8c2d1)") and
            `completed_on`.

    Returns:
        An ordered categorical with the frame's index, by test and then by the first day on which the version was
        completed among these sessions: "Maths, Version 2, from 7 Jan 2025", with the version's code only where two
        names would be the same without it.
    """
    found = frame.groupby("test_version", observed=True).agg(
        test=("test_name", "first"), first_day=("completed_on", "min")
    )
    found = found.sort_values(["test", "first_day"], kind="stable")
    full = found["test"].astype("str") + ", " + found.index.astype("str")
    plain = full.map(without_code)
    names = plain.where(~plain.duplicated(keep=False), full)
    kept = frame["test_version"].cat.remove_unused_categories().cat.rename_categories(names.to_dict())
    return kept.cat.reorder_categories(list(names), ordered=True)
