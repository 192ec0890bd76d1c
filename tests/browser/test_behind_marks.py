"""What a data lead does: look behind a cell of the matrix, by mouse and by keyboard, and behind a point of a line."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import visit


def test_mouse_and_keyboard_show_the_same_learners(demo_context: BrowserContext, demo_app: str) -> None:
    """A click on a cell fills the select box; so does typing; a cell can be clicked again after another choice."""
    with visit(demo_context, demo_app, width=1400) as tab:
        tab.go("profiles")
        box = tab.page.get_by_role("combobox", name="Show the learners of a cell")
        chart = tab.page.locator("[data-testid=stVegaLiteChart]").first
        number = chart.locator("svg .mark-text.role-mark text").first
        expect(number).to_be_visible(timeout=20_000)
        learners = str(number.text_content())
        number.click(force=True)
        expect(box).not_to_have_value("", timeout=20_000)
        clicked = box.input_value()
        assert clicked.startswith("English")
        expect(tab.page.get_by_text(f" of {learners} learner").first).to_be_visible(timeout=20_000)
        tab.settle()
        box.fill("Only Maths")
        expect(tab.page.get_by_role("option", name="Only Maths")).to_be_visible()
        tab.page.keyboard.press("Enter")
        tab.settle()
        expect(box).to_have_value("Only Maths")
        number.click(force=True)
        expect(box).to_have_value(clicked, timeout=20_000)
        assert "English" not in tab.page.url


def test_a_click_on_a_line_shows_who_had_finished(demo_context: BrowserContext, demo_app: str) -> None:
    """The points of the curve are not seen, and yet a click beside the line finds them; the page says how many."""
    with visit(demo_context, demo_app) as tab:
        tab.go("durations")
        chart = tab.page.locator("[data-testid=stVegaLiteChart]", has_text="finished").last
        point = chart.locator("svg .mark-symbol.role-mark").last.locator("path").nth(20)
        point.scroll_into_view_if_needed()
        box = point.bounding_box()
        assert box is not None
        tab.page.mouse.click(box["x"] + box["width"] / 2 - 6, box["y"] + box["height"] / 2)
        chosen = tab.page.get_by_role("combobox", name="Sessions behind a point of a line")
        expect(chosen).to_have_value(re.compile(r" · finished within \d+ min"), timeout=20_000)
        expect(tab.page.get_by_text(re.compile(r"^[\d,]+ sessions? of [\d,]+ learners?")).first).to_be_visible()
        assert "?" not in tab.page.url
