"""Private, atomic files: written beside, flushed to the disk, then renamed, readable by their owner alone."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from smartia.errors import CacheUnwritableError

_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


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
