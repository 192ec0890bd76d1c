"""Turns: one at a time, and the page that was opened first is served first."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from smartia.ui.turns import Turns


def test_the_page_opened_first_is_next() -> None:
    """Of those that wait while somebody has the turn, the one opened first is next, whatever the order they came in."""
    turns, order = Turns(), list[float]()

    def work(since: float) -> None:
        with turns.taken(since):
            order.append(since)

    with ThreadPoolExecutor(5) as pool:
        with turns.taken(9.0):
            came = [pool.submit(work, since) for since in (4.0, 1.0, 3.0, 1.0, 2.0)]
            while len(turns._waiting) < len(came):
                pass
        for one in came:
            one.result(timeout=10)
    assert order == [1.0, 1.0, 2.0, 3.0, 4.0]


def test_one_at_a_time() -> None:
    """Never do two threads have the turn together."""
    turns, lock, most = Turns(), threading.Lock(), list[bool]()

    def work(since: float) -> None:
        with turns.taken(since):
            most.append(lock.acquire(blocking=False))
            lock.release()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, map(float, range(200))))
    assert most == [True] * 200


def test_the_turn_is_given_back_after_an_error() -> None:
    """Work that fails lets others go on."""
    turns = Turns()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turns.taken(0.0):
            raise ZeroDivisionError
