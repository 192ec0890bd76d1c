"""A real Chromium before a real server: what a person does, done."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from tests.running_app import ROOT, STREAMLIT, running_app

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Scheme = Literal["light", "dark"]
A_CLICK_ARRIVES_MS = 300
"""How long it takes at most until the page knows that a click made the app run."""
A_CHART_CHANGES_MS = 200
"""How long a chart takes to follow new data, once these have come."""
STANDS_STILL = """() => document.querySelector('[data-test-script-state=notRunning]')
    && [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]
        .filter(chart => chart.checkVisibility()).every(chart => chart.querySelector('svg'))"""
"""Whether the app has run and every chart is drawn."""


@dataclass
class Visit:
    """A browser tab on the app, the hosts it spoke to, and what the drawing of charts warned of."""

    page: Page
    base_url: str
    hosts: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    def go(self, path: str = "") -> None:
        """Open a path of the app and wait until the page stands still."""
        self.page.goto(f"{self.base_url}/{path}")
        self.settle()

    def settle(self) -> None:
        """Wait until the app has run and its charts are drawn."""
        self.page.wait_for_timeout(A_CLICK_ARRIVES_MS)
        self.page.wait_for_selector("h1", timeout=30_000)
        self.page.wait_for_function(STANDS_STILL, polling=100, timeout=30_000)
        self.page.wait_for_timeout(A_CHART_CHANGES_MS)


def go_to(tab: Visit, title: str) -> None:
    """Go to a page by its link in the sidebar, and wait until it stands still."""
    sidebar = tab.page.get_by_test_id("stSidebarUserContent")
    sidebar.get_by_role("link", name=title, include_hidden=True).evaluate("element => element.click()")
    expect(tab.page.get_by_role("heading", name=title, level=1)).to_be_visible(timeout=20_000)
    tab.settle()


def find_chromium() -> str | None:
    """The path of an installed Chromium; None leaves it to Playwright's own browser."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; without one the tests are skipped, except in CI, where that is a failure."""
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        except Error:
            if os.environ.get("CI"):
                pytest.fail("CI needs a Chromium, and none was found.")
            pytest.skip("No Chromium was found: install one to run the browser tests.")
        yield chromium
        chromium.close()


def copy_site(folder: Path) -> Path:
    """Copy what is served, without the developer's secrets, so that a test can add a page; gives the copy's place."""
    site = folder / "site"
    shutil.copytree(ROOT / "pages", site / "pages", ignore=shutil.ignore_patterns("__pycache__"))
    (site / ".streamlit").mkdir()
    for name in ("app.py", "asgi.py", ".streamlit/config.toml"):
        shutil.copy(ROOT / name, site / name)
    return site


@contextmanager
def serve(folder: Path, *, way: Sequence[str] = STREAMLIT, site: Path = ROOT, **variables: str) -> Iterator[str]:
    """Run the app as users do, over a cache folder, which gets `server.log`; gives its address.

    Args:
        folder: The cache folder.
        way: What Python is told to run.
        site: The folder that has `app.py`.
        variables: Settings.
    """
    settings = {"SMARTIA_CACHE_DIR": str(folder), **variables}
    with running_app(folder, way=way, site=site, variables=settings) as app:
        yield app.base_url


BROKEN_PAGE = '''"""A page that fails as pandas does: with a value of the data in the error's text."""

from smartia.ui.shell import open_page

view = open_page("Broken", filtered=False)
names = view.snapshot.read_rows(["full_name"], [0]).to_pandas()["full_name"]
names.set_axis(names).loc["nobody is called " + names.iloc[0]]
'''


@pytest.fixture(scope="session")
def demo_folder(demo_download: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache folder of a demo college that was downloaded; has `server.log` once it is served."""
    return shutil.copytree(demo_download, tmp_path_factory.mktemp("browser") / "cache")


@pytest.fixture(scope="session")
def demo_app(demo_folder: Path) -> Iterator[str]:
    """The app on a demo college that was downloaded before, with one page more, `broken`, which fails."""
    site = copy_site(demo_folder)
    (site / "pages" / "broken.py").write_text(BROKEN_PAGE)
    with serve(demo_folder, site=site) as base_url:
        yield base_url


@pytest.fixture(scope="session")
def demo_context(browser: Browser) -> Iterator[BrowserContext]:
    """Cookies, storage and what was loaded of the app before: those of one reader of the demo college."""
    context = browser.new_context()
    yield context
    context.close()


@contextmanager
def visit(
    browser: Browser | BrowserContext, base_url: str, *, width: int = 1400, scheme: Scheme = "light"
) -> Iterator[Visit]:
    """Open a tab and note every host that it asks.

    Args:
        browser: Whose tab it is: in a browser a reader of its own, or another tab of a reader.
        base_url: Where the app is.
        width: How wide the screen is, in px.
        scheme: The theme that the reader likes.
    """
    page = browser.new_page()
    page.set_viewport_size({"width": width, "height": 1000})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    tab = Visit(page, base_url)
    tab.page.on("request", lambda request: tab.hosts.add(urlsplit(request.url).netloc))
    tab.page.on("console", lambda message: tab.warnings.append(message.text) if "WARN" in message.text else None)
    tab.page.on("websocket", lambda channel: tab.hosts.add(urlsplit(channel.url).netloc))
    try:
        yield tab
    finally:
        page.close()
