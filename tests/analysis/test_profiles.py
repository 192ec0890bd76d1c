"""Profiles: the same learners in two subjects, against plain loops over the same sessions."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections import Counter
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from smartia.analysis.profile_matrix import TOTAL, level_name, matrix_table, matrix_totals, profile_matrix
from smartia.analysis.profile_order import count_orders, in_one_year, order_groups, reach_by_order, sitting_gaps
from smartia.analysis.profiles import (
    compare_levels,
    coverage,
    default_subjects,
    far_apart,
    level_agreement,
    only_in,
    pair_subjects,
    step_differences,
)
from smartia.table.filters import AttemptRule
from smartia.table.levels import UNREADABLE
from tests.analysis.plain_sessions import WHOLES

START = dt.datetime(2024, 9, 2, 9, tzinfo=dt.UTC)


def sat(learner: int, subject: str | None, rank: int | None, hour: int = 0) -> dict[str, Any]:
    """Make one session as plain values; `hour` is when it ended, from 2 September 2024, 10:00 in London."""
    return {"learner": learner, "subject": subject, "rank": rank, "ended_at": START + dt.timedelta(hours=hour)}


def frame_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Turn plain sessions into the columns of the analysis frame that profiles need, with labels of their own."""
    return pd.DataFrame(
        {
            "learner": pd.Series([row["learner"] for row in rows], dtype="int32"),
            "subject": pd.Categorical([row["subject"] for row in rows], categories=["Art", "English", "Maths"]),
            "level_rank": pd.array([row["rank"] for row in rows], dtype="Int16"),
            "ended_at": pd.Series([row["ended_at"] for row in rows], dtype="datetime64[us, UTC]"),
            "completed_on": pd.Series([day_of(row) for row in rows], dtype="datetime64[us]"),
        }
    ).set_axis([label(place) for place in range(len(rows))])


def label(place: int) -> int:
    """The label of a session in `frame_of`."""
    return 10 * place + 3


def day_of(row: dict[str, Any]) -> dt.date:
    """The London day of a session in summer time."""
    return (row["ended_at"] + dt.timedelta(hours=1)).date()


def by_learner(rows: list[dict[str, Any]]) -> dict[int, dict[str, dict[str, Any]]]:
    """The last session of each learner in each subject, found by going through all of them."""
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for place, row in enumerate(rows):
        mine = found.setdefault(row["learner"], {})
        known = mine.get(row["subject"])
        if known is None or row["ended_at"] >= known["ended_at"]:
            mine[row["subject"]] = row | {"place": place}
    return found


def both_of(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The English and the Maths session of every learner with both."""
    found = [(mine.get("English"), mine.get("Maths")) for mine in by_learner(rows).values()]
    return [(english, maths) for english, maths in found if english and maths]


def steps_of(rows: list[dict[str, Any]]) -> list[int]:
    """English minus Maths in whole levels, for every learner with both readable."""
    return [
        english["rank"] // 10 - maths["rank"] // 10
        for english, maths in both_of(rows)
        if english["rank"] is not None and maths["rank"] is not None
    ]


plain_rows = st.lists(
    st.builds(
        sat,
        learner=st.integers(0, 6),
        subject=st.sampled_from(["English", "Maths", "Maths", "Art", None]),
        rank=st.sampled_from([None, 0, 11, 12, 20, 31, 32, 40, 41, 42, 52]),
        hour=st.integers(0, 40),
    ),
    max_size=30,
)
many = settings(max_examples=12)
ODD_ROWS = [
    *(sat(1, "English", None, 3), sat(1, "Maths", None, 3)),
    *(sat(2, "English", 41, 3), sat(2, "Maths", 41, 3), sat(2, "Maths", 31, 3)),
    *(sat(3, "English", 12, 14), sat(3, "Maths", 52, 13)),
    *(sat(4, "English", 42, 2), sat(4, "Maths", 20, 1), sat(4, "English", 11, 1)),
    *(sat(5, "English", 30, 1), sat(5, "Maths", None, 30), sat(6, "Maths", 40), sat(7, "English", 40)),
]
"""Equal ends, levels unreadable in both subjects, 23:00 and midnight in London, repeats, one subject only."""
odd = example(ODD_ROWS)


@many
@given(plain_rows)
@odd
def test_pairs_equal_a_plain_search(rows: list[dict[str, Any]]) -> None:
    """Each learner has the last session of each subject, by its place in the frame, and nobody is lost."""
    frame = frame_of(rows)
    before = frame.copy(deep=True)
    pairs = pair_subjects(frame, "English", "Maths")
    pd.testing.assert_frame_equal(frame, before)
    expected = {
        learner: [label(mine[subject]["place"]) if subject in mine else None for subject in ("English", "Maths")]
        for learner, mine in by_learner(rows).items()
        if mine.keys() & {"English", "Maths"}
    }
    shown = {
        row.learner: [None if pd.isna(place) else place for place in (row.row_one, row.row_other)]
        for row in pairs.itertuples()
    }
    assert shown == expected
    assert pairs["learner"].is_monotonic_increasing


@many
@given(plain_rows)
@odd
def test_coverage_loses_nobody(rows: list[dict[str, Any]]) -> None:
    """Both, only the one and only the other add up to all learners of the two subjects."""
    pairs = pair_subjects(frame_of(rows), "English", "Maths")
    found = coverage(pairs)
    english, maths = ({row["learner"] for row in rows if row["subject"] == name} for name in ("English", "Maths"))
    sat_often = Counter((row["learner"], row["subject"]) for row in rows if row["subject"] in {"English", "Maths"})
    assert found.both == len(english & maths)
    assert (found.only_one, found.only_other) == (len(english - maths), len(maths - english))
    assert found.learners == found.both + found.only_one + found.only_other == len(english | maths)
    assert found.several == len({learner for (learner, _), times in sat_often.items() if times > 1})
    assert set(only_in(pairs, "one")["learner"]) == english - maths
    assert set(only_in(pairs, "other")["learner"]) == maths - english


@many
@given(plain_rows, st.booleans())
@example(ODD_ROWS, True)
@example(ODD_ROWS, False)
def test_the_matrix_counts_every_learner_once(rows: list[dict[str, Any]], halves: bool) -> None:
    """Cells equal a plain count; cells, rows and columns add up to all learners with both, unreadable ones too."""
    compared = compare_levels(pair_subjects(frame_of(rows), "English", "Maths"), "half" if halves else "whole")
    matrix = profile_matrix(compared)

    def name(rank: int | None) -> str:
        half = f" {['Lower', 'Upper'][rank % 10 - 1]}" if halves and rank and rank % 10 else ""
        return UNREADABLE if rank is None else WHOLES[rank // 10] + half

    expected = Counter((name(english["rank"]), name(maths["rank"])) for english, maths in both_of(rows))
    assert {(row.level_one, row.level_other): row.n for row in matrix.itertuples() if row.n} == dict(expected)
    assert matrix["n"].sum() == len(both_of(rows))
    assert list(matrix["level_one"].unique()) == list(matrix["level_other"].unique())
    assert matrix["rank_one"].is_monotonic_increasing
    assert (matrix["share"] * matrix["base"]).tolist() == pytest.approx(matrix["n"].tolist())
    for row in matrix.itertuples():
        assert row.same == (row.level_one == row.level_other != UNREADABLE)
        assert (level_name(row.rank_one), level_name(row.rank_other)) == (row.level_one, row.level_other)
    if rows and len(matrix):
        table = matrix_table(matrix).set_index("level")
        assert table.loc[TOTAL, TOTAL] == len(both_of(rows))
        assert table[TOTAL].drop(TOTAL).sum() == table.loc[TOTAL].drop(TOTAL).sum() == len(both_of(rows))
        totals = matrix_totals(matrix).set_index(["level_one", "level_other"])["n"]
        for level, total in Counter(name(english["rank"]) for english, _ in both_of(rows)).items():
            assert table.loc[level, TOTAL] == totals[level, TOTAL] == total


def test_whole_levels_have_no_gap() -> None:
    """Between the lowest and the highest level that occurs in either subject no level is missing."""
    rows = [sat(1, "English", 11), sat(1, "Maths", 52), sat(2, "English", None), sat(2, "Maths", 41)]
    compared = compare_levels(pair_subjects(frame_of(rows), "English", "Maths"))
    levels = ["Entry 1", "Entry 2", "Entry 3", "Level 1", "Level 2", UNREADABLE]
    assert list(profile_matrix(compared)["level_one"].unique()) == levels
    assert list(matrix_table(profile_matrix(compared)).columns) == ["level", *levels, TOTAL]


@many
@given(plain_rows, st.sampled_from([2, 3]))
@example(ODD_ROWS, 2)
def test_agreement_and_differences_equal_plain_counts(rows: list[dict[str, Any]], apart: int) -> None:
    """Same, higher in either and far apart equal plain counts, with scipy's Wilson limits; differences add up."""
    compared = compare_levels(pair_subjects(frame_of(rows), "English", "Maths"))
    steps = steps_of(rows)
    agreement = level_agreement(compared, apart).set_index("outcome")
    expected = {
        "same": sum(step == 0 for step in steps),
        "one": sum(step > 0 for step in steps),
        "other": sum(step < 0 for step in steps),
        "apart": sum(abs(step) >= apart for step in steps),
    }
    assert agreement["reached"].to_dict() == expected
    assert expected["same"] + expected["one"] + expected["other"] == len(steps)
    assert set(agreement["n"]) == {len(steps)}
    assert set(agreement["unreadable"]) == {len(both_of(rows)) - len(steps)}
    assert len(far_apart(compared, apart)) == expected["apart"]
    differences = step_differences(compared)
    assert {row.steps: row.reached for row in differences.itertuples() if row.reached} == dict(Counter(steps))
    assert differences.empty == (not steps)
    if steps:
        assert 0 in set(differences["steps"])
        assert differences["share"].sum() == pytest.approx(1)
        for row in [*agreement.itertuples(), *differences.itertuples()]:
            limits = binomtest(row.reached, len(steps)).proportion_ci(method="wilson")
            assert (row.share, row.low, row.high) == pytest.approx((row.reached / len(steps), limits.low, limits.high))
    else:
        assert agreement[["share", "low", "high"]].isna().all(axis=None)


def test_agreement_has_the_known_interval() -> None:
    """Fifteen of fifty at the same level are 30 %, with 19.1 to 43.8 % as the Wilson interval."""
    rows = [sat(i, "English", 41, i) for i in range(50)] + [sat(i, "Maths", 42 if i < 15 else 32) for i in range(50)]
    same = level_agreement(compare_levels(pair_subjects(frame_of(rows), "English", "Maths")), 2).iloc[0]
    assert (same["share"], round(same["low"], 3), round(same["high"], 3)) == (0.3, 0.191, 0.438)


def test_a_step_is_a_whole_level() -> None:
    """Halves make no step: E3 Upper and L1 Lower are one apart, E3 Lower and L2 Upper two, Pre-Entry and E1 one."""
    ranks = {1: (32, 41), 2: (31, 52), 3: (0, 12), 4: (41, 42), 5: (60, 30)}
    rows = [
        sat(i, name, rank) for i, two in ranks.items() for name, rank in zip(("English", "Maths"), two, strict=True)
    ]
    compared = compare_levels(pair_subjects(frame_of(rows), "English", "Maths"))
    assert dict(zip(compared["learner"], compared["steps"], strict=True)) == {1: -1, 2: -2, 3: -1, 4: 0, 5: 3}
    assert far_apart(compared, 2)["learner"].tolist() == [2, 5]
    assert far_apart(compared, 3)["learner"].tolist() == [5]


@many
@given(plain_rows)
@odd
def test_swapping_the_subjects_mirrors_everything(rows: list[dict[str, Any]]) -> None:
    """With the subjects exchanged the matrix is transposed and the steps change their sign."""
    there = compare_levels(pair_subjects(frame_of(rows), "English", "Maths"))
    back = compare_levels(pair_subjects(frame_of(rows), "Maths", "English"))
    one, other = ({(a, b): n for a, b, n in matrix_cells(part)} for part in (there, back))
    assert {(b, a): n for (a, b), n in one.items()} == other
    assert there["steps"].tolist() == (-back["steps"]).tolist()


def matrix_cells(compared: pd.DataFrame) -> list[tuple[str, str, int]]:
    """The cells of a matrix as plain values."""
    columns = profile_matrix(compared)[["level_one", "level_other", "n"]]
    return list(columns.itertuples(index=False, name=None))


@many
@given(plain_rows, st.sampled_from([30, 40, 50]))
@example(ODD_ROWS, 40)
def test_order_and_day_equal_plain_counts(rows: list[dict[str, Any]], rank: int) -> None:
    """Every learner with both is in one group of order and day; n, reached and unreadable equal plain counts."""
    compared = compare_levels(pair_subjects(frame_of(rows), "English", "Maths"))

    def group(english: dict[str, Any], maths: dict[str, Any]) -> str:
        if english["ended_at"] == maths["ended_at"]:
            return "Both at the same moment"
        first = "English" if english["ended_at"] < maths["ended_at"] else "Maths"
        return f"{'Same' if day_of(english) == day_of(maths) else 'Another'} day, {first} first"

    pairs = [(group(*pair), *pair) for pair in both_of(rows)]
    groups = Counter(name for name, _, _ in pairs)
    assert Counter(order_groups(compared, "English", "Maths").astype("str")) == groups
    shares = reach_by_order(compared, rank, "English", "Maths")
    assert len(shares) == 2 * len(groups)
    for row in shares.itertuples():
        mine = [pair[1 if row.subject == "English" else 2]["rank"] for pair in pairs if pair[0] == row.group]
        readable = [value for value in mine if value is not None]
        assert (row.n, row.unreadable) == (len(readable), len(mine) - len(readable))
        assert row.reached == sum(value >= rank for value in readable)
        assert row.n + row.unreadable == groups[row.group]
    orders = count_orders(compared).set_index("outcome")["reached"].to_dict()
    assert orders == {
        "same day": sum(day_of(english) == day_of(maths) for _, english, maths in pairs),
        "one first": sum(english["ended_at"] < maths["ended_at"] for _, english, maths in pairs),
        "other first": sum(english["ended_at"] > maths["ended_at"] for _, english, maths in pairs),
    }


@many
@given(plain_rows)
@odd
def test_first_attempts_take_the_first_session(rows: list[dict[str, Any]]) -> None:
    """Where first attempts count, each learner has the first session of each subject, of equal ends the first row."""
    pairs = pair_subjects(frame_of(rows), "English", "Maths", AttemptRule.FIRST)
    for row in pairs.itertuples():
        for place, subject in ((row.row_one, "English"), (row.row_other, "Maths")):
            mine = [
                (other["ended_at"], number)
                for number, other in enumerate(rows)
                if (other["learner"], other["subject"]) == (row.learner, subject)
            ]
            assert (None if pd.isna(place) else place) == (label(min(mine)[1]) if mine else None)


def year_of(row: dict[str, Any]) -> int:
    """The year in which the academic year of a plain session begins."""
    day = day_of(row)
    return day.year if day.month >= 8 else day.year - 1


@many
@given(plain_rows, st.sampled_from([1, 24 * 100, 24 * 170]))
@example(ODD_ROWS, 24 * 170)
def test_years_and_gaps_equal_plain_counts(rows: list[dict[str, Any]], stretch: int) -> None:
    """Pairs of one academic year, their median gap and their longest equal those of a loop, however far apart."""
    wide = [row | {"ended_at": START + (row["ended_at"] - START) * stretch} for row in rows]
    compared = compare_levels(pair_subjects(frame_of(wide), "English", "Maths"))
    kept = in_one_year(compared)
    pairs = both_of(wide)
    same = [(english, maths) for english, maths in pairs if year_of(english) == year_of(maths)]
    assert len(kept) == len(same)
    for part, expected in ((compared, pairs), (kept, same)):
        gaps = sitting_gaps(part)
        days = [abs((day_of(english) - day_of(maths)).days) for english, maths in expected]
        assert (gaps.pairs, gaps.longest_days) == (len(days), max(days, default=0))
        assert gaps.median_days == pytest.approx(statistics.median(days) if days else math.nan, nan_ok=True)


def test_the_last_day_of_july_and_the_first_of_august_are_two_years() -> None:
    """Two sittings a day apart across 1 August are in two academic years, and two of August in one."""
    august = (dt.datetime(2025, 8, 1, 9, tzinfo=dt.UTC) - START) // dt.timedelta(hours=1)
    rows = [sat(1, "English", 41, august), sat(1, "Maths", 41, august - 24)]
    rows += [sat(2, "English", 41, august), sat(2, "Maths", 41, august + 24)]
    compared = compare_levels(pair_subjects(frame_of(rows), "English", "Maths"))
    assert in_one_year(compared)["learner"].tolist() == [2]
    assert sitting_gaps(compared).median_days == 1


def test_of_equal_ends_the_last_row_counts() -> None:
    """Of two sessions that ended at the same instant the one that stands later in the frame is taken."""
    pairs = pair_subjects(
        frame_of([sat(1, "Maths", 41, 5), sat(1, "Maths", 30, 5), sat(1, "Maths", 52, 4)]), "Maths", "Art"
    )
    assert pairs["level_rank_one"].tolist() == [30]
    assert pairs["row_one"].tolist() == [13]
    assert pairs["sessions_one"].tolist() == [3]


def test_one_subject_cannot_be_compared_with_itself() -> None:
    """The same subject twice is an error of the caller."""
    with pytest.raises(ValueError, match="two different subjects"):
        pair_subjects(frame_of([sat(1, "Maths", 41)]), "Maths", "Maths")


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        (["Maths", "English Written", "English", "Digital Skills"], ("English", "Maths")),
        (["mathematics", "ENGLISH"], ("ENGLISH", "mathematics")),
        (["Maths", "Art"], ("Art", "Maths")),
        (["Maths", "Mathematics"], ("Mathematics", "Maths")),
        (["English Written", "English"], ("English", "English Written")),
        (["Biology", "Art"], ("Art", "Biology")),
        (["Maths"], None),
        ([], None),
    ],
)
def test_the_page_begins_with_english_and_maths(subjects: list[str], expected: tuple[str, str] | None) -> None:
    """English and Maths come first where there are such; two different subjects always, or none at all."""
    assert default_subjects(subjects) == expected
