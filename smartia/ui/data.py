"""What the pages read: the present snapshot's frame, shared by all sessions and never changed."""

from contextlib import suppress
from itertools import chain

import pandas as pd
import streamlit as st

from smartia.analysis.quality import missing_by_field
from smartia.engines.opening import OpenFrame, open_frame
from smartia.errors import SmartiaError, SnapshotUnreadableError
from smartia.loading import open_account
from smartia.memory import trim_memory
from smartia.settings import Engine, Settings
from smartia.store.snapshot import Snapshot
from smartia.table.calendar import local_time
from smartia.table.columns import SENT, STORED_SCHEMA
from smartia.ui.kept import until_removal


def analysis_of(settings: Settings, snapshot: Snapshot) -> tuple[Snapshot, OpenFrame]:
    """The analysis frame of the present snapshot with `reference_s`, in the engine of the settings, and the snapshot.

    Between opening a snapshot and reading it another process may have replaced it; then the new one is read.

    Raises:
        SnapshotUnreadableError: A file of the snapshot is damaged.
    """
    try:
        return snapshot, _opened(snapshot, settings.engine, settings)
    except SnapshotUnreadableError:
        newer = open_account(settings)
        if newer.manifest.snapshot_id == snapshot.manifest.snapshot_id:
            raise
        return newer, _opened(newer, settings.engine, settings)


def open_ahead(settings: Settings) -> None:
    """Open the present copy before a reader asks for it.

    Where there is no copy, or something is in the way of it, nothing happens: a page that is opened meets the same, and
    has a reader to tell.
    """
    with suppress(SmartiaError):
        analysis_of(settings, open_account(settings))


def snapshot_key(snapshot: Snapshot) -> tuple[str, str]:
    """What tells two snapshots apart, for caches."""
    return snapshot.files.place, snapshot.manifest.snapshot_id


@until_removal
@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs={Snapshot: snapshot_key}, on_release=OpenFrame.close)
def _opened(snapshot: Snapshot, engine: Engine, _settings: Settings) -> OpenFrame:
    del engine  # it only tells frames apart
    opened = open_frame(_settings, snapshot)
    trim_memory()
    return opened


@until_removal
@st.cache_data(max_entries=4, show_spinner=False, hash_funcs={Snapshot: snapshot_key})
def missing_values(snapshot: Snapshot) -> pd.DataFrame:
    """How often each field that the API may send is empty (elapsed is worked out): field, missing, n, share.

    Months are read one at a time and only counted, so that no identity stays in memory.
    """
    names = [column.name for column in SENT if column.name != "elapsed_s"]
    empty = STORED_SCHEMA.empty_table().select(names)
    months = (snapshot.read_month(month, names) for month in sorted(snapshot.manifest.months))
    parts = [missing_by_field(month, names) for month in chain([empty], months)]
    table = parts[0].assign(**{name: sum(part[name] for part in parts) for name in ("missing", "n")})
    return table.assign(share=table["missing"] / table["n"].where(table["n"] > 0))


def set_aside(snapshot: Snapshot) -> pd.DataFrame:
    """The records set aside: month, position (since, page, record), reason. Their content stays on the disk.

    `since` is in UK time, and missing where pages were counted from the beginning.
    """
    table = snapshot.rejected.drop(columns="content")
    return table.assign(since=local_time(table["since"]))
