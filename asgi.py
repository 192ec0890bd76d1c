"""smartia for an ASGI server, with security headers: `uvicorn asgi:app` (see docs/hosting.md)."""

from pathlib import Path

from smartia.ui.hosting import make_app

app = make_app(Path(__file__).with_name("app.py"))
