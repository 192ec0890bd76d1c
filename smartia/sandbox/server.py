"""The sandbox as a web server: an ASGI application around `FaultyService`, and its command line."""

import argparse
import asyncio
import socket
import sys
import time
from dataclasses import replace
from datetime import date, datetime
from email.utils import formatdate
from typing import Final, TypeVar

import uvicorn
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from smartia.sandbox.college import build_college
from smartia.sandbox.control import CONTROL_PATH, Control
from smartia.sandbox.fault_syntax import parse_faults
from smartia.sandbox.faults import Fault
from smartia.sandbox.faulty import Answer, FaultyService
from smartia.sandbox.people import MAX_LEARNERS
from smartia.sandbox.service import BASE_PATH, DEMO_KEY, SESSIONS_PATH, Request, Service
from smartia.sandbox.timetable import LONDON
from smartia.sandbox.wire import OpenProtocol, arrived_at_s, disturb

__all__ = ["build_app", "main"]

Number = TypeVar("Number", int, float)

_SHUTDOWN_S: Final = 2
_ROUNDING_S: Final = 0.0005
"""asyncio waits whole milliseconds, rounded up: half of one too long on average."""
_CANNOT_LISTEN: Final = 2


def build_app(service: FaultyService, *, latency_s: float = 0.0, control: Control | None = None) -> ASGIApp:
    """Make an ASGI application that answers HTTP requests by a service.

    Args:
        service: The endpoint.
        latency_s: Seconds that each answer takes, the work for it included; requests wait side by side.
        control: What answers below `CONTROL_PATH`; None for a path that is not found.

    Returns:
        The application. It has no lifespan and no websockets. Every response has a Date, so the server need not add
        one. Faults of the wire need a server with `OpenProtocol`.
    """

    async def answer(http: HttpRequest) -> Answer:
        request = Request(http.method, http.scope["path"], http.query_params.multi_items(), http.headers)
        if control is not None and request.path.startswith(CONTROL_PATH):
            # In a thread, since sorting a large college anew would keep the other requests waiting.
            return Answer(await asyncio.to_thread(control.handle, replace(request, body=await http.body())))
        return service.answer(request)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answered = await answer(HttpRequest(scope, receive))
        headers = {"date": formatdate(usegmt=True), **answered.response.headers}
        whole = replace(answered.response, headers=headers)
        reply = HttpResponse(whole.body, whole.status, headers)
        await asyncio.sleep(arrived_at_s(scope) + latency_s - time.monotonic() - _ROUNDING_S)
        if answered.wire is None or await disturb(answered.wire, whole, scope, receive):
            await reply(scope, receive, send)

    return app


def main(argv: list[str]) -> int:
    """Run the sandbox until it is stopped by Ctrl-C.

    Once it listens, it prints its address, a key and a curl line to try.

    Args:
        argv: The arguments after "sandbox".

    Returns:
        The exit code: 0 after Ctrl-C, 2 when the address cannot be listened on.

    Raises:
        SystemExit: The arguments are wrong (code 2) or ask for help (code 0).
    """
    options = _build_parser().parse_args(argv)
    try:
        return _serve(options)
    except KeyboardInterrupt:
        return 0


def _serve(options: argparse.Namespace) -> int:
    try:
        listener = _listen(options.host, options.port)
    except OSError as error:
        sys.stderr.write(f"cannot listen on {options.host} port {options.port}: {error.strerror}\n")
        return _CANNOT_LISTEN
    with listener:
        college = build_college(seed=options.seed, learners=options.learners, today=options.today)
        service = FaultyService(
            Service(college, rate_limit_per_s=options.rate_limit, is_prepared=options.prepared), options.faults
        )
        control = Control(service) if options.control else None
        # No access log: queries may hold ids of learners.
        config = uvicorn.Config(
            build_app(service, latency_s=options.latency_ms / 1000, control=control),
            access_log=False,
            date_header=False,
            http=OpenProtocol,
            lifespan="off",
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_SHUTDOWN_S,
            ws="none",
        )
        sys.stdout.write(_describe(listener, len(college)))
        sys.stdout.flush()
        uvicorn.Server(config).run(sockets=[listener])
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def _describe(listener: socket.socket, sessions: int) -> str:
    host, port = listener.getsockname()[:2]
    root = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    return (
        f"A sandbox college with {sessions:,} completed sessions of invented learners. Stop it with Ctrl-C.\n"
        f"SMARTIA_BASE_URL={root}{BASE_PATH}\n"
        f"SMARTIA_API_KEY={DEMO_KEY}\n"
        f"curl -H 'x-api-key: {DEMO_KEY}' '{root}{SESSIONS_PATH}?limit=1'\n"
    )


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m smartia sandbox",
        description="Serve the API's endpoint on this computer, over a college of invented learners.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    today = datetime.now(LONDON).date()
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=_port, default=8750, help="port to listen on; 0 picks a free one")
    parser.add_argument("--learners", type=_learners, default=6000, help="learners; about 2.5 sessions each")
    parser.add_argument("--seed", type=_seed, default=2025, help="the same seed and day give the same college")
    parser.add_argument("--today", type=date.fromisoformat, default=today, help="last day of data, YYYY-MM-DD")
    parser.add_argument("--latency-ms", type=_latency_ms, default=0.0, help="milliseconds that each answer takes")
    parser.add_argument("--prepared", action="store_true", help="make all records beforehand (1.3 kB each)")
    parser.add_argument("--rate-limit", type=_rate_per_s, default=None, help="requests a second before status 429")
    parser.add_argument("--faults", type=_faults, default="", help="faults to commit, such as 429@5,reset@*10")
    parser.add_argument("--control", action="store_true", help=f"serve {CONTROL_PATH} too, to change data and faults")
    return parser


def _port(text: str) -> int:
    return _bounded(int(text), 0, 65_535)


def _learners(text: str) -> int:
    return _bounded(int(text), 1, MAX_LEARNERS)


def _seed(text: str) -> int:
    return _bounded(int(text), 0, 2**63)


def _latency_ms(text: str) -> float:
    return _bounded(float(text), 0.0, 60_000.0)


def _rate_per_s(text: str) -> float:
    return _bounded(float(text), 0.01, 1_000_000.0)


def _faults(text: str) -> tuple[Fault, ...]:
    try:
        return parse_faults(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _bounded(number: Number, least: Number, most: Number) -> Number:
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"must be from {least} to {most:,}")
    return number
