"""Findings of a whole snapshot: its sessions marked, and the details that takes let go of."""

from typing import Final

import pandas as pd
from narwhals.typing import IntoFrame

from smartia.analysis.finding_counts import count_findings
from smartia.analysis.findings import FINDINGS, REQUIRED_TEXTS, UPN_FIELDS, flag_learners, flag_real_upns, flag_sessions
from smartia.store.snapshot import Snapshot
from smartia.table.collected import collected

_FROM_ANALYSIS: Final = ("learner", "gender", "age", "test_name", "subject")
_FROM_DISK: Final = tuple(dict.fromkeys((*UPN_FIELDS, "date_of_birth", *REQUIRED_TEXTS)))


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

    Names and identifiers are read, compared and let go; what stays says only whether they differ or are empty.

    Args:
        snapshot: Where the learners' details are read from.
        whole: The analysis frame of this snapshot with `reference_s`, in any engine.

    Returns:
        `learner`, `month` and the Boolean columns `FINDINGS`, with the labels of the analysis frame.

    Raises:
        SnapshotUnreadableError: A file of the snapshot is damaged, or a newer refresh has replaced it.
    """
    known = collected(whole, [*_FROM_ANALYSIS, "month"])
    names = [name for name in _FROM_DISK if name not in _FROM_ANALYSIS]
    people = snapshot.read(names).to_pandas().set_index(known.index)
    details = pd.concat([known[list(_FROM_ANALYSIS)], people], axis=1)
    parts = [
        known[["learner", "month"]],
        flag_sessions(whole, snapshot.manifest.fetched_at),
        flag_learners(details),
        flag_real_upns(details),
    ]
    flagged: pd.DataFrame = pd.concat(parts, axis=1)
    return flagged
