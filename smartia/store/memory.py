"""Accounts that lie in this process's memory and nowhere else: shared by all its threads, gone with it."""

import errno
import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pyarrow as pa

from smartia.store.files import Lock


class MemoryFiles:
    """The files of one account in memory, as compressed as they would be on a disk.

    Args:
        account: The account's fingerprint.
    """

    def __init__(self, account: str) -> None:
        self._account = account
        self._contents: dict[str, bytes] = {}
        self._lock = threading.Lock()

    @property
    def place(self) -> str:
        """See `smartia.store.files.Files`."""
        return f"memory:{self._account}"

    @property
    def outlast_process(self) -> bool:
        """See `smartia.store.files.Files`."""
        return False

    def names(self, folder: str = "") -> list[str]:
        """See `smartia.store.files.Files`."""
        return [name for name in list(self._contents) if not folder or name.startswith(f"{folder}/")]

    def size(self, name: str) -> int:
        """See `smartia.store.files.Files`."""
        return len(self._content(name))

    def open(self, name: str) -> pa.NativeFile:
        """See `smartia.store.files.Files`."""
        return pa.BufferReader(self._content(name))

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """See `smartia.store.files.Files`."""
        file = io.BytesIO()
        yield file
        self._contents[name] = file.getvalue()

    def remove(self, name: str) -> None:
        """See `smartia.store.files.Files`."""
        self._contents.pop(name, None)

    def lock(self) -> Lock:
        """See `smartia.store.files.Files`."""
        return _SharedLock(self._lock)

    def _content(self, name: str) -> bytes:
        try:
            return self._contents[name]
        except KeyError:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name) from None


class _SharedLock:
    """A lock between the threads of this process."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def acquire(self, timeout: float) -> bool:
        return self._lock.acquire(timeout=timeout)

    def release(self) -> None:
        self._lock.release()

    def discard(self) -> None:
        self._lock.release()


_accounts: dict[str, MemoryFiles] = {}


def memory_files(account: str) -> MemoryFiles:
    """The account of this process: the same for all who ask."""
    return _accounts.setdefault(account, MemoryFiles(account))
