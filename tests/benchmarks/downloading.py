"""The whole download from a slow server, against what latency alone would take and against walking the cursor."""

import importlib.util
import math
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.figures import Figure, ratios
from tests.benchmarks.measure import Measurement, interleave, measure
from tests.benchmarks.serving import Server, serving

ITEM = "download"
IN_FLIGHT = 8
PAGE_SIZE = 100
_SMARTIA = f"smartia, {IN_FLIGHT} in flight, written to disk"
_WALK = "one kept httpx connection, records kept"
_DLT = "dlt's RESTClient, records kept"


def measure_downloads(folder: Path, *, sessions: int, latency_ms: float, runs: int) -> list[Figure]:
    """Measure them; the server is a process of its own on the same machine.

    Args:
        folder: Where the snapshots are kept meanwhile.
        sessions: How many there are to download, at least.
        latency_ms: What the server waits before each answer, on top of the work for it.
        runs: How often everything is measured.

    Returns:
        Seconds and peak memory of each way, and ratios. dlt is left out where it is not installed.
    """
    with serving(sessions, latency_ms=latency_ms) as server:
        total = server.count_sessions()
        address = {"base_url": server.base_url, "key": server.key}
        ways = {
            _SMARTIA: lambda: _download(server, folder),
            _WALK: lambda: measure("tests.benchmarks.baselines:walk", **address),
        }
        if importlib.util.find_spec("dlt"):
            ways[_DLT] = lambda: measure("tests.benchmarks.dlt_walk:walk", **address)
        else:
            sys.stderr.write("  dlt is not installed (extra bench): its comparison is left out\n")
        measured = interleave(ways, runs)
    for name, found in measured.items():
        if any(measurement.result != total for measurement in found):
            raise ValueError(f"{name} did not bring {total:,} sessions")
    seconds = {name: tuple(m.seconds for m in found) for name, found in measured.items()}
    ideal_s = math.ceil(total / PAGE_SIZE) * latency_ms / 1000 / IN_FLIGHT
    return [
        *(Figure(ITEM, f"{total:,} sessions: {name}", "s", seconds[name]) for name in measured),
        Figure(
            ITEM,
            f"times pages × {latency_ms:g} ms ÷ {IN_FLIGHT} = {ideal_s:.2f} s",
            "×",
            ratios(seconds[_SMARTIA], [ideal_s] * runs),
            "1.15 or less",
        ),
        *(
            Figure(ITEM, f"times as fast as {name}", "×", ratios(seconds[name], seconds[_SMARTIA]), "6.5 or more")
            for name in measured
            if name != _SMARTIA
        ),
        *(
            Figure(ITEM, f"peak memory of the process: {name}", "MB", tuple(m.peak_mb for m in found))
            for name, found in measured.items()
        ),
    ]


def _download(server: Server, folder: Path) -> Measurement:
    with tempfile.TemporaryDirectory(dir=folder) as cache_dir:
        return measure(
            "tests.benchmarks.ways:refresh",
            base_url=server.base_url,
            key=server.key,
            cache_dir=cache_dir,
            max_concurrency=IN_FLIGHT,
        )
