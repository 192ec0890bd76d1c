"""The app behind nginx with deploy/nginx.conf, opened by a browser over https."""

import os
import shutil
import ssl
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import httpx
import pytest
from playwright.sync_api import Browser

from tests.access.provider import CLIENT_ID, CLIENT_PROOF, running_provider
from tests.browser.conftest import Visit, copy_site, serve
from tests.browser.nginx import PROCESS, Nginx, find_nginx, prepare_nginx
from tests.running_app import UVICORN

SECRETS: Final = """
[smartia.access]
learner-access = ["mis@office.example"]

[auth]
redirect_uri = "{base_url}/oauth2callback"
cookie_secret = "cookie-secret-of-the-tests-0123456789abcdef"
client_id = "{client_id}"
client_secret = "{client_secret}"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
"""
ONCE: Final = (
    "content-security-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "permissions-policy",
    "cache-control",
)
MEBIBYTE: Final = 1024 * 1024


@pytest.mark.skipif(
    not (os.environ.get("CI") or (find_nginx() and shutil.which("openssl"))), reason="needs nginx and openssl"
)
def test_behind_nginx(tmp_path: Path, demo_folder: Path, browser: Browser) -> None:
    """A reader signs in over https and sees charts; headers come once, no query and no body reaches nginx's disk.

    Two processes serve the app; each reader comes back to the same one, and to the other where that has stopped.
    """
    place = prepare_nginx(tmp_path)
    site = copy_site(tmp_path)
    with running_provider() as provider:
        provider.person = {"email": "mis@office.example", "email_verified": True}
        secrets = SECRETS.format(
            base_url=place.base_url, client_id=CLIENT_ID, client_secret=CLIENT_PROOF, issuer=provider.issuer
        )
        (site / ".streamlit" / "secrets.toml").write_text(secrets, encoding="utf-8")
        one, other = (tmp_path / name for name in ("one", "other"))
        one.mkdir()
        other.mkdir()
        with serve(one, way=UVICORN, site=site, SMARTIA_CACHE_DIR=str(demo_folder)) as app_url, ExitStack() as second:
            other_url = second.enter_context(serve(other, way=UVICORN, site=site, SMARTIA_CACHE_DIR=str(demo_folder)))
            with place.running(app_url, other_url):
                sign_in_and_look(browser, place)
                trusted = ssl.create_default_context(cafile=str(place.certificate))
                with httpx.Client(base_url=place.base_url, verify=trusted) as client:
                    look_at_answers(client, place, trusted)
                    send_lists(client)
                names = [url.removeprefix("http://") for url in (app_url, other_url)]
                readers = [come_back(place, trusted) for _ in range(24)]
                assert {process for process, _ in readers} == set(names), "each process has some of the readers"
                second.close()
                for _, cookies in readers:
                    with httpx.Client(base_url=place.base_url, verify=trusted, cookies=cookies) as client:
                        answer = client.get("/_stcore/health")
                    # nginx names those that it tried, the one that answered last.
                    assert (answer.status_code, answer.headers[PROCESS].split(", ")[-1]) == (200, names[0])
    with place.running(app_url), httpx.Client(base_url=place.base_url, verify=trusted) as client:
        assert client.get("/levels?subject=Maths").status_code == 502, "the app has ended"
    logged = place.read_log("smartia.access.log")
    assert '"GET /oauth2callback" ' in logged
    assert '"GET /levels" 502 ' in logged
    for secret in ("code=", "state=", "subject=", "?", "list-of"):
        assert secret not in logged + place.read_log("smartia.error.log"), secret
    assert "subject=Maths" in place.read_log("all.log"), "what nginx would log by itself is where it is looked for"
    assert "temporary file" not in place.read_log("all.log")


def sign_in_and_look(browser: Browser, place: Nginx) -> None:
    """Come by http, sign in, and wait for a chart; every cookie travels by https alone."""
    context = browser.new_context(ignore_https_errors=True)
    try:
        tab = Visit(context.new_page(), f"http://localhost:{place.plain_port}")
        channels: list[str] = []
        tab.page.on("websocket", lambda channel: channels.append(channel.url))
        tab.page.goto(f"{tab.base_url}/levels?subject=Maths")
        tab.page.get_by_role("button", name="Sign in").click()
        tab.page.get_by_text("learner access").first.wait_for(timeout=30_000)
        tab.page.locator("[data-testid=stVegaLiteChart] svg").first.wait_for(timeout=30_000)
        assert tab.page.url.startswith(place.base_url + "/")
        assert {channel.rpartition("/_stcore")[0] for channel in channels} == {f"wss://localhost:{place.port}"}
        cookies = [cookie for cookie in context.cookies() if cookie["name"].startswith("_streamlit")]
        assert {cookie["name"] for cookie in cookies} >= {"_streamlit_xsrf", "_streamlit_user"}
        assert [cookie["name"] for cookie in cookies if not cookie["secure"]] == []
    finally:
        context.close()


def look_at_answers(client: httpx.Client, place: Nginx, trusted: ssl.SSLContext) -> None:
    """Look at headers, at the way from http, and at what another name gets."""
    for path in ("/", "/levels?subject=Maths", "/_stcore/health", "/media/none.html"):
        answer = client.get(path)
        assert [name for name in ONCE if len(answer.headers.get_list(name)) != 1] == [], path
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert "uvicorn" not in answer.headers["server"]
    script = next(part for part in client.get("/").text.split('"') if part.endswith(".js"))
    assert client.get(script).headers["content-encoding"] == "gzip"
    plain = f"http://localhost:{place.plain_port}"
    moved = httpx.get(f"{plain}/levels?subject=Maths", headers={"host": "evil.example"})
    assert (moved.status_code, moved.headers["location"]) == (308, f"{place.base_url}/levels?subject=Maths")
    other_host = client.get("/_stcore/health", headers={"host": "evil.example"})
    assert other_host.is_error
    with pytest.raises(httpx.ConnectError, match="unrecognized name"):
        httpx.get(f"https://127.0.0.1:{place.port}/_stcore/health", verify=trusted)


def come_back(place: Nginx, trusted: ssl.SSLContext) -> tuple[str, httpx.Cookies]:
    """Ask several times as one reader, who meets the same process every time: which one, and the reader's cookies."""
    with httpx.Client(base_url=place.base_url, verify=trusted) as reader:
        answers = [reader.get(path) for path in ("/", "/_stcore/health", "/levels", "/static/none.js")]
        (process,) = {answer.headers[PROCESS] for answer in answers}
        given = [cookie for answer in answers for cookie in answer.headers.get_list("set-cookie")]
        rules = [cookie.partition("; ")[2].lower() for cookie in given if cookie.startswith("smartia_process=")]
        assert rules == ["path=/; secure; httponly; samesite=lax"]
        return process, reader.cookies


def send_lists(client: httpx.Client) -> None:
    """Send what is a little too large for the app, which gets it and judges, and what is too large for nginx."""
    named = {"x-xsrftoken": client.cookies["_streamlit_xsrf"]}

    def send(size: int) -> httpx.Response:
        # Nobody is signed in here, which the app says when it has the list.
        return client.put(
            "/_stcore/upload_file/none/list-of-learners", files={"file": ("a", b"x" * size)}, headers=named
        )

    by_app, by_nginx = send(21 * MEBIBYTE), send(25 * MEBIBYTE)
    assert (by_app.status_code, "content-security-policy" in by_app.headers) == (403, True)
    assert (by_nginx.status_code, "content-security-policy" in by_nginx.headers) == (413, False)
