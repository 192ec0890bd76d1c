"""The engines that benchmarks measure, as smartia's own setting names and opens them."""

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from smartia.analysis.levels import counts
from smartia.engines.opening import OpenFrame, open_frame
from smartia.settings import Engine
from tests.benchmarks.accounts import Account

NAMES = tuple(str(engine) for engine in Engine)
"""What the setting SMARTIA_ENGINE can say."""
_LIBRARIES = {"pandas": "pandas", "duckdb": "duckdb", "spark": "pyspark"}


def installed(names: Sequence[str]) -> Iterator[str]:
    """Give the engines whose libraries are installed, and say which are not."""
    for name in names:
        if importlib.util.find_spec(_LIBRARIES[name]):
            yield name
        else:
            sys.stderr.write(f"  the engine {name} is not installed: left out\n")


def open_account_with(engine: str, account: Account) -> OpenFrame:
    """Open an account's analysis frame as an app with this engine does."""
    return open_frame(account.with_engine(engine).settings, account.open())


def open_and_count(engine: str, base_url: str, key: str, cache_dir: str) -> int:
    """Open an account's analysis frame and count its sessions and learners; for a fresh process."""
    return counts(open_account_with(engine, Account(Path(cache_dir), base_url, key)).frame()).sessions
