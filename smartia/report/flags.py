"""Findings of a whole snapshot: its sessions marked, and the details that takes let go of."""

from typing import Final

import pandas as pd
import pyarrow as pa
from narwhals.typing import IntoFrame

from smartia.analysis.finding_counts import count_findings
from smartia.analysis.findings import (
    FINDINGS,
    REQUIRED_TEXTS,
    UPN_FIELDS,
    flag_changes,
    flag_details,
    flag_real_upns,
    flag_sessions,
)
from smartia.store.snapshot import Snapshot
from smartia.table.collected import collected
from smartia.table.texts import many_rows

_KNOWN: Final = ("gender", "age", "test_name", "subject")
"""What of the details the analysis frame has."""
_DETAILS: Final = tuple(dict.fromkeys((*UPN_FIELDS, "date_of_birth", *REQUIRED_TEXTS)))
_CHANGING: Final = ("date_of_birth", "full_name")


def snapshot_findings(snapshot: Snapshot, whole: IntoFrame) -> pd.DataFrame:
    """Count how many sessions each finding has: a result of `count_findings`.

    Args:
        snapshot: The snapshot.
        whole: Its analysis frame with `reference_s`.

    Raises:
        SnapshotUnreadableError: As `flag_snapshot`.
    """
    return count_findings(flag_snapshot(snapshot, whole), FINDINGS, snapshot.manifest.rejected)


def flag_snapshot(snapshot: Snapshot, whole: IntoFrame) -> pd.DataFrame:
    """Mark every session with every finding.

    Names and identifiers are read, compared and let go; what stays says only whether they differ or are empty. What
    each session shows by itself is looked for some months at a time, since the texts of all take much memory.

    Args:
        snapshot: Where the learners' details are read from.
        whole: The analysis frame of this snapshot with `reference_s`, in any engine.

    Returns:
        `learner`, `month` and the Boolean columns `FINDINGS`, with the labels of the analysis frame.

    Raises:
        SnapshotUnreadableError: A file of the snapshot is damaged, or a newer refresh has replaced it.
    """
    known = collected(whole, ["learner", "month", *_KNOWN])
    names = [name for name in _DETAILS if name not in _KNOWN]

    def flag_some(table: pa.Table, first: int) -> pd.DataFrame:
        rows = known.iloc[first : first + table.num_rows]
        details = pd.concat([rows[list(_KNOWN)], many_rows(table).set_index(rows.index)], axis=1)
        shown: pd.DataFrame = pd.concat([flag_details(details), flag_real_upns(details)], axis=1)
        return shown

    changing = many_rows(snapshot.read(_CHANGING)).set_index(known.index)
    parts = [
        known[["learner", "month"]],
        flag_sessions(whole, snapshot.manifest.fetched_at),
        flag_changes(pd.concat([known[["learner", "gender"]], changing], axis=1)),
        pd.concat(snapshot.of_spells(names, flag_some)),
    ]
    flagged: pd.DataFrame = pd.concat(parts, axis=1)
    return flagged
