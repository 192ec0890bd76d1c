"""What a reader takes away: the tables of the page as a workbook that says what it is."""

import datetime as dt
import re
from functools import partial

import pandas as pd
import streamlit as st

from smartia.access import Reader
from smartia.export.exhibits import Drawing, Exhibit
from smartia.export.stamp import Stamp
from smartia.export.workbook import write_workbook
from smartia.store.manifest import Manifest
from smartia.table.filters import Filters
from smartia.ui.readers import written_while
from smartia.ui.text import count

_EXHIBITS = "exhibits"
_DRAWINGS = "drawings"
_XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def note_exhibit(exhibit: Exhibit) -> None:
    """Let the page's workbook hold a table that the page shows, or would show unfolded."""
    st.session_state[_EXHIBITS].append(exhibit)


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


def offer_workbook(title: str, manifest: Manifest, frame: pd.DataFrame, filters: Filters, reader: Reader) -> None:
    """Draw the button for the workbook of the page, before the page makes its tables.

    The workbook is written at the click, from the tables that the page has made by then: no file lies anywhere before.

    Args:
        title: The page's title.
        manifest: What the snapshot holds.
        frame: The sessions that count.
        filters: Which sessions count.
        reader: Who reads, and what they may see.
    """
    stamp = partial(
        Stamp,
        title=title,
        source=manifest.source,
        pulled_at=manifest.fetched_at,
        counted=filters.describe(),
        sessions=count(len(frame)),
        learners=count(int(frame["learner"].nunique())),
        held=count(manifest.rows),
        set_aside=count(manifest.rejected),
        missing=count(manifest.missing),
        role=reader.role.words,
    )
    st.download_button(
        "Excel workbook",
        written_while(reader, partial(_write, stamp, st.session_state[_EXHIBITS])),
        file_name=f"smartia-{plain_name(title)}-{manifest.fetched_at:%Y-%m-%d}.xlsx",
        mime=_XLSX_TYPE,
        key="workbook",
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
        help="The tables of this page, those folded away too, with native charts where the page draws one. The first "
        "sheet says which sessions count.",
    )


def _write(stamp: "partial[Stamp]", exhibits: list[Exhibit]) -> bytes:
    return write_workbook(stamp(made_at=dt.datetime.now(dt.UTC)), exhibits)


def plain_name(title: str) -> str:
    """Name a page as it stands in the name of a file: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")
