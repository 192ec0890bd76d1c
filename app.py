"""smartia as `streamlit run app.py` and ASGI servers start it, and its first page, the Overview."""

import streamlit as st

from smartia.ui.hosting import protection
from smartia.ui.warming import warm_up

if __name__ == "__main__":  # as Streamlit runs a page
    from smartia.ui.overview import show_overview

    show_overview()
else:  # `streamlit run` looks for such a line, and takes from it how to serve: with headers, and files guarded
    warm_up()
    app = st.App(__file__, middleware=protection())
