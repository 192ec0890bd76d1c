"""Time and memory of one function, each time in a fresh process. Linux only: memory is read from /proc.

python -m tests.benchmarks.measure MODULE:FUNCTION '{"argument": …}'
"""

import gc
import importlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

READY = "ready\n"
"""What the process prints once everything is imported and the function is about to run."""


@dataclass(frozen=True)
class Measurement:
    """What a function took.

    Attributes:
        seconds: From call to return, imports excluded.
        base_mb: Resident memory of the process before the call, in 10⁶ bytes.
        peak_mb: The most resident memory during the call, in 10⁶ bytes.
        result: What the function returned: how many rows it dealt with.
    """

    seconds: float
    base_mb: float
    peak_mb: float
    result: int

    @property
    def added_mb(self) -> float:
        """The most memory above that of the process with its imports."""
        return self.peak_mb - self.base_mb


Way = Callable[[], Measurement]


def start(target: str, **arguments: object) -> subprocess.Popen[str]:
    """Start a process that runs a function; returns at the moment at which the function begins.

    Raises:
        RuntimeError: The process ended before.
    """
    command = [sys.executable, "-m", "tests.benchmarks.measure", target, json.dumps(arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if process.stdout is None or process.stdout.readline() != READY:
        process.wait()
        raise RuntimeError(f"{target} did not start")
    return process


def measure(target: str, **arguments: object) -> Measurement:
    """Run a function in a fresh process to its end.

    Args:
        target: "module:function"; the function returns a whole number.
        arguments: What to call it with, of the kinds that JSON knows.

    Raises:
        RuntimeError: The function failed; the process has said why on its error stream.
    """
    process = start(target, **arguments)
    output, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"{target} failed with exit code {process.returncode}")
    return Measurement(**json.loads(output))


def interleave(ways: Mapping[str, Way], runs: int) -> dict[str, list[Measurement]]:
    """Measure several ways in turn, A B A B, so that a machine that slows down slows them all."""
    measured: dict[str, list[Measurement]] = {name: [] for name in ways}
    for run in range(runs):
        for name, way in ways.items():
            measurement = way()
            measured[name].append(measurement)
            sys.stderr.write(f"  run {run + 1} of {runs}: {name}: {measurement.seconds:.2f} s\n")
    return measured


def main(arguments: list[str]) -> None:
    """Run the function that the command line names, and print its measurement as JSON."""
    module, _, name = arguments[0].partition(":")
    function: Callable[..., int] = getattr(importlib.import_module(module), name)
    keywords = json.loads(arguments[1])
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far, which imports have left
    base_mb = _status_mb("VmRSS")
    sys.stdout.write(READY)
    sys.stdout.flush()
    start_s = time.perf_counter()
    result = function(**keywords)
    seconds = time.perf_counter() - start_s
    sys.stdout.write(json.dumps(asdict(Measurement(seconds, base_mb, _status_mb("VmHWM"), result))))


def _status_mb(field: str) -> float:
    found = re.search(rf"^{field}:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"/proc/self/status has no {field}")
    return int(found[1]) * 1024 / 1e6


if __name__ == "__main__":
    main(sys.argv[1:])
