"""DuckDB's file: what it holds, who can read it, what DuckDB can reach, and when the file goes."""

import dataclasses
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import msgspec
import pandas as pd
import pytest

from smartia.analysis.levels import counts, level_mix
from smartia.analysis.quality import with_reference
from smartia.engines.kept_frame import whole_frame
from smartia.engines.on_duckdb import DuckDBFrame, make_file
from smartia.engines.opening import open_frame
from smartia.errors import SnapshotUnreadableError
from smartia.loading import forget
from smartia.settings import Engine, Settings
from smartia.store.shared import shared_files
from smartia.store.snapshot import Snapshot, sessions_name
from smartia.table.collected import collected
from tests.analysis.test_engines import write_snapshot
from tests.handmade import Record, make_records
from tests.servers import following_reference
from tests.store.accounts import again, bring, values_of
from tests.store.test_incremental import in_order


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a cache folder of this test, and DuckDB."""
    return Settings(cache_dir=tmp_path / "cache", engine=Engine.DUCKDB)


@pytest.fixture
def account(settings: Settings) -> Path:
    """The account's folder."""
    return settings.cache_dir / settings.account


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """Sixty sessions."""
    return make_records(5, 60)


def test_the_file_is_private_and_names_nobody(account: Path, records: list[Record]) -> None:
    """The owner alone can read the file, nothing else is left beside it, and no learner's detail is in it."""
    file = make_file(write_snapshot(records, account), account)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in file.parent.iterdir()) == [file.name, "make.lock"]
    assert list(account.glob("spill-*")) == []
    held = file.read_bytes()
    with duckdb.connect(file, read_only=True) as connection:
        held += str(connection.sql("FROM sessions").fetchall()).encode()
    assert [value for value in values_of(records) if value.encode() in held] == []


def test_what_duckdb_can_reach(account: Path, records: list[Record], tmp_path: Path) -> None:
    """No file outside its folder, no network, no extension, no variable of Python, and nothing of it can be changed."""
    (tmp_path / "secret.csv").write_text("a,b\n1,2\n")
    opened = DuckDBFrame(make_file(write_snapshot(records, account), account))
    relation = opened.frame()
    for reached in (f"'{tmp_path}/secret.csv'", "'http://127.0.0.1:9/x.parquet'", "relation", "glob('/etc/*')"):
        with pytest.raises((duckdb.PermissionException, duckdb.CatalogException)):
            relation.query("held", f"FROM {reached}")
    for statement in ("SET enable_external_access = true", "SET allowed_directories = ['/']"):
        with pytest.raises(duckdb.InvalidInputException, match="lock"):
            opened._connection.execute(statement)
    for statement in ("INSTALL httpfs", f"COPY (SELECT 1) TO '{tmp_path}/out.csv'"):
        with pytest.raises(duckdb.PermissionException):
            opened._connection.execute(statement)
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        opened._connection.execute("DELETE FROM made.sessions")
    assert relation.shape[0] == len(records)
    opened.close()


def test_a_newer_snapshot_takes_the_place(account: Path, records: list[Record]) -> None:
    """What was made of an earlier snapshot goes, with what a kill has left; what is there is not made again."""
    old = make_file(write_snapshot(records, account), account)
    later = write_snapshot(records[:40], account)
    later = Snapshot(later.files, msgspec.structs.replace(later.manifest, snapshot_id="2b"))
    (old.parent / "rows.tmp").write_bytes(b"left")
    (account / "spill-0a1b2c3d").mkdir()
    (account / "spill-0a1b2c3d" / "duckdb_temp_storage-0.tmp").write_bytes(b"left")
    new = make_file(later, account)
    assert {path.name for path in new.parent.iterdir()} == {new.name, "make.lock"}
    assert not old.exists()
    assert list(account.glob("spill-*")) == []
    made_at = new.stat().st_mtime_ns
    assert make_file(later, account).stat().st_mtime_ns == made_at


def test_the_file_of_pandas_stays(account: Path) -> None:
    """Where a report or an export works with pandas beside DuckDB, neither takes the other's file away."""
    with following_reference(in_order(size=40)) as server:
        snapshot = bring(server, account)
    whole_frame(snapshot)
    file = make_file(snapshot, account)
    whole_frame(snapshot)
    suffixes = {path.suffix for path in file.parent.iterdir()}
    assert suffixes == {".arrow", ".duckdb", ".lock"}


def test_what_is_erased_goes_with_the_refresh(account: Path) -> None:
    """A refresh takes the file of the snapshot before away; whoever has it open reads on, and a quiet one leaves it."""
    records = in_order(size=40)
    with following_reference(records) as server:
        file = make_file(bring(server, account), account)
        again(server, account)
        assert file.exists()
        opened = DuckDBFrame(file)
        server.records = records[1:]
        again(server, account)
    assert not file.exists()
    assert counts(opened.frame()).sessions == len(records)
    opened.close()


def test_a_damaged_file_is_made_anew(account: Path, records: list[Record]) -> None:
    """A file that does not open is replaced; a damaged snapshot is said to be one, and nothing is left of the try."""
    snapshot = write_snapshot(records, account)
    file = make_file(snapshot, account)
    file.write_bytes(file.read_bytes()[:5000])
    opened = DuckDBFrame(make_file(snapshot, account))
    assert counts(opened.frame()).sessions == len(records)
    opened.close()
    file.unlink()
    month = next(iter(snapshot.manifest.months))
    (account / sessions_name(month, "1a")).write_bytes(b"PAR1")
    with pytest.raises(SnapshotUnreadableError):
        make_file(snapshot, account)
    assert [path.name for path in file.parent.iterdir()] == ["make.lock"]


def test_several_threads(account: Path, records: list[Record]) -> None:
    """Threads read at the same time, each a frame of its own."""
    snapshot = write_snapshot(records, account)
    opened = DuckDBFrame(make_file(snapshot, account))
    expected = level_mix(snapshot.analysis(), "subject")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: level_mix(opened.frame(), "subject"), range(24)))
    for table in found:
        pd.testing.assert_frame_equal(table, expected)
    opened.close()


def test_removal_takes_the_file(settings: Settings, account: Path, records: list[Record]) -> None:
    """Removing the copy takes the file and what DuckDB keeps beside it, while it is open too."""
    opened = open_frame(settings, write_snapshot(records, account))
    assert forget(settings).foreign == 0
    assert not account.exists()
    opened.close()


@pytest.mark.parametrize("size", [0, 1, 60])
def test_shared_storage(settings: Settings, records: list[Record], tmp_path: Path, size: int) -> None:
    """Of a snapshot on shared storage the file is made on the disk, however few sessions there are."""
    local = write_snapshot(records[:size], tmp_path / "local")
    files = shared_files(f"memory://college-{random.Random(size).random()}", settings.account)
    for name in local.files.names():
        with files.create(name) as file:
            file.write((tmp_path / "local" / name).read_bytes())
    snapshot = dataclasses.replace(local, files=files)
    opened = open_frame(settings, snapshot)
    expected = with_reference(snapshot.analysis())
    pd.testing.assert_frame_equal(collected(opened.frame(), list(expected.columns)), expected)
    opened.close()
