"""Decode, flatten and type sessions that have been fetched already, against the obvious way with pandas."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from smartia.sandbox.college import College, Misfit
from smartia.sandbox.service import DEMO_KEY, SESSIONS_PATH, Request, Service
from tests.benchmarks.baselines import normalised_frame
from tests.benchmarks.colleges import college_of
from tests.benchmarks.figures import Figure, ratios
from tests.benchmarks.measure import interleave, measure
from tests.benchmarks.ways import typed_frame

ITEM = "decode"
PAGE_SIZE = 100
_COMPARED = 10_000
"""Sessions over which the two frames are compared, value by value and type by type."""
_SMARTIA = "smartia"
_PANDAS = "json_normalize"
_MISFITS = "smartia, one record in a thousand a misfit"


def measure_decoding(folder: Path, *, sessions: int, runs: int) -> list[Figure]:
    """Measure both, and how long records take that do not fit.

    Args:
        folder: Where the pages are kept meanwhile.
        sessions: How many there are, a multiple of 100.
        runs: How often everything is measured.

    Returns:
        Seconds and added memory of both, and their ratios.

    Raises:
        AssertionError: The two ways do not make the same frame.
    """
    college = college_of(sessions)
    fitting = replace(college, misfit=np.full_like(college.misfit, Misfit.NONE))
    clean = write_pages(fitting, folder / "clean.jsonl", sessions)
    broken = write_pages(college, folder / "broken.jsonl", sessions)
    assert_same_frame(write_pages(fitting, folder / "few.jsonl", min(sessions, _COMPARED)))
    measured = interleave(
        {
            _SMARTIA: lambda: measure("tests.benchmarks.ways:decode", pages=str(clean)),
            _PANDAS: lambda: measure("tests.benchmarks.baselines:decode", pages=str(clean)),
            _MISFITS: lambda: measure("tests.benchmarks.ways:decode", pages=str(broken)),
        },
        runs,
    )
    seconds = {name: tuple(m.seconds for m in found) for name, found in measured.items()}
    added_mb = {name: tuple(m.added_mb for m in found) for name, found in measured.items()}
    return [
        *(Figure(ITEM, f"{sessions:,} sessions to the typed frame: {name}", "s", seconds[name]) for name in measured),
        Figure(ITEM, "times as fast as json_normalize", "×", ratios(seconds[_PANDAS], seconds[_SMARTIA]), "8 or more"),
        *(Figure(ITEM, f"peak memory above the imports: {name}", "MB", added_mb[name]) for name in measured),
        Figure(
            ITEM,
            "memory as a share of json_normalize's",
            "×",
            ratios(added_mb[_SMARTIA], added_mb[_PANDAS]),
            "0.2 or less",
        ),
    ]


def write_pages(college: College, path: Path, sessions: int) -> Path:
    """Write the first answers of a walk by endDate to a file, one page of 100 a line.

    Raises:
        ValueError: The college has fewer sessions.
    """
    if len(college) < sessions:
        raise ValueError(f"{sessions:,} sessions are wanted, and there are {len(college):,}")
    with path.open("wb") as file:
        for body in islice(_bodies(Service(college)), sessions // PAGE_SIZE):
            file.write(body + b"\n")
    return path


def assert_same_frame(pages: Path) -> None:
    """Compare the values that the two ways give.

    Raises:
        AssertionError: They differ.
    """
    pd.testing.assert_frame_equal(typed_frame(pages), normalised_frame(pages))


def _bodies(service: Service) -> Iterator[bytes]:
    query = [("limit", str(PAGE_SIZE)), ("sort[field]", "endDate")]
    cursor: list[tuple[str, str]] = []
    while True:
        body = service.handle(Request("GET", SESSIONS_PATH, [*query, *cursor], {"x-api-key": DEMO_KEY})).body
        yield body
        following = json.loads(body)["pagination"]["nextCursor"]
        if following is None:
            return
        cursor = [("cursor", following)]
