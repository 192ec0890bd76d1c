"""Faults of the wire, done on a connection of the web server uvicorn."""

import asyncio
import socket
import struct
import time
from http import HTTPStatus
from typing import Final, cast

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from smartia.sandbox.faults import Drip, Drop, Reset, Stall, WireFault
from smartia.sandbox.service import Response

__all__ = ["OpenProtocol", "arrived_at_s", "disturb"]

_CONNECTION: Final = "sandbox_connection"
_ARRIVED_AT_S: Final = "sandbox_arrived_at_s"
_LINGER_NOT: Final = struct.pack("ii", 1, 0)


class OpenProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with its connection open to the application, for those faults that ASGI has no words for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Put the connection into the state that every request's scope gets, and let it send without delay."""
        super().connection_made(cast("asyncio.Transport", transport))
        # Else the body waits for the acknowledgement of the head: 40 ms. asyncio does not do it for this listener.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, _CONNECTION: transport}

    def data_received(self, data: bytes) -> None:
        """Note when the request came, so that reading and finding out count towards what its answer takes."""
        self.app_state[_ARRIVED_AT_S] = time.monotonic()
        super().data_received(data)


def arrived_at_s(scope: Scope) -> float:
    """When the last bytes of a request came, in monotonic seconds; now, where the server does not use `OpenProtocol`.

    Args:
        scope: The request's scope.
    """
    moment: float = scope.get("state", {}).get(_ARRIVED_AT_S, time.monotonic())
    return moment


async def disturb(fault: WireFault, response: Response, scope: Scope, receive: Receive) -> bool:
    """Let a fault of the wire happen to a response.

    Args:
        fault: The fault.
        response: The response that is due.
        scope: The request's scope, from a server with `OpenProtocol`.
        receive: The request's channel, with the request's body read from it or empty.

    Returns:
        Whether the response is still to be sent; otherwise the connection is gone.

    Raises:
        KeyError: The server does not use `OpenProtocol`.
    """
    connection: asyncio.Transport = scope["state"][_CONNECTION]
    match fault:
        case Stall():
            return await _stall(fault.seconds, receive)
        case Reset():
            # Closing without lingering throws away what is unsent and says so by RST.
            connection.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            connection.abort()
        case Drop():
            head = _write_head(response)
            connection.write(head + response.body[: len(response.body) // 2])
            connection.close()
        case Drip():
            await _drip(_write_head(response) + response.body, fault.seconds, connection)
            connection.close()
    await _wait_for_end(receive)
    return False


async def _stall(duration_s: float, receive: Receive) -> bool:
    """Wait, at the longest until the client has hung up; return whether it is still there."""
    try:
        await asyncio.wait_for(_wait_for_end(receive), duration_s)
    except TimeoutError:
        return True
    return False


async def _drip(raw: bytes, duration_s: float, connection: asyncio.Transport) -> None:
    """Write byte by byte at an even pace."""
    loop = asyncio.get_running_loop()
    begin_s = loop.time()
    for position in range(len(raw)):
        if connection.is_closing():
            return
        connection.write(raw[position : position + 1])
        await asyncio.sleep(begin_s + (position + 1) / len(raw) * duration_s - loop.time())


async def _wait_for_end(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _write_head(response: Response) -> bytes:
    headers = {**response.headers, "content-length": str(len(response.body)), "connection": "close"}
    lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
