"""One morning of a data lead, from a question about Maths to the learners behind a figure and a link."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

import smartia
from smartia.settings import Settings
from tests.browser.conftest import Visit, visit
from tests.browser.soundness import check_soundness

AREAS = ("Art", "Business", "Care", "Digital", "Engineering")
OUTSIDE = "Foundation"
FILE_NAME = "a-telling-file-name.csv"
COUNTED = "Counted here: Maths · 16–18 · latest attempt of each learner at each test"
CHOSEN = {"subject": ["Maths"], "age": ["16–18"]}
"""The filters, as a link has them."""


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


def look_behind_the_newest_line(tab: Visit) -> None:
    """Click beside an unseen point of the lines of years, and find the sessions up to its day."""
    chart = tab.page.locator("[data-testid=stVegaLiteChart]", has_text="Sessions so far").last
    point = chart.locator("svg .mark-symbol.role-mark").last.locator("path").last
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    assert box is not None
    tab.page.mouse.click(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2)
    chosen = tab.page.get_by_role("combobox", name="Sessions behind a point of a line")
    expect(chosen).to_have_value(re.compile(r"^20\d\d/\d\d · up to \d+ \w+ 20\d\d$"), timeout=20_000)
    expect(tab.page.get_by_text(re.compile(r"^[\d,]+ sessions? of [\d,]+ learners?")).first).to_be_visible()


@pytest.mark.long
def test_a_whole_morning(browser: Browser, demo_context: BrowserContext, demo_app: str, demo_folder: Path) -> None:
    """Follow a finding, filter, compare with last year, list doubtful sittings, click in the funnel, share the figures.

    Filters hold from page to page, on the way over the one without filters too, stand in the link and open the same
    figures elsewhere; Reset takes them all away. Neither the address nor the log knows the list's file, a group of it
    or a learner. A click on a line of years lists what had counted by then.
    """
    sessions = smartia.load_sessions(Settings(cache_dir=demo_folder), refresh="never")
    listed = make_list(sessions)
    maths = sessions[(sessions["subject"] == "Maths") & (sessions["age_band"] == "16–18")]
    latest = maths[maths["attempt"] == maths["attempts"]]
    with visit(demo_context, demo_app) as tab:
        tab.go()
        tab.page.get_by_role("link", name="not readable").click()
        tab.settle()
        expect(tab.page.get_by_role("heading", name="Levels that cannot be read")).to_be_visible()
        tab.page.get_by_role("link", name="Overview").click()
        tab.settle()
        choose(tab, "Subject", "Maths")
        choose(tab, "Age", "16–18")
        expect(tab.page.get_by_text(COUNTED)).to_be_visible()
        expect(tab.page.get_by_test_id("stMetricValue").first).to_have_text(f"{len(latest):,}")
        assert parse_qs(urlsplit(tab.page.url).query) == CHOSEN

        tab.page.get_by_role("link", name="Trends").click()
        tab.settle()
        change = tab.page.get_by_text("Level 1 or above in Maths").first
        expect(change).to_contain_text("same day last year")
        said = change.inner_text()
        tab.page.get_by_role("button", name="Copy link").click()
        link = tab.page.get_by_test_id("stPopoverBody").locator("code").inner_text()
        assert parse_qs(urlsplit(link).query) == CHOSEN
        tab.page.keyboard.press("Escape")
        look_behind_the_newest_line(tab)
        with visit(browser, demo_app) as other:  # which shares no cookie and no storage with the first
            other.page.goto(link)
            other.settle()
            expect(other.page.get_by_text(COUNTED)).to_be_visible()
            expect(other.page.get_by_text("Level 1 or above in Maths").first).to_have_text(said)

        tab.page.get_by_role("link", name="Data quality").click()
        tab.settle()
        tab.page.get_by_role("link", name="Durations").click()
        tab.settle()
        expect(tab.page.get_by_text(COUNTED)).to_be_visible()
        doubtful = tab.page.get_by_text("The unusually short sessions (")
        (number,) = re.findall(r"\(([0-9,]+)\)", doubtful.inner_text())
        doubtful.click()
        expect(tab.page.get_by_text(f"{number} sessions of ").first).to_be_visible(timeout=20_000)

        click_in_the_funnel(tab, listed)
        address = tab.page.url
        tab.page.get_by_text("First", exact=True).click()
        tab.settle()
        counted = "Counted here: Maths · 16–18 · first attempt of each learner at each test"
        expect(tab.page.get_by_text(counted)).to_be_visible()
        tab.page.get_by_role("button", name="Reset filters").click()
        tab.settle()
        expect(tab.page.get_by_text("Counted here: latest attempt of each learner at each test")).to_be_visible()
        # What the page shows is its own choice, and no filter.
        assert parse_qs(urlsplit(tab.page.url).query) == {"shown": ["Maths"]}
    log = (demo_folder / "server.log").read_text()
    words = [word for line in listed.decode().splitlines() for word in line.split(",")]
    secrets = {FILE_NAME, *words} - {"Student Ref", "Area"}
    assert len(secrets) > len({OUTSIDE, *AREAS}) + 900
    assert [len(secret) for secret in secrets if secret in address or secret in log] == []


def click_in_the_funnel(tab: Visit, listed: bytes) -> None:
    """Upload a list on Groups, click the group outside the lines, and find the list still there after another page."""
    tab.page.get_by_role("link", name="Groups").click()
    file = {"name": FILE_NAME, "mimeType": "text/csv", "buffer": listed}
    tab.page.locator("input[type=file]").set_input_files(file)
    tab.page.get_by_role("button", name="Use this list").click()
    expect(tab.page.get_by_role("heading", name="Who is in a group")).to_be_visible(timeout=20_000)
    tab.settle()
    check_soundness(tab, "Groups")
    expect(tab.page.get_by_text(f"Below the lines: {OUTSIDE} (outside 99.8%)")).to_be_visible()
    # The only diamond of the funnel is the group outside the outer lines.
    tab.page.locator(f'path[aria-roledescription=point][aria-label*="{OUTSIDE}"]').last.click(force=True)
    expect(tab.page.get_by_role("combobox", name="Area")).to_have_value(OUTSIDE, timeout=20_000)
    expect(tab.page.get_by_text("150 sessions of 150 learners")).to_be_visible(timeout=20_000)
    tab.page.get_by_role("link", name="Levels").click()
    tab.settle()
    tab.page.get_by_role("link", name="Groups").click()
    expect(tab.page.get_by_role("heading", name="Who is in a group")).to_be_visible(timeout=20_000)
    tab.settle()
