"""How many requests may be in flight: by the clock of the tests, and measured at a server that refuses many."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from smartia.connect import throttle
from smartia.connect.client import Client
from smartia.connect.http import HttpSender
from smartia.connect.throttle import FIRST_ALLOWED, PATIENCE_S, RECOVERY, Throttle
from smartia.errors import RateLimitedError
from tests.handmade import make_records
from tests.servers import KEY, following_reference


class Clock:
    """Seconds that pass only when somebody waits."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic(self) -> float:
        """Tell the time."""
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Give the throttle a clock that stands still."""
    clock = Clock()
    monkeypatch.setattr(throttle, "time", clock)
    return clock


def refusal(retry_after_s: float | None = None) -> RateLimitedError:
    """Return a 429."""
    return RateLimitedError.from_status(retry_after_s)


def test_slow_start(clock: Clock) -> None:
    """At first few requests may be in flight, one more with every success, and never more than the cap."""
    assert clock.now_s
    gate = Throttle(8)
    found = [gate.allowed]
    for _ in range(10):
        gate.succeed()
        found.append(gate.allowed)
    assert found == [FIRST_ALLOWED, 5, 6, 7, 8, 8, 8, 8, 8, 8, 8]
    assert Throttle(1).allowed == 1


def test_one_halving_an_episode(clock: Clock) -> None:
    """Requests that were in flight together and are refused together halve once; one sent afterwards halves again."""
    waits: list[float] = []
    gate = Throttle(8, waits.append, first_wait_s=1.0)
    for _ in range(6):
        gate.succeed()
    sent_s = clock.now_s
    clock.now_s += 0.1
    for _ in range(8):
        gate.refuse(refusal(), sent_s)
    assert gate.allowed == 4
    assert waits == [pytest.approx(1.0)] * 8
    clock.now_s += 5
    sent_s = clock.now_s
    clock.now_s += 0.1
    gate.refuse(refusal(), sent_s)
    assert gate.allowed == 2
    assert waits[-1] == pytest.approx(2.0)  # twice the first: nothing has been answered in between
    for _ in range(5):
        clock.now_s += 10
        gate.refuse(refusal(), clock.now_s)
    assert gate.allowed == 1


def test_slow_recovery(clock: Clock) -> None:
    """After a refusal it takes RECOVERY successes for each further request, up to the cap; the wait begins anew."""
    waits: list[float] = []
    gate = Throttle(4, waits.append, first_wait_s=1.0)
    gate.refuse(refusal(), clock.now_s)
    assert gate.allowed == FIRST_ALLOWED // 2 == 2
    clock.now_s += 2
    found = []
    for _ in range(RECOVERY * 3):
        gate.succeed()
        found.append(gate.allowed)
    assert found == [2] * (RECOVERY - 1) + [3] * RECOVERY + [4] * (RECOVERY + 1)
    clock.now_s += 50
    gate.refuse(refusal(), clock.now_s)
    assert waits == [pytest.approx(1.0), 0.0, pytest.approx(1.0)]  # told of the end once


def test_answers_from_before_a_pause_do_not_end_it(clock: Clock) -> None:
    """While a pause lasts, answers to what was in flight leave it standing; the first one behind it ends it."""
    waits: list[float] = []
    gate = Throttle(4, waits.append, first_wait_s=1.0)
    gate.refuse(refusal(), clock.now_s)
    clock.now_s += 0.5
    gate.succeed()
    assert waits == [pytest.approx(1.0)]
    clock.now_s += 0.6
    gate.succeed()
    assert waits == [pytest.approx(1.0), 0.0]


def test_the_longest_wait_counts(clock: Clock) -> None:
    """The server's own wait wins over ours, a later shorter one does not cut it, and ours has an upper limit."""
    waits: list[float] = []
    gate = Throttle(8, waits.append, first_wait_s=1.0)
    gate.refuse(refusal(30.0), clock.now_s)
    gate.refuse(refusal(0.0), clock.now_s)
    gate.refuse(refusal(), clock.now_s)
    assert waits == [pytest.approx(30.0)] * 3
    for _ in range(12):
        clock.now_s += 31
        gate.succeed()
        gate._refusals_in_a_row = 9
        gate.refuse(refusal(), clock.now_s)
    assert waits[-1] == throttle.MAX_WAIT_S


@pytest.mark.parametrize("asked_s", [None, 1.0])
def test_patience(clock: Clock, asked_s: float | None) -> None:
    """Without one success for PATIENCE_S, or asked to wait longer than that, the refusal is raised."""
    gate = Throttle(8)
    clock.now_s += PATIENCE_S
    gate.refuse(refusal(asked_s), clock.now_s)
    clock.now_s += 0.1
    with pytest.raises(RateLimitedError):
        gate.refuse(refusal(asked_s), clock.now_s)
    gate.succeed()
    gate.refuse(refusal(PATIENCE_S), clock.now_s)
    with pytest.raises(RateLimitedError):
        gate.refuse(refusal(PATIENCE_S + 1), clock.now_s)


def test_a_pause_holds_everybody() -> None:
    """During a pause nothing is let through, in any thread, and afterwards everything is."""
    gate = Throttle(4)
    gate.refuse(refusal(0.3), time.monotonic())
    begun_s = time.monotonic()
    granted: list[float] = []

    def send() -> None:
        with gate.slot() as granted_s:
            granted.append(granted_s)

    with ThreadPoolExecutor(6) as pool:
        for future in [pool.submit(send) for _ in range(6)]:
            future.result(timeout=10)
    assert len(granted) == 6
    assert all(0.29 <= moment - begun_s < 2 for moment in granted)


def test_a_slot_is_given_back_after_an_error() -> None:
    """A request that fails gives its place back."""
    gate = Throttle(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), gate.slot():
            raise ZeroDivisionError
    with gate.slot() as granted_s:
        assert granted_s <= time.monotonic()


@pytest.mark.parametrize("cap", [1, 3, 8])
def test_never_more_in_flight_than_the_cap(cap: int) -> None:
    """Twelve threads have at most `cap` requests on their way, also when the server begins to refuse every fifth."""
    with following_reference(make_records(3, 40), pause_s=0.02) as server, HttpSender(server.base_url, KEY) as sender:
        client = Client(sender, Throttle(cap, first_wait_s=0.002))
        with ThreadPoolExecutor(12) as pool:
            for storm in (0.0, 0.2):
                server.storm = storm
                counts = [future.result(timeout=20) for future in [pool.submit(client.count) for _ in range(50)]]
                assert counts == [40] * 50
        assert server.most_in_flight <= cap
        assert cap == 1 or server.most_in_flight > 1
