"""What a data lead does in a browser, from the first look to a shared link."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from smartia.connect.protocol import PATH
from smartia.sandbox.service import DEMO_KEY
from tests.browser.conftest import Visit, go_to, serve, visit
from tests.browser.soundness import check_soundness
from tests.handmade import make_records
from tests.sandbox.running import running
from tests.servers import KEY, following_reference

PAGES = {
    "": "Overview",
    "levels": "Levels",
    "durations": "Durations",
    "trends": "Trends",
    "profiles": "Profiles",
    "groups": "Groups",
    "rooms": "Rooms",
    "learners": "Learners",
    "data_quality": "Data quality",
    "report": "Report",
    "connect": "Connect your college",
    "glossary": "Words and changes",
}


@pytest.fixture(scope="module")
def walk(demo_context: BrowserContext, demo_app: str) -> Iterator[Visit]:
    """A tab on the demo college that goes from page to page."""
    with visit(demo_context, demo_app) as opened:
        opened.go()
        yield opened


def test_the_first_look_shows_a_chart_without_any_setting(browser: Browser, tmp_path: Path) -> None:
    """A server with an empty cache and no key shows the Overview's first chart and says that it is a demo."""
    with serve(tmp_path) as base_url, visit(browser, base_url) as tab:
        tab.go()
        expect(tab.page.get_by_text("Demo college.")).to_be_visible()
        expect(tab.page.locator(".vega-embed").first).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_sound(walk: Visit, path: str) -> None:
    """No page has a grave finding of axe-core, a control out of Tab's reach, an empty chart, or asks another host.

    Nothing changes by going through it with Tab. All that holds in both themes. At 400 px no page is wider than the
    screen, and no text of a chart is cut off or lies on another.
    """
    walk.page.emulate_media(color_scheme="light")
    go_to(walk, PAGES[path])
    assert urlsplit(walk.page.url).path == f"/{path}"
    check_soundness(walk, PAGES[path])
    assert walk.hosts == {urlsplit(walk.base_url).netloc}
    assert walk.warnings == []


def test_a_download_a_refresh_and_a_removal_reach_whoever_watches(browser: Browser, tmp_path: Path) -> None:
    """While the API is slow the page says how far it is, other pages open, and the figures come by themselves.

    A refresh by one reader is seen by another at their next click; nobody downloads twice. So is the removal of the
    copy, after a question: nobody downloads again unasked. The log does not have the key.
    """
    records = make_records(seed=7, size=620)
    with following_reference(records[:600], pause_s=0.8) as api:
        variables = {"SMARTIA_BASE_URL": api.base_url, "SMARTIA_API_KEY": KEY, "SMARTIA_OPEN_ROLE": "learner-access"}
        with serve(tmp_path, **variables) as base_url, visit(browser, base_url) as one, visit(browser, base_url) as two:
            one.page.goto(base_url)
            expect(one.page.get_by_text("of 600 sessions").first).to_be_visible(timeout=30_000)
            one.page.get_by_role("link", name="Data quality").click()
            expect(one.page.get_by_role("heading", name="Data quality", level=1)).to_be_visible(timeout=20_000)
            expect(one.page.get_by_text("Sessions held")).to_be_visible(timeout=60_000)
            expect(one.page.get_by_test_id("stMetricValue").nth(1)).to_have_text("600")
            api.pause_s = 0
            two.go("data_quality")
            expect(two.page.get_by_test_id("stMetricValue").nth(1)).to_have_text("600", timeout=20_000)
            api.records = records
            one.page.get_by_role("button", name="Refresh data").click()
            expect(one.page.get_by_test_id("stMetricValue").nth(1)).to_have_text("620", timeout=20_000)
            asked = len(api.asked)
            two.page.get_by_role("link", name="Data quality").click()
            expect(two.page.get_by_test_id("stMetricValue").nth(1)).to_have_text("620", timeout=20_000)
            assert len(api.asked) == asked
            one.page.get_by_role("button", name="Remove the copy").click()
            one.page.get_by_role("button", name="Keep it").click()
            expect(one.page.get_by_role("dialog")).to_have_count(0)
            one.page.get_by_role("button", name="Remove the copy").click()
            one.page.get_by_role("button", name="Remove it").click()
            expect(one.page.get_by_text("has been removed (620 sessions")).to_be_visible(timeout=20_000)
            two.page.get_by_role("link", name="Levels").click()
            expect(two.page.get_by_text("has been removed (620 sessions")).to_be_visible(timeout=20_000)
            assert len(api.asked) == asked
            assert [path.name for path in tmp_path.iterdir()] == ["server.log"]
        assert KEY not in (tmp_path / "server.log").read_text()


def test_the_page_says_what_a_download_is_waiting_for(browser: Browser, tmp_path: Path) -> None:
    """While the API asks to wait, a viewer is told so and for how long, without counts, and then gets the figures."""
    with running("--learners", "800", "--faults", "429@3;retry-after=7") as api:
        variables = {"SMARTIA_BASE_URL": api.url.removesuffix(PATH), "SMARTIA_API_KEY": DEMO_KEY}
        with serve(tmp_path, **variables) as base_url, visit(browser, base_url) as tab:
            tab.page.goto(base_url)
            waiting = tab.page.get_by_text("asked to wait").first
            expect(waiting).to_be_visible(timeout=20_000)
            assert re.search(r"\d+ (of|session)", waiting.inner_text()) is None
            expect(tab.page.get_by_role("heading", name="Sessions by subject")).to_be_visible(timeout=30_000)
