"""What a reader chooses of a report, whichever figures it holds, and the button for it."""

from collections.abc import Callable

import streamlit as st

from smartia.access import Reader
from smartia.report.contents import TITLE, Topic, Wanted
from smartia.store.manifest import Manifest
from smartia.table.labels import LABEL_LIMIT
from smartia.ui.controls import choose_level
from smartia.ui.readers import written_while

_LANGUAGES = {
    "en-GB": "English",
    "cy": "Welsh",
    "gd": "Scottish Gaelic",
    "ga": "Irish",
    "ar": "Arabic",
    "bn": "Bengali",
    "pl": "Polish",
    "pa": "Punjabi",
    "ro": "Romanian",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "und": "Another one",
}
_HELP = (
    "One file that opens in any browser, without a network and without smartia. Print it from there to A4, or save it "
    "as PDF."
)


def choose_contents() -> Wanted:
    """Ask for the title, the level and the sections of a report."""
    title = st.text_input(
        "Title",
        TITLE,
        max_chars=LABEL_LIMIT,
        key="report_title",
        help="In any language. It is in the file alone: not in the link, and not in the name of the file.",
    )
    with st.container(horizontal=True):
        language = st.selectbox(
            "Language of the title",
            list(_LANGUAGES),
            format_func=_LANGUAGES.__getitem__,
            key="report_language",
            help="For screen readers, so that they pronounce it well. All else is in English.",
        )
        level, _ = choose_level()
    topics = st.pills(
        "Sections",
        list(Topic),
        selection_mode="multi",
        default=list(Topic),
        format_func=lambda topic: topic.heading,
        key="report_topics",
        help="Those that are marked are in the report.",
    )
    return Wanted(topics=tuple(topics), level=level, title=title.strip() or TITLE, language=language)


def offer_report(write: Callable[[], bytes], manifest: Manifest, reader: Reader, *, is_empty: bool) -> None:
    """Draw the button for a report, which is made at the click; or say what is missing.

    Args:
        write: Makes the file.
        manifest: What the snapshot holds.
        reader: Who reads.
        is_empty: Whether nothing was chosen that a report could hold.
    """
    if is_empty:
        st.info("Mark at least one section and one subject.", icon=":material/checklist:")
        return
    st.download_button(
        "Report",
        written_while(reader, write),
        file_name=f"smartia-report-{manifest.fetched_at:%Y-%m-%d}.html",
        mime="text/html",
        key="report",
        on_click="ignore",
        icon=":material/description:",
    )
    st.caption(_HELP)
