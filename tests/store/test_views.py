"""Saved views on a disk, sealed and in memory: what is kept, for whom, within which bounds, and what a kill leaves."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import smartia
from smartia.errors import SavedViewsError
from smartia.loading import account_folder, forget, views_of
from smartia.settings import Cache, Settings
from smartia.store.files import DiskFiles, Files
from smartia.store.memory import MemoryFiles
from smartia.store.sealed import SealedFiles
from smartia.store.views import CHOICES_LIMIT, LIMIT, NAME_LIMIT, ReaderViews, SavedView
from tests.store.test_files import mode_of

ROOT = Path(smartia.__file__).parents[1]
READER = "0123abcd"
VIEW = SavedView("Maths", "pages/levels.py", (("subject", "Maths"), ("subject", "English"), ("split", "Gender")))
PLACES: dict[str, Callable[[Path], Files]] = {
    "disk": DiskFiles,
    "sealed": lambda folder: SealedFiles(DiskFiles(folder), "account", b"k" * 32),
    "memory": lambda folder: MemoryFiles(folder.name),
}


@pytest.fixture(params=PLACES.values(), ids=PLACES.keys())
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    """Return each of the places where an account can lie."""
    made: Files = request.param(tmp_path / "account")
    return made


def test_views_are_kept_by_reader_and_name(files: Files) -> None:
    """A view comes back as it was; the same name replaces it, another reader has none, and one can be deleted."""
    mine, others = ReaderViews(files, READER), ReaderViews(files, "another")
    assert mine.read() == ()
    mine.save(VIEW)
    mine.save(SavedView("a first one", "app.py", ()))
    mine.save(SavedView("Maths", "app.py", (("year", "2025/26"),)))
    assert [(view.name, view.page) for view in mine.read()] == [("a first one", "app.py"), ("Maths", "app.py")]
    assert others.read() == ()
    mine.delete("Maths")
    mine.delete("no such view")
    assert [view.name for view in mine.read()] == ["a first one"]
    mine.discard()
    assert mine.read() == ()
    assert files.names() == []


def test_names_are_one_printable_line(files: Files) -> None:
    """Line breaks, controls and signs that turn the direction go; other scripts and markup stay as text."""
    views = ReaderViews(files, READER)
    views.save(SavedView("  <b>**x**\n\u202e\x00  Ŵyth  ", "app.py", ()))
    assert [view.name for view in views.read()] == ["<b>**x** Ŵyth"]


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (SavedView(" \n", "app.py", ()), "the name is empty or too long"),
        (SavedView("x" * (NAME_LIMIT + 1), "app.py", ()), "the name is empty or too long"),
        (SavedView("x", "app.py", (("subject", "y" * CHOICES_LIMIT),)), "more is chosen here"),
    ],
)
def test_what_is_too_much_is_refused(tmp_path: Path, view: SavedView, words: str) -> None:
    """Without a name, with too long a one or too many choices nothing is saved, and what was there stays."""
    views = ReaderViews(DiskFiles(tmp_path), READER)
    views.save(VIEW)
    with pytest.raises(SavedViewsError, match=words):
        views.save(view)
    assert views.read() == (VIEW,)


def test_there_is_a_most_of_views(tmp_path: Path) -> None:
    """One more than the most is refused; one of those that are there can still be changed."""
    views = ReaderViews(MemoryFiles(tmp_path.name), READER)
    for number in range(LIMIT):
        views.save(SavedView(f"view {number}", "app.py", ()))
    with pytest.raises(SavedViewsError, match=f"you have {LIMIT} saved views"):
        views.save(SavedView("one more", "app.py", ()))
    views.save(SavedView("view 3", "pages/levels.py", ()))
    assert len(views.read()) == LIMIT


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"views": [{"name": 5}]}', b"\xff", b'{"views": [], "x": 1}'])
def test_what_is_damaged_is_said_and_loses_nothing_else(tmp_path: Path, content: bytes) -> None:
    """A damaged file is neither read nor written over; other readers keep theirs, and it can be discarded."""
    views, others = ReaderViews(DiskFiles(tmp_path), READER), ReaderViews(DiskFiles(tmp_path), "another")
    others.save(VIEW)
    path = tmp_path / "views" / f"{READER}.json"
    path.write_bytes(content)
    for act in (views.read, lambda: views.save(VIEW), lambda: views.delete("Maths")):
        with pytest.raises(SavedViewsError, match="cannot be read"):
            act()
    assert path.read_bytes() == content
    assert others.read() == (VIEW,)
    views.discard()
    views.save(VIEW)
    assert views.read() == (VIEW,)


def test_another_store_key_reads_nothing(tmp_path: Path) -> None:
    """Sealed views show no word on the disk, and with another key, or plain under a key, they are said to be unread."""
    ReaderViews(PLACES["sealed"](tmp_path), READER).save(VIEW)
    assert b"Maths" not in (tmp_path / "views" / f"{READER}.json").read_bytes()
    with pytest.raises(SavedViewsError):
        ReaderViews(SealedFiles(DiskFiles(tmp_path), "account", b"x" * 32), READER).read()
    ReaderViews(DiskFiles(tmp_path), "another").save(VIEW)
    with pytest.raises(SavedViewsError):
        ReaderViews(PLACES["sealed"](tmp_path), "another").read()


CHILD = """
import os, sys
from pathlib import Path
from smartia.store.files import DiskFiles
from smartia.store.views import ReaderViews, SavedView
Path.replace = lambda *_: os._exit(9)
ReaderViews(DiskFiles(Path(sys.argv[1])), sys.argv[2]).save(SavedView("new", "app.py", ()))
"""


def test_a_kill_between_write_and_rename_leaves_the_old(tmp_path: Path) -> None:
    """What was saved before is there as it was, the stray file harms nothing, and the next save works."""
    views = ReaderViews(DiskFiles(tmp_path), READER)
    views.save(VIEW)
    child = subprocess.run([sys.executable, "-c", CHILD, tmp_path, READER], cwd=ROOT, check=False)
    assert child.returncode == 9
    assert len(list((tmp_path / "views").iterdir())) == 2
    assert views.read() == (VIEW,)
    views.save(SavedView("new", "app.py", ()))
    assert len(views.read()) == 2


@pytest.mark.parametrize("cache", Cache)
def test_views_go_with_the_copy_and_tell_no_address(cache_dir: Path, cache: Cache) -> None:
    """Removing the account takes every reader's views; no name of a file can be worked out from an address alone."""
    settings = Settings(api_key="a-key", cache_dir=cache_dir, cache=cache)
    mine = views_of(settings, "Jo.Bloggs@college.ac.uk")
    mine.save(VIEW)
    assert views_of(settings, "jo.bloggs@COLLEGE.ac.uk").read() == (VIEW,)
    assert views_of(settings, "bo@college.ac.uk").read() == ()
    if cache is Cache.DISK:
        (file,) = account_folder(settings).rglob("*.json")
        assert mode_of(file) == 0o600
        assert mode_of(file.parent) == 0o700
        assert b"bloggs" not in file.read_bytes().lower()
        other = Settings(api_key="another-key", cache_dir=cache_dir)
        views_of(other, "jo.bloggs@college.ac.uk").save(VIEW)
        (twin,) = account_folder(other).rglob("*.json")
        assert file.name != twin.name
        forget(other)
        (file.parent / f".{file.name}.0a1b2c3d.tmp").write_bytes(b"stray")
    removed = forget(settings)
    assert (removed.files, removed.foreign) == (2 if cache is Cache.DISK else 1, 0)
    assert mine.read() == ()
    assert not account_folder(settings).exists()
