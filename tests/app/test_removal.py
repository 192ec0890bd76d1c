"""Removing the copy from the app: who may, what stays nowhere, and that nothing comes back unasked."""

import gc
import importlib
import pkgutil
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.caching.cache_utils import CachedFunc
from streamlit.testing.v1 import AppTest

import smartia
from smartia import ui
from smartia.access import Reader, Role
from smartia.errors import SnapshotUnreadableError
from smartia.loading import account_files, account_folder, forget, open_account
from smartia.settings import Settings
from smartia.store import removal
from smartia.ui import accounts, data, kept, lists
from smartia.ui.lazy import Lazy
from smartia.ui.shell import View
from tests.app.conftest import open_app, plain
from tests.app.lists import with_list
from tests.handmade import make_records
from tests.servers import KEY, ReferenceServer, following_reference

PAGE = "pages/data_quality.py"


@pytest.fixture
def college(cache_dir: Path, monkeypatch: pytest.MonkeyPatch, one_try: None) -> Iterator[ReferenceServer]:
    """A college whose 60 sessions have been downloaded, with learner access for everybody."""
    assert one_try is None
    with following_reference(make_records(seed=8, size=60)) as server:
        monkeypatch.setenv("SMARTIA_CACHE_DIR", str(cache_dir))
        monkeypatch.setenv("SMARTIA_API_KEY", KEY)
        monkeypatch.setenv("SMARTIA_BASE_URL", server.base_url)
        monkeypatch.setenv("SMARTIA_OPEN_ROLE", "learner-access")
        smartia.refresh()
        yield server


def press(app: AppTest, label: str) -> AppTest:
    """Press the button with a label."""
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, app.exception
    return app


def labels(app: AppTest) -> set[str]:
    """The buttons of a page."""
    return {button.label for button in app.button}


def is_cached(member: Any) -> bool:
    """Whether it is a function whose results Streamlit keeps."""
    return isinstance(member, CachedFunc)


def test_every_cache_is_emptied_at_a_removal() -> None:
    """Whatever Streamlit keeps for all sessions is emptied at a removal, save the jobs, which hold no data."""
    modules = [importlib.import_module(f"smartia.ui.{module.name}") for module in pkgutil.iter_modules(ui.__path__)]
    cached = {id(member): member for module in modules for member in vars(module).values() if is_cached(member)}
    emptied = {id(getattr(action, "__self__", None)) for action in kept._actions}
    assert len(cached) > len(emptied & cached.keys()) > 4
    assert [member.__name__ for key, member in cached.items() if key not in emptied] == ["job_of"]


def test_the_button_removes_everything_and_nothing_comes_back_by_itself(college: ReferenceServer) -> None:
    """After "Remove it" folder, caches and matches of all sessions are gone; every page says so and asks nobody.

    One click downloads the sessions again, and the page is as it was.
    """
    settings = Settings.load()
    reader = open_app("pages/learners.py")
    assert reader.text_input
    before = list(lists._matches)  # what sessions of other tests have left, until Python collects it
    listed, _ = with_list(open_app("pages/groups.py"), settings, tutors=3)
    (match,) = [kept for kept in lists._matches if not any(kept is other for other in before)]
    assert match.match is not None
    assert len(match.results) > 5
    app = open_app(PAGE)
    snapshot = open_account(settings)
    opened = data._opened(snapshot, settings.engine, settings)
    people = weakref.ref(accounts._accounts(snapshot, Reader(settings.role), Lazy(None, opened.frame)))
    assert "not encrypted" in " ".join(caption.value for caption in app.caption)
    held = {metric.label: metric.value for metric in app.metric}
    asked = len(college.asked)

    press(app, "Remove the copy")
    assert account_folder(settings).exists()
    press(app, "Keep it")
    assert account_folder(settings).exists()
    press(press(app, "Remove the copy"), "Remove it")

    assert not account_folder(settings).exists()
    assert match.match is None
    assert len(match.results) == 0
    gc.collect()
    assert people() is None
    for read in (lambda: data._opened(snapshot, settings.engine, settings), lambda: data.missing_values(snapshot)):
        with pytest.raises(SnapshotUnreadableError):
            read()  # It would come from the cache, if that still had it.
    for session in (app, reader, listed, open_app("app.py"), app):
        session.run()
        assert not session.exception, session.exception
        assert "has been removed" in session.info[-1].value
        assert not session.metric
        assert not session.dataframe
    assert "60 sessions" in plain(app.info[-1].value)
    assert len(college.asked) == asked

    press(app, "Download the sessions")
    assert {metric.label: metric.value for metric in app.run().metric} == held
    listed.run()
    assert match.match is None
    assert len(match.results) == 0
    assert listed.dataframe


def test_a_removal_by_command_is_not_undone_by_the_app(college: ReferenceServer) -> None:
    """When another process removes the copy, a running app says so and downloads nothing by itself."""
    app = open_app()
    asked = len(college.asked)
    forget(Settings.load())
    app.run()
    assert "has been removed.**" in app.info[-1].value
    assert len(college.asked) == asked
    press(app, "Download the sessions")
    assert app.run().metric
    assert len(college.asked) > asked


def test_who_may_remove(college: ReferenceServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader without learner access is told who can, has no button, and could not do it either."""
    assert college.records
    monkeypatch.setenv("SMARTIA_OPEN_ROLE", "analyst")
    app = open_app(PAGE)
    assert "Remove the copy" not in labels(app)
    assert "Readers with learner access can remove it" in app.caption[-1].value
    view = View(*[None] * 7, Reader(Role.ANALYST), lambda: None, "", pytest.fail)
    with pytest.raises(PermissionError):
        view.remove_copy()


def test_not_while_a_refresh_runs(college: ReferenceServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """During a refresh the dialogue says why nothing was removed, and the copy stays."""
    assert college.records
    monkeypatch.setattr(removal, "WAIT_S", 0.1)
    settings = Settings.load()
    app = press(open_app(PAGE), "Remove the copy")
    lock = account_files(settings).lock()
    assert lock.acquire(timeout=1)
    press(app, "Remove it")
    lock.release()
    assert "Nothing was removed" in app.error[0].value
    assert open_account(settings).manifest.rows == 60


def test_a_key_that_does_not_open_the_copy(college: ReferenceServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a key set over an unencrypted copy the app says what to do, asks nobody, and one click encrypts."""
    asked = len(college.asked)
    monkeypatch.setenv("SMARTIA_STORE_KEY", "5a" * 32)
    app = open_app()
    assert "it is not encrypted" in app.error[0].value
    assert "5a5a" not in str(app.error[0].value)
    app.run()
    assert len(college.asked) == asked
    press(app, "Download everything again")
    for _ in range(50):
        if app.run().metric:
            break
    assert app.metric
    app = open_app(PAGE)
    assert "disk of the computer that runs this app, encrypted." in " ".join(caption.value for caption in app.caption)
