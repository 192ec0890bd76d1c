"""Sessions and lists full of attacks, on every page in every role: text on the screen, and not a word in the logs."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, WebSocket, expect

from smartia.access import Role
from smartia.table.labels import fit_label
from smartia.ui.frame import DATA_PAGES
from tests.browser.conftest import Visit, copy_site, go_to, serve, visit
from tests.browser.soundness import CROWDED_TEXTS, SCREEN, SIDEWAYS, TELEPHONE
from tests.hostile import FOREIGN, TEXTS, make_hostile_records, values_of
from tests.running_app import UVICORN, wait_for
from tests.servers import KEY, ReferenceServer, following_reference

LISTS = re.compile("unusually (short|long) sessions|spiky profiles|accounts, with the evidence")
WIDTHS = {Role.VIEWER: 1400, Role.ANALYST: 400, Role.LEARNER_ACCESS: 1400}
WITH_DEBUG = (
    "-c",
    "import logging; logging.getLogger('smartia').setLevel('DEBUG'); from uvicorn.main import main; main()",
    *UVICORN[2:],
)
"""The app as ASGI, so that the Content-Security-Policy is tried as well, with everything that smartia logs."""
BECOME_PAGE = """
'''A page by which the test changes the role of everybody.'''

import os

import streamlit as st

os.environ["SMARTIA_OPEN_ROLE"] = st.query_params["role"]
st.title("Done")
"""
IDENTITY = re.compile(rb"(username|fullName|firstName|middleName|lastName|upn|externalId)[0-9]")
"""The end of every text in a hostile record that identifies a learner."""
MADE_BY_DATA = f"""() => {{
    const made = [...document.querySelectorAll('a, area, img, image, iframe, object, embed, form, script')]
        .map(element => element.outerHTML.slice(0, 200)).filter(text => /^<img|javascript:|alert|{FOREIGN}/.test(text));
    const marked = [...document.querySelectorAll('strong, em, b, code, del, mark, table, span')]
        .map(element => element.innerText).filter(text => /^[a-z]made$/.test(text));
    return [...made, ...marked, ...[...document.querySelectorAll('.katex')].map(element => element.innerText)];
}}"""
"""What stands in the page and was made by a text of the data: links, pictures, bold words, formulas."""


@dataclass
class Watched:
    """A tab, and whatever went wrong in it.

    Attributes:
        tab: The tab.
        wrongs: Dialogs, errors of scripts and of the console, and findings on the pages.
        received: How many messages the app sent over its websocket.
        has_identity: Whether any of them held a text that identifies a learner.
    """

    tab: Visit
    wrongs: list[str] = field(default_factory=list)
    received: int = 0
    has_identity: bool = False

    def watch(self) -> None:
        """Begin to take note."""
        page = self.tab.page
        page.on("dialog", lambda dialog: (self.wrongs.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: self.wrongs.append(f"script {error}"))
        page.on(
            "console",
            # Streamlit looks for its server below the page's path first, and does not find it there.
            lambda message: (
                self.wrongs.append(f"console {message.text}")
                if message.type == "error" and "404" not in message.text
                else None
            ),
        )
        page.on("websocket", self._listen)

    def _listen(self, channel: WebSocket) -> None:
        channel.on("framereceived", self._take)

    def _take(self, frame: str | bytes) -> None:
        self.received += 1
        content = frame if isinstance(frame, bytes) else frame.encode()
        self.has_identity = self.has_identity or IDENTITY.search(content) is not None

    def look(self, what: str) -> None:
        """Look at the page as it is, for what the data made and for parts that do not fit."""
        page = self.tab.page
        self.wrongs += [f"{what}: made {text}" for text in page.evaluate(MADE_BY_DATA)]
        if sideways := page.get_by_test_id("stMain").evaluate(SIDEWAYS):
            self.wrongs.append(f"{what}: {sideways} px too wide")
        self.wrongs += [f"{what}: crowded: {text}" for text in page.evaluate(CROWDED_TEXTS)]


@contextmanager
def visit_as(browser: Browser, base_url: str, role: Role) -> Iterator[Watched]:
    """Open a tab in a role; at its end, fail if anything was wrong in it."""
    with visit(browser, base_url, width=WIDTHS[role]) as tab:
        watched = Watched(tab)
        watched.watch()
        tab.page.goto(f"{base_url}/become?role={role}")
        expect(tab.page.get_by_role("heading", name="Done")).to_be_visible(timeout=20_000)
        tab.go()
        yield watched
        assert watched.wrongs == [], role
        assert tab.hosts == {urlsplit(base_url).netloc}


def use_hostile_list(tab: Visit, references: list[str]) -> None:
    """Upload a list whose columns, groups and file name are attacks, and use it."""
    content, texts = io.StringIO(newline=""), list(TEXTS.values())
    writer = csv.writer(content)
    writer.writerow(["Student Ref", *texts[:2]])
    writer.writerows((reference, texts[place % 5], texts[place % 3]) for place, reference in enumerate(references))
    name = "<img src=x onerror=alert(9)>**list** :streamlit:.csv"
    file = {"name": name, "mimeType": "text/csv", "buffer": content.getvalue().encode()}
    tab.page.locator("input[type=file]").set_input_files(file)
    tab.page.get_by_role("button", name="Use this list").click()
    expect(tab.page.get_by_role("heading", name="Who is in a group")).to_be_visible(timeout=20_000)
    tab.settle()


def read_plainly(tab: Visit) -> str:
    """Return what the page says, without the invisible signs and with single blanks."""
    return " ".join(tab.page.get_by_test_id("stMain").inner_text().replace("\u2060", "").split())


def unfold_lists(tab: Visit) -> None:
    """Open the boxes of a page that list sessions or learners."""
    for box in tab.page.get_by_test_id("stExpander").locator("summary").filter(has_text=LISTS).all():
        box.click()
        tab.settle()


def see_that_texts_are_texts(tab: Visit) -> None:
    """Check that Trends, which names every subject in a heading, shows each as it was sent."""
    said = read_plainly(tab)
    assert [kind for kind, text in TEXTS.items() if " ".join(fit_label(text).split()) not in said] == []


def download_sheet(tab: Visit) -> str:
    """Find a learner by a name full of attacks, open the card and download the evidence sheet; returns its text."""
    tab.page.get_by_role("textbox", name="Search").fill("fullName1")
    tab.page.keyboard.press("Enter")
    tab.settle()
    tab.page.get_by_role("combobox", name="Learner").click()
    tab.page.get_by_role("option").first.click()
    tab.settle()
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name="Evidence sheet").click()
    assert download.value.suggested_filename == "evidence-sheet.html"
    return download.value.path().read_text(encoding="utf-8")


@pytest.mark.long
def test_hostile_texts_stay_texts_and_out_of_the_log(browser: Browser, tmp_path: Path) -> None:
    """No dialog, foreign request, script error, made element or broken layout; no value, key or cursor in the log."""
    site, records = copy_site(tmp_path), make_hostile_records(120)
    (site / "pages" / "become.py").write_text(BECOME_PAGE)
    with following_reference(records) as api:
        settings = {"SMARTIA_API_KEY": KEY, "SMARTIA_BASE_URL": api.base_url, "SMARTIA_OPEN_ROLE": Role.VIEWER.value}
        settings[f"SMARTIA_**bmade** [l](http://{FOREIGN})"] = TEXTS["html"]
        with serve(tmp_path, way=WITH_DEBUG, site=site, **settings) as base_url:
            for role in Role:
                with visit_as(browser, base_url, role) as watched:
                    for _, title, _ in DATA_PAGES:  # the others show nothing of the data
                        go_to(watched.tab, title)
                        if role.sees_learners:
                            unfold_lists(watched.tab)
                        watched.look(title)
                        if title == "Trends" and role.sees_learners:
                            see_that_texts_are_texts(watched.tab)
                        assert watched.received > 0
                        assert role.sees_learners or not watched.has_identity, title
                    assert watched.has_identity == role.sees_learners
                    if role.sees_learners:
                        look_deeper(watched, sorted({record["user"]["externalId"] for record in records}))
                        see_a_refresh_that_fails(watched, api, tmp_path / "server.log")
        cursors = set(api._cursors)
    log = (tmp_path / "server.log").read_text()
    assert "INFO smartia: The app begins" in log
    assert "INFO smartia.ui.jobs: A refresh (auto) begins." in log
    assert re.search(r"The refresh ended after [0-9.]+ s: 120 sessions held, 0 records set aside, 0 missing\.", log)
    assert "/become" not in log
    assert not IDENTITY.search(log.encode())
    secrets = {*values_of(records), *cursors, KEY, *map(quote, TEXTS.values())}
    assert [len(secret) for secret in secrets if secret in log] == []


def look_deeper(watched: Watched, references: list[str]) -> None:
    """Look at what only learner access shows: a card, its sheet, a list; and at a hostile link."""
    tab = watched.tab
    go_to(tab, "Learners")
    assert not re.search(r"<(script|img|a|svg)\b", download_sheet(tab))
    watched.look("card")
    tab.page.set_viewport_size(TELEPHONE)
    tab.page.wait_for_timeout(300)
    watched.look("card on a telephone")
    go_to(tab, "Groups")
    use_hostile_list(tab, references)
    watched.look("list on a telephone")
    tab.page.set_viewport_size(SCREEN)
    tab.page.wait_for_timeout(300)
    watched.look("list")
    go_to(tab, "Levels")
    watched.look("split")
    tab.go(f"levels?subject={quote(TEXTS['html'])}x&test={quote(TEXTS['markdown'])}")
    watched.look("link")


def see_a_refresh_that_fails(watched: Watched, api: ReferenceServer, log: Path) -> None:
    """Check that a failed refresh is logged with its kind."""
    api.fail_from, api.fault = 1, 403  # which is not tried again
    watched.tab.page.get_by_role("button", name="Refresh data").click()
    wait_for(lambda: "(NotAuthorisedError)" in log.read_text(), 60, "the failure in the log")
