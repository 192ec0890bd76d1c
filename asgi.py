"""smartia for an ASGI server: `uvicorn asgi:app` (see docs/hosting.md)."""

from pathlib import Path

import streamlit as st

from smartia.ui.hosting import protection

# Written out here, since `streamlit run asgi.py` looks for such a line.
app = st.App(Path(__file__).with_name("app.py"), middleware=protection())
