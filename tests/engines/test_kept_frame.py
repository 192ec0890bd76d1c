"""The analysis frame's file: the frame to the last bit, private, and gone with its snapshot."""

import hashlib
import secrets
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
import pytest

from smartia.analysis.quality import with_reference
from smartia.engines import kept_frame
from smartia.engines.kept_frame import whole_frame
from smartia.errors import NoSnapshotError, SnapshotUnreadableError
from smartia.loading import forget
from smartia.settings import Settings
from smartia.store.files import DiskFiles
from smartia.store.memory import MemoryFiles
from smartia.store.sealed import KEY_BYTES, SealedFiles
from smartia.store.shared import shared_files
from smartia.store.snapshot import Snapshot, open_snapshot, sessions_name
from smartia.table.texts import keep_few_texts_plain
from tests.handmade import Record
from tests.servers import following_reference
from tests.store.accounts import again, bring, values_of
from tests.store.test_incremental import in_order

DIGESTS = {1: "945a2145a1e58c90"}
"""Version of the file → digest of the frame of `in_order(size=60)` in it."""


def account_of(records: list[Record], place: Any) -> Snapshot:
    """Download an account."""
    with following_reference(records) as server:
        return bring(server, place)


def kept_in(account: Path) -> list[Path]:
    """The files of frames that an account has."""
    return sorted((account / "frames").glob("*")) if (account / "frames").exists() else []


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Check that two frames are one, bit by bit, down to the way in which texts are kept."""
    pd.testing.assert_frame_equal(found, expected, check_exact=True, check_flags=True)
    for name in expected.select_dtypes("category"):
        texts, as_made = found[name].cat.categories.dtype, expected[name].cat.categories.dtype
        assert getattr(texts, "storage", None) == getattr(as_made, "storage", None), name
        assert found[name].cat.codes.dtype == expected[name].cat.codes.dtype, name


@pytest.mark.parametrize("is_plain", [False, True])
@pytest.mark.parametrize("size", [0, 1, 60])
def test_the_frame_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, *, is_plain: bool) -> None:
    """What is read from the file is what was made of the months: values, types, categories and their order."""
    with pd.option_context("mode.string_storage", "auto"):
        if is_plain:
            keep_few_texts_plain()
        snapshot = account_of(in_order(size=size), tmp_path)
        made = whole_frame(snapshot)
        assert_same(made, with_reference(snapshot.analysis()))
        assert len(kept_in(tmp_path)) == 1
        monkeypatch.setattr(Snapshot, "analysis", None)  # so that it cannot be made again
        assert_same(whole_frame(snapshot), made)


def test_a_changed_frame_has_another_version(tmp_path: Path) -> None:
    """The version says what the file holds: where this fails, raise `_VERSION` and note the new digest."""
    frame = whole_frame(account_of(in_order(size=60), tmp_path))
    content = f"{frame.dtypes.astype('str').to_list()}{frame.to_csv(index=False)}"
    digest = hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
    assert DIGESTS[kept_frame._VERSION] == digest


def test_the_file_is_private_and_names_nobody(tmp_path: Path) -> None:
    """The owner alone can read it, and no learner's detail is in it."""
    records = in_order(size=60)
    snapshot = account_of(records, tmp_path)
    whole_frame(snapshot)
    (file,) = kept_in(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    table = kept_frame._read_table(snapshot)
    held = file.read_bytes() + str(table.to_pylist()).encode() + str(table.schema).encode()
    assert [value for value in values_of(records) if value.encode() in held] == []


def test_an_encrypted_account_keeps_it_encrypted(tmp_path: Path) -> None:
    """With a key of the store the file is sealed as all others are; with another key it is not read."""
    records = in_order(size=60)
    key = secrets.token_bytes(KEY_BYTES)
    snapshot = account_of(records, SealedFiles(DiskFiles(tmp_path), "college", key))
    made = whole_frame(snapshot)
    (file,) = kept_in(tmp_path)
    assert b"smartia sealed" in file.read_bytes()
    assert b"ARROW" not in file.read_bytes()
    assert b"subject" not in file.read_bytes()
    assert_same(whole_frame(snapshot), made)
    other = SealedFiles(DiskFiles(tmp_path), "college", secrets.token_bytes(KEY_BYTES))
    with pytest.raises(SnapshotUnreadableError):
        whole_frame(Snapshot(other, snapshot.manifest))


def test_shared_storage_has_one_for_all(tmp_path: Path) -> None:
    """On shared storage the first to open the snapshot makes the file, and the others read it."""
    local = account_of(in_order(size=60), tmp_path)
    files = shared_files(f"memory://college-{secrets.token_hex(4)}", "college")
    for name in local.files.names():
        with files.create(name) as file:
            file.write((tmp_path / name).read_bytes())
    made = whole_frame(open_snapshot(files))
    (name,) = files.names("frames")
    months = [month for month in files.names() if month.startswith("month=")]
    for month in months:
        files.remove(month)
    assert_same(whole_frame(open_snapshot(files)), made)
    assert files.names("frames") == [name]


def test_memory_holds_no_second_copy() -> None:
    """What goes with the process anyway is not kept beside the frame that the process has."""
    files = MemoryFiles("college")
    snapshot = account_of(in_order(size=60), files)
    assert_same(whole_frame(snapshot), with_reference(snapshot.analysis()))
    assert files.names("frames") == []


def test_a_refresh_takes_it_away(tmp_path: Path) -> None:
    """It goes with its snapshot, and so does what a kill has left of one; a refresh with nothing new leaves it."""
    records = in_order(size=40)
    with following_reference(records) as server:
        whole_frame(bring(server, tmp_path))
        (file,) = kept_in(tmp_path)
        again(server, tmp_path)
        assert kept_in(tmp_path) == [file]
        (file.parent / f".{file.name}.0a1b2c3d.tmp").write_bytes(b"left")
        server.records = records[1:]
        snapshot = again(server, tmp_path)
    assert kept_in(tmp_path) == []
    assert len(whole_frame(snapshot)) == len(records) - 1


def test_removal_takes_it_away(tmp_path: Path) -> None:
    """Removing the copy removes the file and the account's folder."""
    settings = Settings(cache_dir=tmp_path)
    account = tmp_path / settings.account
    whole_frame(account_of(in_order(size=40), account))
    assert len(kept_in(account)) == 1
    assert forget(settings).foreign == 0
    assert not account.exists()


@pytest.mark.parametrize("length", [0, 10, 64, 65, 500, -1])
def test_a_file_cut_short_is_made_anew(tmp_path: Path, length: int) -> None:
    """A file that ends too soon is found out and replaced."""
    snapshot = account_of(in_order(size=40), tmp_path)
    made = whole_frame(snapshot)
    (file,) = kept_in(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[:length])
    assert_same(whole_frame(snapshot), made)
    assert file.read_bytes() == whole


def test_a_wrong_bit_is_found(tmp_path: Path) -> None:
    """Whichever byte has changed, no figure is made of it."""
    snapshot = account_of(in_order(size=40), tmp_path)
    made = whole_frame(snapshot)
    (file,) = kept_in(tmp_path)
    whole = file.read_bytes()
    for place in range(0, len(whole), len(whole) // 40):
        changed = bytearray(whole)
        changed[place] ^= 1
        file.write_bytes(changed)
        with pytest.raises(OSError, match="not what was written"):
            kept_frame._read_table(snapshot)
    assert_same(whole_frame(snapshot), made)
    assert file.read_bytes() == whole


def test_without_a_place_to_write_it_is_made_each_time(tmp_path: Path) -> None:
    """Where the folder cannot be written, pages open all the same."""
    snapshot = account_of(in_order(size=40), tmp_path)
    (tmp_path / "frames").write_text("a file stands where the folder would be")
    expected = with_reference(snapshot.analysis())
    assert_same(whole_frame(snapshot), expected)
    assert_same(whole_frame(snapshot), expected)


def test_a_damaged_copy_is_said_to_be_one(tmp_path: Path) -> None:
    """Nothing is kept of months that cannot be read."""
    snapshot = account_of(in_order(size=40), tmp_path)
    month = next(iter(snapshot.manifest.months))
    (tmp_path / sessions_name(month, snapshot.manifest.months[month].generation)).write_bytes(b"PAR1")
    with pytest.raises(SnapshotUnreadableError):
        whole_frame(snapshot)
    assert kept_in(tmp_path) == []


def test_no_frame_of_what_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a snapshot that a refresh or a removal takes away meanwhile nothing stays, however late it does."""
    records = in_order(size=40)
    with following_reference(records) as server:
        old = bring(server, tmp_path)
        server.records = records[1:]
        new = again(server, tmp_path)
        kept_frame._keep(old, with_reference(new.analysis()))
        assert kept_in(tmp_path) == []
        later = Snapshot(new.files, msgspec.structs.replace(new.manifest, snapshot_id="2b"))
        answers = iter([later, open_snapshot(new.files)])
        monkeypatch.setattr(kept_frame, "open_snapshot", lambda _: next(answers))
        kept_frame._keep(later, with_reference(new.analysis()))  # replaced while it was being written
        assert kept_in(tmp_path) == []
        monkeypatch.undo()
    frame = with_reference(new.analysis())
    for name in new.files.names():
        new.files.remove(name)
    with pytest.raises(NoSnapshotError):
        open_snapshot(new.files)
    kept_frame._keep(new, frame)
    assert new.files.names() == []


def test_what_arrow_cannot_read_is_made_anew(tmp_path: Path) -> None:
    """A file that is whole by its digest and is none of ours all the same."""
    snapshot = account_of(in_order(size=40), tmp_path)
    made = whole_frame(snapshot)
    (file,) = kept_in(tmp_path)
    stream = b"no stream of Arrow at all"
    file.write_bytes(hashlib.blake2b(stream).digest() + stream)
    with pytest.raises(pa.ArrowInvalid):
        kept_frame._read_table(snapshot)
    assert_same(whole_frame(snapshot), made)
