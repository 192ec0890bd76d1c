"""The publish view as a viewer of a real college is shown it: no exact figure and no learner reaches the browser."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from itertools import chain, product
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

import smartia
from smartia.export.delimited import tables_zip
from smartia.export.stamp import Stamped
from smartia.export.workbook import write_workbook
from smartia.sandbox.college import build_college
from smartia.sandbox.records import make_records
from smartia.settings import Settings
from smartia.store.snapshot import Snapshot
from smartia.ui import publish_report, take_away
from smartia.ui.frame import DATA_PAGES, PAGES
from smartia.ui.publish_pages import PUBLISH_PAGES
from tests.app.conftest import open_app, plain
from tests.handmade import NOW
from tests.report.reading import read_html
from tests.servers import KEY, following_reference

DRAWN = ["app.py", "pages/levels.py", "pages/durations.py", "pages/trends.py", "pages/profiles.py", "pages/rooms.py"]
CLOSED = ["pages/groups.py", "pages/learners.py"]
CELL = re.compile(r"\[c\]|–|\d{1,3}(,\d{3})*|\d{1,3}\.\d%")
REMOVED: dict[str, str | list[str]] = {
    "subject": ["Maths"],
    "year": ["2024/25"],
    "gender": ["other"],
    "age": ["under 16"],
    "test": ["none"],
    "reached": ["Entry 1"],
    "sitting": ["paused"],
    "since": "2026-01-07",
    "short": "25",
    "attempts": "All",
    "publish": "false",
}
"""Filters of the working pages, and the switch, in a link."""

OpenAs = Callable[..., AppTest]


@pytest.fixture(scope="module")
def real_college(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Snapshot]]:
    """A college behind an API with a key, downloaded; misfits are among its records."""
    made = build_college(learners=450, seed=5, today=NOW.date())
    records = make_records(made, np.arange(len(made)))
    with following_reference(records) as server:
        folder = tmp_path_factory.mktemp("real-cache")
        settings = Settings(api_key=KEY, base_url=server.base_url, cache_dir=folder)
        yield settings, smartia.refresh(settings)


@pytest.fixture
def open_as(real_college: tuple[Settings, Snapshot], private_place: Path, monkeypatch: pytest.MonkeyPatch) -> OpenAs:
    """Open a page of it in a role."""
    settings, _ = real_college
    assert not (private_place / ".streamlit").exists()
    given = {"API_KEY": KEY, "BASE_URL": settings.base_url, "CACHE_DIR": str(settings.cache_dir), "MAX_AGE": "30d"}
    for name, value in given.items():
        monkeypatch.setenv(f"SMARTIA_{name}", value)

    def opened(role: str, page: str, **choices: str | list[str]) -> AppTest:
        monkeypatch.setenv("SMARTIA_OPEN_ROLE", role)
        return open_app(page, **choices)

    return opened


@pytest.fixture(scope="module")
def telling(real_college: tuple[Settings, Snapshot]) -> set[str]:
    """Exact counts of 100 and more that rounding must change, as they would be written."""
    frame = real_college[1].analysis()
    counts = {len(frame), real_college[1].manifest.total}
    for rows in (frame, frame[frame["attempt"] == frame["attempts"]]):
        for columns in product(
            ["subject"], [None, "academic_year"], [None, "gender", "age_band"], [None, "level_whole"]
        ):
            keys = [column for column in columns if column is not None]
            counts |= set(rows.groupby(keys, observed=True).size().tolist())
    found = {f"{n:,}" for n in counts if n >= 100 and n % 5 and not 2015 <= n <= 2035}
    assert len(found) > 20
    return found


def protos(app: AppTest) -> list[str]:
    """Everything that is sent to the browser, element by element, as text."""
    return [str(node.proto) for node in app._tree if getattr(node, "proto", None) is not None]


def charts(app: AppTest) -> list[tuple[Any, list[list[dict[str, Any]]]]]:
    """The charts: what each says, and every table of data that it draws."""
    return [
        (
            json.loads(chart.proto.spec)["description"],
            [convert_arrow_bytes_to_pandas_df(part.data.data).to_dict("records") for part in chart.proto.datasets],
        )
        for chart in app.get("vega_lite_chart")
    ]


def tables(app: AppTest) -> list[pd.DataFrame]:
    """The tables of a page."""
    return [table.value for table in app.main.dataframe]


def words(app: AppTest) -> list[str]:
    """What a page says."""
    parts = (*app.main.markdown, *app.main.caption, *app.main.info, *app.main.header, *app.main.subheader)
    return [plain(part.value) for part in parts]


@pytest.mark.parametrize("page", [page for page, _, _ in PAGES])
def test_a_viewer_is_sent_no_exact_figure(
    open_as: OpenAs,
    real_college: tuple[Settings, Snapshot],
    telling: set[str],
    page: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tables, charts, sentences, files and all else a page sends hold rounded numbers alone, nothing of a learner.

    Groups and Learners say who may see them, and nothing else.
    """
    offered: list[tuple[Any, ...]] = []
    offer = take_away.offer_tables
    monkeypatch.setattr(take_away, "offer_tables", lambda *given: (offered.append(given), offer(*given)))
    app = open_as("viewer", page)
    assert len(offered) == (page in DRAWN)
    for _, _, stamp, _ in offered:
        check_files(app, stamp, telling)
    for table in tables(app):
        for column in table.columns[1:]:
            cells = table[column].astype(str).tolist()
            assert all(CELL.fullmatch(cell) for cell in cells), cells
            assert all(int(cell.replace(",", "")) % 5 == 0 for cell in cells if re.fullmatch(r"[\d,]+", cell))
    for _, drawn in charts(app):
        for row in chain.from_iterable(drawn):
            assert set(row) <= {"row", "column", "group", "value", "text", "brief", "spoken", "heading", "fill", "ink"}
            value = row.get("value")
            assert pd.isna(value) or value % 5 == 0 or (0 < value <= 1 and round(value, 3) == value)
    for text in words(app):
        assert all(int(n.replace(",", "")) % 5 == 0 for n in re.findall(r"(\d[\d,]*) (?:session|learner)s?\b", text))
    for metric in app.main.metric:
        assert CELL.fullmatch(metric.value)
    sent = protos(app)
    numbers = {number for text in sent for number in re.findall(r"(?<![\w\\.,-])\d[\d,]*(?![\w\\.%-])", text)}
    told = telling & {f"{int(number.replace(',', '')):,}" for number in numbers}
    assert not told
    personal = real_college[1].sessions[["session_id", "user_id", "username", "full_name", "upn", "external_id"]]
    named = {str(value) for value in personal.iloc[::7].to_numpy().ravel() if value is not None and value == value}
    assert not [text for text in sent if any(len(name) > 3 and name in text for name in named)]
    assert not app.main.multiselect
    assert not app.sidebar.multiselect
    assert (len(tables(app)) > 0) == (page in DRAWN)
    if page in CLOSED:
        assert "SMARTIA_OPEN_ROLE" in plain(app.main.info[0].value)
        assert not app.main.header
        assert not app.get("file_uploader")


@pytest.mark.parametrize("page", ["app.py", "pages/levels.py"])
def test_filters_of_the_working_pages_have_no_effect(open_as: OpenAs, page: str) -> None:
    """A link with filters that the publish view does not have, or that would switch it off, changes nothing."""
    usual, asked = open_as("viewer", page), open_as("viewer", page, **REMOVED)
    assert words(usual) == words(asked)
    assert str(charts(usual)) == str(charts(asked))
    assert [table.to_dict() for table in tables(usual)] == [table.to_dict() for table in tables(asked)]


@pytest.mark.parametrize(
    ("role", "page"), [("analyst", "pages/levels.py"), ("learner-access", "pages/data_quality.py")]
)
def test_the_switch_shows_what_a_viewer_sees(open_as: OpenAs, page: str, role: str) -> None:
    """With "Publish view" on, others see the viewer's page; without it the exact figures."""
    viewer = open_as("viewer", page)
    assert not viewer.sidebar.toggle
    other = open_as(role, page)
    assert words(other) != words(viewer)
    other.sidebar.toggle(key="publish").set_value(True).run()
    assert not other.exception
    assert words(other) == words(viewer)
    assert str(charts(other)) == str(charts(viewer))
    assert [table.to_dict() for table in tables(other)] == [table.to_dict() for table in tables(viewer)]


def test_choices_lead_to_other_figures(open_as: OpenAs) -> None:
    """Subject, year and split are chosen in the link; the legend says what is hidden, by the threshold set."""
    app = open_as("viewer", "pages/levels.py", of="Maths", **{"in": "2025/26"}, by_group="Age")
    assert any("2025/26: about" in text for text in words(app))
    assert tables(app)[0]["Age"].tolist()[-1] == "Everybody"
    assert app.main.header[0].value == "Maths"
    assert any("fewer than 5" in caption.value for caption in app.main.caption)


def test_the_threshold_can_be_ten(open_as: OpenAs, monkeypatch: pytest.MonkeyPatch) -> None:
    """With SMARTIA_PUBLISH_THRESHOLD at 10 nothing from 1 to 9 is shown, and the legend says so."""
    monkeypatch.setenv("SMARTIA_PUBLISH_THRESHOLD", "10")
    app = open_as("viewer", "pages/profiles.py")
    numbers = tables(app)[0].iloc[:, 1:].to_numpy().ravel().tolist()
    assert {"0", "[c]"} <= set(numbers)
    assert min(int(number.replace(",", "")) for number in set(numbers) - {"0", "[c]"}) >= 10
    assert any("fewer than 10" in caption.value for caption in app.main.caption)


def test_the_report_of_a_viewer_holds_published_figures_alone(
    open_as: OpenAs, telling: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tables, texts and pictures hold rounded numbers and marks; its first table is that of the viewer's page."""
    offered: list[Callable[[], bytes]] = []
    monkeypatch.setattr(publish_report, "offer_report", lambda write, *_, **__: offered.append(write))
    open_as("viewer", "pages/report.py", **REMOVED)
    read = read_html(offered[-1]())
    for row in chain.from_iterable(rows[1:] for rows in read.tables):
        assert all(CELL.fullmatch(cell) for cell in row[1:]), row
        assert all(int(cell.replace(",", "")) % 5 == 0 for cell in row[1:] if re.fullmatch(r"[\d,]+", cell)), row
    assert any("[c]" in row for rows in read.tables for row in rows)
    parts = [part for root in read.pictures for part in root.iter()]
    drawn = [*(part.text or "" for part in parts), *(part.get("aria-label", "") for part in parts)]
    alts = [attributes.get("alt", "") for _, attributes in read.elements]
    said = " | ".join((*read.texts, *drawn, *alts))
    numbers = set(re.findall(r"(?<![\w\\.,-])\d[\d,]*(?![\w\\.%-])", said))
    assert len(numbers) > 50
    assert not telling & {f"{int(number.replace(',', '')):,}" for number in numbers}
    assert [row[1] for row in read.tables[0][1:]] == tables(open_as("viewer", "app.py"))[0]["Sessions"].tolist()


def check_files(app: AppTest, stamp: Callable[[], Stamped], telling: set[str]) -> None:
    """A workbook and CSV files hold the very cells of the page's tables, counts as numbers, and no exact figure."""
    exhibits = [make() for make in app.session_state["exhibits"]]
    content = write_workbook(stamp(), exhibits)
    book = openpyxl.load_workbook(io.BytesIO(content))
    shown = [[[str(cell) for cell in row] for row in table.to_numpy()] for table in tables(app)]
    sheets = book.worksheets[1:]
    found = [
        [[as_shown(cell) for cell in row] for row in sheet.iter_rows(4, 3 + len(rows), max_col=len(rows[0]))]
        for sheet, rows in zip(sheets, shown, strict=True)
    ]
    assert found == shown
    assert [len(sheet._charts) for sheet in sheets] == [1] * len(app.get("vega_lite_chart"))
    for sheet, rows in zip(sheets, shown, strict=True):
        # The first column of the chart's cells holds names.
        beside = [cell for row in sheet.iter_rows(4, min_col=len(rows[0]) + 1) for cell in row[1:]]
        numbers = [as_shown(cell) for cell in beside if isinstance(cell.value, int | float)]
        assert set(numbers) <= {cell for row in rows for cell in row[1:]}
    with zipfile.ZipFile(io.BytesIO(tables_zip(stamp(), exhibits, "page", stamped=True))) as archive:
        about, *files = (archive.read(name).decode("utf-8-sig") for name in archive.namelist())
    read = [list(csv.reader(io.StringIO(file, newline=""))) for file in files]
    cells = [cell for rows in read for row in rows for cell in row]
    bodies = [rows[rows.index([]) + 2 :] for rows in read]
    assert [[[as_number(cell) for cell in row] for row in rows] for rows in bodies] == [
        [[as_number(cell) for cell in row] for row in rows] for rows in shown
    ]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/charts/")]
    said = [str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    said += [text for part in parts for text in re.findall(r">([^<>]+)<", part)]
    numbers = set(re.findall(r"(?<![\w.-])\d[\d,]*(?![\w.-])", " ; ".join((*said, about, *cells))))
    exact = {number for number in telling if {number, number.replace(",", "")} & numbers}
    assert not exact
    assert any(text.startswith("hidden. It is fewer than 5") for text in said)


def as_number(text: str) -> float | str:
    """A number as the screen or a CSV file writes it; marks and names stay texts."""
    plain_text = text.replace(",", "")
    if re.fullmatch(r"\d+\.\d%", plain_text):
        return round(float(plain_text[:-1]) / 100, 3)
    return float(plain_text) if re.fullmatch(r"\d+(\.\d+)?", plain_text) else text


def as_shown(cell: Any) -> str:
    """A cell of a workbook as the screen shows it."""
    if isinstance(cell.value, str):
        return cell.value
    return f"{cell.value:.1%}" if cell.number_format.endswith("%") else f"{cell.value:,}"


def test_every_page_has_its_publish_view() -> None:
    """No page that shows data is without its publish view."""
    assert set(PUBLISH_PAGES) == {title for _, title, _ in DATA_PAGES}
