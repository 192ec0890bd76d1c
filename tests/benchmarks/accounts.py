"""Accounts of a given size, downloaded once and kept between runs where a folder for them is named."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import smartia
from smartia.loading import open_account
from smartia.store.snapshot import Snapshot
from tests.benchmarks.measure import measure
from tests.benchmarks.serving import serving

_ADDRESS = "at"
"""The file beside an account's copy that says which address and key it was downloaded with."""


@dataclass(frozen=True)
class Account:
    """A downloaded account; no server need be there for it.

    Attributes:
        cache_dir: Where the copy lies.
        base_url: The address it was downloaded from.
        key: The key it was downloaded with.
        engine: What works the figures out.
    """

    cache_dir: Path
    base_url: str
    key: str
    engine: str = "pandas"

    @property
    def variables(self) -> dict[str, str]:
        """The settings under which an app opens the copy as it is, with everything in it shown."""
        return {
            "SMARTIA_BASE_URL": self.base_url,
            "SMARTIA_API_KEY": self.key,
            "SMARTIA_CACHE_DIR": str(self.cache_dir),
            "SMARTIA_MAX_AGE": "9000d",
            "SMARTIA_OPEN_ROLE": "learner-access",
            "SMARTIA_ENGINE": self.engine,
        }

    def with_engine(self, engine: str) -> "Account":
        """The same account, its figures worked out by another engine."""
        return replace(self, engine=engine)

    @property
    def settings(self) -> smartia.Settings:
        """The same, read."""
        return smartia.Settings.load(secrets={}, environ=self.variables)

    def open(self) -> Snapshot:
        """Open the copy."""
        return open_account(self.settings)

    @property
    def sessions(self) -> int:
        """How many sessions it holds."""
        return self.open().manifest.rows


def account_of(folder: Path, sessions: int) -> Account:
    """Take the account of this size from a folder; download it from the sandbox where it is not there yet.

    Args:
        folder: Where accounts are kept, each in a folder called after its size.
        sessions: How many sessions it has, at least, set-aside records among them.
    """
    cache_dir = folder / str(sessions)
    place = cache_dir / _ADDRESS
    if not place.exists():
        cache_dir.mkdir(parents=True, exist_ok=True)
        with serving(sessions) as server:
            sys.stderr.write(f"  downloading an account of {sessions:,} sessions\n")
            at = {"base_url": server.base_url, "key": server.key}
            measure("tests.benchmarks.ways:refresh", **at, cache_dir=str(cache_dir))
        place.write_text(f"{server.base_url} {server.key}", encoding="utf-8")
    base_url, key = place.read_text(encoding="utf-8").split()
    return Account(cache_dir, base_url, key)
