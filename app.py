"""smartia as `streamlit run app.py` and ASGI servers start it, and its first page, the Overview."""

import streamlit as st

from smartia.ui.hosting import protection

if __name__ == "__main__":  # as Streamlit runs a page
    from smartia.ui.overview import show_overview

    show_overview()
else:  # `streamlit run` looks for such a line, and takes from it how to serve: with headers, and files guarded
    app = st.App(__file__, middleware=protection())
