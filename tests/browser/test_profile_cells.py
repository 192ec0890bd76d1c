"""What a data lead does on Profiles: look behind a cell of the matrix, by mouse and by keyboard."""

from playwright.sync_api import Browser, expect

from tests.browser.conftest import visit


def test_mouse_and_keyboard_show_the_same_learners(browser: Browser, demo_app: str) -> None:
    """A click on a cell fills the select box; so does typing; a cell can be clicked again after another choice."""
    with visit(browser, demo_app, width=1400) as tab:
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
        box.fill("Only Maths")
        tab.page.keyboard.press("Enter")
        tab.settle()
        expect(box).to_have_value("Only Maths")
        number.click(force=True)
        expect(box).to_have_value(clicked, timeout=20_000)
        assert "English" not in tab.page.url
