"""Data quality: what is missing, what cannot be read, and which durations a tutor should look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import narwhals as nw
import pandas as pd

from smartia.analysis.grouping import aggregate, complete, flag, group_axis
from smartia.analysis.measures import SIZE, sums
from smartia.table.picked import rows_of
from smartia.table.picking import with_further

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.typing import IntoFrame, IntoFrameT

MINIMUM_N: Final = 30
"""A median is taken from a test version (or a test) only where it has so many sessions."""

SHORT_SHARE: Final = 0.25
"""Unusually short is a duration below this share of the median it is set against."""

LONG_FACTOR: Final = 4.0
"""Unusually long is a duration above this multiple of the median it is set against."""

FLAGS: Final = ("duration_longer_than_elapsed", "ended_before_started", "unusually_short", "unusually_long")
"""The findings on durations, by the names of their columns."""

_TEXTS = (nw.String, nw.Categorical, nw.Enum)


def missing_by_field(frame: IntoFrame, fields: Sequence[str]) -> pd.DataFrame:
    """Count the missing values of fields.

    Args:
        frame: Any frame that has the fields.
        fields: Names of columns, each once.

    Returns:
        One row a field, in the order given: `field`, `missing` (null or empty text), `n` (rows of the
        frame), `share` (missing of n; itself missing where n is 0).
    """
    schema = rows_of(frame).lazy().collect_schema()
    absent = {}
    for index, field in enumerate(fields):
        column = nw.col(field)
        is_text = isinstance(schema[field], _TEXTS)
        absent[f"f{index}"] = flag(column.is_null()) + (flag(column == "") if is_text else nw.lit(0))
    row = aggregate(frame, None, {"n": SIZE, **sums(*absent)}, columns=absent)
    n = int(row["n"].iloc[0])
    missing = pd.Series([row[name].iloc[0] for name in absent]).fillna(0).astype("int64")
    table = pd.DataFrame({"field": pd.Series(list(fields), dtype="str"), "missing": missing, "n": n})
    return table.assign(share=table["missing"] / table["n"].where(table["n"] > 0))


def unreadable_levels(frame: IntoFrame) -> pd.DataFrame:
    """List the levels that could not be read, as they were sent.

    Args:
        frame: Sessions with `level` and `level_rank`.

    Returns:
        `level`, `n` (sessions), the most frequent first and equals alphabetically. No rows where every level
        can be read.
    """
    table = aggregate(
        frame,
        "level",
        sums("n"),
        columns={"n": flag(nw.col("level_rank").is_null())},
    )
    found = complete(table, group_axis(table), counts=["n"]).rename(columns={"group": "level"})
    return found[found["n"] > 0].sort_values("n", ascending=False, kind="stable", ignore_index=True)


def with_reference(frame: IntoFrameT, minimum_n: int = MINIMUM_N) -> IntoFrameT:
    """Add to each session the median duration that it is set against.

    Args:
        frame: Sessions with `duration_s`, `test_version_id`, `test_id`, `subject`.
        minimum_n: The sessions a test version or a test needs for its median to be used.

    Returns:
        The same kind of frame with the same rows and index, and the further column `reference_s`: the median, in
        seconds, of the session's test version; where that has fewer than `minimum_n` sessions, of its test; where
        that has too few as well, of its subject.
    """
    duration = nw.col("duration_s")
    reference = duration.median().over("subject")
    for key in ("test_id", "test_version_id"):
        enough = nw.len().over(key) >= minimum_n
        reference = nw.when(enough).then(duration.median().over(key)).otherwise(reference)
    return with_further(frame, {"reference_s": reference})


def duration_flags(short_share: float = SHORT_SHARE, long_factor: float = LONG_FACTOR) -> dict[str, nw.Expr]:
    """The rules of `flag_durations`, for frames that have `reference_s` already.

    Args:
        short_share: As for `flag_durations`.
        long_factor: As for `flag_durations`.

    Returns:
        A Boolean expression for each of `FLAGS`, over `duration_s`, `elapsed_s` and `reference_s`; never missing.
    """
    duration, elapsed = nw.col("duration_s"), nw.col("elapsed_s")
    findings = {
        "duration_longer_than_elapsed": duration > elapsed + 1,
        "ended_before_started": elapsed < 0,
        "unusually_short": duration < short_share * nw.col("reference_s"),
        "unusually_long": duration > long_factor * nw.col("reference_s"),
    }
    return {name: condition.fill_null(value=False) for name, condition in findings.items()}


def flag_durations(frame: IntoFrameT, short_share: float = SHORT_SHARE, long_factor: float = LONG_FACTOR) -> IntoFrameT:
    """Mark sessions whose duration a tutor should look at; nothing is removed.

    Args:
        frame: Sessions with `duration_s`, `elapsed_s` and `reference_s` (see `with_reference`).
        short_share: Unusually short is a duration below this share of the reference.
        long_factor: Unusually long is a duration above this multiple of the reference.

    Returns:
        The same kind of frame with the same rows and index, and the further columns
        `duration_longer_than_elapsed` (by more than 1 s, which rounding explains), `ended_before_started`,
        `unusually_short` and `unusually_long`; false where a value needed is missing.

    Raises:
        ValueError: If not 0 ≤ short_share ≤ 1 ≤ long_factor.
    """
    if not 0 <= short_share <= 1 <= long_factor:
        raise ValueError("The share must lie between 0 and 1, and the factor be 1 or more.")
    return with_further(frame, duration_flags(short_share, long_factor))


def duration_findings(
    frame: IntoFrame, short_share: float = SHORT_SHARE, long_factor: float = LONG_FACTOR
) -> pd.DataFrame:
    """Count the sessions whose duration a tutor should look at.

    Args:
        frame: Sessions, as for `flag_durations`.
        short_share: As for `flag_durations`.
        long_factor: As for `flag_durations`.

    Returns:
        Four rows: `finding` (the names in `FLAGS`, in that order), `n` (sessions, 0 where there are none). A
        session may be in several.

    Raises:
        ValueError: As for `flag_durations`.
    """
    flagged = flag_durations(frame, short_share, long_factor)
    row = aggregate(flagged, None, sums(*FLAGS), columns={name: flag(nw.col(name)) for name in FLAGS})
    counted = [int(row[name].fillna(0).iloc[0]) for name in FLAGS]
    return pd.DataFrame({"finding": pd.Series(FLAGS, dtype="str"), "n": pd.Series(counted, dtype="int64")})
