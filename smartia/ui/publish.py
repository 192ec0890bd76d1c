"""The publish view: the same pages for readers who may not see exact figures, drawn from published counts alone."""

import datetime as dt

import streamlit as st

from smartia.access import Reader, Role
from smartia.analysis.levels import counts
from smartia.analysis.publish_book import PublishBook
from smartia.charts.theme import Theme
from smartia.settings import PublishThreshold, Settings
from smartia.store.snapshot import Snapshot
from smartia.table.collected import AnyFrame
from smartia.table.filter_links import PUBLISH_KEY
from smartia.ui import messages
from smartia.ui.data import snapshot_key
from smartia.ui.kept import until_removal
from smartia.ui.lazy import Lazy
from smartia.ui.publish_pages import PUBLISH_PAGES
from smartia.ui.publish_parts import PublishView


def is_publish_view(role: Role) -> bool:
    """Say whether the reader is shown the publish view; draws the switch for readers who may see exact figures."""
    if not role.sees_exact_figures:
        return True
    return st.toggle(
        "Publish view",
        key=PUBLISH_KEY,
        bind="query-params",
        persist_state="session",
        help="Shows the pages as a viewer sees them: small numbers hidden, others rounded, no learner. What you see "
        "there can be shared.",
    )


def draw_publish_page(
    title: str,
    settings: Settings,
    snapshot: Snapshot,
    everything: Lazy[AnyFrame],
    theme: Theme,
    as_of: dt.date,
    reader: Reader,
) -> None:
    """Draw a page of the publish view below its head.

    Args:
        title: The page's title.
        settings: The settings.
        snapshot: The snapshot.
        everything: Its analysis frame.
        theme: Colours of the reader's present theme.
        as_of: The London date on which the data were pulled.
        reader: Who reads.
    """
    if not everything.of(counts).sessions and title != "Data quality":
        messages.show_no_sessions(account_is_empty=True)
        return
    book = _book(snapshot, settings.publish_threshold, settings.account, everything)
    with st.spinner("Working out what may be shown …"):
        PUBLISH_PAGES[title](PublishView(book, snapshot.manifest, as_of, theme, reader))


@until_removal
@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={Snapshot: snapshot_key})
def _book(snapshot: Snapshot, threshold: PublishThreshold, secret: str, _everything: Lazy[AnyFrame]) -> PublishBook:
    del snapshot  # it only tells books apart
    return PublishBook(_everything.value, threshold, secret)
