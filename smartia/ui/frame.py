"""How every page begins: its name in the browser, who reads, the navigation; and the pages that need no data."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from smartia import logs
from smartia.access import Reader
from smartia.errors import SettingsError
from smartia.memory import IdleTrim
from smartia.settings import Settings
from smartia.ui import messages
from smartia.ui.configuration import read_settings
from smartia.ui.downloads import forget_exhibits
from smartia.ui.readers import draw_reader, reader_or_stop
from smartia.ui.text import escape

ICON = Path(__file__).with_name("icon.png")
DATA_PAGES = (
    ("app.py", "Overview", ":material/home:"),
    ("pages/levels.py", "Levels", ":material/stairs:"),
    ("pages/durations.py", "Durations", ":material/timer:"),
    ("pages/trends.py", "Trends", ":material/trending_up:"),
    ("pages/profiles.py", "Profiles", ":material/grid_on:"),
    ("pages/groups.py", "Groups", ":material/groups:"),
    ("pages/rooms.py", "Rooms", ":material/meeting_room:"),
    ("pages/learners.py", "Learners", ":material/person_search:"),
    ("pages/data_quality.py", "Data quality", ":material/fact_check:"),
    ("pages/report.py", "Report", ":material/description:"),
)
PLAIN_PAGES = (
    (messages.CONNECT_PAGE, messages.CONNECT_TITLE, ":material/cable:"),
    ("pages/glossary.py", "Words and changes", ":material/menu_book:"),
)
"""Pages that show nothing of the data, and need none."""
PAGES = (*DATA_PAGES, *PLAIN_PAGES)
"""Every page's file, title and icon, in the order of the navigation."""
_trim = IdleTrim()


@dataclass(frozen=True)
class PlainView:
    """What a page is given that needs no data.

    Attributes:
        settings: The settings.
        reader: Who reads, and what they may see.
    """

    settings: Settings
    reader: Reader


def begin_page(title: str) -> PlainView:
    """Name the page, find out who reads and draw the navigation; stops the run where nobody may read.

    Args:
        title: The page's title, which is not drawn yet.
    """
    logs.start_app_log()
    _trim.ask()  # the run is over long before
    st.set_page_config(page_title=f"{title} · smartia", page_icon=str(ICON), layout="wide")
    forget_exhibits()  # first of all: what one role was shown must not outlast it
    settings = _settings_or_stop()
    reader = reader_or_stop(settings)
    with st.sidebar:
        _draw_navigation()
        draw_reader(reader)
    return PlainView(settings, reader)


def open_plain_page(title: str) -> PlainView:
    """Draw the shell of a page that needs no data: it opens before the first download, and where that has failed.

    Args:
        title: The page's title.
    """
    view = begin_page(title)
    st.title(title)
    draw_notices(view.settings)
    return view


def draw_notices(settings: Settings) -> None:
    """Say what looks wrong with the settings although nothing fails."""
    for notice in settings.notices:
        st.warning(escape(notice), icon=":material/settings_alert:")


def _draw_navigation() -> None:
    st.markdown("### smartia")
    for page, label, icon in PAGES:
        st.page_link(page, label=label, icon=icon, width="stretch")


def _settings_or_stop() -> Settings:
    try:
        return read_settings()
    except SettingsError as failure:
        messages.show_failure(failure)
        st.stop()
