"""Connect your college: where the key goes, and a test that says precisely what is in the way, over real HTTP."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from smartia.connect import http
from smartia.sandbox.service import DEMO_KEY, UNAUTHORISED_KEY
from smartia.ui import connection
from smartia.ui.connection import doubts_of_key
from tests.app.conftest import open_app, plain
from tests.app.signing_in import open_signed_in
from tests.app.test_failures import everything
from tests.handmade import make_records, page_body
from tests.sandbox.running import running, served_college
from tests.servers import KEY, PATH, Act, keep_silent, nobody_listens, reset, say, scripted

PAGE = "pages/connect.py"
TEST = "Test the connection"
LOGIN = say(200, b"<!doctype html><title>Sign in</title>", {"content-type": "text/html"})
FAULTS: dict[str, tuple[Act, str, str]] = {
    "401": (say(401), "The API refused the key (401).", "The key that was sent is that of the environment variable."),
    "403": (say(403), "does not let it read Smart Initial Assessments (403)", "Ask CENTURY to enable Smart IA"),
    "404": (say(404), "There is no Smart IA service at this address (404).", "Check SMARTIA_BASE_URL"),
    "407": (say(407), "The college's proxy asks for a sign-in (407).", "set it as HTTPS_PROXY"),
    "429": (say(429, headers={"retry-after": "90"}), "it gets too many requests (429).", "Wait some minutes"),
    "503": (say(503), "The API has a fault at its end (503).", "Try again later"),
    "redirect": (say(302, headers={"location": "/login?key=x"}), "The key was not sent there", "sign-in page"),
    "login page": (LOGIN, "A web page came back instead of data.", "a proxy of the network"),
    "cut short": (say(200, b'{"data": ['), "could not be read as a page of sessions", "update smartia"),
    "silence": (keep_silent(0.6), "127.0.0.1 did not answer within", "Try again in some minutes"),
    "reset": (reset(), "No connection to 127.0.0.1.", "IT may have to allow this address"),
}
"""What a server does, what the page then says, and what it says to do."""


@pytest.fixture
def with_key(cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """An environment with a key, exact figures and an empty cache; gives what sets the address and another key."""
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(cache_dir))
    monkeypatch.setenv("SMARTIA_OPEN_ROLE", "analyst")
    monkeypatch.setattr(http, "READ_TIMEOUT_S", 0.3)

    def connect_to(base_url: str, key: str = KEY) -> None:
        monkeypatch.setenv("SMARTIA_BASE_URL", base_url)
        monkeypatch.setenv("SMARTIA_API_KEY", key)

    return connect_to


def press(app: AppTest) -> str:
    """Press the button; gives what the page then says, in one piece."""
    next(button for button in app.button if button.label == TEST).click().run()
    assert not app.exception, app.exception
    said = [element.value for kind in (app.error, app.success, app.info) for element in kind]
    assert len(said) == 1
    return plain(said[0]).replace("\N{WORD JOINER}", "")


@pytest.mark.parametrize(("act", "message", "remedy"), FAULTS.values(), ids=FAULTS.keys())
def test_what_is_in_the_way_is_named(with_key: Callable[..., None], act: Act, message: str, remedy: str) -> None:
    """Nothing is asked before the click, and once after it: one session, no key and no query on the screen."""
    with scripted(act) as server:
        with_key(server.base_url)
        app = open_app(PAGE)
        assert server.asked == []
        said = press(app)
        assert message in said
        assert remedy in said
        assert [(asked.path, asked.query) for asked in server.asked] == [(PATH, (("limit", "1"),))]
        assert server.asked[0].headers["x-api-key"] == KEY
    assert KEY not in everything(app)
    assert "limit=1" not in everything(app)
    assert not (Path(os.environ["SMARTIA_CACHE_DIR"])).exists()


def test_no_connection_says_which_part_failed(with_key: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that nobody has, a port where nobody listens, and the same behind a proxy are told apart."""
    with_key("http://127.0.0.1:1/api/v1")
    app = open_app(PAGE)
    with_key("https://nowhere.invalid/api/v1")
    assert "No connection to nowhere.invalid. No computer of this name was found (DNS)." in press(app)
    with_key(nobody_listens())
    assert "No connection to 127.0.0.1. It refused the connection." in press(app)
    monkeypatch.setenv("HTTPS_PROXY", nobody_listens().removesuffix("/api/v1"))
    with_key("https://connect.example/api/v1")
    assert "No connection to connect.example through the proxy" in press(app)
    with scripted(say(403)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.base_url.removesuffix("/api/v1"))
        assert "ask IT whether it lets this address through" in press(app)
        proxy.acts = (say(407),)
        assert "The college's proxy asks for a sign-in (407)." in press(app)
        assert not [asked for asked in proxy.asked if KEY in asked.head]
    monkeypatch.setenv("HTTPS_PROXY", "ftp://user:zq-secret@proxy.example")
    said = press(app)
    assert "a proxy or certificate named in this computer's environment cannot be used" in said
    assert "zq-secret" not in everything(app)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
def test_a_proxy_that_inspects_is_named(with_key: Callable[..., None], tmp_path: Path) -> None:
    """A certificate that a college's proxy has made is the cause, and SSL_CERT_FILE the cure; no key goes out."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-subj", "/CN=127.0.0.1", "-days", "2", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with scripted(say(200)) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        with_key(server.base_url.replace("http://", "https://"))
        said = press(open_app(PAGE))
        assert server.asked == []
    assert "its certificate is not trusted here" in said
    assert "SSL_CERT_FILE" in said


def test_the_sandbox_answers_as_the_reference_says(with_key: Callable[..., None]) -> None:
    """The demo key works and the page says how many sessions wait; others are refused, one for lack of Smart IA.

    A refused key that looks odd is told so, and nothing of it.
    """
    with running() as sandbox:
        base_url = sandbox.url.removesuffix("/smart-ia/sessions/completed")
        with_key(base_url, DEMO_KEY)
        app = open_app(PAGE)
        works = (
            f"**The connection works.** The API has {len(served_college())} completed sessions of your organisation."
        )
        assert press(app) == works
        with_key(base_url, UNAUTHORISED_KEY)
        assert "(403)" in press(app)
        with_key(base_url, f'"{DEMO_KEY}"')
        said = press(app)
        assert "(401)" in said
        assert "begins or ends with a quotation mark" in said
        assert DEMO_KEY not in everything(app)


def test_an_account_without_sessions_works_too(with_key: Callable[..., None]) -> None:
    """None is a number as well."""
    with scripted(say(200, page_body([], total=0))) as server:
        with_key(server.base_url)
        assert "your organisation has no completed session yet" in press(open_app(PAGE))


@pytest.mark.parametrize(
    ("key", "doubt"),
    [
        ("'abc'", "quotation mark"),
        ("SMARTIA_API_KEY=abc", "stands before a key"),
        ("x-api-key:abc", "stands before a key"),
        ("https://connect.example", "looks like an address"),
        ("abc***xyz", "left out"),
        ("<key>", "left out"),
        (KEY, None),
        ("aB3+/9==", None),
    ],
)
def test_what_looks_odd_about_a_key(key: str, doubt: str | None) -> None:
    """Each sign of a copying error is named, no sentence repeats the key, and a plain key raises no doubt."""
    found = " ".join(doubts_of_key(key))
    assert (doubt is None) == (not found)
    assert (doubt or "") in found
    assert key not in found


def test_without_a_key_nobody_is_asked(cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says that no key is set, and whether a file is missing or the line in it; no copy is made."""
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(cache_dir))
    app = open_app(PAGE)
    assert "shows the demo college" in " ".join(element.value for element in app.markdown)
    assert "There is no file `.streamlit/secrets.toml`" in press(app)
    monkeypatch.setattr(connection, "has_secrets_file", lambda: True)
    assert "it has no `SMARTIA_API_KEY`" in press(app)
    assert not cache_dir.exists()
    snippets = [block.value for block in app.code]
    assert '[smartia]\nSMARTIA_API_KEY = ""' in snippets
    assert not [text for text in snippets if KEY in text or DEMO_KEY in text]


def test_a_download_that_fails_leads_here(with_key: Callable[..., None], one_try: None) -> None:
    """Where a first download fails the message has a link to this page, which opens and tests all the same."""
    assert one_try is None
    with scripted(say(401)) as server:
        with_key(server.base_url)
        app = open_app()
        assert "(401)" in plain(app.error[0].value)
        assert [link.proto.label for link in app.main.get("page_link")] == [TEST]
        assert {link.proto.page for link in app.main.get("page_link")} == {"connect"}
        app.switch_page(PAGE)
        app.run()
        assert "(401)" in press(app)


def test_a_failed_refresh_leads_here(with_key: Callable[..., None], one_try: None) -> None:
    """Where figures are there and their refresh was refused, the warning has the link as well."""
    assert one_try is None
    records = make_records(seed=3, size=5)
    with scripted(say(200, page_body(records, total=5))) as server:
        with_key(server.base_url)
        app = open_app()
        assert app.metric
        server.acts = (say(403),)
        next(button for button in app.button if button.label == "Refresh data").click().run()
        for _ in range(100):
            if app.run().warning:
                break
        assert "(403)" in plain(app.warning[0].value)
        assert TEST in [link.proto.label for link in app.main.get("page_link")]


def test_one_test_at_a_time(with_key: Callable[..., None]) -> None:
    """While one reader's test is under way, another's asks nobody."""
    with scripted(say(200, page_body([], total=0))) as server:
        with_key(server.base_url)
        app = open_app(PAGE)
        with connection._one_test_at_a_time:
            assert "Another test is under way" in press(app)
        assert server.asked == []
        assert "The connection works" in press(app)


@pytest.mark.usefixtures("cache_dir")
def test_who_may_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """With sign-in analysts and readers with learner access may, viewers have no button; without, anyone may.

    How many sessions wait is said only to those who see exact figures.
    """
    with scripted(say(200, page_body([], total=7))) as server:
        monkeypatch.setenv("SMARTIA_BASE_URL", server.base_url)
        for role in ("analyst", "learner-access"):
            app = open_signed_in("jo@college.ac.uk", role, PAGE, key=KEY)
            assert "The API has 7 completed sessions" in press(app)
            assert "from `secrets.toml`" in " ".join(element.value for element in app.markdown)
        asked = len(server.asked)
        app = open_signed_in("jo@college.ac.uk", "viewer", PAGE, key=KEY)
        assert TEST not in [button.label for button in app.button]
        assert server.base_url not in everything(app)
        assert "can test the connection here" in app.main.caption[-1].value
        assert len(server.asked) == asked
        monkeypatch.setenv("SMARTIA_API_KEY", KEY)
        assert press(open_app(PAGE)) == "**The connection works.**"
