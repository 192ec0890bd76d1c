"""Lower and upper halves of levels: the mixes of Trends and Groups equal plain counts of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pytest

from smartia.settings import Settings
from tests.app.conftest import Open, plain
from tests.app.lists import with_list
from tests.app.reference import Row, chosen, groups, mix, term

SELECTIONS: list[dict[str, Any]] = [{}, {"gender": ["other"]}, {"year": ["2025/26"], "subject": ["Maths"]}]
HALVES = {"detail": "Lower and upper"}


def check(table: pd.DataFrame, row_of: str, parts: Mapping[str, Sequence[Row]]) -> None:
    """Compare a table of mixes row by row with plain counts of half levels."""
    shown = table.set_index(row_of)
    assert {name for name, base in shown["base"].items() if base} == set(parts)
    for name, rows in parts.items():
        expected = mix(rows, halves=True)
        assert shown.loc[name, "base"] == len(rows)
        found = {level: share for level, share in shown.loc[name].drop("base").items() if share > 0}
        assert found == pytest.approx({level: number / len(rows) for level, number in expected.items()})


@pytest.mark.parametrize("wanted", SELECTIONS)
def test_trends_by_term(open_page: Open, demo_rows: list[Row], wanted: dict[str, Any]) -> None:
    """Trends: the mix of every term tells halves apart, and the page says how they are drawn."""
    app = open_page("pages/trends.py", period="Term", **HALVES, **wanted)
    tables = [table.value for table in app.main.dataframe if {"period", "base"} <= set(table.value.columns)]
    subjects = groups(chosen(demo_rows, **wanted), lambda row: row.subject)
    for table, rows in zip(tables, subjects.values(), strict=True):
        check(table, "period", groups(rows, lambda row: term(row.day)))
    assert any("paler part" in caption.value for caption in app.main.caption)


@pytest.mark.parametrize("wanted", SELECTIONS)
@pytest.mark.parametrize("page", ["pages/groups.py", "pages/trends.py"])
def test_groups_of_a_list(
    open_page: Open, demo_rows: list[Row], demo_college: Settings, page: str, wanted: dict[str, Any]
) -> None:
    """Groups and Trends: the mix of every group of a list tells halves apart."""
    app, tutor_of = with_list(open_page(page, **HALVES, **wanted), demo_college, 4)
    rows = groups(chosen(demo_rows, **wanted), lambda row: row.subject)
    if page == "pages/trends.py":
        app.segmented_control(key="period").set_value("group").run()
        assert not app.exception, app.exception
        parts = [groups(part, lambda row: tutor_of.get(row.user, "not in the list")) for part in rows.values()]
    else:
        listed = [[row for row in part if row.user in tutor_of] for part in rows.values()]
        parts = [groups(next(part for part in listed if part), lambda row: tutor_of[row.user])]
    tables = [table.value for table in app.main.dataframe if {"group", "base"} <= set(table.value.columns)]
    assert len(tables) == len(parts)
    for table, part in zip(tables, parts, strict=True):
        check(table, "group", part)
    assert any("paler part" in plain(caption.value) for caption in app.main.caption)
