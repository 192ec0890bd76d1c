"""The app as ASGI, asked by a plain client: headers on every answer, and nothing for pages of other origins."""

from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.web.server.app_discovery import discover_asgi_app
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from smartia.ui.hosting import content_security_policy
from tests.browser.conftest import copy_site, serve
from tests.running_app import ROOT, UVICORN

ELSEWHERE = "https://evil.example"
BROKEN_COOKIES = b"_streamlit_xsrf=2|x|y; _streamlit_user=\xff'<; _streamlit_session=%00; =; ;"
PATHS = (
    "/",
    "/levels?subject=Maths",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/metrics",
    "/media/none.html",
)


def stream(base_url: str, origin: str) -> ClientConnection:
    """Open the websocket as a page of an origin does."""
    address = f"ws://{urlsplit(base_url).netloc}/_stcore/stream"
    return connect(address, origin=origin, subprotocols=["streamlit"], max_size=None)


def begin_session(channel: ClientConnection) -> str:
    """Ask for a run, and return the session's identifier."""
    asked = BackMsg()
    asked.rerun_script.query_string = ""
    channel.send(asked.SerializeToString())
    while True:
        answer = ForwardMsg.FromString(channel.recv(timeout=20))
        if answer.WhichOneof("type") == "new_session":
            return str(answer.new_session.initialize.session_id)


def test_headers_origins_and_uploads(tmp_path: Path) -> None:
    """Every answer has the headers; another origin gets no websocket nor reading; uploads fit; no path is logged."""
    with (
        serve(tmp_path, way=UVICORN, site=copy_site(tmp_path)) as base_url,
        httpx.Client(base_url=base_url, headers={"origin": ELSEWHERE}) as client,
    ):
        for path in PATHS:
            answer = client.get(path)
            assert answer.headers["content-security-policy"] == content_security_policy(), path
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            assert answer.headers["cache-control"] == "no-store"
            assert "strict-transport-security" not in answer.headers
            assert "access-control-allow-origin" not in answer.headers
            assert "Traceback" not in answer.text
        assert client.get("/_stcore/health").text == "ok"
        behind_tls = client.get("/", headers={"x-forwarded-proto": "https"})
        assert behind_tls.headers["strict-transport-security"] == "max-age=31536000"
        assert client.get("/media/none.html").status_code == 404
        script = next(part for part in client.get("/").text.split('"') if part.endswith(".js"))
        assert "no-store" not in client.get(script).headers.get("cache-control", "")
        assert client.get("/", headers={b"cookie": BROKEN_COOKIES}).status_code == 200

        with pytest.raises(InvalidStatus) as refused, stream(base_url, ELSEWHERE):
            pass
        assert refused.value.response.status_code == 403
        with stream(base_url, base_url) as channel:
            session = begin_session(channel)
            upload = f"/_stcore/upload_file/{session}/1"
            files = {"file": ("list.csv", b"Ref,Area\n1,a\n")}
            assert client.put(upload, files=files).status_code == 403
            named = {"x-xsrftoken": client.cookies["_streamlit_xsrf"]}
            assert client.put(upload, files=files, headers=named).status_code == 204
            too_large = {"file": ("list.csv", b"x" * 21 * 1024 * 1024)}
            assert client.put(upload, files=too_large, headers=named).status_code == 413
            assert client.put(f"/_stcore/upload_file/{session}x/1", files=files, headers=named).status_code == 400
    log = (tmp_path / "server.log").read_text(encoding="utf-8")
    assert "running on" in log
    assert "GET " not in log


@pytest.mark.parametrize("name", ["app", "asgi"])
def test_streamlit_run_finds_the_app(name: str) -> None:
    """`streamlit run` of either file serves the app with its headers and its guard, and not the file as a page."""
    found = discover_asgi_app(ROOT / f"{name}.py")
    assert (found.is_asgi_app, found.import_string) == (True, f"{name}:app")
