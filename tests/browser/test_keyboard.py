"""Every page by keyboard alone: whatever can be set can be reached with Tab, and works with Enter and the arrows."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Visit, visit
from tests.browser.soundness import check_soundness, grave_findings

MOST_STEPS = 250
FOCUSED = """() => {
    const element = document.activeElement;
    const label = element.closest('label');
    return element.getAttribute('aria-label') || (label ? label.innerText : '') || element.innerText || '';
}"""


@pytest.fixture
def tab(demo_context: BrowserContext, demo_app: str) -> Iterator[Visit]:
    """A tab on the demo college."""
    with visit(demo_context, demo_app) as opened:
        yield opened


def step_to(tab: Visit, name: str) -> None:
    """Press Tab until what has the focus is called so.

    Raises:
        AssertionError: It never came.
    """
    for _ in range(MOST_STEPS):
        tab.page.keyboard.press("Tab")
        if tab.page.evaluate(FOCUSED).strip().split("\n")[-1] == name:
            return
    raise AssertionError(f"Tab does not come to {name!r}")


def test_a_question_without_a_mouse(tab: Visit) -> None:
    """Go to Levels, filter to Maths, take first attempts, split by gender, and list who is behind a bar."""
    tab.go()
    step_to(tab, "Levels")
    tab.page.keyboard.press("Enter")
    tab.settle()
    expect(tab.page.get_by_role("heading", name="Levels", level=1)).to_be_visible()
    step_to(tab, "Subject")
    tab.page.keyboard.type("Maths")
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.press("Escape")
    tab.settle()
    step_to(tab, "Latest")
    tab.page.keyboard.press("ArrowRight")
    tab.settle()
    counted = "Counted here: Maths · first attempt of each learner at each test"
    expect(tab.page.get_by_text(counted)).to_be_visible()
    step_to(tab, "Sessions behind a bar or a dot")
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Enter")
    tab.settle()
    expect(tab.page.get_by_text(" sessions of ").first).to_be_visible()
    assert grave_findings(tab) == []


def test_a_learner_without_a_mouse(tab: Visit) -> None:
    """Go to Learners, search for a name, and open the card of the first account found; the page is sound then too."""
    tab.go("learners")
    step_to(tab, "Search")
    tab.page.keyboard.type("smith")
    tab.page.keyboard.press("Enter")
    tab.settle()
    step_to(tab, "Learner")
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Enter")
    tab.settle()
    expect(tab.page.get_by_role("button", name="Evidence sheet")).to_be_visible()
    check_soundness(tab, "Learners")
