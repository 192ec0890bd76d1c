"""Growth: the same pages over accounts of growing size, and whether a step costs more than its share."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from smartia.loading import account_folder
from smartia.store.removal import FRAMES
from tests.benchmarks.accounts import Account, account_of
from tests.benchmarks.apps import Charts
from tests.benchmarks.engines import installed
from tests.benchmarks.figures import Figure, Outcome
from tests.benchmarks.growth_plot import draw_growth
from tests.benchmarks.growth_steps import growth_table
from tests.benchmarks.measure import measure
from tests.benchmarks.page_report import figures_of
from tests.benchmarks.pages import visit_all

ITEM = "growth"
_OBVIOUS_LIMIT = 2_000_000
"""Sessions from which on the obvious app is left out: its frame of texts, copied at every click, outgrows machines."""


def measure_growth(
    folder: Path,
    accounts: Path,
    drawings: Path,
    *,
    sizes: Sequence[int],
    engines: Sequence[str],
    runs: int,
    charts: Sequence[Charts],
    engine: str,
) -> Outcome:
    """Measure opening, first chart, every page and memory at each size.

    Args:
        folder: Gets the servers' logs.
        accounts: Where accounts are kept.
        drawings: Gets the plot, as growth.svg and growth.png.
        sizes: How many sessions the accounts have, at least.
        engines: With which engines the accounts are opened; those that are not installed are left out.
        runs: How often everything is done at each size.
        charts: What obvious apps beside it draw; none leaves them out.
        engine: What works out the pages' figures.
    """
    figures: list[Figure] = []
    for size in sorted(sizes):
        account = account_of(accounts, size)
        sys.stderr.write(f"  {account.sessions:,} sessions\n")
        figures += _opening(account, engines, runs)
        beside = charts if account.sessions <= _OBVIOUS_LIMIT else ()
        if charts and not beside:
            sys.stderr.write("  the obvious app is left out at this size\n")
        visits = visit_all(folder, account.with_engine(engine), runs=runs, charts=beside)
        figures += figures_of(ITEM, visits, account.sessions)
    table = growth_table(figures)
    sys.stderr.write(f"  {table.notes[0]}\n")
    for path in draw_growth(figures, drawings):
        sys.stderr.write(f"  drawn as {path}\n")
    return Outcome(tuple(figures), (table,))


def _opening(account: Account, engines: Sequence[str], runs: int) -> list[Figure]:
    """Open the account in fresh processes: for the first time, when an engine may have a file to make, and again."""
    target, found = "tests.benchmarks.engines:open_and_count", list[Figure]()
    at = {"base_url": account.base_url, "key": account.key, "cache_dir": str(account.cache_dir)}
    shutil.rmtree(account_folder(account.settings) / FRAMES, ignore_errors=True)
    for engine in installed(engines):
        opened = [measure(target, engine=engine, **at) for _ in range(runs + 1)]
        for label, measured in (("first opening", opened[:1]), ("opening", opened[1:])):
            for name, unit, values in (
                (f"{label} with the {engine} engine", "s", [m.seconds for m in measured]),
                (f"memory that {label} with the {engine} engine adds", "MB", [m.added_mb for m in measured]),
            ):
                found.append(Figure(ITEM, name, unit, tuple(values), "", account.sessions))
    return found
