"""Removing the copy from the Data quality page, for readers who may see learners."""

import streamlit as st

from smartia.errors import StoreError
from smartia.ui import messages
from smartia.ui.shell import View

_FAILURE = "removal_failure"


def show_removal(view: View) -> None:
    """Say where the copy is kept and offer to remove it, to readers with learner access."""
    st.caption(
        f"{view.kept_where} It holds names, e-mail addresses, dates of birth and results. Removing it takes the "
        "downloaded sessions, the records set aside and what an interrupted download has left; CENTURY keeps its own."
    )
    if not view.sees_learners:
        st.caption(
            "Readers with learner access can remove it here; whoever runs smartia, with `python -m smartia forget`."
        )
        return
    if st.button("Remove the copy", icon=":material/delete:"):
        _ask(view)
    failure: StoreError | None = st.session_state.pop(_FAILURE, None)
    if failure is not None:
        messages.show_failure(failure)


@st.dialog("Remove the copy?", icon=":material/delete:")
def _ask(view: View) -> None:
    st.markdown(
        "Every page is then empty, for everyone who uses this app, until somebody downloads the sessions again. Files "
        "that you have saved or printed are not touched."
    )
    with st.container(horizontal=True):
        if st.button("Remove it", on_click=_remove, args=(view,)):
            st.rerun()
        if st.button("Keep it"):
            st.rerun()


def _remove(view: View) -> None:
    try:
        view.remove_copy()
    except StoreError as failure:
        st.session_state[_FAILURE] = failure
