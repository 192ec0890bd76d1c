"""The manifest: what a snapshot holds, how complete it is, and which files belong to it."""

import datetime as dt

import msgspec

from smartia.errors import SnapshotUnreadableError

VERSION = 2
"""Raised whenever stored columns change in name, type or rule; an older snapshot is then downloaded anew."""


class Month(msgspec.Struct, frozen=True):
    """One month of ended_at (UTC).

    Attributes:
        rows: Sessions held.
        rejected: Records set aside.
        newest: The latest ended_at held; None where nothing is held.
        fetched_at: When the month was last downloaded.
        generation: Part of the names of its files.
    """

    rows: int
    rejected: int
    newest: dt.datetime | None
    fetched_at: dt.datetime
    generation: str

    @property
    def held(self) -> int:
        """What counts towards the API's total: sessions held and records set aside."""
        return self.rows + self.rejected


class Manifest(msgspec.Struct, frozen=True):
    """What a snapshot holds.

    Attributes:
        version: `VERSION` of the smartia that wrote it.
        snapshot_id: Changes whenever what is held changes; names the snapshot in caches.
        source: Where the data came from: the API's address.
        fetched_at: When the last refresh began, so that nothing later is promised.
        full_at: When the last full download began.
        total: How many sessions the API says it has, asked after the download.
        duplicates: Sessions that came more than once in the last download and were counted once.
        disputed: Where the API's count differs for good: month, or gap between months → the API's count, after that
            period was downloaded again and still differed. It is not downloaded again while the API says the same.
        months: What is held by month ("2025-09"; "unknown" for set-aside records without a readable end).
    """

    version: int
    snapshot_id: str
    source: str
    fetched_at: dt.datetime
    full_at: dt.datetime
    total: int
    duplicates: int
    disputed: dict[str, int]
    months: dict[str, Month]

    @property
    def rows(self) -> int:
        """Sessions held."""
        return sum(month.rows for month in self.months.values())

    @property
    def rejected(self) -> int:
        """Records set aside."""
        return sum(month.rejected for month in self.months.values())

    @property
    def missing(self) -> int:
        """How many sessions the API promised and we neither hold nor set aside; negative where we have more."""
        return self.total - self.rows - self.rejected


def decode_manifest(content: bytes) -> Manifest:
    """Read a manifest.

    Raises:
        SnapshotUnreadableError: It is damaged, or of another version.
    """
    try:
        version = msgspec.json.decode(content, type=_Versioned).version
        if version != VERSION:
            raise SnapshotUnreadableError.from_damage(f"it is of version {version}, and this smartia reads {VERSION}")
        return msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SnapshotUnreadableError.from_damage("its list of contents is damaged") from error


class _Versioned(msgspec.Struct):
    version: int
