"""Memory that is free goes back to the system: measured in processes of their own, by what Linux says they hold."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what the process holds is read from Linux")

_HELD = """
import sys, threading, time
import numpy as np
from smartia.memory import IdleTrim, give_memory_back

def held_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6

def take_and_let_go(rounds, rows):
    for _ in range(rounds):
        kept = [np.ones(rows) for _ in range(20)]
        small = np.ones(20_000)  # lies behind the others, so that they are not at the end when they are let go
        kept.clear()
        held.append(small)

held = []
"""


def run(script: str) -> list[float]:
    """Run a script that prints numbers, and give them."""
    command = [sys.executable, "-c", _HELD + script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return [float(line) for line in done.stdout.split()]


def test_large_pieces_go_back_at_once() -> None:
    """Arrays of 8 MB that several threads took and let go, whatever they hold besides, leave nothing behind."""
    script = """
give_memory_back()
before = held_mb()
threads = [threading.Thread(target=take_and_let_go, args=(3, 1_000_000)) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(held_mb() - before)
"""
    (left_mb,) = run(script)
    assert left_mb < 20


def test_smaller_pieces_go_back_after_a_quiet() -> None:
    """Arrays of 0.8 MB are kept when they are let go, since they may be wanted again, and go back after the quiet.

    A second question puts it off.
    """
    script = """
give_memory_back()
before = held_mb()
take_and_let_go(5, 100_000)
print(held_mb() - before)
trim = IdleTrim(quiet_s=1.0)
trim.ask()
time.sleep(0.7)
trim.ask()
time.sleep(0.7)
print(held_mb() - before)
time.sleep(1.0)
print(held_mb() - before)
"""
    kept_mb, still_mb, left_mb = run(script)
    assert kept_mb > 10
    assert still_mb > 10
    assert left_mb < 5
