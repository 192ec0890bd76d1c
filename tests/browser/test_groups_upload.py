"""A list is uploaded to the Groups page, and a click in the funnel leads to the learners of a group."""

from pathlib import Path

from playwright.sync_api import BrowserContext, expect

import smartia
from smartia.settings import Settings
from tests.browser.conftest import visit
from tests.browser.soundness import check_soundness

FILE_NAME = "a-telling-file-name.csv"
AREAS = ("Art", "Business", "Care")


def test_a_list_is_uploaded_and_a_point_clicked(demo_context: BrowserContext, demo_app: str, demo_folder: Path) -> None:
    """The page with a list is sound; a click on a point chooses its group; no address and no log knows of the list."""
    sessions = smartia.load_sessions(Settings(cache_dir=demo_folder), refresh="never")
    references = sessions["external_id"].dropna().unique()[:900]
    rows = [f"{reference},{AREAS[place % 3]}" for place, reference in enumerate(references)]
    file = {"name": FILE_NAME, "mimeType": "text/csv", "buffer": "\n".join(["Student Ref,Area", *rows]).encode()}
    with visit(demo_context, demo_app) as tab:
        tab.go("groups")
        tab.page.locator("input[type=file]").set_input_files(file)
        tab.page.get_by_role("button", name="Use this list").click()
        expect(tab.page.get_by_role("heading", name="Who is in a group")).to_be_visible(timeout=20_000)
        tab.settle()
        check_soundness(tab, "Groups")
        points = tab.page.locator(".stVegaLiteChart").nth(1).locator("path[aria-roledescription=point]")
        expect(points).to_have_count(len(AREAS))
        points.nth(1).click(force=True)
        expect(tab.page.get_by_role("combobox", name="Area")).to_have_value(AREAS[1], timeout=20_000)
        tab.settle()
        tab.page.get_by_role("link", name="Levels").click()
        tab.settle()
        tab.page.get_by_role("link", name="Groups").click()
        expect(tab.page.get_by_role("heading", name="Who is in a group")).to_be_visible(timeout=20_000)
        address = tab.page.url
    log = (demo_folder / "server.log").read_text()
    for secret in (FILE_NAME, *AREAS, *references):
        assert secret not in address
        assert secret not in log
