"""Copies in memory and encrypted copies: the same store, and not one value of a learner where none may be."""

import itertools
import json
import os
from pathlib import Path

import pytest

from smartia.errors import DownloadError, SnapshotUnreadableError, StoreKeyError
from smartia.store.files import DiskFiles, Files
from smartia.store.memory import MemoryFiles
from smartia.store.parts import FOLDER
from smartia.store.sealed import MAGIC, SealedFiles
from smartia.store.snapshot import MANIFEST, open_snapshot
from tests.handmade import Record
from tests.servers import ReferenceServer, following_reference
from tests.store.accounts import again, assert_holds, bring, values_of
from tests.store.test_files import mode_of
from tests.store.test_incremental import ended, in_order
from tests.store.test_snapshot import files_of

ACCOUNT = "0123456789abcdef"
KEY = bytes(range(32))
SIZE = 160
pytestmark = pytest.mark.usefixtures("one_try")


def sealed(folder: Path, key: bytes = KEY) -> SealedFiles:
    """Encrypt what lies in a folder."""
    return SealedFiles(DiskFiles(folder), ACCOUNT, key)


def set_aside(record: Record) -> Record:
    """Spoil a record, so that it is set aside as it came."""
    broken: Record = json.loads(json.dumps(record))
    del broken["status"]
    return broken


def found_in(folder: Path, records: list[Record]) -> set[str]:
    """Which values of learners, and identifiers of sessions, stand in the bytes of a folder's files."""
    content = b"\n".join(files_of(folder).values())
    values = values_of(records)
    return {value for value in values if value.encode() in content or json.dumps(value).encode() in content}


def break_off(server: ReferenceServer, files: Files) -> None:
    """Lose the API's server in the middle of a download."""
    server.asked.clear()
    server.fail_from = 5
    with pytest.raises(DownloadError):
        bring(server, files, "full", threads=1)
    server.fail_from = None


@pytest.mark.parametrize("place", ["memory", "sealed"])
def test_the_same_store(tmp_path: Path, place: str) -> None:
    """In memory and encrypted too, a download resumes, an incremental one asks for little, and what is erased goes."""
    files: Files = MemoryFiles(ACCOUNT) if place == "memory" else sealed(tmp_path / ACCOUNT)
    records = in_order(size=SIZE)
    with following_reference(records) as server:
        server.page_size = 20
        break_off(server, files)
        assert files.names(FOLDER)
        server.asked.clear()
        bring(server, files, "auto", threads=1)
        assert len(server.asked) < SIZE // 20
        assert_holds(files, records)
        late = ended(in_order(5, 1)[0], "2024-01-20T10:00:00.000Z")
        server.records = [*records[3:], late]
        again(server, files)
        assert_holds(files, server.records)
        first, second = (open_snapshot(files), bring(server, files, "full"))
        assert first.manifest.full_at < second.manifest.full_at
    assert {name.split("/")[0].split("=")[0] for name in files.names()} - {"refresh.lock"} == {MANIFEST, "month"}
    assert bool(list(tmp_path.rglob("*"))) == (place == "sealed")


def test_no_value_of_a_learner_in_an_encrypted_folder(tmp_path: Path) -> None:
    """Neither an interrupted download nor a whole copy, records set aside included, has a readable byte of a learner.

    The same without the key has some, so the search would find them.
    """
    records = in_order(size=SIZE)
    spoilt = [set_aside(record) if place % 9 == 0 else record for place, record in enumerate(records)]
    with following_reference(spoilt) as server:
        server.page_size = 20
        for files, is_readable in ((sealed(tmp_path / "sealed"), False), (DiskFiles(tmp_path / "plain"), True)):
            break_off(server, files)
            assert bool(found_in(Path(files.place), records)) == is_readable
            assert bring(server, files, "auto").manifest.rejected == len(spoilt[::9])
            assert bool(found_in(Path(files.place), records)) == is_readable
    contents = files_of(tmp_path / "sealed")
    assert [name for name, content in contents.items() if not content.startswith(MAGIC)] == ["refresh.lock"]
    assert not [name for name, content in contents.items() if KEY in content]


@pytest.mark.parametrize("before", ["plain", "sealed", "sealed otherwise"])
@pytest.mark.parametrize("after", ["plain", "sealed"])
def test_another_key(tmp_path: Path, before: str, after: str) -> None:
    """A copy that the key at hand does not open says so and stays, byte for byte, until a full refresh replaces it."""
    places = {"plain": DiskFiles(tmp_path), "sealed": sealed(tmp_path), "sealed otherwise": sealed(tmp_path, bytes(32))}
    words = {"plain": "is not encrypted", "sealed otherwise": "with another key"}
    records = in_order(size=30)
    with following_reference(records) as server:
        bring(server, places[before])
        held = files_of(tmp_path)
        if before == after:
            again(server, places[after])
        else:
            problem = "is not set" if after == "plain" else words[before]
            asked = len(server.asked)
            for look in (
                lambda: open_snapshot(places[after]),
                lambda: bring(server, places[after]),
                lambda: again(server, places[after]),
            ):
                with pytest.raises(StoreKeyError, match=problem) as caught:
                    look()
                assert "--full" in caught.value.remedy
            assert len(server.asked) in (0, asked)
            assert files_of(tmp_path) == held
            bring(server, places[after], "full")
            assert not set(files_of(tmp_path)) & set(held) - {MANIFEST, "refresh.lock"}
    assert_holds(places[after], records)
    assert (files_of(tmp_path)[MANIFEST].startswith(MAGIC)) == (after == "sealed")


def flip(path: Path, place: int) -> None:
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_one_bit(tmp_path: Path) -> None:
    """An encrypted file with one bit changed, cut short, or in the place of another is refused like a damaged one."""
    records = [set_aside(record) if place == 7 else record for place, record in enumerate(in_order(size=40))]
    with following_reference(records) as server:
        whole = bring(server, sealed(tmp_path)).manifest
        good = files_of(tmp_path)
        months = sorted(tmp_path.rglob("sessions-*"))
        for path in [months[0], next(tmp_path.rglob("rejected-*"))]:
            for place in (len(MAGIC), len(MAGIC) + 10, len(MAGIC) + 25, -1):
                flip(path, place)
                with pytest.raises(SnapshotUnreadableError):
                    open_snapshot(sealed(tmp_path)).check_files()
                path.write_bytes(good[path.relative_to(tmp_path).as_posix()])
            path.write_bytes(path.read_bytes()[:30])
            with pytest.raises(SnapshotUnreadableError):
                open_snapshot(sealed(tmp_path)).check_files()
            path.write_bytes(good[path.relative_to(tmp_path).as_posix()])
        months[0].write_bytes(months[1].read_bytes())
        with pytest.raises(SnapshotUnreadableError, match="cannot be read"):
            open_snapshot(sealed(tmp_path)).check_files()
        flip(tmp_path / MANIFEST, -1)
        with pytest.raises(SnapshotUnreadableError):
            open_snapshot(sealed(tmp_path))
        assert bring(server, sealed(tmp_path)).manifest.rows == whole.rows
    open_snapshot(sealed(tmp_path)).check_files()


@pytest.mark.parametrize("kind", ["plain", "sealed"])
def test_private_whatever_the_umask(tmp_path: Path, kind: str) -> None:
    """Under umask 000 folders are 0700 and files 0600, also of a download under way, and while a file is written."""
    folder = tmp_path / "cache" / ACCOUNT
    files = DiskFiles(folder) if kind == "plain" else sealed(folder)
    modes: set[tuple[bool, int]] = set()

    def look() -> None:
        modes.update((path.is_dir(), mode_of(path)) for path in (tmp_path / "cache").rglob("*"))

    before = os.umask(0)
    try:
        with following_reference(in_order(size=80)) as server:
            server.page_size = 20
            break_off(server, files)
            look()
            with files.create("month=2024-01/sessions-00.parquet") as file:
                file.write(b"x")
                assert kind == "sealed" or list(folder.rglob("*.tmp"))
                look()
            bring(server, files, "full")
            look()
    finally:
        os.umask(before)
    assert modes == {(True, 0o700), (False, 0o600)}


def test_nonces_and_contents_never_repeat(tmp_path: Path) -> None:
    """The same content written again is another file, so that nothing can be told from two copies."""
    contents = []
    for _, name in itertools.product(range(3), ("partial/a.json", "partial/b.json")):
        with sealed(tmp_path).create(name) as file:
            file.write(b"the same")
        contents.append((tmp_path / name).read_bytes())
    heads = {content[: len(MAGIC) + 8] for content in contents}
    assert len(heads) == 1
    assert len({content[len(MAGIC) + 8 :][:12] for content in contents}) == len(set(contents)) == 6
