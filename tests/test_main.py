"""The command line, run as a scheduler runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import smartia
from smartia.__main__ import cli, describe
from smartia.settings import Settings
from smartia.store import removal
from smartia.store.files import DiskFiles
from smartia.store.refresh import Progress
from tests.handmade import make_records
from tests.servers import KEY, following_reference, nobody_listens
from tests.store.accounts import values_of

ROOT = Path(__file__).parents[1]


def run(cache: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m smartia` in an empty folder with these settings."""
    environment = os.environ | {"SMARTIA_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT), "HOME": str(cache)}
    command = [sys.executable, "-m", "smartia", *arguments]
    cache.mkdir(exist_ok=True)
    return subprocess.run(
        command, cwd=cache, env=environment | variables, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_refresh_says_what_is_held(tmp_path: Path) -> None:
    """A refresh, and a second one with nothing new, end with 0, plain lines, and the counts."""
    records = make_records(seed=31, size=230)
    with following_reference(records) as server:
        variables = {"SMARTIA_BASE_URL": server.base_url, "SMARTIA_API_KEY": KEY}
        runs = [run(tmp_path / "cache", "refresh", *options, **variables) for options in ([], [], ["--full"])]
    for result in runs:
        assert result.returncode == 0, result.stderr
        assert result.stdout == "230 sessions held, 0 records set aside, 230 promised.\n"
        assert "\r" not in result.stderr
        personal = {text for record in records for text in (record["user"]["fullName"], record["user"]["userId"])}
        assert not any(text in result.stdout + result.stderr for text in {*personal, KEY})
    asked = sum("cursor" not in query and query.get("limit") == "100" for query in server.asked)
    assert asked >= len(runs)


def test_a_refresh_that_fails_says_why(tmp_path: Path) -> None:
    """Where the API cannot be reached, the exit code is 1 and the error stream says what to do."""
    variables = {"SMARTIA_BASE_URL": nobody_listens(), "SMARTIA_API_KEY": KEY}
    result = run(tmp_path / "cache", "refresh", **variables)
    assert result.returncode == 1
    assert "No connection to 127.0.0.1." in result.stderr
    assert "Traceback" not in result.stderr
    assert KEY not in result.stderr


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    """A setting that cannot be used ends with 2."""
    result = run(tmp_path / "cache", "refresh", SMARTIA_API_KEY=KEY, SMARTIA_BASE_URL="nowhere")
    assert result.returncode == 2
    assert "SMARTIA_BASE_URL is not an address" in result.stderr


def test_an_unknown_command_is_refused(tmp_path: Path) -> None:
    """A word that is no command ends with 2 and names the ones there are by --help."""
    assert run(tmp_path / "cache", "refrehs").returncode == 2
    overview = run(tmp_path / "cache", "--help")
    assert overview.returncode == 0
    assert "refresh" in overview.stdout
    assert "sandbox" in overview.stdout


@pytest.fixture
def two_copies(cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Download a college from its address of today and from one of before; gives the folders, today's first."""
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(cache_dir))
    monkeypatch.setenv("SMARTIA_API_KEY", KEY)
    records = make_records(seed=32, size=40)
    folders = []
    with following_reference(records) as earlier, following_reference(records) as present:
        for server in (earlier, present):
            monkeypatch.setenv("SMARTIA_BASE_URL", server.base_url)
            smartia.refresh()
            folders.insert(0, cache_dir / Settings.load().account)
    return folders


def ask(*arguments: str, answer: str = "") -> Result:
    """Run a command with an answer to its question; it says nothing that identifies an account or a learner."""
    result = CliRunner().invoke(cli, arguments, input=answer)
    said = result.output + result.stderr
    settings = Settings.load()
    names = values_of(make_records(seed=32, size=40))
    assert not [text for text in {KEY, str(settings.cache_dir), *names} if text in said]
    assert settings.is_demo or settings.account not in said
    return result


def test_forget_asks_and_counts(two_copies: list[Path]) -> None:
    """The copy of the present settings goes after a yes, with its counts; not after a no, nor without an answer."""
    present, earlier = two_copies
    for answer in ("n\n", ""):
        refused = ask("forget", answer=answer)
        assert refused.exit_code == 1
        assert "1. The copy of the present settings: 0." in refused.output
        assert present.exists()
    done = ask("forget", answer="y\n")
    assert done.exit_code == 0
    assert "1. Removed: 40 sessions and 0 records set aside, in " in done.output
    assert not present.exists()
    assert earlier.exists()
    nothing = ask("forget")
    assert (nothing.exit_code, nothing.output) == (0, "Nothing is kept.\n")


def test_forget_all(two_copies: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """With --all the copies of earlier keys go too; one that is in use stays, and the exit code says so."""
    monkeypatch.setattr(removal, "WAIT_S", 0.1)
    present, earlier = two_copies
    lock = DiskFiles(earlier).lock()
    assert lock.acquire(timeout=1)
    part = ask("forget", "--all", "--yes")
    lock.release()
    assert part.exit_code == 1
    assert "2. The copy of an earlier key or another address: 0." in part.output
    assert "2. Nothing was removed: the sessions are being downloaded at this moment." in part.stderr
    assert (present.exists(), earlier.exists()) == (False, True)
    assert ask("forget", "--all", "--yes").exit_code == 0
    assert list(earlier.parent.iterdir()) == []


def test_a_refresh_of_memory_is_refused(cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the copy in memory a scheduled refresh has nothing to keep: it says so, asks nobody, and ends with 2."""
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(cache_dir))
    monkeypatch.setenv("SMARTIA_CACHE", "memory")
    refused = ask("refresh")
    assert refused.exit_code == 2
    assert "there is no copy to refresh" in refused.stderr
    assert not cache_dir.exists()


def test_a_key_is_made(private_place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key made is another one, and the settings accept it; a copy under one needs it, and says so by exit 1."""
    keys = [ask("make-key").output.strip() for _ in range(2)]
    assert len(set(keys)) == 2
    with following_reference(make_records(seed=32, size=40)) as server:
        monkeypatch.setenv("SMARTIA_CACHE_DIR", str(private_place / "cache"))
        monkeypatch.setenv("SMARTIA_API_KEY", KEY)
        monkeypatch.setenv("SMARTIA_BASE_URL", server.base_url)
        for key, options, code in ((keys[0], (), 0), (keys[1], (), 1), ("", (), 1), (keys[1], ("--full",), 0)):
            monkeypatch.setenv("SMARTIA_STORE_KEY", key)
            result = ask("refresh", *options)
            assert result.exit_code == code
            assert not [made for made in keys if made in result.output + result.stderr]
            assert ("SMARTIA_STORE_KEY" in result.stderr) == (code == 1)
        monkeypatch.setenv("SMARTIA_STORE_KEY", keys[0])
        assert "Removed: sessions that the key at hand does not open to be counted" in ask("forget", "--yes").output


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(1200, 15000), "1,200 of 15,000 sessions"),
        (Progress(1200, 15000, waiting_s=20), "1,200 of 15,000 sessions; the API asked to wait 20 s"),
        (Progress(70, 70, is_elsewhere=True), "Another smartia is downloading the same account: 70 sessions so far"),
    ],
)
def test_progress_in_words(progress: Progress, text: str) -> None:
    """Progress is one line: how many of how many, and what is waited for."""
    assert describe(progress) == text
