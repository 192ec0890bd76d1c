"""How many requests may be in flight: starts low, rises with success, halves at 429 and then recovers slowly.

The rule is that of TCP's congestion control (RFC 5681): double until the first sign of trouble, halve at trouble,
from then on rise by one.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from smartia.errors import RateLimitedError

FIRST_ALLOWED = 4
FIRST_WAIT_S = 1.0
MAX_WAIT_S = 60.0
"""The longest wait that we choose ourselves, where the server does not say how long."""
PATIENCE_S = 300.0
"""How long to go on without one success, and the longest wait that a server can ask for."""
HAND_OVER_S = 0.001
"""How long a thread rests after its request where others wait for theirs: it would go on to decode its page, and
Python let nobody else run meanwhile."""
RECOVERY = 20
"""Successes after which, once a limit was met, one more request may be in flight."""

OnWait = Callable[[float], None]
"""Told how many seconds a pause will last when one begins, and 0 when it is over."""


class Throttle:
    """A gate that all requests of a download pass. Safe in several threads.

    Args:
        cap: The most requests that may ever be in flight.
        on_wait: Told of pauses.
        first_wait_s: The first wait where the server does not say how long; doubles with each further refusal.
    """

    def __init__(self, cap: int, on_wait: OnWait | None = None, *, first_wait_s: float = FIRST_WAIT_S) -> None:
        self._cap = cap
        self._first_wait_s = first_wait_s
        self._on_wait = on_wait or (lambda _: None)
        self._changed = threading.Condition()
        self._allowed = min(FIRST_ALLOWED, cap)
        self._in_flight = 0
        self._waiting = 0
        self._has_met_limit = False
        self._successes = 0
        self._resume_at_s = 0.0
        self._last_success_s = time.monotonic()
        self._refusals_in_a_row = 0
        self._last_refusal_s = float("-inf")

    @property
    def allowed(self) -> int:
        """How many requests may be in flight now."""
        return self._allowed

    @contextmanager
    def slot(self) -> Iterator[float]:
        """Wait for permission to send one request; gives the moment at which it was granted."""
        with self._changed:
            self._waiting += 1
            while (pause_s := self._resume_at_s - time.monotonic()) > 0 or self._in_flight >= self._allowed:
                self._changed.wait(pause_s if pause_s > 0 else None)
            self._waiting -= 1
            self._in_flight += 1
            granted_s = time.monotonic()
            self._wake_next()
        try:
            yield granted_s
        finally:
            with self._changed:
                self._in_flight -= 1
                self._wake_next()
                is_awaited = self._waiting > 0
            if is_awaited:
                time.sleep(HAND_OVER_S)

    def succeed(self) -> None:
        """Note an answer, so that more may be in flight."""
        with self._changed:
            self._last_success_s = time.monotonic()
            # Answers to what was in flight before the pause say nothing about it.
            if self._refusals_in_a_row and self._last_success_s >= self._resume_at_s:
                self._refusals_in_a_row = 0
                self._on_wait(0.0)
            self._successes += 1
            if self._successes >= (RECOVERY if self._has_met_limit else 1):
                self._successes = 0
                self._allowed = min(self._allowed + 1, self._cap)
                self._wake_next()

    def refuse(self, refusal: RateLimitedError, granted_s: float) -> None:
        """Note a 429: halve what may be in flight, and let nothing pass until the wait is over.

        Args:
            refusal: The answer, with the wait that the server asks for.
            granted_s: When the refused request was let through. Several requests that were in flight together
                are refused together, and count once.

        Raises:
            RateLimitedError: The server asks for more patience than there is, or has not answered for as long.
        """
        with self._changed:
            now_s = time.monotonic()
            asked_s = refusal.retry_after_s
            if (asked_s or 0) > PATIENCE_S or now_s - self._last_success_s > PATIENCE_S:
                raise refusal
            self._has_met_limit = True
            self._successes = 0
            if granted_s > self._last_refusal_s:
                self._last_refusal_s = now_s
                self._allowed = max(1, self._allowed // 2)
                self._refusals_in_a_row += 1
            chosen_s = min(self._first_wait_s * 2 ** (self._refusals_in_a_row - 1), MAX_WAIT_S)
            wait_s = chosen_s if asked_s is None else asked_s
            self._resume_at_s = max(self._resume_at_s, now_s + wait_s)
            self._on_wait(self._resume_at_s - now_s)

    def _wake_next(self) -> None:
        """Wake one who waits, where one may pass: whoever passes wakes the next, so that not all wake for nothing."""
        if self._in_flight < self._allowed:
            self._changed.notify()
