"""Files that appear whole or not at all, for their owner alone."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smartia.errors import CacheUnwritableError
from smartia.store.files import atomic_file, make_private_folder


@contextmanager
def disk_with_room_for(size_bytes: int) -> Iterator[None]:
    """Let every write beyond a size fail, as on a full disk; root is not exempt from this limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def mode_of(path: Path) -> int:
    """Return the permissions of a path."""
    return path.stat().st_mode & 0o777


def test_folders_are_private(tmp_path: Path) -> None:
    """A folder and what is missing above it are made for the owner alone; what is there stays as it is."""
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path / "one" / "two")
    make_private_folder(tmp_path / "one" / "two")
    assert mode_of(tmp_path) == 0o755
    assert mode_of(tmp_path / "one") == mode_of(tmp_path / "one" / "two") == 0o700


def test_a_file_in_the_way(tmp_path: Path) -> None:
    """A file where the folder should be is an error that names no path."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheUnwritableError) as caught:
        make_private_folder(tmp_path / "file" / "folder")
    assert str(tmp_path) not in str(caught.value)


def test_a_file_appears_whole(tmp_path: Path) -> None:
    """The file is there under its name only after the block, for the owner alone, and replaces what was there."""
    path = tmp_path / "thing.json"
    for content in (b"old", b"new"):
        with atomic_file(path) as file:
            file.write(content)
            file.flush()
            assert not path.exists() or path.read_bytes() == b"old"
        assert path.read_bytes() == content
        assert mode_of(path) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_in_between(tmp_path: Path) -> None:
    """When the block fails the old file stays and nothing is left beside it; the error is the block's own."""
    path = tmp_path / "thing.json"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), atomic_file(path) as file:
        file.write(bytes([1, 2, 1 // (len(path.name) - len("thing.json"))]))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk(tmp_path: Path) -> None:
    """When the disk is full the old file stays, nothing is left beside it, and the error says what to check."""
    path = tmp_path / "thing.json"
    path.write_bytes(b"old")
    with (
        disk_with_room_for(1000),
        pytest.raises(CacheUnwritableError, match="disk has room"),
        atomic_file(path) as file,
    ):
        file.write(b"x" * 100_000)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_no_folder(tmp_path: Path) -> None:
    """Without the folder the file cannot be written, which is an error of the store."""
    with pytest.raises(CacheUnwritableError), atomic_file(tmp_path / "none" / "thing.json") as file:
        file.write(b"x")
