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


@pytest.fixture
def tab(demo_context: BrowserContext, demo_app: str) -> Iterator[Visit]:
    """A tab on the demo college."""
    with visit(demo_context, demo_app) as opened:
        yield opened


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


def test_filters_travel_between_pages_into_the_link_and_back(tab: Visit, browser: Browser) -> None:
    """A filter set on Levels holds on Durations, stands in the URL, and opens the same figures elsewhere."""
    tab.go("levels")
    tab.page.get_by_role("combobox", name="Subject").click()
    tab.page.get_by_role("option", name="Maths").click()
    tab.page.keyboard.press("Escape")
    tab.page.get_by_text("First", exact=True).click()
    tab.settle()
    counted = "Counted here: Maths · first attempt of each learner at each test"
    expect(tab.page.get_by_text(counted)).to_be_visible()
    tab.page.get_by_role("link", name="Durations").click()
    tab.settle()
    expect(tab.page.get_by_role("heading", name="Durations")).to_be_visible()
    expect(tab.page.get_by_text(counted)).to_be_visible()
    sentence = tab.page.locator("li", has_text="sessions finished within").inner_text()
    link = tab.page.url
    assert "subject=Maths" in link
    with visit(browser, tab.base_url) as other:
        other.page.goto(link)
        other.settle()
        expect(other.page.get_by_text(counted)).to_be_visible()
        assert other.page.locator("li", has_text="sessions finished within").inner_text() == sentence
    tab.page.get_by_role("button", name="Reset filters").click()
    tab.settle()
    expect(tab.page.get_by_text("Counted here: latest attempt of each learner at each test")).to_be_visible()
    assert urlsplit(tab.page.url).query == ""


def test_a_visit_to_data_quality_keeps_the_filters(tab: Visit) -> None:
    """The page without filters does not make the other pages forget theirs."""
    tab.go("levels?subject=Maths&split=Gender")
    tab.page.get_by_role("link", name="Data quality").click()
    tab.settle()
    tab.page.get_by_role("link", name="Levels").click()
    tab.settle()
    expect(tab.page.get_by_text("Counted here: Maths ·")).to_be_visible()


def test_findings_lead_to_data_quality(tab: Visit) -> None:
    """What needs attention is a link to the page that says more."""
    tab.go()
    tab.page.get_by_role("link", name="not readable").click()
    tab.settle()
    expect(tab.page.get_by_role("heading", name="Levels that cannot be read")).to_be_visible()


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


def test_a_slow_first_download_shows_its_progress_and_then_the_figures(browser: Browser, tmp_path: Path) -> None:
    """While the API is slow the page says how far it is, other pages open, and the figures come by themselves."""
    records = make_records(seed=7, size=600)
    with following_reference(records, pause_s=0.8) as api:
        variables = {"SMARTIA_BASE_URL": api.base_url, "SMARTIA_API_KEY": KEY, "SMARTIA_OPEN_ROLE": "analyst"}
        with serve(tmp_path, **variables) as base_url, visit(browser, base_url) as tab:
            tab.page.goto(base_url)
            expect(tab.page.get_by_text("of 600 sessions").first).to_be_visible(timeout=30_000)
            tab.page.get_by_role("link", name="Data quality").click()
            expect(tab.page.get_by_role("heading", name="Data quality", level=1)).to_be_visible(timeout=20_000)
            expect(tab.page.get_by_text("Sessions held")).to_be_visible(timeout=60_000)
            expect(tab.page.get_by_test_id("stMetricValue").nth(1)).to_have_text("600")
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


def test_a_refresh_and_a_removal_reach_whoever_watches(browser: Browser, tmp_path: Path) -> None:
    """A refresh by one reader is seen by another at their next click; nobody downloads twice.

    So is the removal of the copy, after a question: nobody downloads again unasked.
    """
    records = make_records(seed=11, size=120)
    with following_reference(records[:100]) as api:
        variables = {"SMARTIA_BASE_URL": api.base_url, "SMARTIA_API_KEY": KEY, "SMARTIA_OPEN_ROLE": "learner-access"}
        with serve(tmp_path, **variables) as base_url, visit(browser, base_url) as one, visit(browser, base_url) as two:
            for tab in (one, two):
                tab.go("data_quality")
                expect(tab.page.get_by_test_id("stMetricValue").nth(1)).to_have_text("100", timeout=20_000)
            api.records = records
            one.page.get_by_role("button", name="Refresh data").click()
            expect(one.page.get_by_test_id("stMetricValue").nth(1)).to_have_text("120", timeout=20_000)
            asked = len(api.asked)
            two.page.get_by_role("link", name="Data quality").click()
            expect(two.page.get_by_test_id("stMetricValue").nth(1)).to_have_text("120", timeout=20_000)
            assert len(api.asked) == asked
            one.page.get_by_role("button", name="Remove the copy").click()
            one.page.get_by_role("button", name="Keep it").click()
            expect(one.page.get_by_role("dialog")).to_have_count(0)
            one.page.get_by_role("button", name="Remove the copy").click()
            one.page.get_by_role("button", name="Remove it").click()
            expect(one.page.get_by_text("has been removed (120 sessions")).to_be_visible(timeout=20_000)
            two.page.get_by_role("link", name="Levels").click()
            expect(two.page.get_by_text("has been removed (120 sessions")).to_be_visible(timeout=20_000)
            assert len(api.asked) == asked
            assert [path.name for path in tmp_path.iterdir()] == ["server.log"]
