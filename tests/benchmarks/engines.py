"""The engines that benchmarks can measure, each as one function that opens an account's analysis frame."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import narwhals as nw

from tests.benchmarks.accounts import PANDAS, Account

NAMES = (PANDAS, "duckdb", "spark")
"""What `SMARTIA_ENGINE` may say (issue 7); an engine without an entry in `OPENERS` is left out, and said to be."""


def _pandas_frame(account: Account) -> Any:
    return account.open().analysis()


OPENERS: Mapping[str, Callable[[Account], Any]] = MappingProxyType({PANDAS: _pandas_frame})


def open_and_count(engine: str, base_url: str, key: str, cache_dir: str) -> int:
    """Open an account's analysis frame and count its rows; for a fresh process."""
    frame = OPENERS[engine](Account(Path(cache_dir), base_url, key))
    rows = nw.from_native(frame).lazy().select(nw.len()).collect(backend="pandas")
    return int(rows.item())


def openers(names: Sequence[str]) -> Iterator[tuple[str, Callable[[Account], Any]]]:
    """Give the engines asked for that are there, and say which are not."""
    for name in names:
        if name in OPENERS:
            yield name, OPENERS[name]
        else:
            sys.stderr.write(f"  the engine {name} is not there: left out\n")
