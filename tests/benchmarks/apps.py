"""The two apps that are compared, each served over the same account as its users serve it."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pandas as pd

import smartia
from tests.benchmarks.accounts import Account
from tests.benchmarks.baselines import PLACES
from tests.running_app import ROOT, RunningApp, running_app

_LOG_CHARACTERS = 4000
SITE = Path(__file__).with_name("obvious_app")
Charts = Literal["counted", "raw"]
"""What it draws: counts that pandas made, or rows that the browser is to count."""
_KEPT_TYPES = {"started_at", "ended_at", "result_at", "date_of_birth", "duration_s"}


def saved_download(account: Account) -> Path:
    """Write what the obvious app would have downloaded to a Parquet file beside the account, once; gives its place.

    Only the columns that the app's own download has, with its names and types.
    """
    path = account.cache_dir.with_name(f"{account.cache_dir.name}-obvious.parquet")
    if not path.exists():
        sessions = smartia.load_sessions(account.settings, refresh="never")
        columns = {
            place: sessions[name] if name in _KEPT_TYPES else sessions[name].astype("str")
            for name, place in PLACES.items()
        }
        pd.DataFrame(columns).to_parquet(path, index=False)
    return path


@contextmanager
def smartia_app(folder: Path, account: Account) -> Iterator[RunningApp]:
    """Run smartia over an account until the end of the block.

    Args:
        folder: Gets `server.log`, whose end is shown where the block fails.
        account: Whose sessions it shows.
    """
    with _running(folder, ROOT, account.variables) as app:
        yield app


@contextmanager
def obvious_app(folder: Path, account: Account, charts: Charts) -> Iterator[RunningApp]:
    """Run the obvious app over an account until the end of the block.

    Args:
        folder: Gets `server.log`, whose end is shown where the block fails.
        account: Whose sessions it shows.
        charts: What it draws.
    """
    variables = {
        "OBVIOUS_PARQUET": str(saved_download(account)),
        "OBVIOUS_CHARTS": charts,
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    }
    with _running(folder, SITE, variables) as app:
        yield app


@contextmanager
def _running(folder: Path, site: Path, variables: Mapping[str, str]) -> Iterator[RunningApp]:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with running_app(folder, site=site, variables=variables) as app:
            yield app
    except Exception:
        log = (folder / "server.log").read_text(encoding="utf-8", errors="replace")
        sys.stderr.write(f"  the end of the server's log:\n{log[-_LOG_CHARACTERS:]}\n")
        raise
