"""The one door to who the learners are: it asks for the reader and opens for learner access alone."""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from smartia.access import Reader
from smartia.store.snapshot import Snapshot
from smartia.table.texts import many_rows


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
    return many_rows(snapshot.read_rows(columns, rows.to_list())).set_index(rows)


def identity_pairs(reader: Reader, snapshot: Snapshot, column: str, accounts: pd.Series) -> pd.DataFrame:
    """Read which values of a name or an identifier each account has, for use at once.

    Args:
        reader: Who wants to see them.
        snapshot: The snapshot.
        column: A stored column.
        accounts: The account of each session, as a code, in the snapshot's order.

    Returns:
        `account` and the column: a row for every pair that some session has.

    Raises:
        PermissionError: The reader may not see learners.
        SnapshotUnreadableError: A file of the snapshot is damaged.
    """
    require_learner_access(reader)
    codes = accounts.to_numpy()

    def pairs(table: pa.Table, first: int) -> pd.DataFrame:
        found = many_rows(table)
        return found.assign(account=codes[first : first + len(found)]).drop_duplicates()

    return pd.concat(snapshot.of_spells([column], pairs)).drop_duplicates(ignore_index=True)
