"""A long history: its first download, its size, its opening, and how many requests keep it up to date."""

import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.measure import Measurement, interleave, measure
from tests.benchmarks.serving import Server, serving

ITEM = "history"
ARRIVING = 200


def measure_history(folder: Path, *, sessions: int, runs: int) -> list[Figure]:
    """Download a history once, open it and refresh it several times.

    Args:
        folder: Where the snapshot is kept meanwhile.
        sessions: How many the history has, at least.
        runs: How often it is opened, refreshed with nothing new, and refreshed with new sessions.

    Returns:
        Seconds and peak memory of the first download (from a server without latency), sizes on disk, seconds to open
        in a fresh process, and the requests of refreshes.
    """
    with serving(sessions) as server, tempfile.TemporaryDirectory(dir=folder) as cache_dir:
        total = server.count_sessions()
        at = {"base_url": server.base_url, "key": server.key, "cache_dir": cache_dir}
        sys.stderr.write(f"  first download of {total:,} sessions\n")
        download, first_requests = _refresh(server, at, total)
        size_mb = _size_mb(cache_dir)
        opened = interleave(
            {name: partial(measure, f"tests.benchmarks.ways:open_{name}", **at) for name in _FRAMES}, runs
        )
        kept_mb = _size_mb(cache_dir) - size_mb
        unchanged = [_refresh(server, at, total) for _ in range(runs)]
        changed = [_refresh(server, at, server.arrive(ARRIVING, seed)) for seed in range(runs)]
    figures = [
        Figure(ITEM, "first download, no latency", "s", (download.seconds,)),
        Figure(ITEM, "first download, its requests", "requests", (first_requests,)),
        Figure(
            ITEM, "first download, peak memory of its process", "MB", (download.peak_mb,), "below 700 for 1,000,000"
        ),
        Figure(ITEM, "snapshot on disk", "MB", (size_mb,), "below 150 for 1,000,000"),
        Figure(ITEM, "the analysis frame's file beside it", "MB", (kept_mb,)),
        *(
            Figure(ITEM, f"open {label}", "s", tuple(m.seconds for m in opened[name]), _OPEN_AIM)
            for name, label in _FRAMES.items()
        ),
        *(
            Figure(ITEM, f"memory added by {label}", "MB", tuple(m.added_mb for m in opened[name]))
            for name, label in _FRAMES.items()
        ),
        Figure(
            ITEM,
            "refresh with nothing new",
            "requests",
            tuple(count for _, count in unchanged),
            "6 or fewer",
        ),
        Figure(ITEM, "refresh with nothing new", "s", tuple(m.seconds for m, _ in unchanged)),
        Figure(
            ITEM,
            f"refresh with {ARRIVING} new",
            "requests",
            tuple(count for _, count in changed),
            "8 or fewer",
        ),
        Figure(ITEM, f"refresh with {ARRIVING} new", "s", tuple(m.seconds for m, _ in changed)),
    ]
    return [replace(figure, sessions=total) for figure in figures]


def _refresh(server: Server, at: dict[str, str], sessions: int) -> tuple[Measurement, int]:
    """Refresh in a fresh process; gives its measurement and its requests."""
    before = server.count_requests()
    measurement = measure("tests.benchmarks.ways:refresh", **at)
    if measurement.result != sessions:
        raise ValueError(f"{measurement.result:,} sessions are held, and the API has {sessions:,}")
    return measurement, server.count_requests() - before


def _size_mb(folder: str) -> float:
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e6


_FRAMES = {
    "analysis_anew": "the analysis frame (what pages need) for the first time",
    "analysis": "the analysis frame again",
    "sessions": "the whole sessions frame",
}
_OPEN_AIM = "below 1.5 for 1,000,000"
