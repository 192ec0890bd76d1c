"""One morning of a data lead, from a question about Maths to the learners behind a figure and a link."""

from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Browser, expect

import smartia
from smartia.settings import Settings
from tests.browser.conftest import Visit, serve, visit

AREAS = ("Art", "Business", "Care", "Digital", "Engineering")
OUTSIDE = "Foundation"


@pytest.fixture(scope="module")
def college(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A demo college that has been downloaded."""
    settings = Settings(cache_dir=tmp_path_factory.mktemp("story"))
    smartia.refresh(settings)
    return settings


def make_list(sessions: pd.DataFrame) -> bytes:
    """Make the MIS's list: areas of mixed learners, and one of 150 young people below Level 1 in Maths."""
    accounts = sessions.groupby("external_id")["user_id"].nunique()
    known = sessions[sessions["external_id"].isin(accounts[accounts == 1].index)]
    maths = known[(known["subject"] == "Maths") & (known["age_band"] == "16–18")]
    low = list(dict.fromkeys(maths.loc[maths["level_rank"] < 40, "external_id"]))[:150]
    others = [reference for reference in dict.fromkeys(known["external_id"]) if reference not in set(low)]
    rows = [f"{reference},{OUTSIDE}" for reference in low]
    rows += [f"{reference},{AREAS[place % len(AREAS)]}" for place, reference in enumerate(others)]
    return "\n".join(["Student Ref,Area", *rows]).encode()


def choose(tab: Visit, box: str, option: str) -> None:
    """Choose an option of a box in the sidebar."""
    tab.page.get_by_role("combobox", name=box, exact=True).click()
    tab.page.get_by_role("option", name=option, exact=True).click()
    tab.page.keyboard.press("Escape")
    tab.settle()


def test_a_whole_morning(browser: Browser, college: Settings) -> None:
    """Filter, compare with last year, look at doubtful sittings, find a group outside the funnel, share the figures."""
    file = {"name": "list.csv", "mimeType": "text/csv", "buffer": make_list(smartia.load_sessions(college))}
    with serve(college.cache_dir) as base_url, visit(browser, base_url) as tab:
        tab.go()
        choose(tab, "Subject", "Maths")
        choose(tab, "Age", "16–18")
        expect(tab.page.get_by_text("Counted here: Maths · 16–18 ·")).to_be_visible()

        tab.page.get_by_role("link", name="Trends").click()
        tab.settle()
        change = tab.page.get_by_text("Level 1 or above in Maths").first
        expect(change).to_contain_text("same day last year")

        tab.page.get_by_role("link", name="Durations").click()
        tab.settle()
        doubtful = tab.page.get_by_test_id("stMain").get_by_text("nusually short").first
        expect(doubtful).to_be_visible()

        tab.page.get_by_role("link", name="Groups").click()
        tab.page.locator("input[type=file]").set_input_files(file)
        tab.page.get_by_role("button", name="Use this list").click()
        expect(tab.page.get_by_role("heading", name="Who is in a group")).to_be_visible(timeout=20_000)
        tab.settle()
        expect(tab.page.get_by_text(f"Below the lines: {OUTSIDE} (outside 99.8%)")).to_be_visible()
        tab.page.get_by_role("combobox", name="Area").fill(OUTSIDE)
        tab.page.keyboard.press("Enter")
        tab.settle()
        expect(tab.page.get_by_text("150 learners").first).to_be_visible()

        tab.page.get_by_role("link", name="Overview").click()
        tab.settle()
        tab.page.get_by_role("button", name="Copy link").click()
        link = tab.page.get_by_test_id("stPopoverBody").locator("code").inner_text()
        assert parse_qs(urlsplit(link).query) == {"subject": ["Maths"], "age": ["16–18"]}
        figures = tab.page.get_by_test_id("stMetricValue").all_inner_texts()
        with visit(browser, base_url) as other:
            other.page.goto(link)
            other.settle()
            expect(other.page.get_by_text("Counted here: Maths · 16–18 ·")).to_be_visible()
            expect(other.page.get_by_test_id("stMetricValue")).to_have_text(figures)
