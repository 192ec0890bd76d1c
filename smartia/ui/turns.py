"""Turns: one figure at a time, those of the page first that was opened first."""

import bisect
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Lets one thread work at a time; of those that wait, the one that has been at its page for longest is next.

    Threads share one processor in Python, and each holds its own rows meanwhile: pages that are finished one after
    another need less memory than pages that go on side by side, and none waits for those that were opened later.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int]] = []
        self._numbers = itertools.count()
        self._is_taken = False

    @contextmanager
    def taken(self, since: float) -> Iterator[None]:
        """Wait for the turn, and have it for the block; not to be taken again inside.

        Args:
            since: When the page was opened whose figure it is, in monotonic seconds.
        """
        with self._changed:
            mine = (since, next(self._numbers))
            bisect.insort(self._waiting, mine)
            self._changed.wait_for(lambda: not self._is_taken and self._waiting[0] == mine)
            self._waiting.pop(0)
            self._is_taken = True
        try:
            yield
        finally:
            with self._changed:
                self._is_taken = False
                self._changed.notify_all()
