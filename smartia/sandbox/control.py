"""The sandbox's control path: change its sessions and faults, and count requests, while it serves.

It is no part of the API, and exists only where a tester asks for it.

| request | what it does | parameters, with defaults |
|---|---|---|
| POST /sandbox/erase | sessions vanish | sessions=1, seed=0 |
| POST /sandbox/arrive | sessions appear | sessions=1, days-ago=0, seed=0 |
| POST /sandbox/erase-account | accounts are deleted and recreated: all their sessions vanish | accounts=1, seed=0 |
| POST /sandbox/faults | other faults from now on; an empty body for none | the body, see `fault_syntax` |
| GET /sandbox/requests | how many authorised requests the endpoint has answered | |
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from smartia.sandbox.changes import Arrive, Erase, RecreateAccounts
from smartia.sandbox.fault_syntax import parse_faults
from smartia.sandbox.faulty import FaultyService
from smartia.sandbox.service import Change, Request, Response, make_refusal

__all__ = ["CONTROL_PATH", "Control"]

CONTROL_PATH: Final = "/sandbox/"

_WHOLE: Final = re.compile(r"\d{1,9}", re.ASCII)

Numbers = dict[str, int]
Parameters = Sequence[tuple[str, str]]


class Control:
    """Answers requests to the control path, which need the endpoint's key. Thread-safe.

    Args:
        faulty: The endpoint to control.
    """

    def __init__(self, faulty: FaultyService) -> None:
        self._faulty = faulty
        self._routes: dict[str, tuple[str, Callable[[Request], object]]] = {
            CONTROL_PATH + "erase": ("POST", self._erase),
            CONTROL_PATH + "arrive": ("POST", self._arrive),
            CONTROL_PATH + "erase-account": ("POST", self._erase_account),
            CONTROL_PATH + "faults": ("POST", self._set_faults),
            CONTROL_PATH + "requests": ("GET", self._count_requests),
        }

    def handle(self, request: Request) -> Response:
        """Answer a request below `CONTROL_PATH`.

        Args:
            request: The request.

        Returns:
            What was done, or how many there are, as JSON with status 200; or an error with status 404, 405, 401, 403
            or 400, in the same form as the endpoint's.
        """
        if request.path not in self._routes:
            return make_refusal(404, "not_found", f"nothing is here; there are {', '.join(self._routes)}")
        method, act = self._routes[request.path]
        if request.method != method:
            message = f"this method is not allowed; accepted is {method}"
            return make_refusal(405, "method_not_allowed", message, {"allow": method})
        refused = self._faulty.service.refuse_key(request.headers)
        if refused is not None:
            return refused
        try:
            done = act(request)
        except ValueError as error:
            return make_refusal(400, "invalid_request", str(error))
        return Response(200, {"content-type": "application/json"}, msgspec.json.encode(done))

    def _erase(self, request: Request) -> object:
        numbers = _read_numbers(request.query, {"sessions": 1, "seed": 0})
        return self._change(Erase(numbers["sessions"], numbers["seed"]))

    def _arrive(self, request: Request) -> object:
        numbers = _read_numbers(request.query, {"sessions": 1, "days-ago": 0, "seed": 0})
        return self._change(Arrive(numbers["sessions"], numbers["days-ago"], numbers["seed"]))

    def _erase_account(self, request: Request) -> object:
        numbers = _read_numbers(request.query, {"accounts": 1, "seed": 0})
        return self._change(RecreateAccounts(numbers["accounts"], numbers["seed"]))

    def _change(self, change: Change) -> object:
        return {"sessions": self._faulty.service.change(change)}

    def _set_faults(self, request: Request) -> object:
        faults = parse_faults(request.body.decode())
        self._faulty.set_faults(faults)
        return {"faults": len(faults)}

    def _count_requests(self, request: Request) -> object:
        _read_numbers(request.query, {})
        return self._faulty.count_requests()


def _read_numbers(parameters: Parameters, defaults: Numbers) -> Numbers:
    """Return the defaults with what was sent in their place; raise ValueError for anything else."""
    numbers = dict(defaults)
    for name, text in parameters:
        if name not in defaults:
            raise ValueError(f"{name!r} is not a parameter; accepted are {', '.join(defaults) or 'none'}")
        if not _WHOLE.fullmatch(text):
            raise ValueError(f"{name} must be a whole number from 0 to 999,999,999")
        numbers[name] = int(text)
    return numbers
