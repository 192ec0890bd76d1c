"""Every page says the same whether pandas works its figures out in memory, or DuckDB from the disk.

With `--engine spark` it is Spark instead of DuckDB.
"""

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from smartia.settings import Settings
from smartia.ui.frame import DATA_PAGES
from tests.app import conftest
from tests.app.conftest import Open
from tests.app.lists import with_list
from tests.spark import start_spark

PAGES = [page for page, _, _ in DATA_PAGES]
BEHIND = [page for page in PAGES if not page.endswith(("groups.py", "report.py", "learners.py"))]
SPARK_TIMEOUT_S = 180
"""The first page waits until Spark has made its frame."""
CURVES = ("ecdf", "cumulative")
"""Lines that end with everything: a mark on the way is asked."""
CHOICES: list[dict[str, str | list[str]]] = [
    {"split": "Gender", "period": "Month"},
    {"subject": ["Maths", "English"], "age": ["16–18"], "attempts": "First", "short": "Leave out under 25%"},
    {"reached": ["Entry 3", "Not readable"], "since": "2025-09-01", "attempts": "All", "detail": "Lower and upper"},
]


def shown(app: AppTest) -> dict[str, list[Any]]:
    """Everything that a page shows: words, numbers, choices, tables, and the rows behind its charts."""
    return {
        "metrics": [(metric.label, metric.value) for metric in app.metric],
        "words": [text.value for text in (*app.header, *app.subheader, *app.markdown, *app.caption, *app.info)],
        "boxes": [box.label for box in app.expander],
        "choices": [(box.label, box.options) for box in (*app.selectbox, *app.multiselect)],
        "charts": [chart.proto.spec for chart in app.get("arrow_vega_lite_chart")],
    }


@pytest.fixture(scope="module")
def other(request: pytest.FixtureRequest) -> Iterator[str]:
    """Name the engine beside pandas."""
    name = request.config.getoption("--engine")
    with pytest.MonkeyPatch.context() as patch:
        if name == "spark":
            start_spark(patch)
            patch.setattr(conftest, "TIMEOUT_S", SPARK_TIMEOUT_S)
        yield name


@pytest.fixture
def open_with(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Open a page in an engine."""

    def open_in(engine: str, page: str, choices: dict[str, str | list[str]]) -> AppTest:
        monkeypatch.setenv("SMARTIA_ENGINE", engine)
        return open_page(page, **choices)

    return open_in


def plain_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Categories that no row has are no part of what is shown."""
    return table.astype({name: "str" for name in table.columns if table[name].dtype == "category"})


def check(expected: AppTest, found: AppTest) -> None:
    """Hold what two runs of a page show against each other."""
    assert shown(found) == shown(expected)
    assert len(found.dataframe) == len(expected.dataframe)
    for one, other in zip(found.dataframe, expected.dataframe, strict=True):
        pd.testing.assert_frame_equal(plain_texts(one.value), plain_texts(other.value))


@pytest.mark.parametrize("choices", CHOICES, ids=["split", "first attempts", "all attempts"])
@pytest.mark.parametrize("page", PAGES)
def test_another_engine_shows_the_same(
    open_with: Any, other: str, page: str, choices: dict[str, str | list[str]]
) -> None:
    """Words, numbers, tables and charts of a page are those of pandas."""
    check(open_with("pandas", page, choices), open_with(other, page, choices))


@pytest.mark.parametrize("page", BEHIND)
def test_another_engine_finds_the_same_behind_marks(open_with: Any, other: str, page: str) -> None:
    """Behind a mark of every chart of a page lie the same sessions."""
    apps = {engine: open_with(engine, page, {}) for engine in ("pandas", other)}
    boxes = [box.key for box in apps["pandas"].selectbox if str(box.key).startswith("mark-of-")]
    assert boxes
    for engine, app in apps.items():
        for key in boxes:
            options = app.selectbox(key).options
            app.selectbox(key).set_value(options[len(options) // 3 if key.endswith(CURVES) else -1])
        run_in(engine, app)
    check(*apps.values())
    said = [str(caption.value) for caption in apps[other].caption]
    assert sum(bool(re.match(r"[\d,]+ sessions? of [\d,]+ learners?", words)) for words in said) >= len(boxes)


def test_another_engine_shows_the_same_with_a_list(open_with: Any, other: str, demo_college: Settings) -> None:
    """Coverage, completion and figures by the groups of a reader's list are those of pandas."""
    apps = {engine: open_with(engine, "pages/groups.py", {}) for engine in ("pandas", other)}
    for engine, app in apps.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SMARTIA_ENGINE", engine)
            with_list(app, demo_college, tutors=4)
    check(*apps.values())
    assert apps[other].dataframe


def test_another_engine_shows_the_same_card(open_with: Any, other: str) -> None:
    """A learner who is searched for has the same card."""
    apps = {engine: open_with(engine, "pages/learners.py", {}) for engine in ("pandas", other)}
    for engine, app in apps.items():
        app.text_input(key="learner_search").set_value("son")
        run_in(engine, app)
        app.selectbox(key="learner").set_value(app.selectbox(key="learner").options[0])
        run_in(engine, app)
    check(*apps.values())
    assert "Evidence sheet to print" in [button.label for button in apps[other].get("download_button")]


def run_in(engine: str, app: AppTest) -> None:
    """Run a page again in an engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMARTIA_ENGINE", engine)
        assert not app.run().exception, app.exception
