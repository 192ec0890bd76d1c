"""What a reader takes away: the tables of the page as files that say what they are."""

import re
from collections.abc import Callable
from functools import partial

import streamlit as st

from smartia.access import Reader
from smartia.export.delimited import tables_zip
from smartia.export.exhibits import Drawing, Exhibit
from smartia.export.stamp import Stamped
from smartia.export.workbook import XLSX_TYPE, write_workbook
from smartia.store.manifest import Manifest
from smartia.ui.readers import written_while

MakeStamp = Callable[[], Stamped]
"""Says at the click what a file is."""
MakeExhibit = Callable[[], Exhibit]
"""Makes a table of the page ready to leave it, at the click."""

_EXHIBITS = "exhibits"
_DRAWINGS = "drawings"
_PLACES = {"apart": "apart, in a text file", "above": "above each table"}


def note_exhibit(make: MakeExhibit) -> None:
    """Let the page's workbook hold a table that the page shows, or would show unfolded."""
    st.session_state[_EXHIBITS].append(make)


def note_drawing(drawing: Drawing) -> None:
    """Let the page's pictures hold a chart that the page shows."""
    st.session_state[_DRAWINGS].append(drawing)


def drawings_noted() -> list[Drawing]:
    """The charts that the page has noted so far in its present run; all of them once it has run."""
    return list(st.session_state[_DRAWINGS])


def forget_exhibits() -> None:
    """Let go of the tables and charts of the run before, whoever reads now."""
    st.session_state[_EXHIBITS] = []
    st.session_state[_DRAWINGS] = []


def exhibits_noted() -> list[MakeExhibit]:
    """The tables that the page has noted so far in its present run, as one list that grows; all once it has run."""
    noted: list[MakeExhibit] = st.session_state[_EXHIBITS]
    return noted


@st.fragment
def offer_tables(title: str, manifest: Manifest, stamp: MakeStamp, reader: Reader) -> None:
    """Draw the buttons for the tables of the page, before or after the page makes them.

    The files are written at the click, from the tables that the page has made by then: no file lies anywhere before.

    Args:
        title: The page's title.
        manifest: What the snapshot holds.
        stamp: What the files say about themselves.
        reader: Who reads.
    """
    page = f"{plain_name(title)}-{manifest.fetched_at:%Y-%m-%d}"
    st.markdown("**Tables of this page**")
    st.download_button(
        "Excel workbook",
        written_while(reader, partial(_write, stamp, exhibits_noted())),
        file_name=f"smartia-{page}.xlsx",
        mime=XLSX_TYPE,
        key="workbook",
        on_click="ignore",
        icon=":material/table:",
        width="stretch",
        help="The tables of this page, those folded away too, with native charts where the page draws one. The first "
        "sheet says which sessions count.",
    )
    place = st.radio(
        "In CSV files, filters and dates stand",
        list(_PLACES),
        format_func=_PLACES.__getitem__,
        key="csv_stamp",
        help="Apart, each table begins with the names of its columns, as other programs read it. Above, each table "
        "says by itself what it is.",
    )
    st.download_button(
        "CSV tables",
        written_while(reader, partial(_write_csv, stamp, exhibits_noted(), page, stamped=place == "above")),
        file_name=f"smartia-{page}-csv.zip",
        mime="application/zip",
        key="csv",
        on_click="ignore",
        icon=":material/csv:",
        width="stretch",
        help="The same tables as a ZIP file, each as a CSV file that Excel opens.",
    )


def _write(stamp: MakeStamp, exhibits: list[MakeExhibit]) -> bytes:
    return write_workbook(stamp(), [make() for make in exhibits])


def _write_csv(stamp: MakeStamp, exhibits: list[MakeExhibit], page: str, *, stamped: bool) -> bytes:
    return tables_zip(stamp(), [make() for make in exhibits], page, stamped=stamped)


def plain_name(title: str) -> str:
    """Name a page as it stands in the name of a file: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")
