"""What smartia does, as functions that a fresh process can run. Each returns how many sessions it dealt with.

Memory is taken from where the app and its commands take it, and what is loaded is spared, as there.
"""

import datetime as dt
from pathlib import Path

import pandas as pd
import pyarrow as pa

import smartia
from smartia.connect.protocol import Reply, read_page
from smartia.engines.kept_frame import whole_frame
from smartia.loading import open_account
from smartia.memory import give_memory_back, spare_what_is_loaded
from smartia.store.files import FRAMES
from smartia.store.parts import PART_ROWS
from smartia.store.refresh import Mode
from smartia.table.flatten import Flattener
from smartia.table.frames import sessions_frame
from tests.benchmarks.baselines import READ_BYTES

give_memory_back()
spare_what_is_loaded()


def settings(base_url: str, key: str, cache_dir: str, max_concurrency: int = 8) -> smartia.Settings:
    """Make settings under which every refresh asks the API, however fresh the copy is."""
    environ = {
        "SMARTIA_BASE_URL": base_url,
        "SMARTIA_API_KEY": key,
        "SMARTIA_CACHE_DIR": cache_dir,
        "SMARTIA_MAX_AGE": "0s",
        "SMARTIA_MAX_CONCURRENCY": str(max_concurrency),
    }
    return smartia.Settings.load(secrets={}, environ=environ)


def typed_frame(pages: Path) -> pd.DataFrame:
    """Decode pages, one a line, and make the sessions frame, as a download and an opening do together."""
    now = dt.datetime.now(dt.UTC)
    parts: list[pa.Table] = []
    rows = Flattener()
    with pages.open("rb", buffering=READ_BYTES) as file:
        for number, body in enumerate(file, start=1):
            rows.add(read_page(Reply(200, {}, body), page=number, now=now).sessions)
            if len(rows) >= PART_ROWS:
                parts.append(rows.take())
    parts.append(rows.take())
    return sessions_frame(pa.concat_tables(parts).unify_dictionaries())


def decode(pages: str) -> int:
    """Make the sessions frame of a file of pages."""
    return len(typed_frame(Path(pages)))


def refresh(base_url: str, key: str, cache_dir: str, max_concurrency: int = 8, *, mode: Mode = "auto") -> int:
    """Bring the snapshot up to date."""
    snapshot = smartia.refresh(settings(base_url, key, cache_dir, max_concurrency), mode)
    return snapshot.manifest.rows + snapshot.manifest.rejected


def open_sessions(base_url: str, key: str, cache_dir: str) -> int:
    """Open the sessions frame from the disk."""
    return len(smartia.load_sessions(settings(base_url, key, cache_dir), refresh="never"))


def open_analysis(base_url: str, key: str, cache_dir: str) -> int:
    """Open the analysis frame, which is what every page needs, from the disk."""
    return len(whole_frame(open_account(settings(base_url, key, cache_dir))))


def open_analysis_anew(base_url: str, key: str, cache_dir: str) -> int:
    """Open it as whoever opens a snapshot first: it is made, and its file is written."""
    files = open_account(settings(base_url, key, cache_dir)).files
    for name in files.names(FRAMES):
        files.remove(name)
    return open_analysis(base_url, key, cache_dir)
