"""What the app says when something is missing or has failed: what happened, and what to do."""

import streamlit as st

from smartia.errors import DownloadError, SmartiaError
from smartia.ui.text import escape

CONNECT_PAGE = "pages/connect.py"
CONNECT_TITLE = "Connect your college"


def failure_text(failure: Exception) -> str:
    """Say what happened and what to do, for any failure, as Markdown; never with a traceback or a value of the data."""
    if isinstance(failure, SmartiaError):
        return f"**{escape(failure.message)}** {escape(failure.remedy)}"
    kind = escape(type(failure).__name__)
    return f"**Something went wrong that smartia did not foresee ({kind}).** Try again; if it stays, report this text."


def show_failure(failure: Exception) -> None:
    """Show a failure that leaves nothing to look at."""
    st.error(failure_text(failure), icon=":material/error:")
    link_to_test(failure)


def link_to_test(failure: Exception) -> None:
    """Lead from a download that failed to the page that tests the connection; nothing for any other failure."""
    if isinstance(failure, DownloadError):
        st.page_link(CONNECT_PAGE, label="Test the connection", icon=":material/cable:")


def show_demo_banner() -> None:
    """Say on every page that the figures are those of an invented college."""
    st.info(
        "**Demo college.** Every learner here is invented. To see your own learners:",
        icon=":material/science:",
    )
    st.page_link(CONNECT_PAGE, label=CONNECT_TITLE, icon=":material/cable:")


def show_no_sessions(*, account_is_empty: bool) -> None:
    """Say that there is nothing to count, and why.

    Args:
        account_is_empty: Whether the account has no session at all; else the filters leave none.
    """
    if account_is_empty:
        st.info("Your organisation has no completed session that can be shown yet.", icon=":material/inbox:")
    else:
        st.info("No session fits these filters. Take one away, or reset them all.", icon=":material/filter_alt_off:")


def show_unguarded() -> None:
    """Say that files for download are given to whoever has their address, since the app was started otherwise."""
    st.warning(
        "Files that you download here lie for a while at an address that asks nobody who fetches it. Start the app as "
        "docs/hosting.md says, and it will.",
        icon=":material/lock_open:",
    )
