"""The one door to who the learners are: it asks for the reader and opens for learner access alone."""

from collections.abc import Sequence

import pandas as pd

from smartia.access import Reader
from smartia.store.snapshot import Snapshot


def require_learner_access(reader: Reader) -> None:
    """Refuse a reader who may not see learners.

    Raises:
        PermissionError: The reader may not.
    """
    if not reader.role.sees_learners:
        raise PermissionError("this reader may not see learners")


def identities_at(reader: Reader, snapshot: Snapshot, columns: Sequence[str], rows: pd.Index) -> pd.DataFrame:
    """Read names and identifiers of some sessions, for use at once: who keeps them answers for who sees them.

    Args:
        reader: Who wants to see them.
        snapshot: The snapshot.
        columns: Stored columns.
        rows: Labels of the analysis frame.

    Returns:
        The columns with these labels.

    Raises:
        PermissionError: The reader may not see learners.
        SnapshotUnreadableError: A file of the snapshot is damaged.
    """
    require_learner_access(reader)
    read: pd.DataFrame = snapshot.read_rows(columns, rows.to_list()).to_pandas()
    return read.set_index(rows)


def all_identities(reader: Reader, snapshot: Snapshot, columns: Sequence[str], rows: pd.Index) -> pd.DataFrame:
    """Read names and identifiers of every session, as categoricals; otherwise as `identities_at`.

    Raises:
        PermissionError: The reader may not see learners.
        SnapshotUnreadableError: A file of the snapshot is damaged.
    """
    require_learner_access(reader)
    read: pd.DataFrame = snapshot.read(columns, as_codes=True).to_pandas()
    return read.set_index(rows)
