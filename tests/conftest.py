"""Fixtures shared by all tests: an environment of their own, and retries without waiting."""

import datetime as dt
import gc
import os
import shutil
import ssl
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import hypothesis
import pandas as pd
import pytest
import stamina
from filelock import FileLock

import smartia
from smartia import demo
from smartia.settings import Settings

# Several processes import the tests: what one of them has made of a module is there for the others.
sys.dont_write_bytecode = False

# How long an example takes says how busy the machine is, and no test is about that.
hypothesis.settings.register_profile("smartia", deadline=None)
hypothesis.settings.load_profile("smartia")

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the pages of an engine be held against those of pandas: Spark's take too long to be held every time."""
    parser.addoption("--engine", choices=("duckdb", "spark"), default="duckdb", help="what pages are tried with")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark of tests that take long."""
    config.addinivalue_line("markers", "long: takes long by itself, and so begins before all others")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long tests, so that none is left when the other processes have nothing more to do."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """Leave what was imported out of every search for garbage, which else goes through all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    """Take away every SMARTIA_* variable and every proxy, so that the developer's own play no part."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("SMARTIA_")] + list(_PROXIES):
            patch.delenv(name, raising=False)
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        yield


@pytest.fixture(scope="session", autouse=True)
def demo_college_of_one_day() -> Iterator[None]:
    """Let the demo college stay that of the day on which the tests began: a refresh after midnight would change it."""
    began_on = demo.today_in_london(dt.datetime.now(dt.UTC))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "today_in_london", lambda _: began_on)
        yield


@pytest.fixture(autouse=True)
def texts_are_kept_as_usual() -> Iterator[None]:
    """Let no test find pandas as an app or a command of an earlier one has set it."""
    with pd.option_context("mode.string_storage", "auto"):
        yield


@pytest.fixture
def private_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty working folder and an empty home; neither has a secrets.toml. Returns the working folder."""
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    home.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    return work


@pytest.fixture
def cache_dir(private_place: Path) -> Path:
    """Name a cache folder that does not exist yet."""
    return private_place / "cache"


@pytest.fixture
def demo_settings(cache_dir: Path) -> Settings:
    """Return the settings of the demo college, with a cache folder of its own."""
    return Settings(cache_dir=cache_dir)


@pytest.fixture(scope="session")
def demo_download(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache folder of a demo college, downloaded once for all processes of the tests: to be copied, not used."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / "demo-download"
    with FileLock(shared / "demo-download.lock"):
        if not folder.exists():
            begun = tmp_path_factory.mktemp("demo-download")
            smartia.refresh(Settings(cache_dir=begun))
            begun.rename(folder)
    return folder


@pytest.fixture(scope="session")
def demo_cache(demo_download: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache folder of a demo college that has been downloaded, for this process alone."""
    return shutil.copytree(demo_download, tmp_path_factory.mktemp("demo") / "cache")


@pytest.fixture
def one_try() -> Iterator[None]:
    """Let stamina try once and never wait, where retries are not the subject."""
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def no_waiting() -> Iterator[None]:
    """Let stamina retry as often as the code says, without waiting in between."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture(scope="session", autouse=True)
def errors_stay_whole() -> Iterator[None]:
    """Let no page that runs inside the tests' process change how that process tells of errors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("smartia.logs.start_app_log", lambda: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def certificates_are_read_once() -> Iterator[None]:
    """Let a client take the certificates that were read before: to read all the world's costs more than a request."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield
