"""Whether a page is sound: for axe-core, by keyboard alone, on a telephone, in both themes."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from smartia.charts.theme import DARK, LIGHT
from tests.browser.conftest import Visit

TABS_AT_ONCE = 20
MOST_TABS = 400
REMEMBER_FOCUS = """() => {
    window.reached = new Set();
    document.addEventListener('focusin', event => {
        const group = event.target.closest('[role=radiogroup], [role=group], [role=toolbar]');
        [event.target, ...(group ? group.querySelectorAll('button, input') : [])].forEach(each => reached.add(each));
    });
}"""
"""Notes whatever gets the focus, and with it what the arrow keys reach from there: the other parts of a group."""
UNREACHED = """() => {
    const wanted = 'a[href], button, input:not([type=file]), summary, [role=combobox]';
    return [...document.querySelectorAll('[data-testid=stSidebar], [data-testid=stMain]')]
        .flatMap(part => [...part.querySelectorAll(wanted)])
        .filter(element => element.checkVisibility({visibilityProperty: true, opacityProperty: true})
            && !element.disabled && !reached.has(element) && !element.closest('[aria-hidden=true]')
            && !element.closest('[data-testid=stElementToolbar], [data-testid=stDataFrame]')
            && !(element.tabIndex < 0 && element.closest('[data-testid=stNumberInput], [data-testid=stSelectbox]')))
        .map(element => element.outerHTML.slice(0, 160));
}"""
"""What a mouse can use and never had the focus; parts of a widget that its arrow keys serve are left out."""

CROWDED_TEXTS = """() => [...document.querySelectorAll('.vega-embed svg')].flatMap(svg => {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')]
        .map(text => ({words: text.textContent.trim(), box: text.getBoundingClientRect(),
            shown: getComputedStyle(text).opacity !== '0'}))
        .filter(({words, box, shown}) => words && box.width > 0 && shown);
    const cut = texts.filter(({box}) => box.left < frame.left - 3 || box.right > frame.right + 3
        || box.top < frame.top - 3 || box.bottom > frame.bottom + 3);
    const over = texts.flatMap((one, place) => texts.slice(place + 1)
        .filter(({box}) => Math.min(one.box.right, box.right) - Math.max(one.box.left, box.left) > 2
            && Math.min(one.box.bottom, box.bottom) - Math.max(one.box.top, box.top) > 4)
        .map(other => `${one.words} | ${other.words}`));
    return [...cut.map(({words}) => words), ...over];
})"""
"""Finds the texts of charts that are cut off at the chart's edge, and the pairs that overlap."""

COLOURS_OF_TEXTS = """() => [...document.querySelectorAll('.vega-embed svg text')]
    .filter(text => text.textContent.trim()).map(text => text.getAttribute('fill').toUpperCase())"""
"""The colours in which the texts of charts are drawn."""

SIDEWAYS = "element => Math.max(0, element.scrollWidth - element.clientWidth)"
"""How much wider than the screen a part of the page is."""

SCREEN = {"width": 1400, "height": 1000}
DARK_PAGE = f"rgb({', '.join(str(part) for part in bytes.fromhex(DARK.page[1:]))})"
TELEPHONE = SCREEN | {"width": 400}


def grave_findings(tab: Visit, *, of_colours: bool = False) -> list[str]:
    """What axe-core finds on the page as it is that is serious or critical.

    Args:
        tab: Where the page is.
        of_colours: Try the rules about colours alone: for a page that has passed all of them in another theme.
    """
    colours = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
    options = {"resultTypes": ["violations"]} | (colours if of_colours else {})
    found = Axe().run(tab.page, options=options).response["violations"]
    return [finding["id"] for finding in found if finding["impact"] in ("serious", "critical")]


def unreached_by_tab(tab: Visit) -> list[str]:
    """What can be used on the page and Tab, pressed again and again, does not come to."""
    tab.page.evaluate(REMEMBER_FOCUS)
    for _ in range(0, MOST_TABS, TABS_AT_ONCE):
        for _ in range(TABS_AT_ONCE):
            tab.page.keyboard.press("Tab")
        left: list[str] = tab.page.evaluate(UNREACHED)
        if not left:
            break
    return left


def check_soundness(tab: Visit, title: str) -> None:
    """Hold a page as it stands against what every page promises; it is shown in the dark theme afterwards.

    Args:
        tab: Where the page is, on a wide screen and in the light theme.
        title: Its title.
    """
    assert grave_findings(tab) == []
    address = tab.page.url
    assert (unreached_by_tab(tab), tab.page.url) == ([], address)
    tab.page.set_viewport_size(TELEPHONE)
    tab.settle()
    expect(tab.page.get_by_role("heading", name=title, level=1)).to_be_visible()
    assert tab.page.get_by_test_id("stMain").evaluate(SIDEWAYS) == 0
    assert tab.page.evaluate(CROWDED_TEXTS) == []
    tab.page.set_viewport_size(SCREEN)
    tab.page.emulate_media(color_scheme="dark")
    expect(tab.page.get_by_test_id("stApp")).to_have_css("background-color", DARK_PAGE)
    tab.page.evaluate("document.activeElement.blur()")
    tab.page.keyboard.press("r")  # a run, in which the app learns of the theme
    tab.settle()
    colours = tab.page.evaluate(COLOURS_OF_TEXTS)
    assert (DARK.text in colours, LIGHT.text in colours) == (bool(colours), False)
    assert grave_findings(tab, of_colours=True) == []
