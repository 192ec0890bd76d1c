"""An app over a college that was downloaded once, opened page by page with the reader's choices in the URL."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest, local_script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

import smartia
from smartia.settings import Settings
from smartia.table.texts import keep_few_texts_plain
from smartia.ui import opening
from smartia.ui.jobs import job_of
from tests.app.reference import Row, rows_of

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 60
FOLDED = (
    *("volume-table", "cumulative-table", "histogram-table", "ecdf-table", "matrix-table", "steps-table"),
    *("orders-table", "heatmap-table", "day-table", "short-days", "funnel-table", "mix-table", "trend-table"),
    *("shares-table", "summary-table", "plan-table", "patterns-table", "sittings-table", "review-table"),
    *("duplicates-list", "aside-list"),
    *("short-list", "long-list", "spiky-list"),
    *(f"cohort-tables-{subject}" for subject in ("Digital Skills", "English", "English Written", "Maths")),
)
"""Boxes that pages fill when the reader unfolds them."""

Open = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def components_are_looked_up_once() -> Iterator[None]:
    """Let Streamlit look through the installed packages for components once, and not with every app that opens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def runs_are_waited_for_asleep() -> Iterator[None]:
    """Let AppTest sleep until a run of a page is over; it asks a thousand times a second, at the cost of the run."""

    def wait(runner: LocalScriptRunner, timeout: float) -> None:
        runner._script_thread.join(timeout)
        if not runner.script_stopped():
            raise TimeoutError(f"a run of the page took longer than {timeout} s")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_script_runner, "require_widgets_deltas", wait)
        yield


@pytest.fixture(scope="session", autouse=True)
def downloads_are_waited_for() -> Iterator[None]:
    """Let a page wait for a first download however busy the machine is; what it shows meanwhile, a browser tries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "FIRST_WAIT_S", TIMEOUT_S / 2)
        yield


@pytest.fixture(autouse=True)
def texts_are_kept_as_in_the_app(request: pytest.FixtureRequest) -> None:
    """Let pandas keep texts as a server of the app does."""
    request.getfixturevalue("texts_are_kept_as_usual")  # which comes first, and puts everything back
    keep_few_texts_plain()


@pytest.fixture(autouse=True)
def no_download_has_failed() -> None:
    """Let no test find the failed download of an earlier one: accounts are told apart by ports, which come again."""
    job_of.clear()


@pytest.fixture(scope="session")
def demo_college(demo_cache: Path) -> Settings:
    """Settings of a demo college that has been downloaded."""
    return Settings.load(secrets={}, environ={"SMARTIA_CACHE_DIR": str(demo_cache)})


@pytest.fixture(scope="session")
def demo_rows(demo_college: Settings) -> list[Row]:
    """Every session of the demo college, as plain Python values."""
    return rows_of(smartia.load_sessions(demo_college, refresh="never"))


@pytest.fixture
def open_page(demo_college: Settings, private_place: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of the demo college with choices in its URL."""
    assert not (private_place / ".streamlit").exists()
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(demo_college.cache_dir))
    return open_app


def open_app(page: str = "app.py", *, unfolded: Iterable[str] = (), **choices: str | list[str]) -> AppTest:
    """Open a page as a link with these query parameters would, unfolded; fails on any exception of the page.

    Args:
        page: Its file.
        unfolded: Keys of boxes that are unfolded beside `FOLDED`.
        choices: The query parameters.
    """
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S)
    app.secrets["smartia"] = {}
    for key in (*FOLDED, *unfolded):
        app.session_state[key] = True
    if page != "app.py":
        app.switch_page(page)
    for name, value in choices.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def plain(markdown: str) -> str:
    """Markdown without its escapes."""
    return markdown.replace("\\", "")
