"""Real HTTP servers on 127.0.0.1: one that does exactly what a test tells it, and one that follows the reference.

`ReferenceServer` is another implementation of `GET /smart-ia/sessions/completed` than the package's sandbox, as
contrary as the reference permits: short pages, opaque cursors, keys in any order, fields that nobody announced.
"""

import json
import random
import secrets
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.handmade import Record

KEY = "key-of-the-tests-7f3a9c"
PATH = "/api/v1/smart-ia/sessions/completed"


@dataclass(frozen=True)
class Asked:
    """A request as it arrived: the path, the parameters, the headers with names in lower case, the raw head."""

    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    head: str


Act = Callable[[socket.socket], None]
"""What a scripted server does with a connection once it has read a request."""


def say(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None, *, length: int | None = None) -> Act:
    """Answer with a status, headers and a body; `length` is what Content-Length claims."""
    claimed = {"content-length": str(len(body) if length is None else length), "connection": "close", **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in claimed.items())

    def act(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body)

    return act


def reset(sent: bytes = b"") -> Act:
    """Send some bytes, then break the connection with a TCP reset."""

    def act(connection: socket.socket) -> None:
        connection.sendall(sent)
        time.sleep(0.02)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return act


def drip(head: bytes, *, pieces: int, pause_s: float) -> Act:
    """Send a head, then one byte at a time with pauses."""

    def act(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(pieces):
            time.sleep(pause_s)
            connection.sendall(b" ")

    return act


def keep_silent(duration_s: float) -> Act:
    """Say nothing for a while."""

    def act(connection: socket.socket) -> None:
        time.sleep(duration_s)
        connection.sendall(b"")

    return act


class ScriptedServer(socketserver.ThreadingTCPServer):
    """Does the first act at the first request, the second at the second, the last at all that follow.

    Attributes:
        asked: What was asked, in order.
        base_url: Where it listens.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, acts: Sequence[Act]) -> None:
        super().__init__(("127.0.0.1", 0), _ScriptedHandler)
        self.acts = acts
        self.asked: list[Asked] = []
        self.base_url = f"http://127.0.0.1:{self.server_address[1]}/api/v1"


class _ScriptedHandler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        received = b""
        while b"\r\n\r\n" not in received:
            piece = self.request.recv(65_536)
            if not piece:
                return
            received += piece
        head = received.partition(b"\r\n\r\n")[0].decode("latin-1")
        request_line, *lines = head.split("\r\n")
        target = urlsplit(request_line.split(" ")[1])
        pairs = (line.split(":", 1) for line in lines)
        headers = {name.lower(): value.strip() for name, value in pairs}
        server = self.server
        assert isinstance(server, ScriptedServer)
        server.asked.append(Asked(target.path, tuple(parse_qsl(target.query)), headers, head))
        act = server.acts[min(len(server.asked), len(server.acts)) - 1]
        try:
            act(self.request)
        except (BrokenPipeError, ConnectionResetError):
            return  # The client has had enough, as several tests want it to.


@contextmanager
def scripted(*acts: Act) -> Iterator[ScriptedServer]:
    """Run a scripted server until the end of the block."""
    with ScriptedServer(acts) as server, _running(server):
        yield server


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def nobody_listens() -> str:
    """Name a base URL at whose port nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"


@dataclass(frozen=True)
class Served:
    """A record as it was served: page and place on it, both counted from 1."""

    page: int
    place: int
    record: Any


class ReferenceServer(ThreadingHTTPServer):
    """The endpoint as the reference describes it, over records in memory; what it does not describe is a 400.

    Attributes:
        records: What is served, in any order; a record that is listed twice is served twice. `total` counts
            distinct records.
        asked: The parameters of every request that was answered with a page.
        served: Every record served, in order.
        arrivals: Records that come to be as soon as the next page has been answered.
        fail_from: From which page on the answer is 500; None for never.
        pause_s: How long to wait before each answer.
    """

    daemon_threads = True

    def __init__(self, records: Sequence[Any], *, seed: int = 1, pause_s: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), _ReferenceHandler)
        self.records = list(records)
        self.asked: list[dict[str, str]] = []
        self.served: list[Served] = []
        self.arrivals: list[Any] = []
        self.fail_from: int | None = None
        self.pause_s = pause_s
        self.base_url = f"http://127.0.0.1:{self.server_address[1]}/api/v1"
        self._cursors: dict[str, tuple[int, str, str]] = {}
        self._rng = random.Random(seed)

    def answer(self, parameters: Sequence[tuple[str, str]]) -> tuple[int, Record]:
        """Answer the parameters of a request with a status and a body."""
        asked = dict(parameters)
        problem = self._problem(parameters)
        if problem:
            return 400, {"message": problem}
        field, direction = asked.get("sort[field]", "startDate"), asked.get("sort[direction]", "asc")
        start = self._cursors[asked["cursor"]][0] if "cursor" in asked else int(asked.get("offset", "0"))
        self.asked.append(asked)
        if self.fail_from is not None and len(self.asked) >= self.fail_from:
            return 500, {"message": "fault"}
        limit = int(asked.get("limit", "100"))
        ordered = sorted(self.records, key=lambda record: _sort_key(record, field), reverse=direction == "desc")
        end = min(start + self._rng.randint(1, limit), len(ordered))
        rows = ordered[start:end]
        self.served += [Served(len(self.asked), place, row) for place, row in enumerate(rows, start=1)]
        pagination: Record = {
            "total": len({json.dumps(record, sort_keys=True) for record in self.records}),
            "limit": limit,
            "offset": 0,
            "previousCursor": None,
        }
        self.records, self.arrivals = self.records + self.arrivals, []
        if end < len(ordered):
            pagination["nextCursor"] = self._make_cursor(end, field, direction)
        elif self._rng.random() < 0.5:
            pagination["nextCursor"] = None
        return 200, {"pagination": pagination, "data": [self._disguise(row) for row in rows], "requestId": "r-1"}

    def _problem(self, parameters: Sequence[tuple[str, str]]) -> str:
        asked = dict(parameters)
        known = {"limit", "offset", "cursor", "sort[field]", "sort[direction]"}
        if len(asked) < len(parameters) or asked.keys() - known or {"cursor", "offset"} <= asked.keys():
            return "parameters"
        limit, offset = asked.get("limit", "100"), asked.get("offset", "0")
        if not (limit.isdigit() and 1 <= int(limit) <= 100 and offset.isdigit()):
            return "limit or offset"
        order = asked.get("sort[field]", "startDate"), asked.get("sort[direction]", "asc")
        if order[0] not in {"startDate", "endDate"} or order[1] not in {"asc", "desc"}:
            return "sort"
        if "cursor" in asked and self._cursors.get(asked["cursor"], (0, "", ""))[1:] != order:
            return "cursor"
        return ""

    def _make_cursor(self, position: int, field: str, direction: str) -> str:
        cursor = secrets.token_urlsafe(18) + "+/="  # characters that must be percent-encoded on their way back
        self._cursors[cursor] = (position, field, direction)
        return cursor

    def _disguise(self, value: Any) -> Any:
        """Shuffle the keys of objects and add one that nobody announced."""
        if not isinstance(value, dict):
            return value
        items = [(name, self._disguise(inner)) for name, inner in value.items()]
        items.append((f"x{self._rng.randrange(100)}", {"new": [1, None]}))
        self._rng.shuffle(items)
        return dict(items)


def _sort_key(record: Any, field: str) -> str:
    return str(record.get(field, "")) if isinstance(record, dict) else ""


class _ReferenceHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, so that no acknowledgement is waited for
    server: ReferenceServer

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        time.sleep(self.server.pause_s)
        if target.path != PATH:
            self._send(404, {})
        elif self.headers.get_all("x-api-key") != [KEY]:
            self._send(401, {})
        else:
            self._send(*self.server.answer(parse_qsl(target.query, keep_blank_values=True)))

    def _send(self, status: int, content: Record) -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def following_reference(records: Sequence[Any], *, seed: int = 1, pause_s: float = 0.0) -> Iterator[ReferenceServer]:
    """Run a server that follows the reference until the end of the block."""
    with ReferenceServer(records, seed=seed, pause_s=pause_s) as server, _running(server):
        yield server
