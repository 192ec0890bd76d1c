"""Levels: the what-if, the ladder and who is behind a bar equal what plain loops find in the same sessions."""

import datetime as dt
import random
import statistics
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import smartia
from smartia.access import Role
from smartia.lists.matching import KeyKind, LearnerList
from smartia.settings import Settings
from smartia.ui.lists import KeptList
from tests.app.conftest import Open, open_app, plain
from tests.app.reference import LADDER, Row, chosen, groups, share
from tests.handmade import make_record, make_user
from tests.servers import KEY, following_reference

PAGE = "pages/levels.py"
MIX = "mark-of-mix-0"
SELECTIONS = [
    pytest.param({}, {}, 25, id="no filter"),
    pytest.param(
        {"age": ["16–18"], "year": ["2025/26"], "whatif": "under 33%", "level": "Entry 3"},
        {"age": ["16–18"], "year": ["2025/26"]},
        33,
        id="16–18 in 2025/26, a third, Entry 3",
    ),
    pytest.param(
        {"gender": ["other", "unknown"], "attempts": "All", "whatif": "under 10%"},
        {"gender": ["other", "unknown"], "attempts": "all"},
        10,
        id="two genders, all attempts, a tenth",
    ),
]


def said(app: AppTest) -> str:
    """All Markdown of the page, without its escapes and its bold."""
    return plain("\n".join(text.value for text in app.main.markdown)).replace("**", "")


def unfolded_tables(app: AppTest) -> tuple[list[pd.DataFrame], list[pd.DataFrame]]:
    """The tables of the what-if and of the ladder, section by section, where the reader has unfolded them."""
    tables = [table.value for table in app.main.dataframe]
    return [table for table in tables if "short" in table], [table for table in tables if "level" in table]


def lists_with(app: AppTest, words: str) -> list[str]:
    """The lists of the page in which some words occur, without escapes and bold."""
    texts = [plain(text.value).replace("**", "") for text in app.main.markdown if text.value.startswith("- ")]
    return [text for text in texts if words in text]


def interval(figures: tuple[int, int, float, float, float]) -> str:
    """The interval of a share in whole percent."""
    return f"({figures[3] * 100:.0f}–{figures[4] * 100:.0f})"


def sections_of(rows: list[Row], split: str | None) -> list[dict[str, list[Row]]]:
    """The sessions of every bar, section by section: all subjects in one, or each subject by the values of a split."""
    subjects = groups(rows, lambda row: row.subject)
    if split is None:
        return [subjects]
    return [groups(part, lambda row: getattr(row, split)) for part in subjects.values()]


@pytest.mark.parametrize(("split", "column"), [(None, None), ("Age", "age"), ("Test", "test")])
@pytest.mark.parametrize(("choices", "wanted", "percentage"), SELECTIONS)
def test_figures(
    open_page: Open,
    demo_rows: list[Row],
    choices: dict[str, Any],
    wanted: dict[str, Any],
    percentage: int,
    split: str | None,
    column: str | None,
) -> None:
    """Sentences and tables of the what-if and of the ladder equal plain counts, bar by bar in every split."""
    tables = [f"{name}-table-{place}" for name in ("without-short", "ladder") for place in range(5)]
    app = open_page(PAGE, unfolded=tables, **choices, **({} if split is None else {"split": split}))
    versions = groups(demo_rows, lambda row: row.version)
    usual = {version: statistics.median(row.seconds for row in rows) for version, rows in versions.items()}
    level = choices.get("level", "Level 1")
    rank = LADDER.index(level) * 10
    what_ifs, ladders = unfolded_tables(app)
    sections = sections_of(chosen(demo_rows, **wanted), column)
    said_what_if, said_ladder = lists_with(app, "unusually"), lists_with(app, "at least half")
    for bars, what_if, ladder, what_if_text, ladder_text in zip(
        sections, what_ifs, ladders, said_what_if, said_ladder, strict=True
    ):
        shown = what_if.set_index("group")
        assert set(shown.index) == set(bars)
        steps = [step for step in LADDER if any(row.whole == step for rows in bars.values() for row in rows)]
        assert len(ladder) == len(bars) * len(steps)
        for bar, rows in bars.items():
            kept = [row for row in rows if not row.seconds < percentage / 100 * usual[row.version]]
            check_what_if(shown.loc[bar], what_if_text, bar, level, share(rows, rank), share(kept, rank))
            check_steps(ladder[ladder["group"] == bar], ladder_text, bar, rows, steps)


def check_what_if(row: Any, text: str, bar: str, level: str, before: Any, after: Any) -> None:
    """Compare a row of the what-if and its sentence with plain counts."""
    names = ("n", "reached", "share", "low", "high")
    assert [row[name] for name in names] == pytest.approx(list(before))
    assert [row[f"{name}_without"] for name in names] == pytest.approx(list(after))
    assert row["short"] == before[0] - after[0]
    sentence = next(line for line in text.split("\n") if line.startswith(f"- {bar}: {before[2]:.0%} of "))
    assert f" {before[0]:,} " in sentence
    assert f"at {level} or above {interval(before)}. " in sentence
    if before[0] > after[0]:
        assert f" {before[0] - after[0]:,} unusually" in sentence.replace("the one", "the 1")
        assert sentence.endswith(f" {after[2]:.0%} of {after[0]:,} {interval(after)}.")
    else:
        assert sentence.endswith(" No sitting was unusually short.")


def check_steps(table: pd.DataFrame, text: str, bar: str, rows: list[Row], steps: list[str]) -> None:
    """Compare the steps of a bar's ladder and its sentence with plain counts."""
    assert table["level"].tolist() == steps
    for row in table.itertuples():
        assert (row.n, row.reached, row.share, row.low, row.high) == pytest.approx(
            share(rows, LADDER.index(row.level) * 10)
        )
    half = [row for row in table.itertuples() if row.share >= 0.5][-1]
    assert f"- {bar}: at least half are at {half.level} or above: {half.share:.0%} of {half.n:,} " in text


@pytest.mark.parametrize(("short", "compares"), [("Leave out under 25%", False), ("Leave out under 10%", True)])
def test_sittings_left_out_already(open_page: Open, short: str, compares: bool) -> None:
    """Where the filter leaves out short sittings, the page says so, and compares only what is left to compare."""
    app = open_page(PAGE, short=short)
    notes = [info.value for info in app.main.info if "Unusually short sittings" in info.value]
    assert len(notes) == 1
    assert short.removeprefix("Leave out ") in notes[0].replace("those ", "")
    assert ("Without the" in said(app)) == compares


def test_a_choice_that_is_gone_is_dropped(open_page: Open) -> None:
    """After a change of the levels shown, a part of a bar that no longer exists is not chosen."""
    app = open_page(PAGE)
    app.selectbox(MIX).set_value("Maths · Level 1").run()
    next(button for button in app.button_group if button.key == "detail").set_value("half").run()
    assert not app.exception
    assert app.selectbox(MIX).value is None


def test_a_split_by_sitting(open_page: Open, demo_rows: list[Row]) -> None:
    """Split by sitting, the bars of a subject hold all of its sessions, and each chart states the attempt rule."""
    app = open_page(PAGE, split="Sitting", show="Counts", attempts="First")
    subjects = groups(chosen(demo_rows, "first"), lambda row: row.subject)
    tables = [table.value for table in app.main.dataframe][: len(subjects)]
    assert [int(table["base"].sum()) for table in tables] == [len(rows) for rows in subjects.values()]
    charts = [chart.proto for chart in app.main.get("vega_lite_chart")]
    assert len(charts) == 2 * len(subjects)
    assert all("Counted: first attempt of each learner at each test" in chart.spec for chart in charts)
    assert all(list(chart.selection_mode) == ["picked"] for chart in charts)


def test_a_split_by_the_groups_of_a_list(open_page: Open, demo_rows: list[Row], demo_college: Settings) -> None:
    """With a list in use the page splits by its groups; none is in the URL, and the split goes with the list."""
    accounts = (
        smartia.load_sessions(demo_college, refresh="never").drop_duplicates("user_id").dropna(subset="external_id")
    )
    people = accounts.drop_duplicates("external_id").iloc[::3]
    groups_of_list = ["Tutor *A*" if place % 2 else "Tutor B" for place in range(len(people))]
    learners = LearnerList(
        kind=KeyKind.EXTERNAL_ID,
        people=pd.DataFrame({"key": people["external_id"].tolist(), "0": groups_of_list}),
        groupings=("Tutor",),
        repeated=0,
        conflicting=(),
        without_key=0,
    )
    app = open_page(PAGE)
    app.session_state["learner_list"] = KeptList(learners, dt.date(2026, 11, 24))
    app.run()
    next(button for button in app.button_group if button.key == "split").set_value("group").run()
    assert not app.exception
    of_key = dict(zip(people["external_id"], groups_of_list, strict=True))
    of_user = {user: of_key.get(key) for user, key in zip(accounts["user_id"], accounts["external_id"], strict=True)}
    for table, rows in zip(
        app.main.dataframe, groups(chosen(demo_rows), lambda row: row.subject).values(), strict=True
    ):
        shown = dict(zip(table.value["group"], table.value["base"], strict=True))
        assert sum(shown.values()) == len(rows)
        for name in ("Tutor *A*", "Tutor B"):
            assert shown[name] == sum(of_user.get(row.user) == name for row in rows)
    maths = sorted({row.subject for row in demo_rows}).index("Maths")
    box = f"mark-of-mix-{maths}"
    app.selectbox(box).set_value("Tutor *A* · Level 1").run()
    assert not app.exception
    behind = [
        row
        for row in chosen(demo_rows, subject=["Maths"])
        if of_user.get(row.user) == "Tutor *A*" and row.whole == "Level 1"
    ]
    assert any(plain(caption.value).startswith(f"{len(behind):,} sessions of ") for caption in app.main.caption)
    assert "Tutor" not in str(dict(app.query_params))
    del app.session_state["learner_list"]
    app.run()
    assert not app.exception
    assert app.selectbox(MIX).value is None


@pytest.mark.parametrize("role", [Role.ANALYST, Role.LEARNER_ACCESS])
@pytest.mark.parametrize("sent", ["L1 - Lower", "Not assessed"])
def test_one_learner(cache_dir: Path, monkeypatch: pytest.MonkeyPatch, role: Role, sent: str) -> None:
    """One learner makes a share with its wide interval or a clear word, and a name only where it may be seen."""
    user = make_user(random.Random(1))
    record = make_record(random.Random(4), user)
    record["result"] |= {"level": sent}
    subject = record["test"]["subject"]
    with following_reference([record]) as server:
        given = {"CACHE_DIR": str(cache_dir), "API_KEY": KEY, "BASE_URL": server.base_url, "OPEN_ROLE": role.value}
        for name, value in given.items():
            monkeypatch.setenv(f"SMARTIA_{name}", value)
        app = open_app(PAGE)
        if sent == "L1 - Lower":
            assert f"{subject}: 100% of 1 learner is at Level 1 or above (21–100). No sitting" in said(app)
            assert f"{subject}: at least half are at Level 1 or above: 100% of 1 learner (21–100)." in said(app)
        else:
            assert f"{subject}: no learner with a readable level." in said(app)
            assert "No level can be read under these filters." in [info.value for info in app.main.info]
        if role is Role.LEARNER_ACCESS:
            app.selectbox(MIX).set_value(app.selectbox(MIX).options[0]).run()
        assert not app.exception
    named = [table for table in app.main.dataframe if user["fullName"] in table.value.to_string()]
    assert len(named) == (role is Role.LEARNER_ACCESS)


def test_nothing_fits_the_filters(open_page: Open) -> None:
    """Filters that nobody fits leave a word and no figure."""
    app = open_page(PAGE, since="2026-11-24", until="2026-11-24", reached=["Pre-Entry"], subject=["Digital Skills"])
    assert not app.main.dataframe
    assert "Without the" not in said(app)
