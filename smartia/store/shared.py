"""Accounts on shared storage such as s3://: many processes read one copy, and one of them at a time refreshes it.

An object store has no rename, and needs none here: an object appears whole, under its name, at the end of its upload.
The files of a snapshot have names of their own generation and never change; the manifest is put last and alone says
which of them count. So whoever reads sees the old snapshot or the new one.
"""

import errno
import io
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

import fsspec
import msgspec
import pyarrow as pa
from fsspec import AbstractFileSystem

from smartia.store.files import LOCK, Lock, unwritable

LEASE_S = 60.0
"""How long a lock holds without being renewed: how long a refresh that was killed keeps others waiting."""
_RENEWALS = 4
_PAUSE_S = 0.2
_CONDITION_FAILED = (409, 412)  # lost to another at the same moment; another was there before


def shared_files(url: str, account: str) -> "SharedFiles":
    """Open an account on shared storage; who may is what the storage's own settings say, as in the environment.

    Args:
        url: Where the accounts lie, such as "s3://bucket/smartia".
        account: The account's fingerprint.

    """
    system, path = fsspec.url_to_fs(url, use_listings_cache=False)
    return SharedFiles(system, f"{path}/{account}", f"{url}/{account}")


class SharedFiles:
    """The files of one account on shared storage. Nothing is made public: no access list is ever set.

    Args:
        system: The storage.
        root: Where in it the account lies.
        place: What tells the account apart in caches.
    """

    def __init__(self, system: AbstractFileSystem, root: str, place: str) -> None:
        self._system = system
        self._root = root
        self._place = place

    @property
    def place(self) -> str:
        """See `smartia.store.files.Files`."""
        return self._place

    @property
    def outlast_process(self) -> bool:
        """See `smartia.store.files.Files`."""
        return True

    def names(self, folder: str = "") -> list[str]:
        """See `smartia.store.files.Files`."""
        with _plain_errors():
            found = self._system.find(f"{self._root}/{folder}".rstrip("/"))
        return [path.removeprefix(f"{self._root}/") for path in found]

    def size(self, name: str) -> int:
        """See `smartia.store.files.Files`."""
        with _plain_errors():
            return int(self._system.size(f"{self._root}/{name}"))

    def open(self, name: str) -> pa.NativeFile:
        """See `smartia.store.files.Files`. The file is fetched whole."""
        with _plain_errors():
            return pa.BufferReader(self._system.cat_file(f"{self._root}/{name}"))

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """See `smartia.store.files.Files`. Until it is whole, the content stays in memory."""
        file = io.BytesIO()
        yield file
        with unwritable(), _plain_errors():
            self._system.pipe_file(f"{self._root}/{name}", file.getvalue())

    def remove(self, name: str) -> None:
        """See `smartia.store.files.Files`."""
        with _plain_errors(), suppress(FileNotFoundError):
            self._system.rm_file(f"{self._root}/{name}")

    def lock(self) -> Lock:
        """See `smartia.store.files.Files`."""
        return _Lease(self._system, f"{self._root}/{LOCK}")


class _Held(msgspec.Struct, frozen=True):
    """What the lock's object says: who holds it, and until when, in seconds since 1970 by the holder's clock."""

    holder: str
    until_s: float


class _Lease:
    """A lock that ends by itself where its holder was killed: an object that only one can make, renewed while held.

    It is made and taken over by conditional requests of S3 (If-None-Match, If-Match), so that of several that try at
    once one alone succeeds. Clocks of the machines may differ by less than `LEASE_S`. Not promised: a holder that
    stands still for longer than `LEASE_S`, as a machine that sleeps, and then goes on, goes on beside the next one; a
    snapshot that suffers by it is found damaged when it is read, and downloaded anew.
    """

    def __init__(self, system: AbstractFileSystem, path: str) -> None:
        self._system = system
        self._path = path
        self._holder = secrets.token_hex(8)
        self._ended = threading.Event()
        self._renewing: threading.Thread | None = None

    def acquire(self, timeout: float) -> bool:
        until_s = time.monotonic() + timeout
        with unwritable():
            while not self._take():
                if time.monotonic() > until_s:
                    return False
                time.sleep(_PAUSE_S)
        self._ended.clear()
        self._renewing = threading.Thread(target=self._renew, name="lease", daemon=True)
        self._renewing.start()
        return True

    def release(self) -> None:
        if self._renewing is None:
            return
        self._ended.set()
        self._renewing.join()
        self._renewing = None
        with suppress(OSError), _plain_errors():  # Else it ends by itself.
            if self._present()[0].holder == self._holder:
                self._system.rm_file(self._path)

    def discard(self) -> None:
        self.release()

    def _take(self) -> bool:
        with _plain_errors():
            if self._put(mode="create"):
                return True
            with suppress(FileNotFoundError):  # Its holder has just let it go: the next try makes it.
                held, tag = self._present()
                return held.until_s < time.time() and self._put(IfMatch=tag)
        return False

    def _renew(self) -> None:
        while not self._ended.wait(LEASE_S / _RENEWALS):
            with suppress(OSError), _plain_errors():
                held, tag = self._present()
                if held.holder == self._holder:
                    self._put(IfMatch=tag)

    def _present(self) -> tuple[_Held, str]:
        tag = str(self._system.info(self._path)["ETag"])
        try:
            return msgspec.json.decode(self._system.cat_file(self._path), type=_Held), tag
        except msgspec.DecodeError:  # not what smartia writes, so nobody holds it
            return _Held("", 0.0), tag

    def _put(self, **condition: str) -> bool:
        """Write the lock on a condition; says whether that held."""
        content = msgspec.json.encode(_Held(self._holder, time.time() + LEASE_S))
        try:
            self._system.pipe_file(self._path, content, **condition)
        except OSError as error:
            if _status_of(error) in _CONDITION_FAILED:
                return False
            raise
        return True


def _status_of(error: OSError) -> int | None:
    """The HTTP status behind what s3fs raises."""
    answer = getattr(error.__cause__, "response", {})
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return int(status) if status else None


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn what the client of S3 says in its own way (no credentials, no connection) into an error of the system's."""
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith("botocore."):
            raise
        raise OSError(errno.EIO, f"shared storage: {type(error).__name__}") from error
