"""The report in a browser: made at a click, opened without a network, and printed to A4."""

import re
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import smartia
from smartia.access import Role
from smartia.report.contents import Wanted
from smartia.report.making import make_report
from smartia.report.page import write_report
from smartia.settings import Settings
from smartia.table.filters import Filters
from tests.browser.conftest import visit
from tests.browser.soundness import grave_findings
from tests.hostile import TEXTS, make_hostile_records
from tests.report.test_report import NOW
from tests.servers import KEY, following_reference

TEXT_WIDTH_PX = 180 / 25.4 * 96
"""What A4 leaves between the margins."""
TOO_WIDE = """width => [...document.body.querySelectorAll('*')]
    .filter(element => !element.closest('.unseen'))
    .filter(element => element.getBoundingClientRect().right > width + 1
        || (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0
            && getComputedStyle(element).display !== 'inline'))
    .map(element => element.outerHTML.slice(0, 120))"""
"""Elements that reach beyond the width of the paper, or whose content reaches beyond themselves."""
LONELY = """() => [...document.querySelectorAll('h2, h3')].filter(heading => {
    const next = heading.nextElementSibling || heading.parentElement.nextElementSibling;
    return !next || next.getBoundingClientRect().height < 10;
}).map(heading => heading.textContent)"""
"""Headings with nothing below them."""


def see_it_is_sound(page: Page, file: Path) -> list[int]:
    """Open a report without a network, look at it as it prints, and print it; gives how much each page paints."""
    wrongs: list[str] = []
    page.context.set_offline(offline=True)
    page.on("dialog", lambda dialog: (wrongs.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: wrongs.append(message.text))
    page.on(
        "request", lambda request: wrongs.append(request.url) if request.url[:5] not in ("file:", "data:") else None
    )
    page.set_viewport_size({"width": round(TEXT_WIDTH_PX), "height": 1000})
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("[...document.images].filter(image => !image.complete || !image.naturalWidth).length") == 0
    assert page.evaluate(TOO_WIDE, round(TEXT_WIDTH_PX)) == []
    assert page.evaluate(LONELY) == []
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert wrongs == []
    return strokes_by_page(printed)


def strokes_by_page(pdf: bytes) -> list[int]:
    """How many texts and shapes each page of a PDF shows, its number at the foot included."""
    objects = dict(re.findall(rb"(\d+) 0 obj\s(.*?)endobj", pdf, re.DOTALL))
    pages = [part for part in objects.values() if re.search(rb"/Type\s*/Page\b", part)]
    assert {re.sub(rb"\s+", b" ", found) for found in re.findall(rb"/MediaBox\s*\[(.*?)\]", pdf)} <= A4
    found = []
    for part in pages:
        [number] = re.findall(rb"/Contents\s+(\d+)", part)
        stream = objects[number].split(b"stream", 1)[1].lstrip(b"\r\n").rsplit(b"endstream", 1)[0]
        found.append(len(re.findall(rb"\b(?:Tj|TJ|Do)\b", zlib.decompressobj().decompress(stream))))
    return found


A4 = {b"0 0 594.95996 841.91998", b"0 0 595 842", b"0 0 594.96 841.92"}


def test_a_report_is_made_at_a_click_and_prints(
    browser: Browser, demo_context: BrowserContext, demo_app: str, tmp_path: Path
) -> None:
    """The button of the page leaves one file, its title not in its name; it opens offline and prints to full pages."""
    file = tmp_path / "report.html"
    with visit(demo_context, demo_app) as tab:
        tab.go("report?subject=Maths&subject=English")
        tab.page.get_by_role("textbox", name="Title").fill("Asesiadau cychwynnol")
        tab.page.keyboard.press("Enter")
        tab.settle()
        with tab.page.expect_download() as download:
            tab.page.get_by_role("button", name="Report", exact=True).click()
        assert re.fullmatch(r"smartia-report-\d{4}-\d\d-\d\d\.html", download.value.suggested_filename)
        download.value.save_as(file)
    with visit(browser, demo_app) as tab:
        strokes = see_it_is_sound(tab.page, file)
        expect(tab.page.get_by_role("heading", name="Asesiadau cychwynnol")).to_be_visible()
        assert 6 <= len(strokes) <= 11
        assert min(strokes) > 15, strokes


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
def test_a_hostile_report_prints_as_text(browser: Browser, tmp_path: Path, role: Role) -> None:
    """With attacks for subjects, levels and title nothing runs, loads or reaches beyond the paper."""
    with following_reference(make_hostile_records(120)) as api:
        settings = Settings(api_key=KEY, base_url=api.base_url, cache_dir=tmp_path)
        wanted = Wanted(title=TEXTS["long"])
        made = make_report(smartia.refresh(settings), settings, role, Filters(), wanted, NOW)
    file = tmp_path / "report.html"
    file.write_bytes(write_report(made))
    with visit(browser, "") as tab:
        assert min(see_it_is_sound(tab.page, file)) > 5


def test_pictures_are_listed_and_downloaded(demo_context: BrowserContext, demo_app: str) -> None:
    """The box gives tables, lists the charts that the page has noted, and gives all of them or one, on both views."""
    with visit(demo_context, demo_app, scheme="dark") as tab:
        for path, charts in (("levels?subject=Maths", 2), ("levels?publish=true", 3)):
            tab.go(path)
            tab.page.get_by_role("button", name="Take away").click()
            with tab.page.expect_download() as tables:
                tab.page.get_by_role("button", name="CSV tables").click()
            assert re.fullmatch(r"smartia-levels-[\d-]+-csv\.zip", tables.value.suggested_filename)
            tab.settle()
            assert grave_findings(tab) == []
            tab.page.get_by_role("button", name="Pictures").click()
            dialog = tab.page.get_by_role("dialog")
            chart = dialog.get_by_role("combobox", name="Chart")
            expect(chart).to_have_value(f"All {charts}, as a ZIP file", timeout=20_000)
            # Behind the dialog nothing has the focus, the box that it was opened from neither.
            assert set(grave_findings(tab)) <= {"scrollable-region-focusable"}
            dialog.get_by_text("SVG, sharp at any size").click()
            tab.settle()
            with tab.page.expect_download() as download:
                dialog.get_by_role("button", name="Download").click()
            assert re.fullmatch(r"smartia-levels-[\d-]+-svg\.zip", download.value.suggested_filename)
