"""smartia for an ASGI server: `uvicorn asgi:app` (see docs/hosting.md)."""

import logging
from pathlib import Path

import streamlit as st

from smartia.ui.hosting import protection
from smartia.ui.warming import warm_up

# Streamlit turns on again what `--no-access-log` turns off; a log of addresses is for the web server in front.
logging.getLogger("uvicorn.access").disabled = True

warm_up()
# Written out here, since `streamlit run asgi.py` looks for such a line.
app = st.App(Path(__file__).with_name("app.py"), middleware=protection())
