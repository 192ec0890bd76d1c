"""Every fault of the sandbox, over real HTTP through the public way: no hang, no loss, no doubling, a plain message."""

import datetime as dt
import json
import logging
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import smartia
from smartia import Settings, Snapshot
from smartia.connect import http, throttle
from smartia.errors import (
    DownloadError,
    PaginationError,
    RateLimitedError,
    RedirectedError,
    ServerFaultError,
    TimedOutError,
    UnexpectedAnswerError,
    UnreachableError,
)
from smartia.loading import open_account
from smartia.sandbox.service import BASE_PATH, DEMO_KEY
from tests.connect.test_client import log_texts
from tests.sandbox.running import KEY, Sandbox, running
from tests.servers import nobody_listens, say, scripted

TIMEOUT_S = 60.0
Content = tuple[list[str], list[str]]
pytestmark = pytest.mark.usefixtures("no_waiting", "private_place")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Run a sandbox whose faults can be set while it runs."""
    with running("--control") as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the limits of time small."""
    monkeypatch.setattr(throttle.Throttle.__init__, "__kwdefaults__", {"first_wait_s": 0.02})
    monkeypatch.setattr(throttle, "PATIENCE_S", 2.5)
    monkeypatch.setattr(http, "READ_TIMEOUT_S", 0.3)
    monkeypatch.setattr(http, "DEADLINE_S", 0.6)


def settings_for(base_url: str, cache_dir: Path) -> Settings:
    """Return the settings of an account whose copy is never fresh."""
    return Settings(DEMO_KEY, base_url, cache_dir, dt.timedelta(0), 4)


def commit(sandbox: Sandbox, faults: str) -> None:
    """Let faults happen from now on; an empty text for none."""
    httpx.post(sandbox.control + "faults", content=faults, headers=KEY).raise_for_status()


def refresh(settings: Settings) -> Snapshot | DownloadError:
    """Refresh everything, in a time that a hang would exceed; returns the snapshot or the error."""
    found: list[Snapshot | DownloadError] = []

    def run() -> None:
        try:
            found.append(smartia.refresh(settings, "full"))
        except DownloadError as error:
            found.append(error)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(TIMEOUT_S)
    assert found, "the refresh hangs, or raised something else than a DownloadError"
    return found[0]


def base_url_of(sandbox: Sandbox) -> str:
    """Return the address as SMARTIA_BASE_URL takes it."""
    return sandbox.url[: sandbox.url.index(BASE_PATH) + len(BASE_PATH)]


def content_of(snapshot: Snapshot) -> Content:
    """List the ids of the sessions, and the ids of the records set aside; each sorted, with all repetitions."""
    aside = [str(json.loads(content).get("sessionId")) for content in snapshot.rejected["content"]]
    return sorted(snapshot.sessions["session_id"]), sorted(aside)


@pytest.fixture(scope="module")
def whole(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Download the sandbox's account once; returns the cache folder."""
    settings = settings_for(base_url_of(sandbox), tmp_path_factory.mktemp("whole"))
    assert smartia.refresh(settings).manifest.missing == 0
    return settings.cache_dir


@pytest.fixture(scope="module")
def expected(sandbox: Sandbox, whole: Path) -> Content:
    """What the account holds."""
    return content_of(open_account(settings_for(base_url_of(sandbox), whole)))


@pytest.fixture
def settings(sandbox: Sandbox, whole: Path, cache_dir: Path) -> Settings:
    """Return the settings of the sandbox's account, which is whole on disk."""
    commit(sandbox, "")
    shutil.copytree(whole, cache_dir)
    return settings_for(base_url_of(sandbox), cache_dir)


PASSING = [
    "429@3;retry-after=none",
    "429@1-4;retry-after=0",
    "429@2;retry-after=1",
    "429@2;retry-after=date;seconds=1",
    "429@*3;retry-after=0",
    "500@2",
    "502@1-3",
    "503@*5",
    "reset@2",
    "reset@*4",
    "drop@3",
    "drop@*4",
    "stall@2;seconds=2",
    "drip@2;seconds=3",
    "empty@2",
    "fewer",
    "duplicates",
    "total=+5@1",
    "total=fixed:0@1-3",
    "clock=-86400",
    "clock=+86400",
    "clock=+3600,429@2;retry-after=none",
    "duplicates,fewer,429@3;retry-after=0,500@*6",
]


@pytest.mark.parametrize("faults", PASSING)
def test_what_passes(sandbox: Sandbox, settings: Settings, expected: Content, faults: str) -> None:
    """Faults that pass, and faults in what a page holds, end with every session once, and with nothing missing."""
    manifest = open_account(settings).manifest
    commit(sandbox, faults)
    snapshot = refresh(settings)
    assert isinstance(snapshot, Snapshot)
    assert snapshot.manifest.full_at > manifest.full_at
    assert content_of(snapshot) == expected
    assert (snapshot.manifest.total, snapshot.manifest.missing) == (manifest.total, 0)


LASTING: dict[str, tuple[type[DownloadError], str]] = {
    "429;retry-after=none": (RateLimitedError, "too many requests"),
    "429@2;retry-after=900": (RateLimitedError, "Wait some minutes"),
    "500": (ServerFaultError, "fault at its end"),
    "502@2-": (ServerFaultError, "fault at its end"),
    "503@3-": (ServerFaultError, "fault at its end"),
    "reset": (UnreachableError, "No connection to"),
    "drop@2-": (UnreachableError, "No connection to"),
    "stall;seconds=2": (TimedOutError, "did not answer within"),
    "drip;seconds=5": (TimedOutError, "did not answer within"),
    "short": (UnexpectedAnswerError, "cut short"),
    "short@3": (UnexpectedAnswerError, "cut short"),
    "html@2": (UnexpectedAnswerError, "A web page came back"),
    "empty": (PaginationError, "lead nowhere"),
    "loop": (PaginationError, "lead nowhere"),
    "loop@2": (PaginationError, "lead nowhere"),
    "redirect@2;to=http://localhost:9/": (RedirectedError, "The key was not sent there"),
}


@pytest.mark.parametrize("faults", LASTING)
def test_what_lasts(sandbox: Sandbox, settings: Settings, expected: Content, faults: str) -> None:
    """Faults that last end with an error that says what to do; the last good data open, and all is well afterwards."""
    manifest = open_account(settings).manifest
    kind, words = LASTING[faults]
    commit(sandbox, faults)
    failure = refresh(settings)
    assert type(failure) is kind
    assert words in str(failure)
    assert open_account(settings).manifest == manifest
    assert content_of(open_account(settings)) == expected
    commit(sandbox, "")
    healed = refresh(settings)
    assert isinstance(healed, Snapshot)
    assert content_of(healed) == expected


@pytest.mark.parametrize(("faults", "missing"), [("total=+5", 5), ("total=-5", -5), ("total=fixed:7", None)])
def test_a_total_that_lies_for_good(
    sandbox: Sandbox, settings: Settings, expected: Content, faults: str, missing: int | None
) -> None:
    """A total that is wrong for good loses nothing and doubles nothing; the difference is stated."""
    commit(sandbox, faults)
    snapshot = refresh(settings)
    assert isinstance(snapshot, Snapshot)
    assert content_of(snapshot) == expected
    assert snapshot.manifest.missing == (7 - sum(map(len, expected)) if missing is None else missing)


def test_sessions_that_vanish_and_appear(cache_dir: Path) -> None:
    """Sessions that vanish and appear while pages are read are no error, and the next refresh is whole."""
    with running("--control", "--latency-ms", "20") as sandbox:
        stir_while_reading(sandbox, settings_for(base_url_of(sandbox), cache_dir))


def stir_while_reading(sandbox: Sandbox, settings: Settings) -> None:
    """Refresh while sessions vanish and appear, and once more when they have settled."""
    stop = threading.Event()

    def stir() -> None:
        seed = 0
        while not stop.wait(0.02):
            seed += 1
            for name in (f"erase?sessions=3&seed={seed}", f"arrive?sessions=4&days-ago={seed * 7}&seed={seed}"):
                httpx.post(sandbox.control + name, headers=KEY).raise_for_status()

    worker = threading.Thread(target=stir)
    worker.start()
    try:
        snapshot = refresh(settings)
    finally:
        stop.set()
        worker.join()
    assert isinstance(snapshot, Snapshot)
    assert snapshot.sessions["session_id"].is_unique
    settled = refresh(settings)
    assert isinstance(settled, Snapshot)
    total = httpx.get(sandbox.url, params={"limit": "1"}, headers=KEY).json()["pagination"]["total"]
    assert (settled.manifest.total, settled.manifest.missing) == (total, 0)
    assert settled.sessions["session_id"].is_unique


def test_connection_refused(cache_dir: Path) -> None:
    """Where nothing listens the error names the host, and nothing is made up."""
    failure = refresh(settings_for(nobody_listens(), cache_dir))
    assert isinstance(failure, UnreachableError)


def test_the_key_does_not_follow_a_redirect(sandbox: Sandbox, settings: Settings) -> None:
    """A redirect to another host that would answer is an error, and the other host hears nothing."""
    with scripted(say(200)) as thief:
        commit(sandbox, f"redirect@2;to={thief.base_url.replace('127.0.0.1', 'localhost')}")
        assert isinstance(refresh(settings), RedirectedError)
        assert thief.asked == []


def test_nothing_personal_is_logged(sandbox: Sandbox, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """With every logger open, refreshes that meet faults log no key, no name, no id and no record."""
    sessions = open_account(settings).sessions
    with caplog.at_level(logging.DEBUG):
        for faults in ("500@2,reset@4,429@6;retry-after=0", "short@2", "drop", "loop"):
            commit(sandbox, faults)
            refresh(settings)
    written = log_texts([record for record in caplog.records if not record.name.startswith("http")])
    assert "stamina.retry_scheduled" in written
    personal = {DEMO_KEY}
    for column in ("session_id", "user_id", "username", "full_name", "upn", "external_id"):
        personal |= {str(value) for value in sessions[column].dropna()}
    assert [value for value in personal if value in written] == []
