"""Any two cohorts: labels, the version they are compared in, and every figure against loops, scipy and statsmodels."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from smartia.analysis.cohort_labels import first_days, label_cohorts, usual_pair
from smartia.analysis.cohort_pairs import Pair, PairComparison, compare_cohorts, pairs_table
from smartia.analysis.grouping import NOT_RECORDED
from smartia.analysis.levels import level_mix
from smartia.analysis.periods import PERIODS, Period, period_label, period_start
from smartia.analysis.versions import list_versions
from tests.analysis.plain_sessions import frame_of, session

AS_OF = dt.date(2026, 2, 10)
CHANGE = dt.date(2025, 1, 7)
FIRST_DAY = {"v": dt.date(2024, 10, 1), "w": CHANGE}
WOMEN_MEN = Pair("gender", "female", "male")
ranks = st.lists(st.sampled_from([None, 11, 12, 31, 41, 42, 51]), max_size=14)
cohorts = st.fixed_dictionaries({(who, version): ranks for who in ("female", "male") for version in "vw"})


def rows_from(levels: dict[tuple[str, str], list[int | None]]) -> list[dict[str, Any]]:
    """One session of a learner of their own for each level, by gender and version; and one of each version besides."""
    wanted = [(who, version, rank) for (who, version), found in levels.items() for rank in found]
    rows = [
        session(learner=place, gender=who, version=version, day=FIRST_DAY[version], rank=rank)
        for place, (who, version, rank) in enumerate(wanted)
    ]
    return [*rows, *(session(learner=900, gender="other", version=name, day=FIRST_DAY[name]) for name in "vw")]


def compare(rows: list[dict[str, Any]], pair: Pair, since: dt.date | None = None) -> list[PairComparison]:
    """Compare two cohorts of plain sessions at Level 1 or above."""
    frame = frame_of(rows)
    return compare_cohorts(frame, pair, 40, AS_OF, list_versions(frame), since=since)


def alike(n: int, rank: int = 41, start: int = 0, **changes: Any) -> list[dict[str, Any]]:
    """Sessions of n learners at one level."""
    return [session(learner=start + place, rank=rank, **changes) for place in range(n)]


def plain_base(rows: list[dict[str, Any]]) -> tuple[str | None, str | None]:
    """The obstacle and the version of women against men, by the rule in plain words."""
    sides = [[row for row in rows if row["gender"] == who] for who in ("female", "male")]
    read = [[row for row in side if row["rank"] is not None] for side in sides]
    if not all(read):
        return "no sessions", None
    sat = [{row["version"] for row in side} for side in sides]
    if sat[0] == sat[1] and len(sat[0]) == 1:
        return None, None
    sizes = {
        version: min(sum(row["version"] == version for row in side) for side in read) for version in sat[0] & sat[1]
    }
    if not any(sizes.values()):
        return "test changed", None
    large = [version for version, size in sizes.items() if size >= 10]
    return (None, max(large)) if large else ("too few", None)


@settings(max_examples=60)
@given(cohorts)
def test_every_figure_of_two_cohorts(levels: dict[tuple[str, str], list[int | None]]) -> None:
    """Obstacle, version, shares, difference and chance are those of the rule, of loops, statsmodels and scipy."""
    rows = rows_from(levels)
    mine = [row for row in rows if row["gender"] in ("female", "male")]
    found = compare(rows, WOMEN_MEN)
    if not mine:
        assert found == []
        return
    (pair,) = found
    obstacle, version = plain_base(mine)
    counted = [row for row in mine if row["rank"] is not None and version in (None, row["version"])]
    one, other = ([row["rank"] for row in counted if row["gender"] == who] for who in ("female", "male"))
    if obstacle is None and min(len(one), len(other)) < 10:
        obstacle = "too few"
    assert (pair.obstacle, pair.unit, pair.in_both) == (obstacle, "learners", 0)
    assert pair.version_since == (FIRST_DAY[version] if version else None)
    assert pair.left_out == sum(row["rank"] is not None for row in mine) - len(counted)
    assert pair.changed_on == ((CHANGE,) if obstacle == "test changed" else ())
    hits = [sum(rank >= 40 for rank in side) for side in (one, other)]
    assert [(side.n, side.reached) for side in (pair.share, pair.other)] == [(len(one), hits[0]), (len(other), hits[1])]
    assert (pair.difference is None, pair.chance is None) == (obstacle is not None, obstacle is not None)
    if pair.difference is None or pair.chance is None:
        return
    limits = confint_proportions_2indep(hits[0], len(one), hits[1], len(other), method="newcomb")
    assert (pair.difference.low, pair.difference.high) == pytest.approx(limits, abs=1e-9)
    assert pair.difference.difference == pytest.approx(hits[0] / len(one) - hits[1] / len(other))
    assert pair.chance.chance == pytest.approx(mannwhitneyu(one, other).statistic / len(one) / len(other))
    if pair.chance.verdict == "too close to call":
        assert pair.chance.low <= 0.5 <= pair.chance.high


@given(cohorts)
@settings(max_examples=20)
def test_turned_round_the_figures_mirror(levels: dict[tuple[str, str], list[int | None]]) -> None:
    """Men against women is women against men with the signs changed, in the same version and with the same obstacle."""
    rows = rows_from(levels)
    for one, other in zip(compare(rows, WOMEN_MEN), compare(rows, Pair("gender", "male", "female")), strict=True):
        assert (one.obstacle, one.version_since, one.left_out) == (other.obstacle, other.version_since, other.left_out)
        assert (one.share, one.other) == (other.other, other.share)
        if one.difference and other.difference and one.chance and other.chance:
            assert one.difference.difference == pytest.approx(-other.difference.difference)
            assert one.chance.chance == pytest.approx(1 - other.chance.chance)


def test_one_against_all_others() -> None:
    """All others are everybody else of the subject, those without a value included."""
    rows = alike(12) + alike(15, 31, 100, gender="male") + alike(3, 41, 200, gender=None)
    (found,) = compare(rows, Pair("gender", "female", None))
    assert (found.share.n, found.other.n, found.other.reached) == (12, 18, 3)
    (found,) = compare(rows, Pair("gender", NOT_RECORDED, None))
    assert (found.share.n, found.other.n, found.obstacle) == (3, 27, "too few")


def test_cohorts_that_share_a_learner_are_not_compared() -> None:
    """A learner in both cohorts is counted and no difference given; one who is twice in one makes it sessions."""
    rows = alike(12) + alike(12, 31, 100, gender="male")
    (found,) = compare([*rows, session(learner=3, gender="male")], WOMEN_MEN)
    assert (found.obstacle, found.in_both, found.difference, found.chance) == ("in both", 1, None, None)
    (found,) = compare([*rows, session(learner=3)], WOMEN_MEN)
    assert (found.obstacle, found.unit, found.share.n) == (None, "sessions", 13)
    (found,) = compare([*rows, session(learner=3, gender="male", rank=None)], WOMEN_MEN)
    assert (found.obstacle, found.in_both) == (None, 0)


def test_periods_are_compared_in_one_single_version_only() -> None:
    """A term of two versions is not compared with a term of one, not even within the version that both sat."""
    older = alike(20, day=dt.date(2025, 1, 2)) + alike(20, 41, 50, day=CHANGE, version="w")
    rows = older + alike(20, 31, 100, day=dt.date(2025, 9, 1), version="w")
    pair = Pair("term", "2025/26 Autumn", "2024/25 Spring")
    (found,) = compare(rows, pair)
    assert (found.obstacle, found.changed_on, found.left_out) == ("test changed", (CHANGE,), 0)
    (found,) = compare([row for row in rows if row["version"] == "w"], pair)
    assert (found.obstacle, found.difference and found.difference.verdict) == (None, "lower")


@pytest.mark.parametrize(
    ("since", "one", "obstacle"),
    [
        (None, "2025/26 Autumn", None),
        (dt.date(2024, 9, 1), "2025/26 Autumn", "cut short"),
        (None, "2025/26 Spring", "not over"),
    ],
)
def test_periods_cut_short_or_running_are_not_compared(since: dt.date | None, one: str, obstacle: str | None) -> None:
    """A term that is not over has no difference, nor has one whose beginning the reader's dates leave out."""
    rows = alike(12, day=dt.date(2025, 9, 1)) + alike(12, 31, 50, day=dt.date(2024, 10, 1))
    rows += alike(12, 31, 100, day=dt.date(2026, 2, 1))
    (found,) = compare(rows, Pair("term", one, "2024/25 Autumn"), since)
    assert found.obstacle == obstacle
    assert (found.difference is None) == (obstacle is not None)


def test_tests_are_not_compared_with_each_other() -> None:
    """Where a subject holds two tests there is no difference, whoever sat them."""
    rows = alike(20) + alike(20, 31, 50, gender="male") + alike(20, 41, 100, test="u", version="x")
    (found,) = compare(rows, WOMEN_MEN)
    assert (found.obstacle, found.difference) == ("several tests", None)


def test_levels_with_and_without_halves_are_compared_as_whole_levels() -> None:
    """Plain Level 1 is neither above nor below Level 1 Upper."""
    rows = alike(10, 42) + alike(10, 31, 20) + alike(10, 40, 100, gender="male") + alike(10, 31, 150, gender="male")
    (found,) = compare(rows, WOMEN_MEN)
    assert found.chance
    assert found.chance.chance == 0.5


@pytest.mark.parametrize("by", [*PERIODS, "gender", "age_band", "subject"])
def test_labels_are_those_of_the_charts(plain: list[dict[str, Any]], sessions: pd.DataFrame, by: Any) -> None:
    """Each session is in the period of its day, or in the bar that a mix of levels counts it in, in the same order."""
    labels = label_cohorts(sessions, by)
    if by in PERIODS:
        assert list(labels) == [period_label(period_start(row["day"], by), by) for row in plain]
        assert dict(first_days(sessions, by)) == {
            period_label(period_start(row["day"], by), by): period_start(row["day"], by) for row in plain
        }
        assert list(labels.categories) == list(first_days(sessions, by))
    else:
        mix = level_mix(sessions, by).drop_duplicates("group")
        assert list(labels.categories) == mix["group"].tolist()
        assert [int((labels == name).sum()) for name in mix["group"]] == mix["base"].tolist()


@pytest.mark.parametrize(
    ("days", "by", "pair"),
    [
        ([(2026, 2, 1), (2025, 9, 1), (2025, 5, 1), (2024, 9, 1)], "term", ("2025/26 Autumn", "2024/25 Autumn")),
        ([(2026, 2, 1), (2025, 12, 1), (2025, 11, 1)], "month", ("Dec 2025", "Nov 2025")),
        ([(2025, 12, 1), (2024, 12, 2), (2025, 11, 24)], "week", ("1 Dec 2025", "2 Dec 2024")),
        ([(2026, 2, 1), (2026, 1, 1)], "month", ("Feb 2026", "Jan 2026")),
        ([(2026, 2, 1), (2026, 2, 2)], "month", None),
        ([], "month", None),
    ],
)
def test_the_usual_pair_of_periods(days: list[tuple[int, int, int]], by: Period, pair: tuple[str, str] | None) -> None:
    """By default the newest period that is over stands beside the same a year earlier, else beside the one before."""
    frame = frame_of([session(), *(session(day=dt.date(*day)) for day in days)]).iloc[1:]
    assert usual_pair(frame, by, AS_OF) == pair


def test_the_usual_pair_of_groups() -> None:
    """Two groups stand beside each other, the first of more beside all others."""
    rows = [session(), session(gender="male")]
    assert usual_pair(frame_of(rows), "gender", AS_OF) == ("female", "male")
    assert usual_pair(frame_of([*rows, session(gender="other")]), "gender", AS_OF) == ("female", None)
    assert usual_pair(frame_of(rows[:1]), "gender", AS_OF) is None


def test_the_table_holds_every_figure() -> None:
    """The definitions' 45 of 60 against 30 of 50 stand in the table; where nothing is compared figures are missing."""
    rows = alike(45) + alike(15, 31, 100) + alike(30, 41, 200, gender="male") + alike(20, 31, 300, gender="male")
    rows += alike(3, subject="English") + alike(1, 41, 400, gender="male", subject="English")
    table = pairs_table(compare(rows, WOMEN_MEN)).set_index("group")
    maths, english = table.loc["Maths"], table.loc["English"]
    assert [round(maths[name], 1) for name in ("points", "points_low", "points_high")] == [15.0, -2.4, 31.6]
    assert (maths["n"], maths["reached"], maths["n_other"], maths["reached_other"]) == (60, 45, 50, 30)
    assert (maths["low"], maths["high"]) == pytest.approx(proportion_confint(45, 60, method="wilson"))
    assert (maths["share_verdict"], maths["verdict"]) == ("too close to call", "too close to call")
    assert (english["n"], english["share"], english["verdict"]) == (3, 1, "")
    assert all(math.isnan(english[name]) for name in ("points", "points_low", "chance", "chance_high"))


def test_nobody_and_one_learner() -> None:
    """Without sessions there is no comparison, and one learner is no cohort to compare."""
    assert compare([session(gender="other")], WOMEN_MEN) == []
    assert pairs_table([]).empty
    (found,) = compare([session()], WOMEN_MEN)
    assert (found.obstacle, found.share.n, found.other.n, found.other.share) == (
        "no sessions",
        1,
        0,
        pytest.approx(math.nan, nan_ok=True),
    )
