"""The counted sessions as a reader may take them away: for learner access alone, named or not."""

import pandas as pd

from smartia.access import Reader
from smartia.analysis.identifiers import mask_upn
from smartia.export.sessions import IDENTITIES, sessions_table
from smartia.store.snapshot import Snapshot
from smartia.ui.identities import identities_at


def counted_sessions(reader: Reader, snapshot: Snapshot, frame: pd.DataFrame, *, with_identities: bool) -> pd.DataFrame:
    """Make the table of the sessions that count.

    Args:
        reader: Who takes them away.
        snapshot: Where names and identifiers are read from.
        frame: The sessions that count: rows of its analysis frame.
        with_identities: Whether the learners are named; whatever has the shape of a real UPN is masked.

    Returns:
        As `sessions_table`.

    Raises:
        PermissionError: The reader may not see learners; a single session can be recognised without a name too.
        SnapshotUnreadableError: A file of the snapshot is damaged, or a newer refresh has replaced it.
    """
    if not reader.role.sees_learners:
        raise PermissionError("this reader may not see single sessions")
    if not with_identities:
        return sessions_table(frame, None)
    people = identities_at(reader, snapshot, IDENTITIES, frame.index)
    return sessions_table(frame, people.assign(**{name: mask_upn(people[name]) for name in IDENTITIES}))
