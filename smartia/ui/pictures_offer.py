"""Pictures: the charts of a page as files for a document or a slide."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from smartia.access import Reader
from smartia.export.exhibits import Drawing
from smartia.export.images import KINDS, MIME_TYPES, Kind, picture_name, picture_of, pictures_zip
from smartia.store.manifest import Manifest
from smartia.ui.downloads import drawings_noted, plain_name
from smartia.ui.readers import may_still, written_while

About = Callable[[], list[str]]
"""Says at the click what the charts count."""

_KINDS = {"png": "PNG, for documents and slides", "svg": "SVG, sharp at any size"}


@st.fragment
def offer_pictures(title: str, manifest: Manifest, about: About, reader: Reader) -> None:
    """Draw the button for pictures of the page's charts, before the page notes them.

    The button runs this part of the page alone, when the page has long noted its charts: so they can be listed.

    Args:
        title: The page's title.
        manifest: What the snapshot holds.
        about: What the charts count.
        reader: Who reads.
    """
    if st.button(
        "Pictures",
        key="pictures",
        icon=":material/image:",
        width="stretch",
        help="The charts of this page as PNG or SVG, each with its title, what it counts and its date.",
    ):
        _choose(f"{plain_name(title)}-{manifest.fetched_at:%Y-%m-%d}", about, reader)


@st.dialog("Pictures of this page", icon=":material/image:")
def _choose(page: str, about: About, reader: Reader) -> None:
    if not may_still(reader):
        st.rerun(scope="app")
    drawings = drawings_noted()
    if not drawings:
        st.markdown("This page shows no chart at the moment.")
        return
    place = st.selectbox(
        "Chart",
        range(len(drawings) + 1),
        format_func=lambda place: drawings[place - 1].title if place else f"All {len(drawings)}, as a ZIP file",
        help="Under the filters and choices of the page as it stands.",
    )
    kind: Kind = st.radio("Format", KINDS, format_func=_KINDS.__getitem__)
    if place:
        write, name = partial(_one, drawings[place - 1], about, kind), picture_name(page, place, kind)
    else:
        write, name = partial(_all, drawings, about, kind, page), f"smartia-{page}-{kind}.zip"
    st.download_button(
        "Download",
        written_while(reader, write),
        file_name=name,
        mime=MIME_TYPES[kind] if place else "application/zip",
        on_click="ignore",
        icon=":material/download:",
    )


def _one(drawing: Drawing, about: About, kind: Kind) -> bytes:
    return picture_of(drawing, about(), kind)


def _all(drawings: list[Drawing], about: About, kind: Kind, page: str) -> bytes:
    return pictures_zip(drawings, about(), [kind], page)
