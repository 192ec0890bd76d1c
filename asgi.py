"""smartia for an ASGI server, with security headers: `uvicorn asgi:app` (see docs/hosting.md)."""

import logging
from pathlib import Path

import streamlit as st

from smartia.logs import keep_data_out_of_logs
from smartia.ui.hosting import security_headers

keep_data_out_of_logs()  # before the first request, whose address the server logs
# Streamlit turns this log on, also after `--no-access-log`; logging addresses is for the web server in front.
logging.getLogger("uvicorn.access").disabled = True

# Written out here, since `streamlit run asgi.py` looks for such a line.
app = st.App(Path(__file__).with_name("app.py"), middleware=security_headers())
