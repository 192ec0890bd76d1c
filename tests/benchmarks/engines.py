"""The engines that benchmarks can measure, each as one function that opens an account's analysis frame."""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import narwhals as nw
import pandas as pd

from tests.benchmarks.accounts import PANDAS, Account

Opener = Callable[[Account], Any]


def _pandas_frame(account: Account) -> Any:
    return account.open().analysis()


def _duckdb_frame(account: Account) -> Any:
    engine = importlib.import_module(_MODULES["duckdb"])
    file = engine.make_file(account.open(), account.cache_dir / account.settings.account)
    return engine.DuckDBFrame(file).frame()


def _spark_frame(account: Account) -> Any:
    return importlib.import_module(_MODULES["spark"]).SparkFrame(account.open()).frame()


_MODULES = {"duckdb": "smartia.engines.on_duckdb", "spark": "smartia.engines.on_spark"}
_LIBRARIES = {"duckdb": "duckdb", "spark": "pyspark"}
_OPENERS: Mapping[str, Opener] = MappingProxyType(
    {PANDAS: _pandas_frame, "duckdb": _duckdb_frame, "spark": _spark_frame}
)
NAMES = tuple(_OPENERS)
"""What the setting SMARTIA_ENGINE can say."""


def open_and_count(engine: str, base_url: str, key: str, cache_dir: str) -> int:
    """Open an account's analysis frame and count its rows; for a fresh process."""
    frame = _OPENERS[engine](Account(Path(cache_dir), base_url, key))
    rows = nw.from_native(frame).lazy().select(nw.len()).collect(backend="pyarrow")
    return int(rows.item())


def fetched(frame: Any, columns: Sequence[str]) -> pd.DataFrame:
    """Fetch columns of a frame that is not in pandas, as pages do where rows are put side by side."""
    if isinstance(frame, pd.DataFrame):
        return frame
    found: pd.DataFrame = importlib.import_module("smartia.table.collected").collected(frame, columns)
    return found


def openers(names: Sequence[str]) -> Iterator[tuple[str, Opener]]:
    """Give the engines asked for that are there, and say which are not: in this version, or on this machine."""
    for name in names:
        if name == PANDAS or (name in _OPENERS and _is_there(name)):
            yield name, _OPENERS[name]
        else:
            sys.stderr.write(f"  the engine {name} is not there: left out\n")


def _is_there(name: str) -> bool:
    parts = ("smartia.engines", _MODULES[name], _LIBRARIES[name])
    return all(importlib.util.find_spec(part) for part in parts)  # the package first: a part of none raises
