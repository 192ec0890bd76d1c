"""The sandbox in a process of its own, as anybody can start it, with its control path open."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from smartia.sandbox.control import CONTROL_PATH
from smartia.sandbox.service import BASE_PATH
from tests.benchmarks.colleges import SEED, TODAY, learners_for

_TIMEOUT_S = 300.0
_ADDRESS = re.compile(r"^SMARTIA_BASE_URL=(\S+)\s+SMARTIA_API_KEY=(\S+)$", re.MULTILINE)
_LINES = 4
"""What the sandbox prints once it listens."""


@dataclass(frozen=True)
class Server:
    """A running sandbox.

    Attributes:
        base_url: The API's address.
        key: The key it accepts.
    """

    base_url: str
    key: str

    def count_sessions(self) -> int:
        """Say how many sessions it has."""
        return self._post("arrive", sessions=0)

    def count_requests(self) -> int:
        """Say how many requests to the endpoint there have been."""
        answer = httpx.get(self._control("requests"), headers=self._headers, timeout=_TIMEOUT_S)
        requests: int = answer.raise_for_status().json()["requests"]
        return requests

    def arrive(self, sessions: int, seed: int = 0) -> int:
        """Let sessions end after all others; returns how many there are then."""
        return self._post("arrive", sessions=sessions, seed=seed)

    def erase(self, sessions: int, seed: int = 0) -> int:
        """Erase sessions anywhere; returns how many there are then."""
        return self._post("erase", sessions=sessions, seed=seed)

    @property
    def _headers(self) -> dict[str, str]:
        return {"x-api-key": self.key}

    def _control(self, name: str) -> str:
        return self.base_url.removesuffix(BASE_PATH) + CONTROL_PATH + name

    def _post(self, name: str, **numbers: int) -> int:
        answer = httpx.post(self._control(name), params=numbers, headers=self._headers, timeout=_TIMEOUT_S)
        sessions: int = answer.raise_for_status().json()["sessions"]
        return sessions


@contextmanager
def serving(sessions: int, *, latency_ms: float = 0.0) -> Iterator[Server]:
    """Run the sandbox over `college_of(sessions)` until the end of the block.

    Raises:
        RuntimeError: It did not start.
    """
    options = {
        "port": 0,
        "learners": learners_for(sessions),
        "seed": SEED,
        "today": TODAY,
        "latency-ms": latency_ms,
    }
    command = [sys.executable, "-m", "smartia", "sandbox", "--control", "--prepared"]
    command += [f"--{name}={value}" for name, value in options.items()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = "".join(process.stdout.readline() for _ in range(_LINES)) if process.stdout else ""
            found = _ADDRESS.search(said)
            if found is None:
                raise RuntimeError("the sandbox did not start")
            yield Server(found[1], found[2])
        finally:
            process.terminate()
