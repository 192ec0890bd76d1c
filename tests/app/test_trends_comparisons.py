"""Years against each other on Trends and Overview: every figure and every refusal, worked out anew."""

import datetime as dt
import math
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from scipy.stats import mannwhitneyu
from statsmodels.stats.proportion import confint_proportions_2indep
from streamlit.testing.v1 import AppTest

import smartia
from smartia.settings import Settings
from tests.app.conftest import Open, plain
from tests.app.reference import Row, chosen, chosen_by_year, groups, share, within_year_to_date

NOTHING = math.nan
SELECTIONS = [
    pytest.param({}, {}, id="no filter"),
    pytest.param(
        {"subject": ["Maths", "English"], "attempts": "First"},
        {"subject": ["Maths", "English"], "attempts": "first"},
        id="two subjects, first attempts",
    ),
    pytest.param({"gender": ["other"], "attempts": "All"}, {"gender": ["other"], "attempts": "all"}, id="few learners"),
]


@pytest.fixture
def as_of(demo_college: Settings) -> dt.date:
    """The London day on which the demo college was downloaded."""
    fetched_at = smartia.refresh(demo_college).manifest.fetched_at
    return fetched_at.astimezone(ZoneInfo("Europe/London")).date()


def year_before(year: str) -> str:
    """The label of the academic year before one."""
    first = int(year[:4]) - 1
    return f"{first}/{str(first + 1)[-2:]}"


def to_date(rows: Sequence[Row], year: str, as_of: dt.date) -> list[Row]:
    """The sessions of an academic year up to the same day."""
    return [row for row in rows if row.year == year and within_year_to_date(row.day, as_of)]


def version_of(rows: Sequence[Row]) -> str | None:
    """The version of at least 99 in 100 sessions, or None."""
    return next(
        (key for key, part in groups(rows, lambda row: row.version).items() if len(part) * 100 >= len(rows) * 99), None
    )


def comparable(rows: Sequence[Row], before: Sequence[Row]) -> bool:
    """Whether two cohorts have readable levels and were sat in the same version."""
    readable = all(any(row.rank is not None for row in part) for part in (rows, before))
    return readable and version_of(rows) is not None and version_of(rows) == version_of(before)


def first_days(rows: Sequence[Row]) -> dict[str, dt.date]:
    """The first day of every version, over all sessions."""
    return {version: min(row.day for row in part) for version, part in groups(rows, lambda row: row.version).items()}


def words(day: dt.date) -> str:
    """A date such as "8 January 2026"."""
    return f"{day.day} {day:%B %Y}"


def table_with(app: AppTest, column: str) -> pd.DataFrame:
    """The one table of a page that has a column."""
    (table,) = (table.value for table in app.dataframe if column in table.value)
    return table


@pytest.mark.parametrize(("choices", "wanted"), SELECTIONS)
def test_trends_sets_years_against_each_other(
    open_page: Open, demo_rows: list[Row], as_of: dt.date, choices: dict, wanted: dict
) -> None:
    """Trends: changes, sentences, sessions so far and the two newest years are as loops and scipy have them."""
    rows = chosen_by_year(demo_rows, as_of, **wanted)
    app = open_page("pages/trends.py", **choices)
    check_changes(app, rows, first_days(demo_rows), as_of)
    check_sentences(app, rows, as_of)
    check_cumulative(app, demo_rows, wanted, as_of)
    newest, before = sorted({row.year for row in rows})[::-1][:2]
    check_comparison(app, rows, newest, before, as_of)


@pytest.mark.parametrize(("choices", "wanted"), SELECTIONS)
def test_overview_says_how_the_year_differs(
    open_page: Open, demo_rows: list[Row], as_of: dt.date, choices: dict, wanted: dict
) -> None:
    """Overview: the same sentences as on Trends."""
    check_sentences(open_page(**choices), chosen_by_year(demo_rows, as_of, **wanted), as_of)


@pytest.mark.parametrize(("choices", "wanted"), SELECTIONS[:2])
def test_years_that_are_over_are_compared_in_full(
    open_page: Open, demo_rows: list[Row], choices: dict, wanted: dict
) -> None:
    """Trends: two earlier years by choice count in full."""
    rows = chosen_by_year(demo_rows, None, **wanted)
    year, other = sorted({row.year for row in rows})[::-1][2:4]
    check_comparison(open_page("pages/trends.py", year_a=year, year_b=other, **choices), rows, year, other, None)


def check_changes(app: AppTest, rows: list[Row], began: dict[str, dt.date], as_of: dt.date) -> None:
    """Compare the table of changes; no difference where the versions differ, and the reason instead."""
    subjects = groups(rows, lambda row: row.subject)
    table = table_with(app, "points")
    years = {row.year for part in subjects.values() for row in part}
    assert len(table) == len(subjects) * len(years)
    for row in table.to_dict("records"):
        now = to_date(subjects[row["group"]], row["academic_year"], as_of)
        before = to_date(subjects[row["group"]], year_before(row["academic_year"]), as_of)
        (n, reached, part, *_), (old_n, old_reached, old_part, *_) = share(now), share(before)
        assert (row["n"], row["n_before"]) == (n, old_n)
        assert (row["share"], row["share_before"]) == pytest.approx((part, old_part), nan_ok=True)
        found = [row[name] / 100 for name in ("points", "points_low", "points_high")]
        if not comparable(now, before):
            assert found == pytest.approx([NOTHING] * 3, nan_ok=True)
            expected = "one of the years has no such sessions"
            if n and old_n:
                changed = sorted({began[other.version] for other in [*now, *before]})[1:]
                expected = f"the test changed on {words(changed[0])}"
            assert row["verdict"] == f"not compared: {expected}"
            continue
        low, high = confint_proportions_2indep(reached, n, old_reached, old_n, method="newcomb")
        assert found == pytest.approx([part - old_part, low, high])
        assert row["verdict"] == ("higher" if low > 0 else "lower" if high < 0 else "too close to call")


def check_sentences(app: AppTest, rows: list[Row], as_of: dt.date) -> None:
    """Compare the sentence of each subject: share to date, n, and the difference or why there is none."""
    said = [plain(text.value) for text in app.markdown if text.value.startswith("- Level 1 or above")]
    subjects = groups(rows, lambda row: row.subject)
    assert len(said) == len(subjects)
    newest = max(row.year for row in rows)
    for sentence, (subject, part) in zip(said, subjects.items(), strict=True):
        now, before = to_date(part, newest, as_of), to_date(part, year_before(newest), as_of)
        n, _, found, low, high = share(now)
        repeats = len({(row.user, row.subject, row.year) for row in rows}) < len(rows)
        noun = ("session" if repeats else "learner") + ("" if n == 1 else "s")
        start = f"- Level 1 or above in {subject}, {newest} to {as_of.day} {as_of:%B}: "
        assert sentence.startswith(start)
        if n:
            whole = f"{found:.0%} of {n:,} {noun} ({low * 100:.0f}–{high * 100:.0f}); "
            tenths = f"{found:.1%} of {n:,} {noun} ({low * 100:.1f}–{high * 100:.1f}); "
            assert (whole in sentence) != (tenths in sentence)
            decimals = 1 if tenths in sentence else 0
        assert ("so the years are not compared" in sentence) == (bool(n) and not comparable(now, before))
        if comparable(now, before):
            old_n, _, old, *_ = share(before)
            points = f"{abs(found - old) * 100:.{decimals}f}"
            assert f"; {points} point" in sentence or float(points) == 0
            assert f"; it was {old:.{decimals}%} of {old_n:,}." in sentence
            if not decimals:
                assert round(found * 100) - round(old * 100) == round((found - old) * 100)


def check_comparison(app: AppTest, rows: list[Row], year: str, other: str, as_of: dt.date | None) -> None:
    """Compare the chances of a higher level, to the same day where there is one, with scipy's U over all pairs."""
    table = app.dataframe[-1].value.set_index("group")
    said = [plain(text.value) for text in app.markdown]
    for subject, part in groups(rows, lambda row: row.subject).items():
        cohorts = [
            to_date(part, label, as_of) if as_of else [row for row in part if row.year == label]
            for label in (year, other)
        ]
        if not any(row.rank is not None for cohort in cohorts for row in cohort):
            assert subject not in table.index
            continue
        row = table.loc[subject]
        if not comparable(*cohorts):
            assert math.isnan(row["chance"])
            assert row["verdict"].startswith("not compared: ")
            assert any(text.startswith(f"- {subject}: ") and "not compared" in text for text in said)
            continue
        one, another = ([found.rank for found in cohort if found.rank is not None] for cohort in cohorts)
        assert (row["n"], row["n_other"]) == (len(one), len(another))
        assert row["chance"] / 100 == pytest.approx(mannwhitneyu(one, another).statistic / len(one) / len(another))
        if min(len(one), len(another)) < 10:
            assert (math.isnan(row["chance_low"]), row["verdict"]) == (True, "too few or too alike to judge")
        elif row["verdict"] != "too few or too alike to judge":
            holds = row["chance_low"] <= 50 <= row["chance_high"]
            assert (row["verdict"] == "too close to call") == holds
            assert any(text.startswith(f"- {subject}") and text.endswith(f": {row['verdict']}.") for text in said)


def check_cumulative(app: AppTest, every: list[Row], wanted: dict, as_of: dt.date) -> None:
    """Compare what counted on a day, and the totals to the same day in the sentence above the curve."""
    table = table_with(app, "total")
    by_year = groups(chosen_by_year(every, None, **wanted), lambda row: row.year)
    for year, part in by_year.items():
        mine = table[table["period"] == year]
        assert mine["n"].sum() == len(part) == mine["total"].iloc[-1]
        assert mine["n"].tolist() == [mine["total"].iloc[0], *mine["total"].diff().iloc[1:]]
        for row in mine.iloc[:: max(1, len(mine) // 5)].itertuples():
            so_far = [other for other in every if other.year == year and other.day <= row.day.date()]
            assert row.total == len(chosen(so_far, **wanted))
    counted = groups(chosen_by_year(every, as_of, **wanted), lambda row: row.year)
    parts = [f"{len(counted.get(year, [])):,} in {year}" for year in sorted(by_year)[::-1]]
    assert f"Sessions up to {as_of.day} {as_of:%B}: {'; '.join(parts)}." in [plain(text.value) for text in app.markdown]


def test_a_last_day_moves_the_same_day(open_page: Open, demo_rows: list[Row], as_of: dt.date) -> None:
    """With an earlier last day, all years count to that day; with a first day, a year cut short is no measure."""
    until = dt.date(as_of.year - 1, 10, 15) if as_of >= dt.date(as_of.year, 10, 15) else dt.date(as_of.year - 2, 10, 15)
    rows = chosen_by_year([row for row in demo_rows if row.day <= until], until)
    app = open_page("pages/trends.py", until=until.isoformat())
    table = table_with(app, "points")
    for row in table.to_dict("records"):
        part = [other for other in rows if other.subject == row["group"]]
        assert row["n"] == share(to_date(part, row["academic_year"], until))[0]
    since = dt.date(until.year - 1, 9, 15)
    app = open_page("pages/trends.py", until=until.isoformat(), since=since.isoformat())
    table = table_with(app, "points")
    assert table["points"].isna().all()
    assert "not compared: the date filter leaves out the beginning of a year" in set(table["verdict"])
    (said,) = (plain(text.value) for text in app.markdown if text.value.startswith("Sessions up to"))
    assert said.endswith(f" in {until.year - 1}/{until.year % 100} (only from {words(since)}).")


def test_a_period_cut_at_either_side_is_marked(open_page: Open, as_of: dt.date) -> None:
    """With dates inside February and April these months are marked on Overview and Trends, and March is not."""
    year = as_of.year - 1
    choices = {"since": f"{year}-02-10", "until": f"{year}-04-20"}
    for app, number in ((open_page(**choices), 1), (open_page("pages/trends.py", period="Month", **choices), 5)):
        tables = [table.value for table in app.dataframe if {"period", "running"} <= set(table.value)]
        assert len(tables) == number
        for table in tables:
            marked = dict(zip(table["period"], table["running"], strict=True))
            assert marked == {f"Feb {year}": "yes", f"Mar {year}": "", f"Apr {year}": "yes"}


def test_one_year_has_no_other(open_page: Open) -> None:
    """With one year chosen the page says that there is none to compare, and asks for two different ones otherwise."""
    app = open_page("pages/trends.py", year=["2025/26"])
    assert [info.value for info in app.info if "one academic year" in info.value]
    app = open_page("pages/trends.py", year_a="2025/26", year_b="2025/26")
    assert [info.value for info in app.info if "two different" in info.value]


def test_one_learner_is_shown_without_a_verdict(open_page: Open, demo_rows: list[Row]) -> None:
    """A single session in the filters gives whole pages, no difference and no chance."""
    day = next(row.day for row in demo_rows if sum(other.day == row.day for other in demo_rows) == 1)
    choices = {"since": day.isoformat(), "until": day.isoformat(), "attempts": "All"}
    app = open_page("pages/trends.py", **choices)
    table = table_with(app, "points")
    assert (len(table), table["points"].isna().all()) == (1, True)
    assert not open_page("app.py", **choices).exception


def test_the_groups_of_a_list_are_cohorts(open_page: Open, demo_rows: list[Row], demo_college: Settings) -> None:
    """Once a list is in use Trends offers its groups, with the same shares as loops over them and nothing running."""
    sessions = smartia.load_sessions(demo_college, refresh="never").dropna(subset="external_id")
    keys = dict(zip(sessions["user_id"], sessions["external_id"], strict=True))
    named = {key: "Art" if place % 3 else "Care" for place, key in enumerate(sorted(set(keys.values())))}
    listed = "\n".join(f"{key},{group}" for key, group in named.items())
    app = open_page("pages/groups.py")
    app.file_uploader[0].upload("list.csv", f"Student Ref,Area\n{listed}\n".encode(), "text/csv").run()
    next(button for button in app.button if button.label == "Use this list").click().run()
    app.switch_page("pages/trends.py").run()
    app.segmented_control(key="period").set_value("group").run()
    assert not app.exception, app.exception
    for place, part in enumerate(groups(chosen(demo_rows), lambda row: row.subject).values()):
        table = app.dataframe[2 * place].value
        assert "running" not in table
        by_group = groups(part, lambda row: named.get(keys.get(row.user, ""), ""))
        for row in table[table["group"].isin(["Art", "Care"])].to_dict("records"):
            assert [row["n"], row["reached"], row["share"]] == pytest.approx(list(share(by_group[row["group"]]))[:3])
        assert {"Art", "Care"} <= set(table["group"])
