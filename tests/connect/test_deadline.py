"""A server that keeps sending, but never gets anywhere, cannot hold a thread."""

import time

import pytest

from smartia.connect import http
from smartia.connect.http import HttpSender
from smartia.connect.protocol import page_query
from smartia.errors import TimedOutError
from tests.servers import KEY, Act, drip, say, scripted

GZIP_WITH_A_NAME = bytes.fromhex("1f8b0808000000000003")
"""The start of a gzip file whose name follows: all that drips after it belongs to the name."""
GZIP_HEAD = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 100000\r\n\r\n" + GZIP_WITH_A_NAME
DRIPS = {
    "headers": drip(b"HTTP/1.1 200 OK\r\nx-slow: ", pieces=100, pause_s=0.05),
    "body": drip(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", pieces=100, pause_s=0.05),
    "compressed body": drip(GZIP_HEAD, pieces=100, pause_s=0.05),
}


@pytest.mark.parametrize("act", DRIPS.values(), ids=DRIPS.keys())
def test_dripping_meets_the_deadline(monkeypatch: pytest.MonkeyPatch, act: Act) -> None:
    """Bytes that drip in the headers, the body or a compressed body are cut off at the deadline, not at their end."""
    monkeypatch.setattr(http, "DEADLINE_S", 0.4)
    with scripted(act, say(200, b"{}")) as server, HttpSender(server.base_url, KEY) as sender:
        started_s = time.monotonic()
        with pytest.raises(TimedOutError):
            sender(page_query())
        assert time.monotonic() - started_s < 2.5
        assert sender(page_query()).body == b"{}"
