"""The wire, over real HTTP: where the key goes, and every way in which an answer can fail to come."""

import gzip
import shutil
import ssl
import time
from pathlib import Path

import pytest

from smartia.connect import http
from smartia.connect.http import HttpSender
from smartia.connect.protocol import page_query, read_page
from smartia.errors import (
    RedirectedError,
    RequestRefusedError,
    TimedOutError,
    UnexpectedAnswerError,
    UnreachableError,
)
from tests.certificates import make_certificate
from tests.handmade import NOW, make_records, page_body
from tests.servers import KEY, PATH, Act, drip, keep_silent, nobody_listens, reset, say, scripted

BODY = page_body(make_records(4, 3))
HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n"
QUERY = (*page_query(), ("cursor", "a+b/c=&d"))


def ask(base_url: str) -> bytes:
    """Send one query and return the body of a 200; other statuses raise their errors."""
    with HttpSender(base_url, KEY) as sender:
        reply = sender(QUERY)
    read_page(reply, page=1, now=NOW)
    return reply.body


def test_what_is_sent() -> None:
    """The request goes to the endpoint with its parameters intact; the key is in its header and nowhere else."""
    with scripted(say(200, BODY)) as server:
        assert ask(server.base_url) == BODY
    (asked,) = server.asked
    assert asked.path == PATH
    assert asked.query == QUERY
    assert asked.headers["x-api-key"] == KEY
    assert asked.head.count(KEY) == 1


def test_connections_are_kept() -> None:
    """A sender answers several queries; replies carry status, headers in lower case and body."""
    with scripted(say(200, BODY, {"X-Thing": "1"}), say(503)) as server, HttpSender(server.base_url, KEY) as sender:
        first, second = sender(QUERY), sender(QUERY)
    assert (first.status, first.headers["x-thing"], first.body) == (200, "1", BODY)
    assert second.status == 503


def test_gzip() -> None:
    """A compressed body arrives as what it was."""
    with scripted(say(200, gzip.compress(BODY), {"content-encoding": "gzip"})) as server:
        assert ask(server.base_url) == BODY


def test_damaged_gzip() -> None:
    """A body whose compression is damaged is an unexpected answer."""
    with (
        scripted(say(200, b"\x1f\x8bnonsense", {"content-encoding": "gzip"})) as server,
        pytest.raises(UnexpectedAnswerError, match="compression is damaged"),
    ):
        ask(server.base_url)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """A redirect is an error, and neither the key nor any request reaches where it points."""
    with scripted(say(200, BODY)) as thief:
        elsewhere = thief.base_url.replace("127.0.0.1", "localhost") + "/smart-ia/sessions/completed"
        with scripted(say(status, headers={"location": elsewhere})) as server, pytest.raises(RedirectedError):
            ask(server.base_url)
        assert thief.asked == []


def test_connection_refused() -> None:
    """Where nothing listens, the error names the host."""
    with pytest.raises(UnreachableError, match=r"^No connection to 127\.0\.0\.1\."):
        ask(nobody_listens())


def test_unknown_host() -> None:
    """A host that does not exist is unreachable (".invalid" never exists, RFC 2606)."""
    with pytest.raises(UnreachableError, match=r"^No connection to nowhere\.invalid\."):
        ask("http://nowhere.invalid/api/v1")


@pytest.mark.parametrize(
    "act",
    [
        reset(),
        reset(HEAD + BODY[:100]),
        say(200, BODY, length=len(BODY) + 500),
        say(200, b"", {"transfer-encoding": "chunked", "content-length": ""}),
    ],
    ids=["reset", "reset in mid-body", "body cut short", "no chunk at all"],
)
def test_a_connection_that_breaks(act: Act) -> None:
    """A reset, one in mid-body and a body shorter than announced are broken connections, never a short page."""
    with scripted(act) as server, pytest.raises(UnreachableError):
        ask(server.base_url)


def test_an_answer_that_is_no_http() -> None:
    """A server that does not speak HTTP is unreachable."""
    with scripted(lambda connection: connection.sendall(b"SSH-2.0-x\r\n")) as server, pytest.raises(UnreachableError):
        ask(server.base_url)


def test_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says nothing is left after the read time-out."""
    monkeypatch.setattr(http, "READ_TIMEOUT_S", 0.2)
    with scripted(keep_silent(0.6)) as server, pytest.raises(TimedOutError, match="did not answer within"):
        ask(server.base_url)


def test_drip(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that drips bytes, each in time, is left at the deadline of the page."""
    monkeypatch.setattr(http, "DEADLINE_S", 0.3)
    begun_s = time.monotonic()
    with scripted(drip(HEAD, pieces=30, pause_s=0.05)) as server:
        with pytest.raises(TimedOutError):
            ask(server.base_url)
        assert time.monotonic() - begun_s < 1.0


def test_a_body_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body beyond any page is given up while it comes, compressed ones included."""
    monkeypatch.setattr(http, "MAX_BODY_BYTES", 10_000)
    bomb = gzip.compress(b" " * 10_000_000)
    acts = (say(200, b" " * 20_000), say(200, bomb, {"content-encoding": "gzip"}))
    with scripted(*acts) as server:
        for _ in acts:
            with pytest.raises(UnexpectedAnswerError, match="larger than any page"):
                ask(server.base_url)


def test_a_web_page() -> None:
    """A sign-in page with status 200 is told apart from data."""
    page = say(200, b"<html><body>Sign in</body></html>", {"content-type": "text/html"})
    with scripted(page) as server, pytest.raises(UnexpectedAnswerError, match="A web page came back"):
        ask(server.base_url)


def test_a_proxy_that_wants_a_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy's 407 on the way to an https address is named as such, and the proxy does not see the key."""
    with scripted(say(407)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.base_url.removesuffix("/api/v1"))
        with pytest.raises(RequestRefusedError, match="proxy asks for a sign-in"):
            ask("https://connect.example/api/v1")
    (asked,) = proxy.asked
    assert asked.head.startswith("CONNECT connect.example:443 ")
    assert KEY not in asked.head


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
def test_certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate that is not trusted here is named as the cause; SSL_CERT_FILE, as the remedy says, cures it."""
    made = make_certificate(tmp_path, "127.0.0.1", kind="IP")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    with scripted(say(200, BODY)) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        base_url = server.base_url.replace("http://", "https://")
        with pytest.raises(UnreachableError, match=r"certificate is not trusted here\. .* SSL_CERT_FILE"):
            ask(base_url)
        assert server.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
        assert ask(base_url) == BODY


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "ftp://p.example"),
        ("ALL_PROXY", "http://user:zq-secret:x@[::1"),
        ("SSL_CERT_FILE", "/no/such.pem"),
    ],
)
def test_an_environment_that_cannot_be_used(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy or a certificate file that cannot be used is a download error whose text quotes nothing of it."""
    monkeypatch.setenv(name, value)
    with pytest.raises(UnreachableError, match="environment") as caught:
        HttpSender("https://connect.example/api/v1", KEY)
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None
    assert value not in str(caught.value)
