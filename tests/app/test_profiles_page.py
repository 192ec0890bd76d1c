"""Profiles: every figure of the page equals the one worked out from the same sessions by plain loops."""

import datetime as dt
import random
import statistics
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy.stats import binomtest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import Open, open_app, plain
from tests.app.reference import LADDER, Row, chosen, share
from tests.handmade import make_record, make_user, spell_instant
from tests.servers import KEY, following_reference

PAGE = "pages/profiles.py"
CELLS = "profile-cell"

SELECTIONS = [
    pytest.param({}, {}, ("English", "Maths"), id="no filter"),
    pytest.param({"same_year": "false"}, {}, ("English", "Maths"), id="pairs of any years"),
    pytest.param(
        {"age": ["16–18"], "year": ["2025/26"], "apart": "3 whole levels or more"},
        {"age": ["16–18"], "year": ["2025/26"]},
        ("English", "Maths"),
        id="16–18 in 2025/26, three apart",
    ),
    pytest.param(
        {"gender": ["other", "unknown"], "attempts": "All", "rows": "Digital Skills", "columns": "English"},
        {"gender": ["other", "unknown"], "attempts": "all"},
        ("Digital Skills", "English"),
        id="two genders, all attempts, two other subjects",
    ),
    pytest.param(
        {"attempts": "First", "detail": "Lower and upper", "level": "Entry 3", "columns": "English Written"},
        {"attempts": "first"},
        ("English", "English Written"),
        id="first attempts, half levels",
    ),
]


def latest(rows: list[Row], subject: str) -> dict[str, Row]:
    """The session of each learner in a subject that ended last."""
    found: dict[str, Row] = {}
    for row in rows:
        if row.subject == subject and (row.user not in found or row.ended_at > found[row.user].ended_at):
            found[row.user] = row
    return found


def earliest(rows: list[Row], subject: str) -> dict[str, Row]:
    """The session of each learner in a subject that ended first."""
    found: dict[str, Row] = {}
    for row in rows:
        if row.subject == subject and (row.user not in found or row.ended_at < found[row.user].ended_at):
            found[row.user] = row
    return found


def wilson(hits: int, n: int) -> str:
    """A share with its interval as the page writes it, by the textbook's formula."""
    z = 1.959963984540054
    middle, spread = (hits + z * z / 2) / (n + z * z), z / (n + z * z) * (hits * (n - hits) / n + z * z / 4) ** 0.5
    low, high = (0.0 if not hits else middle - spread), (1.0 if hits == n else middle + spread)
    digits = 1 if hits / n < 0.1 or 0.9 < hits / n < 1 else 0
    return f"{hits / n:.{digits}%} ({low * 100:.{digits}f}–{high * 100:.{digits}f})"


def name_of(row: Row, *, halves: bool) -> str:
    """The level of a session as the matrix names it."""
    return "Not readable" if row.whole is None else f"{row.whole} {row.half}" if halves and row.half else row.whole


def said(app: AppTest) -> str:
    """All Markdown of the page, without its escapes and its bold."""
    return plain("\n".join(text.value for text in app.markdown)).replace("**", "")


def step(row: Row) -> int:
    """The place of a readable level among the whole levels."""
    return LADDER.index(str(row.whole))


def tables(app: AppTest) -> dict[str, pd.DataFrame]:
    """The tables of the page by their first column."""
    return {str(table.value.columns[0]): table.value for table in app.main.dataframe}


@pytest.mark.parametrize(("choices", "wanted", "names"), SELECTIONS)
def test_every_figure(
    open_page: Open, demo_rows: list[Row], choices: dict[str, Any], wanted: dict[str, Any], names: tuple[str, str]
) -> None:
    """Coverage, matrix, sentence, differences, order and day equal plain counts, and nobody is lost."""
    app = open_page(PAGE, **choices)
    pick = earliest if wanted.get("attempts") == "first" else latest
    one, other = (pick(chosen(demo_rows, **wanted), name) for name in names)
    both = [(one[user], other[user]) for user in one.keys() & other.keys()]
    assert {metric.label.replace("\\", ""): metric.value for metric in app.metric} == {
        "Learners": f"{len(one.keys() | other.keys()):,}",
        "Both": f"{len(both):,}",
        f"Only {names[0]}": f"{len(one.keys() - other.keys()):,}",
        f"Only {names[1]}": f"{len(other.keys() - one.keys()):,}",
    }
    check_gaps(said(app), both, is_one_year="same_year" not in choices)
    if "same_year" not in choices:
        both = [(a, b) for a, b in both if a.year == b.year]
    assert len(both) > 5
    check_matrix(tables(app)["level"], both, halves="detail" in choices)
    steps = [step(a) - step(b) for a, b in both if a.whole and b.whole]
    least, word = (3, "Three") if "apart" in choices else (2, "Two")
    spiky = sum(abs(value) >= least for value in steps)
    text = said(app)
    assert f"Of {len(steps):,} learners with a readable level in both" in text
    for hits, words in (
        (sum(value == 0 for value in steps), "are at the same whole level"),
        (sum(value > 0 for value in steps), f"higher in {names[0]}"),
        (sum(value < 0 for value in steps), f"higher in {names[1]}"),
    ):
        assert f"{wilson(hits, len(steps))} {words}" in text
    assert f"{word} or more whole levels apart: {spiky:,} learner" in text
    assert f"{spiky:,} of {len(steps):,} learners, {wilson(spiky, len(steps))}" in text
    shown = tables(app)["steps"]
    assert {row.steps: row.reached for row in shown.itertuples() if row.reached} == dict(Counter(steps))
    agreement = tables(app)["outcome"]
    assert agreement["reached"].tolist() == [
        sum(value == 0 for value in steps),
        sum(value > 0 for value in steps),
        sum(value < 0 for value in steps),
        spiky,
    ]
    for row in [*shown.itertuples(), *agreement.itertuples()]:
        limits = binomtest(row.reached, len(steps)).proportion_ci(method="wilson")
        assert (row.n, row.share) == (len(steps), pytest.approx(row.reached / len(steps)))
        assert (row.low, row.high) == pytest.approx((limits.low, limits.high))
    check_orders(tables(app)["subject"], both, names, LADDER.index(choices.get("level", "Level 1")) * 10)
    same_day = sum(a.day == b.day for a, b in both)
    assert f"Of {len(both):,} learners with both, {wilson(same_day, len(both))} completed them on the same day" in text
    first = sum(a.ended_at < b.ended_at for a, b in both)
    assert f"{wilson(first, len(both))} completed {names[0]} first" in text
    assert any(f"{spiky:,} session" in plain(caption.value) for caption in app.caption)


def check_gaps(text: str, both: list[tuple[Row, Row]], *, is_one_year: bool) -> None:
    """The page says how many days lie between the sittings shown, and how many pairs lie in different years."""
    shown = [(a, b) for a, b in both if not is_one_year or a.year == b.year]
    days = [abs((a.day - b.day).days) for a, b in shown]
    middle = f"{statistics.median(days):,g} {'day' if statistics.median(days) == 1 else 'days'}"
    far = f"{max(days):,} at the longest, over {len(days):,} pair"
    assert f"Days between the two sittings: {middle} at the median, {far}" in text
    apart = sum(a.year != b.year for a, b in both)
    noun = "pair" if apart == 1 else "pairs"
    assert f"{'Left out' if is_one_year else 'Among them'}: {apart:,} {noun} in different academic years." in text


def check_matrix(table: pd.DataFrame, both: list[tuple[Row, Row]], *, halves: bool) -> None:
    """The cells of the table equal a plain count, and the totals add up."""
    wide = table.set_index("level")
    expected = Counter((name_of(a, halves=halves), name_of(b, halves=halves)) for a, b in both)
    shown = {(a, b): int(wide.loc[a, b]) for a in wide.index for b in wide.columns if "All" not in {a, b}}
    assert {cell: n for cell, n in shown.items() if n} == dict(expected)
    assert wide.loc["All", "All"] == len(both)
    assert (wide["All"] == wide.drop(columns="All").sum(axis=1)).all()
    assert (wide.loc["All"] == wide.drop(index="All").sum()).all()


def check_orders(table: pd.DataFrame, both: list[tuple[Row, Row]], names: tuple[str, str], rank: int) -> None:
    """Shares by order and day equal plain ones with scipy's intervals, group by group."""
    groups: dict[str, list[tuple[Row, Row]]] = {}
    for a, b in both:
        first = names[0] if a.ended_at < b.ended_at else names[1]
        day = "Same" if a.day == b.day else "Another"
        name = "Both at the same moment" if a.ended_at == b.ended_at else f"{day} day, {first} first"
        groups.setdefault(name, []).append((a, b))
    assert len(table) == 2 * len(groups)
    for row in table.itertuples():
        rows = [pair[names.index(row.subject)] for pair in groups[row.group]]
        expected = share(rows, rank)
        assert (row.n, row.reached, row.share, row.low, row.high) == pytest.approx(expected, nan_ok=True)
        assert row.n + row.unreadable == len(rows)


BEHIND: dict[str, Callable[[Row | None, Row | None], bool]] = {
    "30-50": lambda a, b: bool(a and b) and (a.whole, b.whole) == ("Entry 3", "Level 2"),
    "30-99": lambda a, b: bool(a and b) and a.whole == "Entry 3" and b.whole is None,
    "only-one": lambda a, b: a is not None and b is None,
    "only-other": lambda a, b: a is None and b is not None,
}


def test_the_select_box_shows_who_is_behind_a_cell(open_page: Open, demo_rows: list[Row]) -> None:
    """Without a mouse: the box lists the learners of a cell, of an unreadable level, and of one subject only."""
    one, other = (latest(chosen(demo_rows), name) for name in ("English", "Maths"))
    app = open_page(PAGE)
    for cell, belongs in BEHIND.items():
        pairs = {user: (one.get(user), other.get(user)) for user in one.keys() | other.keys()}
        users = [user for user, (a, b) in pairs.items() if belongs(a, b) and (not (a and b) or a.year == b.year)]
        app.selectbox(CELLS).set_value(cell).run()
        assert not app.exception
        total = f"{len(users)} sessions of {len(users)} learners"
        assert any(plain(caption.value).startswith(total) for caption in app.caption), cell
        assert cell not in str(dict(app.query_params))


def test_a_cell_that_a_filter_empties_is_no_longer_chosen(open_page: Open) -> None:
    """After a change of the levels shown, a choice that no longer exists is dropped without an error."""
    app = open_page(PAGE)
    app.selectbox(CELLS).set_value("30-50").run()
    next(button for button in app.button_group if button.key == "detail").set_value("half").run()
    assert not app.exception
    assert app.selectbox(CELLS).value is None


def test_the_matrix_reports_clicks_on_its_cells(open_page: Open) -> None:
    """Each chart of the page is a widget with one selection, the mark."""
    charts = open_page(PAGE).main.get("vega_lite_chart")
    assert len(charts) == 4
    assert all(list(chart.proto.selection_mode) == ["picked"] for chart in charts)


def test_the_same_subject_twice_is_not_compared(open_page: Open) -> None:
    """The page asks for two different subjects and shows no figure."""
    app = open_page(PAGE, rows="Maths", columns="Maths")
    assert [info.value for info in app.info if "different" in info.value] == ["Choose two different subjects."]
    assert not app.metric


def test_a_filter_for_one_subject_leaves_nobody_with_both(open_page: Open, demo_rows: list[Row]) -> None:
    """With the other subject filtered away the page says so, and still counts and lists those with the one."""
    app = open_page(PAGE, subject=["Maths"])
    n = len(latest(chosen(demo_rows), "Maths"))
    values = {metric.label.replace("\\", ""): metric.value for metric in app.metric}
    assert values == {"Learners": f"{n:,}", "Both": "0", "Only English": "0", "Only Maths": f"{n:,}"}
    assert any("No learner has both English and Maths under these filters" in plain(info.value) for info in app.info)
    assert not app.main.get("vega_lite_chart")


@pytest.fixture
def college_of(cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Open the page over a college with these records."""

    def opened(records: list[dict[str, Any]], **variables: str) -> AppTest:
        with following_reference(records) as server:
            given = {"SMARTIA_CACHE_DIR": str(cache_dir), "SMARTIA_API_KEY": KEY, "SMARTIA_BASE_URL": server.base_url}
            for name, value in (given | {"SMARTIA_OPEN_ROLE": "analyst"} | variables).items():
                monkeypatch.setenv(name, value)
            return open_app(PAGE)

    return opened


def record_of(user: dict[str, Any], subject: str, level: str, hour: int) -> dict[str, Any]:
    """One session of a learner on 7 January 2026."""
    rng = random.Random(hour)
    record = make_record(rng, user)
    while record["test"]["subject"] != subject:
        record = make_record(rng, user)
    started = dt.datetime(2026, 1, 7, hour, tzinfo=dt.UTC)
    record |= {"startDate": spell_instant(started), "endDate": spell_instant(started + dt.timedelta(minutes=40))}
    record["result"] |= {"level": level, "createdDate": record["endDate"], "duration": "PT30M"}
    return record


@pytest.mark.parametrize("role", ["analyst", "learner-access"])
def test_one_learner_with_both(college_of: Any, role: str) -> None:
    """One learner makes one cell, a share of 100 % with its wide interval, and a name only for those who may see it."""
    user = make_user(random.Random(1))
    records = [record_of(user, "English", "L2 – Upper", 9), record_of(user, "Maths", "E3 Upper", 11)]
    app = college_of(records, SMARTIA_OPEN_ROLE=role)
    text = said(app)
    assert "Of 1 learner with a readable level in both" in text
    assert f"{wilson(1, 1)} higher in English" in text
    assert "Two or more whole levels apart: 1 learner, 100% (21–100)" in text
    assert tables(app)["level"].set_index("level").loc["Level 2", "Entry 3"] == 1
    assert tables(app)["steps"]["steps"].tolist() == [0, 1, 2]
    named = [table for table in app.main.dataframe if user["fullName"] in table.value.to_string()]
    assert len(named) == (1 if role == "learner-access" else 0)


def test_a_pair_of_two_years_is_left_out_unless_asked_for(college_of: Any) -> None:
    """Sat in two academic years: no pair and a word why; with the switch off, one pair and the days between."""
    user = make_user(random.Random(4))
    maths = record_of(user, "Maths", "E3 Upper", 11)
    maths |= {"startDate": "2025-07-31T09:00:00.000Z", "endDate": "2025-07-31T10:00:00.000Z"}
    app = college_of([record_of(user, "English", "L2 – Upper", 9), maths])
    expected = (
        "No learner has both English and Maths in one academic year; left out: 1 pair in different academic years."
    )
    assert expected in [plain(info.value) for info in app.info]
    assert {metric.label: metric.value for metric in app.metric}["Both"] == "1"
    app.toggle(key="same_year").set_value(False).run()
    assert not app.exception
    gap = (dt.date(2026, 1, 7) - dt.date(2025, 7, 31)).days
    assert f"Days between the two sittings: {gap} days at the median, {gap} at the longest, over 1 pair." in said(app)


def test_nobody_with_a_readable_level_in_both(college_of: Any) -> None:
    """A level that cannot be read is kept and counted in the matrix; the page says that no level can be compared."""
    user = make_user(random.Random(2))
    app = college_of([record_of(user, "English", "Not assessed", 9), record_of(user, "Maths", "L1 - Lower", 11)])
    assert "No learner has a readable level in both subjects" in said(app)
    assert tables(app)["level"].set_index("level").loc["Not readable", "Level 1"] == 1


def test_one_subject_alone(college_of: Any) -> None:
    """Data with one subject only are told so, without figures."""
    app = college_of([record_of(make_user(random.Random(3)), "Maths", "L1 - Lower", 9)])
    assert [info.value for info in app.info] == ["Profiles compare two subjects; these data have only one."]
    assert not app.metric
