"""Levels: mixes and shares against plain loops over the same sessions."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from smartia.analysis.levels import Counts, count_unit, counts, level_mix, share_at_or_above
from smartia.table.levels import UNREADABLE
from tests.analysis.plain_sessions import HALVES, WHOLES, frame_of, session

plain_sessions = st.lists(
    st.builds(
        session,
        learner=st.integers(0, 5),
        subject=st.sampled_from(["Maths", "English", None]),
        rank=st.sampled_from([None, 0, 11, 12, 30, 40, 41, 42, 52]),
    ),
    max_size=30,
)


def label(rank: int | None, *, halves: bool) -> str:
    """Spell a rank out, independently of the code under test."""
    if rank is None:
        return UNREADABLE
    half = f" {HALVES[rank % 10 - 1]}" if halves and rank % 10 else ""
    return WHOLES[rank // 10] + half


@pytest.mark.parametrize("halves", [False, True])
def test_mix_equals_a_plain_count(plain: list[dict[str, Any]], sessions: pd.DataFrame, halves: bool) -> None:
    """Every group's count, base and share of every level equal those counted row by row."""
    mix = level_mix(sessions, "subject", detail="half" if halves else "whole")
    expected = Counter((row["subject"] or "not recorded", label(row["rank"], halves=halves)) for row in plain)
    bases = Counter(row["subject"] or "not recorded" for row in plain)
    assert {(row.group, row.level): row.n for row in mix.itertuples() if row.n} == dict(expected)
    assert all(row.base == bases[row.group] for row in mix.itertuples())
    assert all(row.share == row.n / row.base for row in mix.itertuples())


def test_mix_is_rectangular_and_in_ladder_order(sessions: pd.DataFrame) -> None:
    """Groups come in natural order with missing keys last; levels climb the ladder, unreadable ones last."""
    mix = level_mix(sessions, "subject", detail="half")
    groups = list(dict.fromkeys(mix["group"]))
    assert groups == ["digital", "English", "Maths", "not recorded"]
    for _, rows in mix.groupby("group"):
        assert rows["rank"].is_monotonic_increasing
        assert rows["level"].iloc[-1] == UNREADABLE
    assert len(mix) == len(groups) * mix["level"].nunique()


def test_level_absent_in_one_group_is_zero() -> None:
    """A level that only one group has is present with 0 in the other."""
    mix = level_mix(frame_of([session(subject="Maths", rank=41), session(subject="English", rank=11)]), "subject")
    assert mix[["group", "level", "n"]].values.tolist() == [
        ["English", "Entry 1", 1],
        ["English", "Level 1", 0],
        ["Maths", "Entry 1", 0],
        ["Maths", "Level 1", 1],
    ]


@settings(max_examples=30)
@given(plain_sessions, st.randoms())
def test_nothing_is_lost_and_order_does_not_matter(rows: list[dict[str, Any]], dice: Any) -> None:
    """Counts add up to the rows, shares of a group to 1, groups to the whole, in whatever order rows come."""
    mix = level_mix(frame_of(rows), "subject", detail="half")
    assert mix["n"].sum() == len(rows)
    assert mix.groupby("group")["share"].sum().round(9).eq(1).all()
    whole = level_mix(frame_of(rows), detail="half").set_index("level")["n"]
    assert mix.groupby("level")["n"].sum().to_dict() == whole.to_dict()
    dice.shuffle(rows)
    pd.testing.assert_frame_equal(level_mix(frame_of(rows), "subject", detail="half"), mix)


@settings(max_examples=30)
@given(plain_sessions, st.sampled_from([0, 30, 40, 50]))
def test_share_equals_a_plain_count(rows: list[dict[str, Any]], rank: int) -> None:
    """N, reached and left out equal plain counts, and the interval is statsmodels' Wilson interval."""
    for row in share_at_or_above(frame_of(rows), rank, "subject").itertuples():
        ranks = [r["rank"] for r in rows if (r["subject"] or "not recorded") == row.group]
        readable = [value for value in ranks if value is not None]
        reached = sum(value >= rank for value in readable)
        assert (row.n, row.reached, row.unreadable) == (len(readable), reached, len(ranks) - len(readable))
        if readable:
            assert row.share == reached / len(readable)
            assert (row.low, row.high) == pytest.approx(
                proportion_confint(reached, len(readable), method="wilson"), abs=1e-9
            )
        else:
            assert pd.isna([row.share, row.low, row.high]).all()


def test_share_commutes_with_filters(sessions: pd.DataFrame) -> None:
    """A group's row equals the row of the whole over that group's sessions alone."""
    by_group = share_at_or_above(sessions, 40, "age_band").drop(columns="group")
    for place, band in enumerate(["under 16", "16–18", "19+", "unknown"]):
        alone = share_at_or_above(sessions[sessions["age_band"] == band], 40).drop(columns="group")
        pd.testing.assert_frame_equal(by_group.iloc[[place]].reset_index(drop=True), alone)


def test_empty_frame(sessions: pd.DataFrame) -> None:
    """Without sessions a mix has no rows, a share has its one group with n 0 and no share, groups none."""
    none = sessions.iloc[:0]
    assert level_mix(none, "subject", detail="half").empty
    whole = share_at_or_above(none, 40)
    assert whole[["group", "n", "reached", "unreadable"]].values.tolist() == [["All", 0, 0, 0]]
    assert whole[["share", "low", "high"]].isna().all(axis=None)
    assert list(share_at_or_above(none, 40, "subject").columns) == list(whole.columns)


def test_unit_follows_from_the_rows() -> None:
    """Rows of different learners are learners; one learner twice makes them sessions."""
    assert count_unit(frame_of([session(learner=1), session(learner=2)])) == "learners"
    twice = frame_of([session(learner=1), session(learner=1), session(learner=2)])
    assert count_unit(twice) == "sessions"
    assert counts(twice) == Counts(sessions=3, learners=2)
    assert counts(twice.iloc[:0]) == Counts(sessions=0, learners=0)
