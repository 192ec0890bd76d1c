"""A report holds figures as text and pictures, in the reader's role, and nothing that runs, loads or names anybody."""

import dataclasses
import datetime as dt
import doctest
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from PIL import Image

import smartia
from smartia.__main__ import cli
from smartia.access import Role
from smartia.analysis.quality import with_reference
from smartia.errors import SettingsError
from smartia.report import page
from smartia.report.contents import Topic, Wanted
from smartia.report.exact import Basis, exact_report
from smartia.report.making import make_report
from smartia.report.page import write_report
from smartia.settings import Settings
from smartia.store.snapshot import Snapshot
from smartia.table.filters import Filters
from smartia.table.labels import fit_label
from tests.hostile import FOREIGN, TEXTS, make_hostile_records
from tests.report.reading import Read, read_html
from tests.servers import KEY, following_reference

ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "main", "section", "div", "h1", "h2", "h3", "p", "ul", "li"),
    *("dl", "dt", "dd", "figure", "figcaption", "img", "table", "caption", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "dir", "class", "width", "height", "alt", "src", "scope"),
}
DRAWN = {"svg", "title", "desc", "g", "path", "rect", "line", "text", "tspan", "defs", "clipPath"}
IDENTITY = re.compile(r"(username|fullName|firstName|middleName|lastName|upn|externalId)[0-9]")
NOW = dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)

Make = Callable[..., Read]


@pytest.fixture(scope="module")
def hostile_college(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Snapshot]]:
    """A downloaded college all of whose texts are attacks."""
    with following_reference(make_hostile_records(120)) as server:
        settings = Settings(api_key=KEY, base_url=server.base_url, cache_dir=tmp_path_factory.mktemp("hostile"))
        yield settings, smartia.refresh(settings)


@pytest.fixture(scope="module")
def make(hostile_college: tuple[Settings, Snapshot]) -> Make:
    """Make a report of it and read it back."""
    settings, snapshot = hostile_college

    @cache
    def made(role: Role, filters: Filters | None = None, **wanted: object) -> Read:
        named = dataclasses.replace(Wanted(), **wanted)
        return read_html(write_report(make_report(snapshot, settings, role, filters or Filters(), named, NOW)))

    return made


@pytest.mark.parametrize("role", [Role.VIEWER, Role.LEARNER_ACCESS])
def test_hostile_texts_stay_texts(make: Make, role: Role) -> None:
    """No element, attribute, link or character comes from the data or the title, in the page or in its pictures."""
    read = make(role, title=TEXTS["html"], language="cy")
    assert {name for name, _ in read.elements} <= ELEMENTS
    assert {name for _, attributes in read.elements for name in attributes} <= ATTRIBUTES
    assert not IDENTITY.search(read.said)
    assert all(character.isprintable() or character in "\n\u200c\u200d" for text in read.texts for character in text)
    policy = next(attributes for name, attributes in read.elements if attributes.get("http-equiv"))
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    # A foreign address stands in texts and in alternative texts alone.
    holders = {key for _, attributes in read.elements for key, value in attributes.items() if FOREIGN in value}
    assert holders <= {"alt"}
    assert read.texts.count(fit_label(TEXTS["html"])) >= 2
    for root in read.pictures:
        names = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert names <= DRAWN
        values = [(key, value) for element in root.iter() for key, value in element.attrib.items()]
        assert not [key for key, _ in values if key.startswith("on") or key.endswith("href")]
        assert all(value.startswith("url(#") for _, value in values if "url(" in value and FOREIGN not in value)
    heads = [attributes for name, attributes in read.elements if name == "h1"]
    assert heads == [{"lang": "cy", "dir": "auto"}]


def test_every_subject_is_named_as_it_is_on_screen(make: Make) -> None:
    """Each hostile subject stands in the report in the form in which it is made fit for a screen."""
    said = make(Role.ANALYST, topics=(Topic.LEVELS,)).said
    assert [kind for kind, text in TEXTS.items() if " ".join(fit_label(text).split()) not in said] == []


def test_a_chart_has_its_words_and_its_table(make: Make) -> None:
    """Each chart is described, named for a screen reader and followed by a table with a head and rows."""
    read = make(Role.LEARNER_ACCESS, title=TEXTS["html"], language="cy")
    images = [attributes for name, attributes in read.elements if name == "img"]
    # Shares, mix, ladder, volume, quartiles, finishing; and two for each subject.
    assert len(images) == 6 + 2 * len(TEXTS)
    assert all(len(image["alt"]) > 20 for image in images)
    assert [root[0].tag.rpartition("}")[2] for root in read.pictures] == ["title"] * len(images)
    order = [name for name, _ in read.elements if name in ("img", "table")]
    assert all(order[place + 1] == "table" for place, name in enumerate(order) if name == "img")
    assert all(len(rows) > 1 and len({len(row) for row in rows}) == 1 for rows in read.tables)


def test_groups_of_a_list_are_not_named(hostile_college: tuple[Settings, Snapshot]) -> None:
    """A filter for groups of an uploaded list is counted, not named: a group may be called after a person."""
    _, snapshot = hostile_college
    whole = with_reference(snapshot.analysis())
    whole = whole.assign(group=pd.Categorical(["Mx Miller", "Dr Day", "Ms Moon"] * (len(whole) // 3)))
    filters = Filters(group=("Mx Miller", "Dr Day"), gender=("female",))
    basis = Basis(whole, filters, snapshot.manifest, NOW.date(), Wanted((Topic.HEADLINES,)), pd.DataFrame)
    report = exact_report(basis, Role.LEARNER_ACCESS, NOW)
    said = "female · latest attempt of each learner at each test · 2 groups of the reader's own list"
    assert dict(report.about)["Counted"] == said
    assert not re.search("Miller|Day|Moon", str(report.below_titles) + read_html(write_report(report)).said)


def test_what_no_filter_leaves_is_said(make: Make) -> None:
    """Filters that no session fits make a report that says so in each section, not one that fails."""
    read = make(Role.ANALYST, Filters(since=dt.date(2100, 1, 1)))
    assert read.texts.count("No session fits these filters.") == 4
    assert "records set aside" in read.said.casefold()


def test_sections_and_subjects_can_be_chosen(make: Make, hostile_college: tuple[Settings, Snapshot]) -> None:
    """Only the sections and the subjects asked for are there, in the usual order; others are refused by name."""
    settings, snapshot = hostile_college
    one = fit_label(TEXTS["formula"])
    for role in (Role.VIEWER, Role.ANALYST):
        read = make(role, topics=(Topic.QUALITY, Topic.LEVELS), subjects=(one,))
        heads = [read.texts[place] for place, text in enumerate(read.texts) if text in {t.heading for t in Topic}]
        assert heads == ["Levels", "Data quality"]
        assert fit_label(TEXTS["markdown"]) not in read.said
    for wrong in (Wanted(subjects=("Nothing",)), Wanted(language="cy gb")):
        with pytest.raises(SettingsError):
            make_report(snapshot, settings, Role.ANALYST, Filters(), wrong, NOW)


def test_the_command_writes_a_report_and_its_pictures(
    demo_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One command leaves the file and each chart as PNG for print and SVG, for the user alone; wrong options are 2."""
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(demo_settings.cache_dir))
    file, folder = tmp_path / "report.html", tmp_path / "pictures"
    options = ["--title", "Adroddiad", "--language", "cy", "--sections", "levels", "--subjects", "Maths"]
    done = CliRunner().invoke(cli, ["report", str(file), *options, "--pictures", str(folder)])
    assert (done.exit_code, done.output) == (0, "Written, for the role learner-access: 1 sections, 2 charts.\n")
    read = read_html(file.read_bytes())
    assert "Adroddiad" in read.texts
    assert [row[0] for row in read.tables[0]] == ["Subject", "Maths"]
    assert sorted(path.name for path in folder.iterdir()) == [
        *("smartia-report-01.png", "smartia-report-01.svg", "smartia-report-02.png", "smartia-report-02.svg"),
    ]
    assert {path.stat().st_mode & 0o777 for path in (file, *folder.iterdir())} == {0o600}
    with Image.open(folder / "smartia-report-01.png") as picture:
        assert [round(ppi) for ppi in picture.info["dpi"]] == [200, 200]
        assert picture.width == pytest.approx(680 * 200 / 72, abs=2)
    named = CliRunner().invoke(cli, ["report", str(tmp_path / "report.pdf")])
    assert (named.exit_code, (tmp_path / "report.pdf").exists()) == (2, False)
    assert "must end in .html" in named.stderr
    refused = CliRunner().invoke(cli, ["report", str(file), "--subjects", "Physics"])
    assert refused.exit_code == 2
    assert "English" in refused.stderr
    linked = CliRunner().invoke(
        cli, ["report", str(file), "--sections", "headlines", "--link", "?subject=Maths&show=x"]
    )
    assert (linked.exit_code, linked.stderr) == (0, "Not filters, so without effect here: show.\n")
    assert [row[0] for row in read_html(file.read_bytes()).tables[0]] == ["Subject", "Maths"]
    for link in ("subject=Physics", "subject=Maths&publish=true"):
        assert CliRunner().invoke(cli, ["report", str(file), "--link", link]).exit_code == 2
    missing = CliRunner().invoke(cli, ["report", str(tmp_path / "none" / "report.html"), "--sections", "quality"])
    assert missing.exit_code == 1


def test_examples_are_true() -> None:
    """The examples in the docstrings give what they say."""
    assert doctest.testmod(page).failed == 0
