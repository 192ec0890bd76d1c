"""Durations to look at: which sessions were unusually short or long, and how many of each group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import narwhals as nw

from smartia.analysis.grouping import aggregate, complete, group_axis
from smartia.analysis.levels import add_interval
from smartia.analysis.measures import SIZE, sums
from smartia.analysis.quality import LONG_FACTOR, SHORT_SHARE, duration_flags
from smartia.table.picking import pick_rows, with_further

if TYPE_CHECKING:
    import pandas as pd
    from narwhals.typing import IntoFrame, IntoFrameT

_FLAG_OF: Final[dict[Literal["short", "long"], str]] = {"short": "unusually_short", "long": "unusually_long"}


def mark_odd_durations(
    frame: IntoFrameT, short_share: float = SHORT_SHARE, long_factor: float = LONG_FACTOR
) -> IntoFrameT:
    """Mark the sessions that were unusually short or long; nothing is removed.

    Args:
        frame: Sessions with `duration_s`, `elapsed_s` and `reference_s`, the median that each is set against. The
            median is not worked out anew, so that a filter does not change which sessions are marked.
        short_share: Unusually short is a duration below this share of the median.
        long_factor: Unusually long is a duration above this multiple of the median.

    Returns:
        The same kind of frame with the same rows and index, and the further columns `unusually_short`,
        `unusually_long` (never missing) and `reference_min`, the median in minutes.

    Raises:
        ValueError: If not 0 ≤ short_share ≤ 1 ≤ long_factor.
    """
    if not 0 <= short_share <= 1 <= long_factor:
        raise ValueError("The share must lie between 0 and 1, and the factor be 1 or more.")
    findings = duration_flags(short_share, long_factor)
    flags = {name: findings[name] for name in _FLAG_OF.values()}
    always = ("odd", short_share, long_factor)
    return with_further(frame, {**flags, "reference_min": nw.col("reference_s") / 60}, always)


def odd_sessions(marked: IntoFrameT, kind: Literal["short", "long"]) -> IntoFrameT:
    """Keep the sessions that were unusually short, or those that were unusually long.

    Args:
        marked: A result of `mark_odd_durations`.
        kind: Which.
    """
    return pick_rows(marked, {}, [nw.col(_FLAG_OF[kind])])


def count_odd_durations(marked: IntoFrame, by: str | None = None) -> pd.DataFrame:
    """Count the sessions that were unusually short or long, with the 95 % Wilson intervals of their shares.

    Args:
        marked: A result of `mark_odd_durations` with the grouping column.
        by: The grouping column, or None for the one group "All".

    Returns:
        One row a group: `group`, `n` (sessions), and for "short" and for "long" `reached_…` (how many), `share_…` (of
        n), `low_…`, `high_…`, missing where n is 0.
    """
    names = {f"reached_{kind}": nw.col(name) for kind, name in _FLAG_OF.items()}
    table = aggregate(marked, by, {"n": SIZE, **sums(*names)}, columns=names)
    found = complete(table, group_axis(table), counts=["n", *names])[["group", "n", *names]]
    for kind in _FLAG_OF:
        found = add_interval(found.assign(**{f"n_{kind}": found["n"]}), f"_{kind}").drop(columns=f"n_{kind}")
    return found
