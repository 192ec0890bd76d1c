"""Everything that leaves a page in one place: its tables, its pictures, and the sessions that it counts."""

import datetime as dt
from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from smartia.access import Reader
from smartia.analysis.levels import Counts
from smartia.export.sessions import FILE_KINDS, MIME_TYPES, FileKind, too_long, write_sessions
from smartia.export.stamp import Stamped
from smartia.report.about import about_exact, about_published
from smartia.report.stamps import exact_stamp, published_stamp
from smartia.settings import PublishThreshold
from smartia.store.manifest import Manifest
from smartia.store.snapshot import Snapshot
from smartia.table.filters import Filters
from smartia.ui.downloads import MakeStamp, exhibits_noted, offer_tables
from smartia.ui.pictures_offer import offer_pictures
from smartia.ui.readers import written_while
from smartia.ui.session_rows import counted_sessions
from smartia.ui.text import count

SESSIONS = "Sessions counted"
_KINDS: dict[FileKind, str] = {
    "xlsx": "Excel workbook",
    "csv": "CSV, one table",
    "parquet": "Parquet, for Power BI and Python",
}


def offer_exact(
    title: str,
    snapshot: Snapshot,
    pick: Callable[[], pd.DataFrame],
    found: Counts,
    filters: Filters,
    reader: Reader,
) -> None:
    """Draw the box of what can be taken away from a page of exact figures, before the page makes its tables.

    Args:
        title: The page's title.
        snapshot: The snapshot.
        pick: Gives the sessions that count; done at the click, so that nobody holds them meanwhile.
        found: How many these are.
        filters: Which these are.
        reader: Who reads, and what they may see.
    """
    manifest = snapshot.manifest
    with _box():
        offer_tables(title, manifest, _stamp_of(title, manifest, found, filters, reader), reader)
        offer_pictures(title, manifest, partial(about_exact, manifest, found, filters), reader)
        if reader.role.sees_learners:
            _offer_sessions(snapshot, pick, found, filters, reader)


def offer_published(title: str, manifest: Manifest, threshold: PublishThreshold, reader: Reader) -> None:
    """Draw the box of what can be taken away from a page of the publish view, after the page has made its tables.

    Args:
        title: The page's title.
        manifest: When the data were pulled, and from where.
        threshold: The least number that is shown.
        reader: Who reads.
    """
    if not exhibits_noted():
        return  # a page of words alone

    def stamp() -> Stamped:
        return published_stamp(title, manifest, threshold, dt.datetime.now(dt.UTC))

    with _box():
        offer_tables(title, manifest, stamp, reader)
        offer_pictures(title, manifest, partial(about_published, manifest), reader)


def _box() -> DeltaGenerator:
    return st.popover("Take away", icon=":material/download:", width="stretch", key="take_away")


@st.fragment
def _offer_sessions(
    snapshot: Snapshot, pick: Callable[[], pd.DataFrame], found: Counts, filters: Filters, reader: Reader
) -> None:
    st.markdown(f"**{SESSIONS}**")
    kind: FileKind = st.selectbox(
        "Format",
        FILE_KINDS,
        format_func=_KINDS.__getitem__,
        key="sessions_format",
        help=f"All {count(found.sessions)} sessions under the filters, a row each. The columns are those of the data "
        "dictionary in the README.",
    )
    named = st.checkbox(
        "With names and identifiers",
        key="sessions_named",
        help="Leave them out where the figures are enough. Either way the file is personal data: a single session can "
        "be recognised by its time and result.",
    )
    if too_long(found.sessions, kind):
        st.info("These are more rows than a sheet of Excel can hold. Choose CSV or Parquet, or fewer sessions.")
        return
    write = partial(
        _write, kind, snapshot, pick, _stamp_of(SESSIONS, snapshot.manifest, found, filters, reader), reader, named
    )
    st.download_button(
        SESSIONS,
        written_while(reader, write),
        file_name=f"smartia-sessions-{snapshot.manifest.fetched_at:%Y-%m-%d}.{kind}",
        mime=MIME_TYPES[kind],
        key="sessions",
        on_click="ignore",
        icon=":material/table_rows:",
        width="stretch",
    )


def _stamp_of(title: str, manifest: Manifest, found: Counts, filters: Filters, reader: Reader) -> MakeStamp:
    def stamp() -> Stamped:
        return exact_stamp(title, manifest, found, filters, reader.role, dt.datetime.now(dt.UTC))

    return stamp


def _write(
    kind: FileKind,
    snapshot: Snapshot,
    pick: Callable[[], pd.DataFrame],
    stamp: MakeStamp,
    reader: Reader,
    named: bool,
) -> bytes:
    return write_sessions(kind, stamp(), counted_sessions(reader, snapshot, pick(), with_identities=named))
