"""Copies on shared storage: the same store over real HTTP, one refresh at a time, nothing public, nothing left over."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import s3fs

import smartia
from smartia.errors import CacheUnwritableError, DownloadError, RefreshBusyError
from smartia.settings import Settings
from smartia.store import removal, shared
from smartia.store.files import LOCK
from smartia.store.parts import FOLDER
from smartia.store.removal import remove_account
from smartia.store.sealed import MAGIC, SealedFiles
from smartia.store.shared import SharedFiles, shared_files
from smartia.store.snapshot import MANIFEST, open_snapshot
from tests.s3 import s3_server
from tests.servers import KEY, ReferenceServer, following_reference
from tests.store.accounts import again, assert_holds, bring, values_of
from tests.store.test_incremental import in_order

BUCKET = "college"
URL = f"s3://{BUCKET}/smartia"
ACCOUNT = "0123456789abcdef"
SIZE = 60
pytestmark = pytest.mark.usefixtures("one_try")


@pytest.fixture(scope="module")
def storage() -> Iterator[s3fs.S3FileSystem]:
    """A server that speaks S3, named to all by the environment, as credentials are."""
    with s3_server(BUCKET) as system:
        yield system


@pytest.fixture
def files(storage: s3fs.S3FileSystem) -> Iterator[SharedFiles]:
    """An account on it, empty."""
    yield shared_files(URL, ACCOUNT)
    if storage.exists(URL):
        storage.rm(URL, recursive=True)


def test_the_same_store(storage: s3fs.S3FileSystem, files: SharedFiles) -> None:
    """A download resumes, what is erased goes, one that breaks off leaves the old copy, a removal leaves nothing."""
    records = in_order(size=SIZE)
    with following_reference(records) as server:
        server.page_size = 10
        break_off(server, files)
        assert files.names(FOLDER)
        bring(server, files, threads=1)
        assert_holds(files, records)
        server.records = records[3:]
        again(server, files)
        assert_holds(files, server.records)
        server.records = records
        break_off(server, files)
        assert_holds(files, records[3:])
        for owner in [storage.call_s3("get_object_acl", Bucket=BUCKET, Key=key(name)) for name in files.names()]:
            assert [grant["Permission"] for grant in owner["Grants"]] == ["FULL_CONTROL"]
            assert "URI" not in owner["Grants"][0]["Grantee"]
        removed = remove_account(files)
    assert (removed.sessions, removed.foreign) == (SIZE - 3, 0)
    assert storage.find(URL) == []


def break_off(server: ReferenceServer, files: SharedFiles) -> None:
    """Lose the API's server in the middle of a download."""
    server.asked.clear()
    server.fail_from = 4
    with pytest.raises(DownloadError):
        bring(server, files, "full", threads=1)
    server.fail_from = None


def key(name: str) -> str:
    """The name of an object in the bucket."""
    return f"{urlsplit(URL).path.strip('/')}/{ACCOUNT}/{name}"


def test_another_process_reads_the_copy_that_one_has_made(
    storage: s3fs.S3FileSystem, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """By the setting alone a refresh here is read there, and removed there; no disk has it, no credential is said."""
    records = in_order(size=SIZE)
    with following_reference(records) as server:
        for name, value in {"API_KEY": KEY, "BASE_URL": server.base_url, "STORE_URL": URL}.items():
            monkeypatch.setenv(f"SMARTIA_{name}", value)
        settings = Settings.load(secrets={})
        smartia.refresh(settings)
    look = "import smartia; print(len(smartia.load_sessions(refresh='never')))"
    read = told_by("-c", look)
    assert read.stdout.split() == [str(SIZE)]
    assert not (settings.cache_dir / settings.account).exists()
    assert storage.find(URL)
    gone = told_by("-m", "smartia", "forget", "--yes")
    assert "on shared storage" in gone.stdout
    assert f"Removed: {SIZE} sessions" in gone.stdout
    assert storage.find(URL) == []
    said = read.stderr + gone.stdout + gone.stderr + "".join(capfd.readouterr())
    assert "of-the-tests" not in said


def told_by(*way: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, and take what it says."""
    return subprocess.run([sys.executable, *way], env=dict(os.environ), capture_output=True, text=True, check=True)


def test_of_two_refreshes_one_downloads(files: SharedFiles) -> None:
    """Two that begin at once, each with an own view of the storage, ask the API no more often than one alone."""
    with following_reference(in_order(size=SIZE)) as server:
        bring(server, files)
        alone = len(server.asked)
        remove_account(files)
        server.asked.clear()
        with ThreadPoolExecutor(2) as pool:
            one, other = pool.map(lambda _: bring(server, shared_files(URL, ACCOUNT)), range(2))
        assert one.manifest == other.manifest
        assert len(server.asked) == alone
    assert LOCK not in files.names()


def test_encrypted_on_shared_storage(storage: s3fs.S3FileSystem, files: SharedFiles) -> None:
    """With a key no object but the lock has a readable byte of a learner, and the copy opens."""
    records, sealed = in_order(size=SIZE), SealedFiles(files, ACCOUNT, bytes(32))
    with following_reference(records) as server:
        bring(server, sealed)
    contents = [storage.cat_file(path) for path in storage.find(URL)]
    assert contents
    assert all(content.startswith(MAGIC) for content in contents)
    assert not {value for value in values_of(records) for content in contents if value.encode() in content}
    assert_holds(sealed, records)


def test_the_lock_of_one_that_was_killed_goes_to_one_alone(files: SharedFiles, storage: s3fs.S3FileSystem) -> None:
    """A lock that is renewed is waited for; one that ran out is taken over by one of many that try at once."""
    held = files.lock()
    assert held.acquire(0)
    assert not files.lock().acquire(0)
    held.release()
    gone = {"holder": "killed", "until_s": time.time() - 1}
    storage.pipe_file(f"{URL}/{ACCOUNT}/{LOCK}", json.dumps(gone).encode())
    locks = [files.lock() for _ in range(6)]
    start = threading.Barrier(len(locks))

    def try_it(lock: shared.Lock) -> bool:
        start.wait()
        return lock.acquire(0)

    with ThreadPoolExecutor(len(locks)) as pool:
        won = list(pool.map(try_it, locks))
    assert won.count(True) == 1
    locks[won.index(True)].release()
    assert LOCK not in files.names()


def test_a_lock_is_renewed_while_it_is_held(files: SharedFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that takes longer than the lease keeps its lock, and a removal meanwhile says that a refresh is running."""
    monkeypatch.setattr(shared, "LEASE_S", 3.0)  # a busy machine may be late by a second or two
    monkeypatch.setattr(removal, "WAIT_S", 0.0)
    lock = files.lock()
    assert lock.acquire(0)
    try:
        time.sleep(4.0)
        with pytest.raises(RefreshBusyError):
            remove_account(files)
    finally:
        lock.release()  # else its thread would go on among other tests


def test_storage_that_is_not_there_says_so(storage: s3fs.S3FileSystem) -> None:
    """A bucket that does not exist is an error that says what to do, and no wait."""
    assert storage
    with following_reference(in_order(size=3)) as server, pytest.raises(CacheUnwritableError):
        bring(server, shared_files("s3://another-bucket/smartia", ACCOUNT))


def test_the_manifest_is_put_last(files: SharedFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the manifest is put, all that it names is there, and before that the old copy is what opens."""
    records = in_order(size=SIZE)
    put: list[str] = []
    pipe = files._system.pipe_file

    def note(path: str, content: bytes, **how: str) -> None:
        if path.endswith(MANIFEST):
            assert_holds(files, records)
        put.append(path.rpartition(f"{ACCOUNT}/")[2])
        pipe(path, content, **how)

    with following_reference(records) as server:
        bring(server, files)
        monkeypatch.setattr(files._system, "pipe_file", note)
        server.records = records[:-5]
        bring(server, files, "full")
    monkeypatch.undo()
    manifest = open_snapshot(files).manifest
    wrote = [name for name in put if not name.startswith((FOLDER, LOCK))]
    assert wrote[-1] == MANIFEST
    assert manifest.rows == SIZE - 5
