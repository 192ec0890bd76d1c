"""How the app is served: with a strict Content-Security-Policy, security headers, and files for their reader alone."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.file_util import get_static_dir

from smartia.logs import keep_data_out_of_logs
from smartia.memory import give_memory_back
from smartia.table.texts import keep_few_texts_plain
from smartia.ui.file_guard import FileGuard

_INLINE_SCRIPT: Final = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_STATIC: Final = "/static/"
"""Where Streamlit's own scripts, styles and fonts lie: the same for everybody, so a browser may keep them."""
_HSTS: Final = "max-age=31536000"
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    "Referrer-Policy": "no-referrer",  # an address holds the reader's filters
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in ("camera", "display-capture", "geolocation", "microphone", "payment", "serial", "usb")
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def protection() -> list[Middleware]:
    """Give the middleware for `streamlit.App`.

    From then on data stay out of the server's log, memory goes back to the system when it is free, and small tables are
    quick.
    """
    give_memory_back()  # before the first table is made
    keep_few_texts_plain()
    keep_data_out_of_logs()  # before the first request, whose address the server logs
    return [Middleware(SecurityHeaders, policy=content_security_policy()), Middleware(FileGuard)]


def content_security_policy() -> str:
    """Write the strictest policy under which Streamlit's front end works.

    Everything comes from the app's own address. Scripts are files; the few that Streamlit writes into its page are
    allowed by their hashes, taken from the installed page. Styles may be inline, since the front end writes them as it
    runs. Vega draws without `unsafe-eval` because Streamlit gives it an interpreter.
    """
    page = Path(get_static_dir(), "index.html").read_bytes()
    hashes = (base64.b64encode(hashlib.sha256(text).digest()).decode() for text in _INLINE_SCRIPT.findall(page))
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *(f"'sha256-{digest}'" for digest in hashes))),
            "style-src 'self' 'unsafe-inline'",
            "style-src-attr 'none'",
            "img-src 'self'",
            "font-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


class SecurityHeaders:
    """Adds the security headers to every answer over HTTP; what is not Streamlit's own files, no cache may keep.

    Args:
        app: The app inside.
        policy: The Content-Security-Policy.
    """

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._headers = {"Content-Security-Policy": policy, **_HEADERS}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer, with the headers in front."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if not scope["path"].startswith(_STATIC):
                    headers["Cache-Control"] = "no-store"
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = _HSTS
            await send(message)

        await self._app(scope, receive, send_with_headers)
