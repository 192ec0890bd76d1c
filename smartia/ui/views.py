"""Saved views in the sidebar: a reader names what the page shows, finds it again, shares it and deletes it."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from smartia.access import Reader
from smartia.errors import SavedViewsError, StoreError
from smartia.loading import views_of
from smartia.settings import Settings
from smartia.store.files import unwritable
from smartia.store.views import NAME_LIMIT, ReaderViews, SavedView
from smartia.ui import messages
from smartia.ui.frame import PAGES
from smartia.ui.links import choices_of, is_choice, link_of, page_address
from smartia.ui.readers import if_still
from smartia.ui.text import escape

_NAME = "view_name"
_FAILURE = "view_failure"
_ICONS = {page: icon for page, _, icon in PAGES}
_TITLES = {page: title for page, title, _ in PAGES}


def offer_views(title: str, settings: Settings, reader: Reader) -> None:
    """Draw the reader's saved views, and what saves the present one; says how to keep one where nobody signs in.

    Args:
        title: The title of the page that is shown.
        settings: The settings.
        reader: Who reads.
    """
    with st.popover("Saved views", icon=":material/bookmark:", width="stretch"):
        if reader.address is None:
            st.markdown(
                "smartia keeps views for readers who sign in, and here nobody does. The address under “Copy link” "
                "holds the same: save it as a bookmark of your browser."
            )
            return
        views = views_of(settings, reader.address)
        failure: StoreError | None = st.session_state.pop(_FAILURE, None)
        if failure is not None:
            messages.show_failure(failure)
        try:
            kept = views.read()
        except SavedViewsError as damage:
            messages.show_failure(damage)
            _button("Remove my saved views", ":material/delete:", reader, partial(_discard, views))
            return
        here = next(page for page, name, _ in PAGES if name == title)
        _draw_saving(here, reader, views)
        if kept:
            _draw_kept(kept, here, reader, views)


def _draw_saving(here: str, reader: Reader, views: ReaderViews) -> None:
    with st.form("save_view", clear_on_submit=True, border=False):
        st.text_input(
            "Name of this view",
            key=_NAME,
            max_chars=NAME_LIMIT,
            placeholder="Maths, first attempts",
            help="Keeps this page with its filters and choices, for you alone. Figures are not kept: an opened view "
            "shows those of the day. Name no learner in it. A name that you have used before is used for this view.",
        )
        st.form_submit_button(
            "Save this view",
            on_click=partial(if_still, reader, partial(_save, here, views)),
            icon=":material/bookmark_add:",
            width="stretch",
        )


def _draw_kept(kept: tuple[SavedView, ...], here: str, reader: Reader, views: ReaderViews) -> None:
    st.markdown("**Your views** open in a new tab. To share one, copy the address of its button.")
    for place, view in enumerate(kept):
        name = escape(view.name)
        if view.page in _TITLES:
            link, icon = _link(view, here), _ICONS[view.page]
            st.link_button(name, link, icon=icon, help=_TITLES[view.page], width="stretch")
        else:
            st.caption(f"{name}: its page is no longer part of smartia.")
        delete = partial(_change, partial(views.delete, view.name))
        _button(f"Delete {name}", ":material/delete:", reader, delete, key=f"delete-view-{place}")


def _button(label: str, icon: str, reader: Reader, act: Callable[[], None], key: str | None = None) -> None:
    st.button(label, on_click=partial(if_still, reader, act), icon=icon, type="tertiary", key=key)


def _link(view: SavedView, here: str) -> str:
    choices = [(key, value) for key, value in view.choices if is_choice(key)]
    return link_of(page_address(st.context.url or "", here, view.page), choices)


def _save(here: str, views: ReaderViews) -> None:
    view = SavedView(st.session_state[_NAME], here, tuple(choices_of(st.query_params)))
    _change(partial(views.save, view))


def _discard(views: ReaderViews) -> None:
    def discard() -> None:
        with unwritable():
            views.discard()

    _change(discard)


def _change(act: Callable[[], None]) -> None:
    """Act on a click; what fails is told in the run that follows."""
    try:
        act()
    except StoreError as failure:
        st.session_state[_FAILURE] = failure
