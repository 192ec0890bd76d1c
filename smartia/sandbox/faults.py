"""The faults that the sandbox can be told to commit, one frozen class each; `fault_syntax` reads their text form.

Those in what a page holds are in `page_faults`; those of the wire (`WireFault`) are done by the server, see `wire`.
"""

import math
from dataclasses import dataclass
from email.utils import formatdate
from typing import Final

from smartia.sandbox.service import Response, make_refusal

__all__ = [
    "Clock",
    "Drip",
    "Drop",
    "Fault",
    "Html",
    "Redirect",
    "Replacement",
    "Reset",
    "Short",
    "Stall",
    "Status",
    "When",
    "WireFault",
    "respond",
]

_CODES: Final = {
    429: ("rate_limit_exceeded", "too many requests"),
    500: ("internal_error", "something went wrong"),
    502: ("bad_gateway", "the server behind the gateway answered nonsense"),
    503: ("unavailable", "the service is down for a while"),
}
_HTML: Final = b"<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>"


@dataclass(frozen=True)
class When:
    """The requests at which a fault happens, by their number; the first authorised request is 1.

    Attributes:
        first: The first of them.
        last: None lets them come or, with `every`, return for ever.
        every: The distance from one to the next.
    """

    first: int = 1
    last: int | None = None
    every: int = 1

    def __contains__(self, number: int) -> bool:
        in_range = self.first <= number and (self.last is None or number <= self.last)
        return in_range and (number - self.first) % self.every == 0


@dataclass(frozen=True)
class Fault:
    """A fault and the requests at which it happens: all, unless it says otherwise."""

    when: When = When()


@dataclass(frozen=True)
class Status(Fault):
    """An error status in the endpoint's place.

    Attributes:
        status: 429, 500, 502 or 503.
        retry_after_s: Whole seconds for the header Retry-After; None leaves it out.
        as_date: Whether Retry-After is a date instead of a number of seconds.
    """

    status: int = 500
    retry_after_s: int | None = None
    as_date: bool = False


@dataclass(frozen=True)
class Html(Fault):
    """A web page with status 200 in the endpoint's place, as a proxy or a sign-in wall sends it."""


@dataclass(frozen=True)
class Redirect(Fault):
    """A redirect with status 302 in the endpoint's place.

    Attributes:
        to: The header Location.
    """

    to: str = ""


Replacement = Status | Html | Redirect
"""The faults that answer in the endpoint's place."""


@dataclass(frozen=True)
class Short(Fault):
    """A body that ends in the middle of its JSON, in a response that is whole by its Content-Length."""


@dataclass(frozen=True)
class Clock(Fault):
    """A clock that differs: the header Date and the dates in Retry-After are shifted, on every response.

    Attributes:
        shift_s: Seconds by which the server's clock is ahead; negative for behind.
    """

    shift_s: int = 0


@dataclass(frozen=True)
class WireFault(Fault):
    """A fault in how a response goes over the wire. In process, where there is no wire, it does nothing."""


@dataclass(frozen=True)
class Reset(WireFault):
    """The connection is reset (TCP RST) instead of an answer."""


@dataclass(frozen=True)
class Drop(WireFault):
    """The connection is closed in the middle of the body."""


@dataclass(frozen=True)
class Stall(WireFault):
    """Nothing is sent for a while; then the answer comes.

    Attributes:
        seconds: How long.
    """

    seconds: float = 60.0


@dataclass(frozen=True)
class Drip(WireFault):
    """The answer is sent one byte at a time, head and body; then the connection is closed.

    Attributes:
        seconds: How long it takes in all.
    """

    seconds: float = 10.0


def respond(fault: Replacement, now_s: float) -> Response:
    """Answer in the endpoint's place.

    Args:
        fault: The fault.
        now_s: The server's Unix time.

    Returns:
        An error shaped like those of the endpoint itself, a web page or a redirect.
    """
    match fault:
        case Html():
            return Response(200, {"content-type": "text/html; charset=utf-8"}, _HTML)
        case Redirect():
            return Response(302, {"location": fault.to}, b"")
        case Status():
            code, message = _CODES[fault.status]
            return make_refusal(fault.status, code, message, _write_retry_after(fault, now_s))


def _write_retry_after(fault: Status, now_s: float) -> dict[str, str]:
    if fault.retry_after_s is None:
        return {}
    moment = formatdate(math.ceil(now_s) + fault.retry_after_s, usegmt=True)
    return {"retry-after": moment if fault.as_date else str(fault.retry_after_s)}
