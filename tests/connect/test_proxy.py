"""Behind a college's proxy: the way through it, past it, and what it gets to see."""

import contextlib
import shutil
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smartia.connect.http import HttpSender
from smartia.connect.protocol import page_query
from smartia.errors import UnreachableError
from tests.certificates import make_certificate
from tests.handmade import make_records, page_body
from tests.servers import KEY, ScriptedServer, say, scripted

HOST = "connect.example"
BODY = page_body(make_records(3, 2))
SIGN_IN = "college:word-of-the-proxy"

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")


class TunnelProxy(socketserver.ThreadingTCPServer):
    """A forward proxy: it opens a tunnel at CONNECT, to one server whatever the name asked for.

    Attributes:
        target_port: Where on this computer that server listens.
        seen: Whatever clients sent, the first lines included.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, target_port: int) -> None:
        super().__init__(("127.0.0.1", 0), _TunnelHandler)
        self.target_port = target_port
        self.seen = b""


class _TunnelHandler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        proxy = self.server
        assert isinstance(proxy, TunnelProxy)
        proxy.seen += self.request.recv(65_536)
        with socket.create_connection(("127.0.0.1", proxy.target_port)) as upstream:
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_carry, args=(upstream, self.request))
            back.start()
            with contextlib.suppress(OSError):  # Either end may leave first.
                while piece := self.request.recv(65_536):
                    proxy.seen += piece
                    upstream.sendall(piece)
                upstream.shutdown(socket.SHUT_WR)
            back.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):  # Either end may be gone already, even for the shutdown.
        while piece := source.recv(65_536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def behind_proxy(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[tuple[ScriptedServer, TunnelProxy]]:
    """Run an API with a certificate of the college's own making, and the proxy that leads to it, named as users do."""
    made = make_certificate(folder, HOST)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    with scripted(say(200, BODY)) as api:
        api.socket = context.wrap_socket(api.socket, server_side=True)
        with TunnelProxy(api.server_address[1]) as proxy:
            thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            patch.setenv("HTTPS_PROXY", f"http://{SIGN_IN}@127.0.0.1:{proxy.server_address[1]}")
            patch.setenv("SSL_CERT_FILE", str(made.certificate))
            try:
                yield api, proxy
            finally:
                proxy.shutdown()
                thread.join()


def ask() -> bytes:
    """Send one query to the API by its name, and return the body."""
    with HttpSender(f"https://{HOST}/api/v1", KEY) as sender:
        return sender(page_query()).body


def test_through_the_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTPS_PROXY and SSL_CERT_FILE are honoured; the proxy learns the host alone, the API not the proxy's password."""
    with behind_proxy(tmp_path, monkeypatch) as (api, proxy):
        assert ask() == BODY
        (asked,) = api.asked
    assert asked.headers["x-api-key"] == KEY
    assert "proxy-authorization" not in asked.headers
    assert proxy.seen.startswith(f"CONNECT {HOST}:443 ".encode())
    assert b"proxy-authorization: basic" in proxy.seen.lower()
    assert KEY.encode() not in proxy.seen
    assert b"sessions" not in proxy.seen


def test_past_the_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that NO_PROXY names is asked directly, and the proxy hears nothing of it (".example" never exists)."""
    with behind_proxy(tmp_path, monkeypatch) as (_, proxy):
        monkeypatch.setenv("NO_PROXY", HOST)
        with pytest.raises(UnreachableError, match=HOST):
            ask()
    assert proxy.seen == b""


def test_an_unknown_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the college's root certificate nothing is asked, and the error names the remedy."""
    with behind_proxy(tmp_path, monkeypatch) as (api, proxy):
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(UnreachableError, match="SSL_CERT_FILE"):
            ask()
        assert api.asked == []
    assert KEY.encode() not in proxy.seen
