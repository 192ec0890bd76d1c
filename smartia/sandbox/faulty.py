"""The endpoint with faults: a wrapper around `Service` that counts requests and commits the faults it is told."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from email.utils import formatdate

from smartia.sandbox.faults import Clock, Drop, Fault, Replacement, Reset, Short, WireFault, respond
from smartia.sandbox.index import SessionIndex
from smartia.sandbox.page_faults import PageFault
from smartia.sandbox.service import Find, Request, Response, Service

__all__ = ["Answer", "FaultyService", "Tally"]


@dataclass(frozen=True)
class Answer:
    """A response and what goes wrong while it is sent.

    Attributes:
        response: The response.
        wire: The fault of the wire; None for none.
    """

    response: Response
    wire: WireFault | None = None


@dataclass(frozen=True)
class Tally:
    """The authorised requests to the endpoint so far.

    Attributes:
        requests: How many.
        outcomes: How many of them by their status, or by "reset" or "drop" where no whole response was sent.
    """

    requests: int
    outcomes: Mapping[str, int]


class FaultyService:
    """The endpoint as a client meets it on bad days. Thread-safe.

    Faults happen to authorised requests to the endpoint, by their number from 1 since the faults were set. Where
    several would answer in the endpoint's place, or would disturb the wire, the first one does.

    Args:
        service: The endpoint.
        faults: The faults to commit.
        clock: Source of Unix time in seconds, for the dates in headers.
    """

    def __init__(
        self, service: Service, faults: Sequence[Fault] = (), *, clock: Callable[[], float] = time.time
    ) -> None:
        self.service = service
        self._clock = clock
        self._lock = threading.Lock()
        self._faults = tuple(faults)
        self._number = 0
        self._outcomes: Counter[str] = Counter()

    def set_faults(self, faults: Sequence[Fault]) -> None:
        """Commit other faults from now on; the next authorised request is number 1.

        Args:
            faults: The faults; empty for none.
        """
        with self._lock:
            self._faults = tuple(faults)
            self._number = 0

    def count_requests(self) -> Tally:
        """Count the authorised requests to the endpoint that have been answered since the start.

        Returns:
            Their number, whatever faults were set meanwhile.
        """
        with self._lock:
            return Tally(self._outcomes.total(), dict(self._outcomes))

    def handle(self, request: Request) -> Response:
        """Answer a request in process, where faults of the wire do nothing.

        Args:
            request: The request.

        Returns:
            The response; errors are responses too.
        """
        return self.answer(request).response

    def answer(self, request: Request) -> Answer:
        """Answer a request that came over a wire.

        Args:
            request: The request.

        Returns:
            The response, and what is to go wrong while it is sent.
        """
        refused = self.service.refuse(request)
        if refused is not None:
            return Answer(self._stamp(refused, self._faults))
        with self._lock:
            self._number += 1
            number, faults = self._number, self._faults
        response = self._respond(request, number, faults)
        wire = next((fault for fault in faults if isinstance(fault, WireFault) and number in fault.when), None)
        with self._lock:
            self._outcomes[_name_outcome(response, wire)] += 1
        return Answer(self._stamp(response, faults), wire)

    def _respond(self, request: Request, number: int, faults: tuple[Fault, ...]) -> Response:
        find: Find = SessionIndex.find_page
        for fault in faults:
            if isinstance(fault, Replacement) and number in fault.when:
                return respond(fault, self._clock() + _shift_s(faults))
            if isinstance(fault, PageFault):
                find = fault.twist(find, number)
        response = self.service.answer(request.query, find)
        is_short = any(isinstance(fault, Short) and number in fault.when for fault in faults)
        return _shorten(response) if is_short else response

    def _stamp(self, response: Response, faults: tuple[Fault, ...]) -> Response:
        """Add the date of a clock that differs."""
        shift_s = _shift_s(faults)
        if shift_s == 0:
            return response
        date = formatdate(self._clock() + shift_s, usegmt=True)
        return replace(response, headers={**response.headers, "date": date})


def _shift_s(faults: tuple[Fault, ...]) -> int:
    return sum(fault.shift_s for fault in faults if isinstance(fault, Clock))


def _shorten(response: Response) -> Response:
    return replace(response, body=response.body[: len(response.body) // 2])


def _name_outcome(response: Response, wire: WireFault | None) -> str:
    match wire:
        case Reset():
            return "reset"
        case Drop():
            return "drop"
        case _:
            return str(response.status)
