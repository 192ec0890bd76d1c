"""The command line, run as a scheduler runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from smartia.__main__ import describe
from smartia.store.refresh import Progress
from tests.handmade import make_records
from tests.servers import KEY, following_reference, nobody_listens

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
