"""Real HTTP servers on 127.0.0.1: one that does exactly what a test tells it, and one that follows the reference.

`ReferenceServer` is another implementation of `GET /smart-ia/sessions/completed` than the package's sandbox, as
contrary as the reference permits: short pages, opaque cursors, keys in any order, fields that nobody announced.
"""

import datetime as dt
import json
import random
import secrets
import socket
import socketserver
import struct
import sys
import threading
import time
import zlib
from collections import Counter
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
            distinct sessions.
        asked: The parameters of every request that was answered with a page.
        served: Every record served, in order.
        arrivals: Records that come to be as soon as the next page has been answered.
        page_size: How many records a page holds at most; None for a random number from 1 to the limit asked for.
        ignores_sort: Whether the order is one of the server's own.
        is_contrary: Whether keys come in another order at every turn, and with some that nobody announced.
        lie: What to add to the total, by the parameters of the request.
        fail_from: From which request on nothing but `fault` comes; None for never.
        fault: The status of that; 0 where the connection is closed without an answer.
        storm: The share of requests that are refused with 429.
        most_in_flight: The most requests that were on their way at one moment.
        pause_s: How long to wait before each answer.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, records: Sequence[Any], *, seed: int = 1, pause_s: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), _ReferenceHandler)
        self.records = list(records)
        self.asked: list[dict[str, str]] = []
        self.served: list[Served] = []
        self.arrivals: list[Any] = []
        self.page_size: int | None = None
        self.ignores_sort = False
        self.is_contrary = True
        self.lie: Callable[[Mapping[str, str]], int] = lambda _: 0
        self.fail_from: int | None = None
        self.fault = 500
        self.storm = 0.0
        self.most_in_flight = 0
        self.pause_s = pause_s
        self.base_url = f"http://127.0.0.1:{self.server_address[1]}/api/v1"
        self._in_flight = 0
        self._cursors: dict[str, tuple[_Place, dict[str, str]]] = {}
        self._rng = random.Random(seed)
        self._lock = threading.Lock()

    @property
    def windows(self) -> list[tuple[str, str]]:
        """The first and the last end date asked for by each chain of pages, in order; empty where there is none."""
        return [_window_of(asked) for asked in self.asked if "cursor" not in asked and asked.get("limit") != "1"]

    @property
    def counted(self) -> list[tuple[str, str]]:
        """The same of the requests that only count."""
        return [_window_of(asked) for asked in self.asked if asked.get("limit") == "1"]

    @contextmanager
    def in_flight(self) -> Iterator[None]:
        """Note a request for as long as it is on its way."""
        with self._lock:
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent about a client that broke off, as several tests want it to; show everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def answer(self, parameters: Sequence[tuple[str, str]]) -> tuple[int, Record]:
        """Answer the parameters of a request with a status and a body."""
        with self._lock:
            if self._rng.random() < self.storm:
                return 429, {"message": "too many requests"}
            problem = self._problem(parameters)
            return (400, {"message": problem}) if problem else self._answer(dict(parameters))

    def _answer(self, asked: dict[str, str]) -> tuple[int, Record]:
        self.asked.append(asked)
        if self.fail_from is not None and len(self.asked) >= self.fail_from:
            return self.fault, {"message": "fault"}
        limit = int(asked.get("limit", "100"))
        is_descending = asked.get("sort[direction]") == "desc"
        passing = [record for record in self.records if _passes(record, asked)]
        ordered = self._in_order(passing, asked.get("sort[field]", "startDate"))
        if is_descending:
            ordered.reverse()
        total = len({place[1] for place, _ in ordered})
        if "cursor" in asked:
            last = self._cursors[asked["cursor"]][0]
            ordered = [(place, row) for place, row in ordered if (place < last if is_descending else place > last)]
        ordered = ordered[int(asked.get("offset", "0")) :]
        size = min(self.page_size or self._rng.randint(1, limit), limit)
        rows = [row for _, row in ordered[:size]]
        self.served += [Served(len(self.asked), place, row) for place, row in enumerate(rows, start=1)]
        pagination: Record = {
            "total": max(0, total + self.lie(asked)),
            "limit": limit,
            "offset": 0,
            "previousCursor": None,
        }
        self.records, self.arrivals = self.records + self.arrivals, []
        if len(ordered) > size:
            pagination["nextCursor"] = self._make_cursor(ordered[size - 1][0], asked)
        elif self._rng.random() < 0.5:
            pagination["nextCursor"] = None
        return 200, {"pagination": pagination, "data": [self._disguise(row) for row in rows], "requestId": "r-1"}

    def _in_order(self, records: Sequence[Any], field: str) -> list[tuple["_Place", Any]]:
        seen: Counter[str] = Counter()
        found = []
        for record in records:
            name = _name_of(record)
            seen[name] += 1
            key = str(zlib.crc32(name.encode())) if self.ignores_sort else _sort_key(record, field)
            found.append(((key, name, seen[name]), record))
        return sorted(found, key=lambda pair: pair[0])

    def _problem(self, parameters: Sequence[tuple[str, str]]) -> str:
        asked = dict(parameters)
        known = {"limit", "offset", "cursor", "sort[field]", "sort[direction]", *_BOUNDS}
        if len(asked) < len(parameters) or asked.keys() - known or {"cursor", "offset"} <= asked.keys():
            return "parameters"
        limit, offset = asked.get("limit", "100"), asked.get("offset", "0")
        if not (limit.isdigit() and 1 <= int(limit) <= 100 and offset.isdigit()):
            return "limit or offset"
        if any(_instant(asked[name]) is None for name in _BOUNDS if name in asked):
            return "endDate"
        if asked.get("sort[field]") not in {None, "startDate", "endDate"}:
            return "sort"
        if asked.get("sort[direction]") not in {None, "asc", "desc"}:
            return "sort"
        without_cursor = {name: value for name, value in asked.items() if name != "cursor"}
        if "cursor" in asked and self._cursors.get(asked["cursor"], (None, None))[1] != without_cursor:
            return "cursor"
        return ""

    def _make_cursor(self, last: "_Place", asked: Mapping[str, str]) -> str:
        cursor = secrets.token_urlsafe(18) + "+/="  # characters that must be percent-encoded on their way back
        self._cursors[cursor] = (last, {name: value for name, value in asked.items() if name != "cursor"})
        return cursor

    def _disguise(self, value: Any) -> Any:
        """Shuffle the keys of objects and add one that nobody announced."""
        if not isinstance(value, dict) or not self.is_contrary:
            return value
        items = [(name, self._disguise(inner)) for name, inner in value.items()]
        items.append((f"x{self._rng.randrange(100)}", {"new": [1, None]}))
        self._rng.shuffle(items)
        return dict(items)


_Place = tuple[str, str, int]
_BOUNDS = ("endDate[gte]", "endDate[lt]")


def _window_of(asked: Mapping[str, str]) -> tuple[str, str]:
    return asked.get("endDate[gte]", ""), asked.get("endDate[lt]", "")


def _passes(record: Any, asked: Mapping[str, str]) -> bool:
    """Whether a record lies between the bounds asked for; one without a readable end date lies between none."""
    first, behind = (_instant(asked.get(name)) for name in _BOUNDS)
    if first is None and behind is None:
        return True
    end = _instant(record.get("endDate")) if isinstance(record, dict) else None
    return end is not None and (first is None or end >= first) and (behind is None or end < behind)


def _instant(text: object) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _name_of(record: Any) -> str:
    name = record.get("sessionId") if isinstance(record, dict) else None
    return name if isinstance(name, str) else json.dumps(record, sort_keys=True)


def _sort_key(record: Any, field: str) -> str:
    return str(record.get(field, "")) if isinstance(record, dict) else ""


class _ReferenceHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, so that no acknowledgement is waited for
    server: ReferenceServer

    def do_GET(self) -> None:
        with self.server.in_flight():
            self._answer()

    def _answer(self) -> None:
        target = urlsplit(self.path)
        time.sleep(self.server.pause_s)
        if target.path != PATH:
            self._send(404, {})
        elif self.headers.get_all("x-api-key") != [KEY]:
            self._send(401, {})
        else:
            self._send(*self.server.answer(parse_qsl(target.query, keep_blank_values=True)))

    def _send(self, status: int, content: Record) -> None:
        if status == 0:
            self.close_connection = True
            return
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
