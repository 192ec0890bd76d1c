"""The Groups page: a list of the demo college's own learners goes through it, and every figure is counted again."""

import csv
import datetime as dt
import io
import random
from collections import defaultdict
from dataclasses import dataclass

import pandas as pd
import pytest
from scipy.stats import binom, binomtest
from streamlit.testing.v1 import AppTest

import smartia
from smartia.access import Role
from smartia.settings import Settings
from smartia.table.labels import NOT_LISTED
from tests.app import reference
from tests.app.conftest import Open, plain
from tests.app.reference import Row, chosen, share

PAGE = "pages/groups.py"
AREAS = ["Art", "*Business*", "Care", "<b>Sport</b>"]
HEADER = ["Student Ref", "Full name", "Area", "Site"]
STRANGERS = 40
SELECTIONS = [
    pytest.param({}, {}, id="no filter"),
    pytest.param({"year": ["2025/26"], "age": ["16–18"]}, {"year": ["2025/26"], "age": ["16–18"]}, id="16–18 2025/26"),
    pytest.param({"subject": ["Maths"], "attempts": "First"}, {"subject": ["Maths"], "attempts": "first"}, id="maths"),
    pytest.param({"gender": ["female"], "attempts": "All"}, {"gender": ["female"], "attempts": "all"}, id="all"),
]


@dataclass(frozen=True)
class College:
    """The demo list and the answers to it, by plain loops."""

    content: bytes
    area_of: dict[str, str]
    keys_of: dict[str, str]
    people: dict[str, str]


@pytest.fixture(scope="session")
def college(demo_college: Settings) -> College:
    """A list of most learners with an external ID, by a seeded rule, and of some strangers."""
    draw = random.Random(11)
    sessions = smartia.load_sessions(demo_college, refresh="never")
    accounts = sessions.drop_duplicates("user_id").dropna(subset="external_id")
    people: dict[str, str] = {}
    for key in dict.fromkeys(accounts["external_id"]):
        if draw.random() < 0.6:
            people[key] = draw.choice(AREAS)
    people |= {f"NOBODY-{n:03}": draw.choice(AREAS) for n in range(STRANGERS)}
    keys_of = dict(zip(accounts["user_id"], accounts["external_id"], strict=True))
    text = io.StringIO(newline="")
    rows = [[key.lower(), "An Invented Name", area, f"Site {len(area) % 2}"] for key, area in people.items()]
    csv.writer(text, delimiter=";").writerows([HEADER, *rows, rows[0]])
    return College(
        content=text.getvalue().encode("utf-8-sig"),
        area_of={user: people[key] for user, key in keys_of.items() if key in people},
        keys_of=keys_of,
        people=people,
    )


def bring(app: AppTest, content: bytes, name: str = "list.csv") -> AppTest:
    """Upload a list and use it as smartia guesses it to be."""
    app.file_uploader[0].upload(name, content, "text/csv").run()
    assert not app.exception, app.exception
    for box in ("listed-without-session", "listed-twice", "accounts-unlisted", "incomplete"):
        app.session_state[box] = True
    use = next(button for button in app.button if button.label == "Use this list")
    use.click().run()
    assert not app.exception, app.exception
    return app


def said(app: AppTest) -> str:
    """All running text of the page."""
    return plain(" ".join(element.value for element in [*app.main.markdown, *app.main.caption]))


def table_with(app: AppTest, *columns: str) -> pd.DataFrame:
    """The first table that has these columns."""
    return next(table.value for table in app.dataframe if set(columns) <= set(table.value.columns))


def test_mapping_is_guessed_and_shown_before_use(open_page: Open, college: College) -> None:
    """After the upload the page guesses the columns, previews the rows and counts those that it can find."""
    app = open_page(PAGE)
    app.file_uploader[0].upload("list.csv", college.content, "text/csv").run()
    assert not app.exception
    boxes = {box.label: box.value for box in app.main.selectbox}
    assert boxes["Column that says who the learner is"] == "Student Ref"
    assert boxes["It holds the"].value == "external_id"
    assert app.main.multiselect[0].value == ["Area", "Site"]
    rows = len(college.people) + 1
    assert f"{rows - STRANGERS:,} of {rows:,} rows" in said(app)
    preview = app.dataframe[0].value
    assert list(preview.columns) == HEADER
    assert len(preview) == 8
    boxes = {box.label: box for box in app.main.selectbox}
    boxes["Column that says who the learner is"].select("Full name").run()
    assert f"0 of {rows:,} rows (0%)" in said(app)


@pytest.mark.parametrize(("choices", "wanted"), SELECTIONS)
def test_every_figure(open_page: Open, demo_rows: list[Row], college: College, choices: dict, wanted: dict) -> None:
    """Coverage, completion, levels, shares and funnel equal those counted by loops, whatever the filters."""
    app = bring(open_page(PAGE, **choices), college.content)
    accounts = {row.user for row in demo_rows}
    sat = {college.keys_of[user] for user in accounts if user in college.area_of}
    assert {metric.label: metric.value for metric in app.metric} == {
        "On the list": f"{len(college.people):,}",
        "With a session": f"{len(sat):,}",
        "Without a session": f"{STRANGERS}",
        "Accounts not on the list": f"{len(accounts - set(college.area_of)):,}",
    }
    missing = table_with(app, "key", "group")
    assert dict(zip(missing["key"].str.upper(), missing["group"], strict=True)) == {
        key: area for key, area in college.people.items() if key.startswith("NOBODY")
    }

    newest: dict[str, dt.datetime] = {}
    for row in demo_rows:
        if row.user not in college.area_of:
            newest[row.user] = max(row.ended_at, newest.get(row.user, row.ended_at))
    assert table_with(app, "completed_at")["completed_at"].tolist() == sorted(newest.values())[:-501:-1]

    which = {name: value for name, value in wanted.items() if name in {"subject", "year"}}
    completed = {college.keys_of[row.user] for row in chosen(demo_rows, "all", **which) if row.user in college.area_of}
    completion = next(
        table.value for table in app.dataframe if list(table.value.columns)[:3] == ["group", "n", "reached"]
    )
    assert completion["group"].tolist() == sorted(AREAS, key=str.casefold)
    for row in completion.itertuples():
        people = [key for key, area in college.people.items() if area == row.group]
        reached = sum(key in completed for key in people)
        interval = binomtest(reached, len(people)).proportion_ci(method="wilson")
        assert (row.n, row.reached) == (len(people), reached)
        assert (row.low, row.high) == pytest.approx((interval.low, interval.high))
    assert f"{len(completed):,} of {len(college.people):,} learners on the list have at least one session" in said(app)
    limits = binomtest(len(completed), len(college.people)).proportion_ci(method="wilson")
    of_all = f"{len(completed) / len(college.people):.0%}** ({limits.low * 100:.0f}–{limits.high * 100:.0f})."
    assert f": {of_all}" in said(app)
    check_incomplete(table_with(app, "another"), college, completed, sat)

    rows = [row for row in chosen(demo_rows, **wanted) if row.user in college.area_of]
    subject = min(row.subject for row in rows)
    parts: dict[str, list[Row]] = defaultdict(list)
    for item in rows:
        if item.subject == subject:
            parts[college.area_of[item.user]].append(item)
    mix = table_with(app, "base").set_index("group")
    for area, part in parts.items():
        expected = reference.mix(part)
        assert mix.loc[area, "base"] == len(part)
        assert {level: mix.loc[area, level] for level in expected} == pytest.approx(
            {level: number / len(part) for level, number in expected.items()}
        )
    shares = table_with(app, "unreadable").set_index("group")
    assert shares.index.tolist() == sorted(parts, key=str.casefold)
    for area, part in parts.items():
        found = shares.loc[area, ["n", "reached", "share", "low", "high"]]
        assert tuple(found) == pytest.approx(share(part))
    funnel = table_with(app, "verdict")
    whole = sum(shares["reached"]) / sum(shares["n"])
    for row in funnel.itertuples():
        tails = (0.001, 0.025, 0.975, 0.999)
        counts = [binom.ppf(tail, row.n, whole) for tail in tails]
        limits = [
            (count - (binom.cdf(count, row.n, whole) - tail) / binom.pmf(count, row.n, whole)) / row.n
            for count, tail in zip(counts, tails, strict=True)
        ]
        assert [row.low_998, row.low_95, row.high_95, row.high_998] == pytest.approx(limits, abs=1e-6)
        inner, outer = limits[1] <= row.share <= limits[2], limits[0] <= row.share <= limits[3]
        assert row.n >= 10
        assert row.verdict == ("inside" if inner else "outside 95%" if outer else "outside 99.8%")


def check_incomplete(table: pd.DataFrame, college: College, completed: set[str], sat: set[str]) -> None:
    """Everybody on the list who has not completed is named with the group, and whether there is another session."""
    found = {row.key.upper(): (row.group, row.another) for row in table.itertuples()}
    assert len(found) == len(table)
    assert found == {
        key: (area, "yes" if key in sat else "") for key, area in college.people.items() if key not in completed
    }


def test_who_has_not_completed_by_group(open_page: Open, demo_rows: list[Row], college: College) -> None:
    """The list names who lacks Maths in the group chosen; sitting, short and gender change nothing."""
    app = bring(
        open_page(PAGE, subject=["Maths"], sitting=["paused"], short="Leave out under 33%", gender=["female"]),
        college.content,
    )
    done = {
        college.keys_of[row.user] for row in chosen(demo_rows, "all", subject=["Maths"]) if row.user in college.area_of
    }
    box = next(box for box in app.main.multiselect if box.label == "Area")
    box.select("Care").run()
    assert not app.exception
    shown = table_with(app, "another")
    expected = {key for key, area in college.people.items() if area == "Care" and key not in done}
    assert {key.upper() for key in shown["key"]} == expected
    assert f"{len(expected):,} learners of {len(college.people) - len(done):,}." in said(app)
    assert "groups_incomplete" not in app.query_params
    assert "Care" not in str(dict(app.query_params))


def test_a_group_leads_to_its_learners(open_page: Open, demo_rows: list[Row], college: College) -> None:
    """The group chosen in the box shows its own sessions, and how many learners they belong to."""
    app = bring(open_page(PAGE, shown="Maths"), college.content)
    box = next(box for box in app.main.selectbox if box.label == "Area")
    box.select("*Business*").run()
    assert not app.exception
    rows = [row for row in chosen(demo_rows, subject=["Maths"]) if college.area_of.get(row.user) == "*Business*"]
    assert f"{len(rows)} sessions of {len({row.user for row in rows})} learners" in said(app)


def test_a_filter_by_group_leaves_the_whole_whole(open_page: Open, college: College) -> None:
    """Filtering by a group changes no figure here, since the funnel compares each group with all; the page says so."""
    app = bring(open_page(PAGE), college.content)
    before = table_with(app, "verdict")
    next(box for box in app.sidebar.multiselect if box.label == "Group").select("Care").run()
    assert not app.exception
    pd.testing.assert_frame_equal(table_with(app, "verdict"), before)
    assert "The filter by group does not apply on this page" in said(app)


def test_grouping_and_list_survive_pages_and_can_be_removed(open_page: Open, college: College) -> None:
    """The grouping chosen and the list hold on other pages; nothing of them is in the URL; the button removes them."""
    app = bring(open_page(PAGE), college.content)
    next(box for box in app.main.selectbox if box.key == "grouping").select("Site").run()
    app.switch_page("pages/levels.py").run()
    assert not app.exception
    app.switch_page(PAGE).run()
    assert not app.exception
    assert table_with(app, "verdict")["group"].tolist() == ["Site 0", "Site 1"]
    assert not {"grouping", "group_looked_into", "learner_list"} & set(app.query_params)
    next(button for button in app.button if button.label == "Remove this list").click().run()
    assert not app.exception
    assert len(app.file_uploader) == 1
    for key in ("learner_list", "learner_list_match", "learner_list_draft"):
        assert key not in app.session_state


def test_figures_of_a_list_go_with_it(open_page: Open, college: College) -> None:
    """A page that runs again works nothing out; another list begins afresh, and removing it lets go of everything."""
    app = bring(open_page(PAGE), college.content)
    results = app.session_state["learner_list_match"].results
    kept = len(results)
    app.run()
    assert not app.exception
    assert app.session_state["learner_list_match"].results is results
    assert len(results) == kept > 10
    next(button for button in app.button if button.label == "Remove this list").click().run()
    assert len(results) == 0
    bring(app, b"Ref,Area\nQ1,Art\nQ2,Art\nQ3,Sport\nQ4,Sport\n", "other.csv")
    assert {metric.label: metric.value for metric in app.metric}["With a session"] == "0"


def test_hostile_texts_are_shown_as_they_are(open_page: Open, college: College) -> None:
    """Names of groups are never read as Markdown or HTML."""
    app = bring(open_page(PAGE, level="Entry 2"), college.content)
    for element in [*app.main.markdown, *app.main.caption]:
        assert "*Business*" not in element.value
        assert "<b>" not in element.value


def test_errors_say_what_to_do(open_page: Open) -> None:
    """A file that is no list is refused with a remedy, and the templates are offered again."""
    app = open_page(PAGE)
    app.file_uploader[0].upload("list.csv", b"%PDF-1.7", "text/csv").run()
    assert not app.exception
    assert "not a table" in plain(app.error[0].value)
    assert len(app.main.get("download_button")) == 2


@pytest.mark.parametrize("content", [b"Ref,Area\nQ1,Art\nQ2,Art\nQ3,Sport\nQ4,Sport\n"])
def test_a_list_of_strangers(open_page: Open, content: bytes) -> None:
    """A list of nobody who has a session gives zeros and a clear word, no traceback."""
    app = bring(open_page(PAGE), content)
    assert {metric.label: metric.value for metric in app.metric}["With a session"] == "0"
    assert "No session of anybody on the list" in app.info[-1].value


def test_real_upns_stay_masked(open_page: Open) -> None:
    """A reference of the shape of a real UPN is shown in no table, neither before the list is used nor after."""
    content = b"UPN,Area\nA123456789001,Art\nA123456789001,Sport\nB123456789002,Sport\nB123456789002,Sport\n"
    app = open_page(PAGE)
    app.file_uploader[0].upload("list.csv", content, "text/csv").run()
    tables = list(app.dataframe)
    next(button for button in app.button if button.label == "Use this list").click().run()
    assert not app.exception
    tables += list(app.dataframe)
    shown = " ".join(table.value.to_csv() for table in tables)
    assert "001" in shown
    assert "123456789" not in shown


def test_one_learner(open_page: Open, demo_rows: list[Row], college: College) -> None:
    """A list of one learner with sessions works to the end; its group is too small to place."""
    user = next(row.user for row in chosen(demo_rows, subject=["Maths"]) if row.user in college.area_of)
    content = f"Ref,Area\n{college.keys_of[user]},Art\n{college.keys_of[user]},Sport\n".encode()
    app = open_page(PAGE, shown="Maths")
    app.file_uploader[0].upload("list.csv", content, "text/csv").run()
    app.main.multiselect[0].select("Area").run()
    next(button for button in app.button if button.label == "Use this list").click().run()
    assert not app.exception
    assert "1 of 1 learner on the list has a session" in said(app)
    assert "1 of 1 learner on the list has at least one session" in said(app)
    assert "1 learner in different groups" in said(app)
    assert "No group is large enough" in said(app)


def test_without_learner_access_nothing_is_offered(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader who may not see learners gets one sentence, and no upload."""
    monkeypatch.setattr(Settings, "role", property(lambda _: Role.ANALYST))
    app = open_page(PAGE)
    assert len(app.file_uploader) == 0
    assert "learner access" in app.info[-1].value
    assert NOT_LISTED not in said(app)
