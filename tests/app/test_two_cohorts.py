"""Two cohorts side by side on Levels, Trends and Groups: every figure and every refusal, worked out anew."""

import datetime as dt
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from scipy.stats import mannwhitneyu
from statsmodels.stats.proportion import confint_proportions_2indep
from streamlit.testing.v1 import AppTest

import smartia
from smartia.settings import Settings
from tests.app.conftest import Open, open_app, plain
from tests.app.lists import with_list
from tests.app.reference import LADDER, Row, chosen, groups, share, term
from tests.handmade import make_record, make_user, make_uuid
from tests.servers import KEY, following_reference

FEWEST = 10
FIGURES = ("n", "reached", "share", "low", "high")
NOTHING = math.nan
LEVELS_PAGE, TRENDS_PAGE, GROUPS_PAGE = "pages/levels.py", "pages/trends.py", "pages/groups.py"

Side = Callable[[Row], bool]


def first_days(rows: Sequence[Row]) -> dict[str, dt.date]:
    """The first day of every version, over all sessions."""
    return {version: min(row.day for row in part) for version, part in groups(rows, lambda row: row.version).items()}


def readable(rows: Sequence[Row]) -> list[Row]:
    """Those whose level can be read."""
    return [row for row in rows if row.rank is not None]


def single_version(rows: Sequence[Row]) -> str | None:
    """The version of at least 99 in 100 sessions, or None."""
    return next(
        (key for key, part in groups(rows, lambda row: row.version).items() if len(part) * 100 >= len(rows) * 99), None
    )


def base_of(
    one: list[Row], other: list[Row], began: dict[str, dt.date], *, of_time: bool
) -> tuple[list[Row], list[Row], str | None]:
    """What counts of two cohorts, and why they are not compared, by the rule in plain words."""
    if not readable(one) or not readable(other):
        return readable(one), readable(other), "no readable level"
    refusal, version = None, single_version(one)
    if version is None or version != single_version(other):
        common = {row.version for row in readable(one)} & {row.version for row in readable(other)}
        large = [
            name
            for name in common
            if min(sum(row.version == name for row in readable(side)) for side in (one, other)) >= FEWEST
        ]
        if of_time or not common:
            refusal = "different versions"
        elif not large:
            refusal = "fewer than"
        else:
            newest = max(large, key=began.__getitem__)
            one, other = ([row for row in side if row.version == newest] for side in (one, other))
    one, other = readable(one), readable(other)
    if refusal is None and {row.user for row in one} & {row.user for row in other}:
        refusal = "in both"
    if refusal is None and min(len(one), len(other)) < FEWEST:
        refusal = "fewer than"
    return one, other, refusal


def pair_table(app: AppTest) -> pd.DataFrame:
    """The table of the comparison, which the reader has unfolded."""
    (table,) = (table.value for table in app.main.dataframe if "share_verdict" in table.value)
    return table.set_index("group")


def lines_of(app: AppTest) -> list[str]:
    """The sentences of the comparison, without escapes and bold."""
    texts = [plain(text.value).replace("**", "") for text in app.main.markdown]
    (found,) = (text for text in texts if ("Take one " in text and "; in" not in text) or "Not compared: " in text)
    return found.split("\n")


def check(
    app: AppTest,
    rows: list[Row],
    sides: tuple[Side, Side],
    began: dict[str, dt.date],
    rank: int = 40,
    *,
    of_time: bool = False,
) -> set[str | None]:
    """Compare table and sentences subject by subject with loops, statsmodels and scipy; gives the refusals seen."""
    table, seen = pair_table(app), set()
    lines = {line.removeprefix("- ").split(".")[0]: line for line in lines_of(app)}
    mine = [row for row in rows if any(side(row) for side in sides)]
    subjects = groups(mine, lambda row: row.subject)
    assert list(table.index) == list(subjects)
    for subject, part in subjects.items():
        one, other, refusal = base_of(*([row for row in part if side(row)] for side in sides), began, of_time=of_time)
        seen.add(refusal)
        row, line = table.loc[subject], lines[subject]
        assert [row[name] for name in FIGURES] == pytest.approx(list(share(one, rank)), nan_ok=True)
        assert [row[f"{name}_other"] for name in FIGURES] == pytest.approx(list(share(other, rank)), nan_ok=True)
        for n, _, part_at, low, high in (share(one, rank), share(other, rank)):
            if n:
                whole = f"{part_at:.0%} of {n:,}", f"({low * 100:.0f}–{high * 100:.0f})"
                tenths = f"{part_at:.1%} of {n:,}", f"({low * 100:.1f}–{high * 100:.1f})"
                assert any(all(text in line for text in texts) for texts in (whole, tenths))
        differences = [row[name] for name in ("points", "points_low", "points_high")]
        if refusal is not None:
            assert [*differences, row["chance"]] == pytest.approx([NOTHING] * 4, nan_ok=True)
            assert refusal in row["verdict"]
            assert f"Not compared: {row['verdict'].removeprefix('not compared: ')}." in line
            continue
        (n, hits, found, *_), (m, other_hits, other_found, *_) = share(one, rank), share(other, rank)
        low, high = confint_proportions_2indep(hits, n, other_hits, m, method="newcomb")
        assert differences == pytest.approx([(found - other_found) * 100, low * 100, high * 100])
        assert row["share_verdict"] == ("higher" if low > 0 else "lower" if high < 0 else "too close to call")
        chance = mannwhitneyu([r.rank for r in one], [r.rank for r in other]).statistic / n / m
        assert row["chance"] == pytest.approx(chance * 100)
        assert row["chance_low"] < row["chance"] < row["chance_high"]
        assert any(f"in {said} of 100 such pairs" in line for said in (f"{chance:.0%}"[:-1], f"{chance:.1%}"[:-1]))
        assert line.count(row["verdict"]) >= 1
        left_out = sum(len(readable([r for r in part if side(r)])) for side in sides) - n - m
        assert (f"; {left_out:,} session" in line) == (left_out > 0)
    return seen


SELECTIONS = [
    pytest.param({}, {}, id="no filter"),
    pytest.param({"year": ["2025/26"], "attempts": "First"}, {"year": ["2025/26"], "attempts": "first"}, id="one year"),
    pytest.param(
        {"subject": ["Maths", "English"], "level": "Entry 3"}, {"subject": ["Maths", "English"]}, id="Entry 3"
    ),
]
SPLITS = [
    pytest.param(
        "Gender",
        "gender",
        {"one_gender": "female", "other_gender": "male"},
        (lambda row: row.gender == "female", lambda row: row.gender == "male"),
        id="women and men",
    ),
    pytest.param(
        "Gender",
        "gender",
        {"one_gender": "other", "other_gender": "all others"},
        (lambda row: row.gender == "other", lambda row: row.gender != "other"),
        id="few against all others",
    ),
    pytest.param(
        "Age",
        "age_band",
        {"one_age_band": "19+", "other_age_band": "16–18"},
        (lambda row: row.age == "19+", lambda row: row.age == "16–18"),
        id="age bands",
    ),
]


@pytest.mark.parametrize(("split", "column", "pair", "sides"), SPLITS)
@pytest.mark.parametrize(("choices", "wanted"), SELECTIONS)
def test_levels_compares_values_of_a_split(
    open_page: Open,
    demo_rows: list[Row],
    choices: dict[str, Any],
    wanted: dict[str, Any],
    split: str,
    column: str,
    pair: dict[str, str],
    sides: tuple[Side, Side],
) -> None:
    """Levels: shares, difference, chance and what is left out are those of plain loops; the two are in the URL."""
    app = open_page(LEVELS_PAGE, unfolded=[f"pair-table-{column}"], split=split, **pair, **choices)
    rank = LADDER.index(choices.get("level", "Level 1")) * 10
    check(app, chosen(demo_rows, **wanted), sides, first_days(demo_rows), rank)
    for key, value in pair.items():
        assert app.selectbox(key=key).value == value
        assert app.selectbox(key=key).proto.query_param_key == key


def test_with_all_attempts_learners_in_both_are_counted_and_not_compared(open_page: Open, demo_rows: list[Row]) -> None:
    """A learner who sat at 16–18 and at 19+ is in both bands, and the page says how many there are instead."""
    pair = {"one_age_band": "19+", "other_age_band": "16–18"}
    app = open_page(LEVELS_PAGE, unfolded=["pair-table-age_band"], split="Age", attempts="All", **pair)
    sides: tuple[Side, Side] = (lambda row: row.age == "19+", lambda row: row.age == "16–18")
    assert "in both" in check(app, chosen(demo_rows, "all"), sides, first_days(demo_rows))


@pytest.mark.parametrize("split", ["Test", "Test version"])
def test_tests_and_versions_are_refused_in_words(open_page: Open, split: str) -> None:
    """Split by what was sat there is a sentence instead of a choice."""
    app = open_page(LEVELS_PAGE, split=split)
    assert any("scales of their own" in info.value for info in app.main.info)
    assert not [box for box in app.main.selectbox if box.label == "Compare"]


def test_without_a_split_to_compare_the_page_says_where_there_is_one(open_page: Open) -> None:
    """Unsplit there is a hint, and split by year a way to Trends."""
    years = open_page(LEVELS_PAGE, split="Academic year").main.get("page_link")
    assert any("Years are set side by side on Trends" in link.proto.label for link in years)
    assert any("to compare two of its groups" in info.value for info in open_page(LEVELS_PAGE).main.info)


@pytest.mark.parametrize("wanted", [{}, {"gender": ["female"]}, {"subject": ["Maths"]}])
def test_trends_compares_two_terms(open_page: Open, demo_rows: list[Row], wanted: dict[str, Any]) -> None:
    """Trends: the newest term that is over is set beside the same term a year earlier; other versions are refused."""
    app = open_page(TRENDS_PAGE, unfolded=["pair-table-term"], period="Term", **wanted)
    one, other = app.selectbox(key="one_term").value, app.selectbox(key="other_term").value
    first = int(one[:4]) - 1
    assert other == f"{first}/{str(first + 1)[-2:]}{one[7:]}"
    sides: tuple[Side, Side] = (lambda row: term(row.day) == one, lambda row: term(row.day) == other)
    check(app, chosen(demo_rows, **wanted), sides, first_days(demo_rows), of_time=True)


def test_a_period_that_is_not_over_is_refused(open_page: Open, demo_college: Settings) -> None:
    """Trends: the month of the data can be chosen, and the page says that it is not over; two equal ones are none."""
    as_of = smartia.refresh(demo_college).manifest.fetched_at.astimezone(ZoneInfo("Europe/London")).date()
    month = f"{as_of:%b %Y}"
    app = open_page(TRENDS_PAGE, period="Month", one_month=month)
    assert all("Not compared: one of them is not over yet." in line for line in lines_of(app))
    app.selectbox(key="other_month").set_value(month).run()
    assert not app.exception
    assert "Choose two different ones." in [info.value for info in app.main.info]


@pytest.mark.parametrize("choices", [{}, {"year": ["2025/26"]}, {"gender": ["male"], "level": "Entry 3"}])
def test_groups_compares_a_group_with_the_others_on_the_list(
    open_page: Open, demo_rows: list[Row], demo_college: Settings, choices: dict[str, Any]
) -> None:
    """Groups: a group is set against all others on the list, in the subject shown; no group gets into the URL."""
    app, tutor_of = with_list(
        open_page(GROUPS_PAGE, unfolded=["pair-table-group"], shown="Maths", **choices), demo_college, 3
    )
    app.selectbox(key="one_group").set_value("Tutor 1").run()
    assert app.selectbox(key="other_group").value == "all others"
    wanted = {name: values for name, values in choices.items() if name != "level"}
    rows = [row for row in chosen(demo_rows, subject=["Maths"], **wanted) if row.user in tutor_of]
    sides: tuple[Side, Side] = (
        lambda row: tutor_of[row.user] == "Tutor 1",
        lambda row: tutor_of[row.user] != "Tutor 1",
    )
    rank = LADDER.index(choices.get("level", "Level 1")) * 10
    assert check(app, rows, sides, first_days(demo_rows), rank) == {None}
    assert not any(app.selectbox(key=key).proto.query_param_key for key in ("one_group", "other_group"))


def test_many_groups_are_drawn_in_part_and_shown_in_full(
    open_page: Open, demo_rows: list[Row], demo_college: Settings
) -> None:
    """Levels: of more groups than there are colours the ladder draws the largest and says so; its table has all."""
    app, tutor_of = with_list(open_page(LEVELS_PAGE, subject=["Maths"]), demo_college, 11)
    app.button_group(key="split").set_value("group").run()
    app.session_state["ladder-table-0"] = True
    app.run()
    assert not app.exception, app.exception
    rows = chosen(demo_rows, subject=["Maths"])
    parts = groups(rows, lambda row: tutor_of.get(row.user, "not in the list"))
    assert f"The charts show the 8 largest of {len(parts)} groups; the tables show all." in [
        plain(caption.value) for caption in app.main.caption
    ]
    (table,) = (table.value for table in app.main.dataframe if "level" in table.value)
    sizes = {name: share(part)[0] for name, part in parts.items()}
    assert dict(zip(table["group"], table["n"], strict=True)) == sizes
    spec = app.main.get("vega_lite_chart")[-1].proto.spec
    drawn = {name for name in parts if f'"{name}"' in spec}
    assert len(drawn) == 8
    assert min(sizes[name] for name in drawn) >= max(size for name, size in sizes.items() if name not in drawn)


def test_one_value_has_nothing_beside_it(open_page: Open) -> None:
    """With one value left by the filters the page says that there is nothing to compare it with."""
    app = open_page(LEVELS_PAGE, split="Gender", gender=["female"])
    assert any("nothing to compare it with" in info.value for info in app.main.info)


def test_one_learner_of_each(cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two learners make two shares with their intervals and no difference."""
    records = []
    for place, gender in enumerate(("female", "male")):
        user = make_user(random.Random(place)) | {"gender": gender}
        record = make_record(random.Random(4), user)
        record["sessionId"] = make_uuid(random.Random(place))
        record["result"] |= {"level": "L1 - Lower"}
        records.append(record)
    with following_reference(records) as server:
        given = {"CACHE_DIR": str(cache_dir), "API_KEY": KEY, "BASE_URL": server.base_url, "OPEN_ROLE": "analyst"}
        for name, value in given.items():
            monkeypatch.setenv(f"SMARTIA_{name}", value)
        app = open_app(LEVELS_PAGE, split="Gender")
    (line,) = lines_of(app)
    assert "Female: 100% of 1 learner is at Level 1 or above (21–100); male: 100% of 1 learner (21–100)." in line
    assert "Not compared: fewer than 10 learners in one of them are too few to judge." in line
