"""The Learners page: who may see it, the search, the card, possible duplicates, the evidence sheet."""

import html
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import smartia
from smartia.settings import Settings
from smartia.table.calendar import local_time
from smartia.ui.evidence import SESSION_LIMIT, Sheet
from smartia.ui.learner_card import sheet_text
from tests.app.conftest import Open, open_app, plain
from tests.handmade import make_records, page_body
from tests.servers import KEY, following_reference, say, scripted

PAGE = "pages/learners.py"
UPN = "A801200001001"
HOSTILE = {
    "fullName": "<script>alert(1)</script> **Bold** [x](http://evil.example) \u202egnp",
    "firstName": "=HYPERLINK(1)",
    "lastName": "| `code` $x$ :red[y]",
    "username": "www.evil.example </td><img src=x onerror=y>",
    "externalId": "=1+1|cmd",
    "upn": UPN,
    "emails": [f"{UPN}@evil.example", '"><b>@evil.example'],
}


@pytest.fixture(scope="module")
def people(demo_college: Settings) -> pd.DataFrame:
    """Every session of the demo college, with who it belongs to."""
    return smartia.load_sessions(demo_college, refresh="never")


def search(app: AppTest, query: str) -> AppTest:
    """Type a search."""
    app.text_input(key="learner_search").set_value(query).run()
    assert not app.exception, app.exception
    return app


def fold(text: str) -> str:
    """Lower case without accents, in plain Python; enough for the words searched here."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(sign))


def tables(app: AppTest) -> dict[str, pd.DataFrame]:
    """The tables of the page by what screen readers are told of them."""
    return {table.proto.alt: table.value for table in app.dataframe}


def found_by(people: pd.DataFrame, query: str) -> pd.DataFrame:
    """The newest session of each account in which every word occurs."""
    newest = people.drop_duplicates("user_id", keep="last")
    texts = newest[["full_name", "username", "upn", "external_id", "emails"]].fillna("").agg(" ".join, axis=1)
    return newest[[all(word in fold(text) for word in fold(query).split()) for text in texts]]


def test_a_search_lists_the_accounts_that_hold_every_word(open_page: Open, people: pd.DataFrame) -> None:
    """Count and rows are those of plain Python; at most 50 are listed, by name; nothing goes into the URL."""
    app = open_page(PAGE)
    counts = people.groupby("username").size()
    for query in ("smith-jones", "ROISIN ingham", "ext-6857", "o'connell college.example"):
        search(app, query)
        expected = found_by(people, query)
        noun = "account" if len(expected) == 1 else "accounts"
        assert any(plain(text.value).startswith(f"**{len(expected)} {noun}** found") for text in app.markdown)
        listed = tables(app)["Accounts found; choose one by its row, or in the list below"]
        assert len(listed) == min(50, len(expected))
        assert set(listed["username"]) <= set(expected["username"])
        assert listed["full_name"].is_monotonic_increasing
        assert listed["sessions"].tolist() == [counts[name] for name in listed["username"]]
        assert not app.query_params
    assert any("No account has all of these words" in text.value for text in search(app, "zzzz").markdown)


def test_no_date_of_birth_is_on_the_page(open_page: Open, people: pd.DataFrame) -> None:
    """Neither as a column nor as a text."""
    row = people[people["date_of_birth"].notna()].iloc[-1]
    app = search(open_page(PAGE), row["username"])
    app.selectbox(key="learner").select_index(0).run()
    born = row["date_of_birth"]
    everything = " ".join(table.to_csv() for table in tables(app).values())
    assert not re.search(f"{born:%Y-%m-%d}|{born:%d/%m/%Y}", everything)
    assert all("date_of_birth" not in table for table in tables(app).values())


def test_a_row_of_the_table_opens_the_card_too(open_page: Open) -> None:
    """The list below the table follows, until a new search no longer holds that account."""
    app = search(open_page(PAGE), "smith-jones")
    third = tables(app)["Accounts found; choose one by its row, or in the list below"]["username"].iloc[2]
    (key,) = (table.key for table in app.dataframe if table.key)
    app.session_state[key] = {"selection": {"rows": [2], "columns": [], "cells": []}}
    app.run()
    assert tables(app)["Who the learner is"]["Username"].tolist() == [third]
    assert "Who the learner is" not in tables(search(app, "o'connell"))


def test_possible_duplicates_are_those_of_plain_loops(open_page: Open, people: pd.DataFrame) -> None:
    """Accounts that share a UPN, an external ID, an address, or name and date of birth; and how many of each."""
    app = open_page(PAGE)
    newest = people.drop_duplicates("user_id", keep="last").reset_index(drop=True)
    keys = {
        "same UPN": newest["upn"],
        "same external ID": newest["external_id"],
        "same full name and date of birth": (newest["full_name"] + newest["date_of_birth"].dt.strftime("|%Y%m%d")),
        "same e-mail address": newest["emails"].str.split("; ").explode(),
    }
    listed = tables(app)["Accounts that may belong to one person, with the evidence"]
    for words, values in keys.items():
        known = values.dropna()
        sharing = set(known[known.duplicated(keep=False)].index)
        shown = listed[listed["evidence"].str.contains(words, regex=False)]
        assert set(shown["username"]) == set(newest.loc[sorted(sharing), "username"])
    suggestions = listed["cluster"].nunique()
    total = f"{len(newest):,} accounts"
    assert any(
        text.value.startswith(f"**{suggestions} suggestions**: {len(listed)} of {total} may belong to")
        for text in app.markdown
    )


@pytest.fixture
def real_college(cache_dir: Path, monkeypatch: pytest.MonkeyPatch, one_try: None) -> pytest.MonkeyPatch:
    """An environment with a key and an empty cache."""
    assert one_try is None
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(cache_dir))
    monkeypatch.setenv("SMARTIA_API_KEY", KEY)
    return monkeypatch


@pytest.mark.parametrize("role", ["", "viewer", "analyst"])
def test_a_reader_without_learner_access_is_told_how_to_get_it(real_college: pytest.MonkeyPatch, role: str) -> None:
    """No table, no search, no name: one sentence alone."""
    real_college.setenv("SMARTIA_OPEN_ROLE", role)
    with following_reference(make_records(seed=3, size=30)) as server:
        real_college.setenv("SMARTIA_BASE_URL", server.base_url)
        app = open_app(PAGE)
    assert "SMARTIA_OPEN_ROLE" in app.info[0].value
    assert not app.dataframe
    assert not app.text_input
    assert not app.header


def open_hostile(real_college: pytest.MonkeyPatch, size: int, changes: dict[str, Any]) -> AppTest:
    """The page over a college whose one learner has hostile values, for a reader with learner access."""
    records = make_records(seed=4, size=size)
    for record in records:
        record["user"] = records[0]["user"] | changes
    real_college.setenv("SMARTIA_OPEN_ROLE", "learner-access")
    with following_reference(records) as server:
        real_college.setenv("SMARTIA_BASE_URL", server.base_url)
        return open_app(PAGE)


def test_hostile_values_stay_text_and_a_real_upn_is_masked(real_college: pytest.MonkeyPatch) -> None:
    """Markdown, HTML, formulas and signs of direction are shown as they are; found by words or the UPN in full."""
    app = search(open_hostile(real_college, 3, HOSTILE), UPN.lower())
    who = tables(app)["Who the learner is"].iloc[0]
    assert who["Name"] == HOSTILE["fullName"].replace("\u202e", " ")
    assert who["UPN"] == "A•••••••••001"
    assert who["E-mail"].startswith("A•••••••••001@evil.example")
    assert app.selectbox(key="learner").options[0].startswith("1. <script>")
    texts = [text.value for text in (*app.markdown, *app.subheader, *app.caption)]
    assert not [text for text in texts if "evil" in text or "script" in text]
    assert not [table for table in tables(app).values() if UPN in table.to_csv()]
    assert any("No account has all" in text.value for text in search(app, UPN[:8]).markdown)


def test_one_learner_without_anything_optional(real_college: pytest.MonkeyPatch) -> None:
    """An account that has only what the reference demands gets a card, and there is nothing to suggest."""
    empty = dict.fromkeys(("upn", "externalId", "middleName", "emails", "dateOfBirth"))
    app = search(open_hostile(real_college, 1, empty), "user")
    who = tables(app)["Who the learner is"].iloc[0]
    assert (who["UPN"], who["External ID"], who["E-mail"], who["Age"]) == ("–", "–", "–", "–")
    assert len(tables(app)["The learner's sessions"]) == 1
    assert not any(" was sat " in text.value for text in app.markdown)
    assert any("Nothing found among 1 account" in text.value for text in app.markdown)


def test_an_account_of_nothing_but_misfits_has_nobody_to_find(real_college: pytest.MonkeyPatch) -> None:
    """Where every record was set aside, the page says that there is no account, without an error."""
    records = make_records(seed=9, size=3)
    for record in records:
        record["user"].pop("lastName", None)
    real_college.setenv("SMARTIA_OPEN_ROLE", "learner-access")
    with scripted(say(200, page_body(records, total=3))) as server:
        real_college.setenv("SMARTIA_BASE_URL", server.base_url)
        app = search(open_app(PAGE), "ada")
    assert any("No account has all" in text.value for text in app.markdown)
    assert any("Nothing found among 0 accounts" in text.value for text in app.markdown)


class _Reader(HTMLParser):
    """Collects the tags and the texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_times_on_an_evidence_sheet_are_those_of_the_card() -> None:
    """On paper a time is written as British readers write it, in UK time; numbers to one decimal, a dash for none."""
    ended = pd.Series(pd.to_datetime(["2025-08-01T23:05:00Z"], utc=True))
    values = [local_time(ended).iloc[0], 1234.56, float("nan"), "E3 Upper"]
    assert [sheet_text(value) for value in values] == ["02/08/2025 00:05", "1,234.6", "–", "E3 Upper"]


def test_an_evidence_sheet_holds_text_alone() -> None:
    """No script, link, picture or other address; hostile values are there as text, without signs of direction."""
    nasty = [str(HOSTILE["fullName"]), str(HOSTILE["username"]), "=1+1", "&lt;b&gt;", "x" * 500]
    sheet = Sheet(
        dict.fromkeys(nasty, "'\"><b>"), [[*nasty, "", "", "", "", ""]] * (SESSION_LIMIT + 3), "today", nasty[0]
    )
    reader = _Reader()
    reader.feed(sheet.html())
    allowed = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "ul", "li", "div", "span", "bdi"}
    assert {tag for tag, _ in reader.tags} <= allowed | {"table", "colgroup", "col", "thead", "tbody", "tr", "th", "td"}
    names = {name for _, attributes in reader.tags for name in attributes}
    assert names <= {"lang", "charset", "http-equiv", "content", "name", "class", "scope", "style"}
    assert nasty[0].replace("\u202e", " ")[:50] in reader.text
    assert "&lt;b&gt;" in reader.text
    assert "\u202e" not in sheet.html()
    assert "url(" not in sheet.html()
    assert html.escape("<script>") in sheet.html()
    assert sum(tag == "tr" for tag, _ in reader.tags) == len(nasty) + 1 + SESSION_LIMIT
    assert "Earlier sessions not listed here: 3." in reader.text
