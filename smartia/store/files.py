"""Where an account's files lie: what the store asks of such a place, and the private folder that it is by default.

Whoever writes another place (memory, an object store) writes another `Files`; the store itself stays as it is.
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

import filelock
import pyarrow as pa

from smartia.errors import CacheUnwritableError

LOCK = "refresh.lock"
"""Held by whoever refreshes or removes an account; the only file that holds nothing."""
FRAMES = "frames"
"""The folder of what an engine has made of a snapshot, in files that are called after it."""
SPILL = "spill-"
"""How the folders begin in which an engine keeps what does not fit into its memory."""
_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


class Lock(Protocol):
    """Says that one alone changes an account's files. Used by one thread."""

    def acquire(self, timeout: float) -> bool:
        """Wait for it, at most for `timeout` seconds; says whether it is held now.

        Raises:
            CacheUnwritableError: It cannot be made.
        """

    def release(self) -> None:
        """Let others have it."""

    def discard(self) -> None:
        """Let others have it, and leave no trace of it, nor of an account that has no file.

        Raises:
            CacheUnwritableError: It cannot be removed. It is not held any more.
        """


class Files(Protocol):
    """The files of one account, by names such as "month=2025-09/sessions-1a.parquet"."""

    @property
    def place(self) -> str:
        """Tells accounts apart, in caches; holds no secret."""

    @property
    def outlast_process(self) -> bool:
        """Whether they are there when this process has ended."""

    def names(self, folder: str = "") -> list[str]:
        """Name every file, in no order; with a folder those in it alone."""

    def size(self, name: str) -> int:
        """How many bytes a file takes.

        Raises:
            OSError: It is not there, or cannot be read.
        """

    def open(self, name: str) -> pa.NativeFile:
        """Open a file to read it.

        Raises:
            OSError: It is not there (FileNotFoundError), or cannot be read.
            StoreKeyError: It cannot be read with the key in the settings.
        """

    def create(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file that appears under its name, whole or not at all, at the end of the block.

        Raises:
            CacheUnwritableError: The place is full, read-only or otherwise unwilling.
        """

    def remove(self, name: str) -> None:
        """Remove a file, if it is there.

        Raises:
            OSError: It cannot be removed.
        """

    def lock(self) -> Lock:
        """Make a lock of the account; it is not held yet."""


def read_bytes(files: Files, name: str) -> bytes:
    """Read a file whole; raises what `Files.open` raises."""
    with files.open(name) as file:
        content: bytes = file.read()
    return content


class DiskFiles:
    """An account's folder: private, and durable from the moment at which a file has its name.

    Args:
        folder: The folder; made with the first file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        """The folder's path."""
        return str(self._folder)

    @property
    def outlast_process(self) -> bool:
        """See `Files`."""
        return True

    def names(self, folder: str = "") -> list[str]:
        """See `Files`. What vanishes meanwhile is left out."""
        return [
            (Path(parent) / name).relative_to(self._folder).as_posix()
            for parent, _, names in os.walk(self._folder / folder)
            for name in names
        ]

    def size(self, name: str) -> int:
        """See `Files`."""
        return (self._folder / name).stat().st_size

    def open(self, name: str) -> pa.NativeFile:
        """See `Files`."""
        return pa.OSFile(str(self._folder / name), "rb")

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """See `Files`."""
        path = self._folder / name
        make_private_folder(path.parent)
        with atomic_file(path) as file:
            yield file

    def remove(self, name: str) -> None:
        """See `Files`. Its folder goes with its last file."""
        path = self._folder / name
        path.unlink(missing_ok=True)
        if path.parent != self._folder:
            _remove_empty(path.parent)

    def lock(self) -> "_FolderLock":
        """See `Files`."""
        return _FolderLock(self._folder)


class _FolderLock:
    """The lock of a folder, between threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = filelock.FileLock(folder / LOCK, mode=_FILE_MODE)

    def acquire(self, timeout: float) -> bool:
        until_s = time.monotonic() + timeout
        with unwritable():
            while True:
                make_private_folder(self._folder)
                try:
                    self._lock.acquire(timeout=max(until_s - time.monotonic(), 0.0))
                except filelock.Timeout:
                    return False
                except FileNotFoundError:  # The account was removed while this one waited.
                    if time.monotonic() > until_s:
                        raise
                else:
                    break
            if os.name == "posix":  # A removal may come between the two lines above; filelock then makes it for all.
                self._folder.chmod(_FOLDER_MODE)
        return True

    def release(self) -> None:
        self._lock.release()

    def discard(self) -> None:
        try:
            if os.name == "posix":
                # Before the release: who waits then finds a lock without a name, which filelock takes for none at
                # all. Windows removes no open file; there, filelock itself removes it at the release.
                (self._folder / LOCK).unlink(missing_ok=True)
        except OSError as error:
            raise CacheUnwritableError.from_removal(error) from error
        finally:
            self._lock.release()
        _remove_empty(self._folder)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # Not empty, or already gone: both are as they should be.
        folder.rmdir()


@contextmanager
def unwritable() -> Iterator[None]:
    """Turn what the system says against a change on disk into an error that says what to do.

    Raises:
        CacheUnwritableError: The disk is full, read-only or otherwise unwilling.
    """
    try:
        yield
    except OSError as error:
        raise CacheUnwritableError.from_os_error(error) from error


def make_private_folder(folder: Path) -> None:
    """Create a folder, and what is missing above it, for the owner alone.

    Raises:
        CacheUnwritableError: It cannot be created.
    """
    with unwritable():
        for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
            missing.mkdir(mode=_FOLDER_MODE, exist_ok=True)


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that appears under its name whole or not at all.

    A kill at any instant leaves either the old file or the new one, and at most a stray `.tmp` file beside it.

    Raises:
        CacheUnwritableError: The disk is full, read-only or otherwise unwilling.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    with unwritable():
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make renames in a folder durable, where the system has a way to do so."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
