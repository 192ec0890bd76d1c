"""With SMARTIA_CACHE=memory every page works, and no byte about a learner is ever on a disk."""

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import smartia
from smartia.lists.templates import xlsx_template
from smartia.loading import account_files, open_account
from smartia.settings import Settings
from smartia.ui import upload
from smartia.ui.frame import PAGES
from tests.app.conftest import open_app
from tests.handmade import Record, make_records
from tests.servers import KEY, ReferenceServer, following_reference
from tests.store.accounts import values_of
from tests.store.test_places import set_aside

SHARED_MEMORY = Path("/dev", "shm")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Watch:
    """Notes the name of every file that Python opens for writing while it is on, files that go again included."""

    def __init__(self) -> None:
        self.is_on = False
        self.names: list[str] = []
        sys.addaudithook(self._note)  # An audit hook stays for good, so there is one, and it can be turned off.

    @contextmanager
    def on(self) -> Iterator[list[str]]:
        """Watch for the length of the block."""
        self.is_on, self.names = True, []
        try:
            yield self.names
        finally:
            self.is_on = False

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.is_on and event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING:
            self.names.append(str(arguments[0]))


@pytest.fixture(scope="session")
def watch() -> Watch:
    """Return the one watch."""
    return Watch()


def files_below(folder: Path) -> dict[Path, tuple[int, int]]:
    """Every file with its size and the time of its last change: Arrow writes without Python, so disks are compared."""
    paths = [Path(parent) / name for parent, _, names in os.walk(folder) for name in names]
    stats = {path: path.lstat() for path in paths if path.exists()}
    return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}


def press(app: AppTest, label: str) -> AppTest:
    """Press the button with a label."""
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, app.exception
    return app


def test_nothing_is_written(private_place: Path, monkeypatch: pytest.MonkeyPatch, one_try: None, watch: Watch) -> None:
    """Over two refreshes, all pages, a search, an upload and a removal no file comes to be anywhere.

    Looked at are the cache, the temporary, the working and the home folder, and shared memory, where other programs
    have files too: there no new one holds a value of a learner. On the disk a single refresh is seen by the same eyes.
    """
    assert one_try is None
    temporary = private_place / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(private_place / "cache"))
    monkeypatch.setenv("SMARTIA_API_KEY", KEY)
    monkeypatch.setenv("SMARTIA_OPEN_ROLE", "learner-access")
    monkeypatch.setenv("SMARTIA_CACHE", "memory")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # what Python makes of the code itself knows nobody
    # The empty template for lists knows no learner, and openpyxl makes it by way of temporary files.
    template = xlsx_template()
    monkeypatch.setattr(upload, "xlsx_template", lambda: template)
    own = private_place.parent  # with the home folder
    records = [set_aside(record) if place < 3 else record for place, record in enumerate(make_records(6, 90))]
    workbook = workbook_of(records)
    values = {text.encode() for text in values_of(records)}
    with following_reference(records[:80]) as server:
        monkeypatch.setenv("SMARTIA_BASE_URL", server.base_url)
        before, shared = files_below(own), files_below(SHARED_MEMORY)
        with watch.on() as written:
            run_everything(server, records, workbook)
        assert files_below(own) == before
        assert set(written) - {os.devnull} == set()
        for path in files_below(SHARED_MEMORY).keys() - shared.keys():
            content = path.read_bytes() if path.exists() else b""
            assert not [value for value in values if value in content]
        monkeypatch.setenv("SMARTIA_CACHE", "disk")
        with watch.on() as written:
            smartia.refresh()
    assert written
    assert len(files_below(own)) > len(before)


def workbook_of(records: list[Record]) -> bytes:
    """Make a list of learners as a college's MIS exports it."""
    content = io.BytesIO()
    names = [record["user"]["username"] for record in records]
    areas = [f"Area {place % 3}" for place in range(len(names))]
    pd.DataFrame({"Username": names, "Area": areas}).to_excel(content, index=False)
    return content.getvalue()


def run_everything(server: ReferenceServer, records: list[Record], workbook: bytes) -> None:
    """Open every page, refresh, look for a learner, upload a list, remove the copy."""
    app = open_app()
    settings = Settings.load()
    server.records = records
    press(app, "Refresh data")
    for _ in range(50):
        if open_account(settings).manifest.rows == 87:
            break
        app.run()
    assert open_account(settings).manifest.rejected == 3
    for page, _, _ in PAGES:
        opened = open_app(page)
        assert opened.title
        assert not opened.error
    learners = open_app("pages/learners.py")
    learners.text_input(key="learner_search").set_value(records[5]["user"]["lastName"]).run()
    assert learners.dataframe
    groups = open_app("pages/groups.py")
    groups.file_uploader[0].upload("list.xlsx", workbook, "").run()
    press(groups, "Use this list")
    quality = open_app("pages/data_quality.py")
    assert "in the memory of this app alone" in " ".join(caption.value for caption in quality.caption)
    press(press(quality, "Remove the copy"), "Remove it")
    assert "has been removed" in quality.info[-1].value
    assert account_files(settings).names() == []
