"""The report that the page Report makes holds the figures and sentences of the other pages, under the same filters."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from smartia.export.exhibits import Format, format_of
from smartia.report.page import cell_text
from smartia.ui import publish_report, report
from tests.app.conftest import Open, plain
from tests.report.reading import Read, read_html

SETTINGS: list[dict[str, Any]] = [
    {"level": "Entry 3"},
    {"subject": ["Maths", "English"], "age": ["16–18"], "attempts": "First", "short": "25"},
]


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], bytes]]:
    """What the page's button will write at a click, the newest last; nothing while there is no button."""
    found: list[Callable[[], bytes]] = []
    for module in (report, publish_report):
        monkeypatch.setattr(
            module, "offer_report", lambda write, *_, is_empty: None if is_empty else found.append(write)
        )
    return found


def rows_of(table: Any, *, is_mix: bool = False) -> list[list[str]]:
    """The rows of a table on a page, written as a report writes them; in a mix, numbers but n are shares."""
    frame = pd.DataFrame(table.value)
    columns = []
    for name in frame:
        usual = format_of(str(name), frame[name])
        kind = Format.SHARE if is_mix and usual is Format.NUMBER else usual
        columns.append([cell_text(value, kind) for value in frame[name].tolist()])
    return [list(row) for row in zip(*columns, strict=True)]


def items_of(app: AppTest) -> list[str]:
    """The sentences that a page lists."""
    return [
        line.removeprefix("- ").replace("*", "").replace("\u2060", "").rstrip(".")
        for text in app.main.markdown
        for line in plain(text.value).splitlines()
        if line.startswith("- ")
    ]


def tables_of(read: Read) -> list[list[list[str]]]:
    """The rows of a report's tables."""
    return [rows[1:] for rows in read.tables]


@pytest.mark.parametrize("choices", SETTINGS, ids=["Entry 3", "two subjects, 16–18, first, long enough"])
def test_the_report_holds_what_the_pages_show(
    open_page: Open, offered: list[Callable[[], bytes]], choices: dict[str, Any]
) -> None:
    """Numbers, tables and sentences of the report are those of Overview, Levels, Durations, Trends and Data quality."""
    open_page("pages/report.py", **choices)
    read = read_html(offered[-1]())
    tables = tables_of(read)
    app = open_page("app.py", **choices)
    for metric in app.metric:
        assert read.texts[read.texts.index(metric.label) : read.texts.index(metric.label) + 6].count(metric.value) == 1
    assert rows_of(app.dataframe[0]) in tables
    said = items_of(app)
    app = open_page("pages/levels.py", detail="Whole", **choices)
    assert rows_of(app.dataframe[0], is_mix=True) in tables
    said += [line for line in items_of(app) if "at least half are at" in line]
    app = open_page("pages/durations.py", **choices)
    shown = [rows_of(table) for table in app.dataframe]
    assert sum(rows in tables for rows in shown) >= 2
    said += [line for line in items_of(app) if "finished within" in line or "In a slot of" in line]
    app = open_page("pages/trends.py", **choices)
    changes = [rows_of(table) for table in app.dataframe if "verdict" in pd.DataFrame(table.value)]
    assert changes[0] in tables
    said += [line for line in items_of(app) if "or above in" in line]
    if "subject" not in choices:  # that page has no filters
        app = open_page("pages/data_quality.py")
        [found] = [rows_of(table) for table in app.dataframe if "ask" in pd.DataFrame(table.value)]
        assert found in tables
    assert len(said) >= 10
    assert [line for line in said if line not in read.said] == []


def test_nothing_chosen_offers_nothing(open_page: Open, offered: list[Callable[[], bytes]]) -> None:
    """Without a section the page says what is missing in place of the button."""
    app = open_page("pages/report.py")
    before = len(offered)
    app.button_group(key="report_topics").set_value([]).run()
    assert not app.exception
    assert len(offered) == before == 1


def test_the_title_is_in_no_link_and_in_the_file(open_page: Open, offered: list[Callable[[], bytes]]) -> None:
    """A typed title heads the file, marked as of its language, and stands in no address."""
    app = open_page("pages/report.py")
    app.text_input(key="report_title").set_value("Asesiadau cychwynnol").run()
    app.selectbox(key="report_language").set_value("cy").run()
    app.button_group(key="report_topics").set_value(["definitions"]).run()
    assert not app.exception
    read = read_html(offered[-1]())
    assert [attributes for name, attributes in read.elements if name == "h1"] == [{"lang": "cy", "dir": "auto"}]
    assert read.texts.count("Asesiadau cychwynnol") == 2
    assert "Asesiadau" not in str(dict(app.query_params))
