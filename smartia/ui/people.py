"""The sessions behind a figure, with the people to whom they belong where the reader may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from smartia.access import Reader
from smartia.analysis.identifiers import mask_upn, printable_text
from smartia.analysis.levels import counts
from smartia.export.exhibits import make_exhibit
from smartia.store.snapshot import Snapshot
from smartia.table.calendar import local_time
from smartia.table.collected import AnyFrame, at_places, columns_of, newest, newest_places
from smartia.ui.downloads import note_exhibit
from smartia.ui.identities import identities_at
from smartia.ui.panels import show_table
from smartia.ui.shell import View
from smartia.ui.text import count
from smartia.words.columns import COLUMN_LABELS

ROW_LIMIT = 500
"""Sessions listed at most, the newest first."""
IDENTITIES = ("full_name", "external_id", "username")
"""What tells a reader who a learner is; read from the disk for the rows at hand and not kept."""
_RESULT = ("completed_at", "level")
_SITTING = ("duration_min", "sitting", "test_name")
_LABELS = {
    "full_name": "Name",
    "external_id": "External ID",
    "username": "Username",
    "completed_at": "Completed (UK time)",
    "test_name": "Test",
    "level": "Level as sent",
    "duration_min": "Duration (min)",
    "sitting": "Sitting",
}


@dataclass(frozen=True)
class NewestSessions:
    """The sessions behind a figure, as they are listed.

    Attributes:
        sessions: How many there are.
        learners: How many learners they belong to.
        rows: At most `ROW_LIMIT` of them with their labels, the newest first.
    """

    sessions: int
    learners: int
    rows: pd.DataFrame


def newest_sessions(frame: AnyFrame, whole: AnyFrame = None) -> NewestSessions:
    """Fetch what is listed of some sessions.

    Args:
        frame: A part of the analysis frame, in any engine, with any further columns.
        whole: The analysis frame, for parts that lack some of its columns.
    """
    found = counts(frame)
    if "ended_at" not in columns_of(frame):
        frame = at_places(whole, newest_places(frame, ROW_LIMIT))
    return NewestSessions(found.sessions, found.learners, newest(frame, columns_of(frame), ROW_LIMIT))


def show_sessions(
    view: View,
    found: NewestSessions,
    *,
    key: str,
    caption: str,
    extra: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    helps: Mapping[str, str] | None = None,
    is_drawn: bool = True,
) -> None:
    """Show the sessions behind a figure; only their number to a reader who may not see learners.

    Args:
        view: The page's view.
        found: The sessions.
        key: Tells the lists of a page apart.
        caption: What the sessions are, for screen readers; without a value of the data that identifies anyone.
        extra: Further columns of the sessions to show, beside the result.
        labels: Names of further columns on screen.
        helps: What further columns mean, where their names do not say it.
        is_drawn: Whether they are on the page; else the workbook alone has them, and who they are is read for it.
    """
    total = f"{count(found.sessions, 'session')} of {count(found.learners, 'learner')}"
    if not view.sees_learners:
        st.caption(f"{total}. Who they are is shown only to readers with learner access.")
        return
    st.caption(total if found.sessions <= ROW_LIMIT else f"{total}; the newest {ROW_LIMIT} are listed.")
    if not found.sessions:
        return
    columns, names = [*IDENTITIES, *_RESULT, *extra, *_SITTING], _LABELS | dict(labels or {})
    if not is_drawn:
        # What is noted lives on after the run, so it must not hold the sessions.
        read = partial(_identified, view.reader, view.snapshot, found.rows)
        note_exhibit(lambda: make_exhibit(caption, read(), columns, COLUMN_LABELS | names))
        return
    with st.container(key=key):
        show_table(with_identities(view, found.rows), columns, labels=names, helps=helps, caption=caption)


def with_identities(view: View, rows: pd.DataFrame) -> pd.DataFrame:
    """Add who each session belongs to, read from the disk for these rows alone.

    Args:
        view: The page's view.
        rows: A part of the analysis frame, with its labels.

    Returns:
        The rows with the columns `IDENTITIES` (values of the shape of a real UPN masked), `completed_at` (ended_at
        in UK time) and `duration_min`.

    Raises:
        PermissionError: The reader may not see learners.
    """
    return _identified(view.reader, view.snapshot, rows)


def _identified(reader: Reader, snapshot: Snapshot, rows: pd.DataFrame) -> pd.DataFrame:
    people = identities_at(reader, snapshot, IDENTITIES, rows.index)
    return rows.assign(
        **{name: printable_text(mask_upn(people[name].fillna(""))) for name in IDENTITIES},
        completed_at=local_time(rows["ended_at"]),
        duration_min=rows["duration_s"] / 60,
    )
