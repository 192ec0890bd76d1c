"""Aggregates of a frame against SQL written by hand for DuckDB, over the same Parquet files."""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import partial
from typing import TypeVar

from smartia.table.collected import AnyFrame
from tests.benchmarks.accounts import Account
from tests.benchmarks.aggregate_ways import AGGREGATES, Aggregate, connect, counts_of
from tests.benchmarks.engines import installed, open_account_with
from tests.benchmarks.figures import Figure, Outcome, Table, ratios

ITEM = "aggregates"
_AIM = "2 or less with the DuckDB engine"
Found = TypeVar("Found")


def measure_aggregates(account: Account, *, engines: Sequence[str], runs: int) -> Outcome:
    """Measure each aggregate on each engine and as SQL, in turn.

    Args:
        account: Whose sessions are counted.
        engines: Which; those that are not installed are left out.
        runs: How often everything is measured, after a first time that is not.

    Raises:
        ValueError: The two ways do not count the same.
    """
    figures: list[Figure] = []
    rows: list[tuple[str, ...]] = []
    sessions = account.sessions
    frames: dict[str, AnyFrame] = {}
    with ExitStack() as stack:
        connection = stack.enter_context(connect(account))
        for engine in installed(engines):
            seconds, opened = _timed(partial(open_account_with, engine, account))
            frames[engine] = stack.enter_context(closing(opened)).frame()
            figures.append(Figure(ITEM, f"open the analysis frame: {engine}", "s", (seconds,), "", sessions))
        for aggregate in AGGREGATES:
            sys.stderr.write(f"  {aggregate.name}\n")
            ways: dict[str, Callable[[], object]] = {"SQL": partial(aggregate.fetch, connection)}
            expected = counts_of(aggregate.fetch(connection))
            for engine, frame in frames.items():
                if aggregate.counts(aggregate.make(frame)) != expected:
                    raise ValueError(f"{aggregate.name}: the {engine} engine and the SQL do not count the same")
                ways[engine] = partial(aggregate.make, frame)
            taken: defaultdict[str, list[float]] = defaultdict(list)
            for _ in range(runs):
                for name, way in ways.items():
                    taken[name].append(1000 * _timed(way)[0])
            made = _figures(aggregate, taken, sessions)
            figures += made
            rows.append((aggregate.name, *(f"{figure.median:,.{1 if figure.unit == '×' else 0}f}" for figure in made)))
    columns = ["aggregate", "DuckDB SQL by hand, ms"]
    for engine in frames:
        columns += [f"{engine} engine, ms", "times the SQL"]
    note = (
        "The SQL reads the Parquet files each time and finds the latest attempts in them; an engine counts in what it "
        "has opened before, where attempts are numbered."
    )
    table = Table(f"Aggregates of {sessions:,} sessions", tuple(columns), tuple(rows), (note,))
    return Outcome(tuple(figures), (table,))


def _figures(aggregate: Aggregate, taken: dict[str, list[float]], sessions: int) -> list[Figure]:
    figures = []
    for name, ms in taken.items():
        way = "DuckDB SQL by hand" if name == "SQL" else f"{name} engine"
        figures.append(Figure(ITEM, f"{aggregate.name}: {way}", "ms", tuple(ms), "", sessions))
        if name != "SQL":
            times, aim = ratios(ms, taken["SQL"]), _AIM if name == "duckdb" else ""
            figures.append(Figure(ITEM, f"{aggregate.name}: {name} engine, times the SQL", "×", times, aim, sessions))
    return figures


def _timed(way: Callable[[], Found]) -> tuple[float, Found]:
    begun_s = time.perf_counter()
    found = way()
    return time.perf_counter() - begun_s, found
