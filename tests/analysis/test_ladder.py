"""The ladder: cumulative shares, shares without short sittings and the rows of a bar, against plain loops."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from smartia.analysis.ladder import rows_at, shares_on_ladder, shares_without_short
from smartia.analysis.levels import level_mix, share_at_or_above
from tests.analysis.plain_sessions import WHOLES, frame_of, session

USUAL_S = 2400.0
plain_sessions = st.lists(
    st.builds(
        session,
        learner=st.integers(0, 5),
        subject=st.sampled_from(["Maths", "English", None]),
        rank=st.sampled_from([None, 0, 11, 12, 30, 40, 41, 42, 52]),
        seconds=st.sampled_from([0.0, 239.9, 240.0, 599.0, 600.0, 601.0, 2400.0]),
    ),
    max_size=30,
)


def timed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Sessions that are all set against the same usual time."""
    return frame_of(rows).assign(reference_s=USUAL_S)


def check_share(figures: tuple[int, int, float, float, float], ranks: list[int], rank: int) -> None:
    """N and reached equal plain counts; the interval is statsmodels' Wilson interval."""
    n, reached, share, low, high = figures
    hits = sum(value >= rank for value in ranks)
    assert (n, reached) == (len(ranks), hits)
    if ranks:
        assert share == hits / n
        assert (low, high) == pytest.approx(proportion_confint(hits, n, method="wilson"), abs=1e-9)
    else:
        assert pd.isna([share, low, high]).all()


@settings(max_examples=20)
@given(plain_sessions)
def test_ladder_is_monotone_and_begins_with_everyone(rows: list[dict[str, Any]]) -> None:
    """Steps climb, shares fall from 1, and each equals the plain count and `share_at_or_above` at that step."""
    frame = timed(rows)
    ladder = shares_on_ladder(frame, "subject")
    steps = sorted({row["rank"] // 10 for row in rows if row["rank"] is not None})
    for group, part in ladder.groupby("group", sort=False):
        ranks = [r["rank"] for r in rows if (r["subject"] or "not recorded") == group and r["rank"] is not None]
        assert part["level"].tolist() == [WHOLES[step] for step in steps]
        assert part["reached"].is_monotonic_decreasing
        if ranks:
            assert part["share"].iloc[0] == 1
        for step, row in zip(steps, part.itertuples(), strict=True):
            check_share((row.n, row.reached, row.share, row.low, row.high), ranks, step * 10)
    for step in steps:
        at = ladder[ladder["level"] == WHOLES[step]].drop(columns="level").reset_index(drop=True)
        pd.testing.assert_frame_equal(at, share_at_or_above(frame, step * 10, "subject")[list(at.columns)])


@settings(max_examples=25)
@given(plain_sessions, st.sampled_from([0.10, 0.25, 0.33]), st.sampled_from([30, 40]))
def test_shares_without_short_equal_plain_counts(rows: list[dict[str, Any]], share: float, rank: int) -> None:
    """With and without the short sittings the figures equal plain counts, and nobody is lost between the two."""
    for row in shares_without_short(timed(rows), rank, share, "subject").itertuples():
        part = [r for r in rows if (r["subject"] or "not recorded") == row.group and r["rank"] is not None]
        check_share((row.n, row.reached, row.share, row.low, row.high), [r["rank"] for r in part], rank)
        kept = [r["rank"] for r in part if not r["seconds"] < share * USUAL_S]
        figures = (row.n_without, row.reached_without, row.share_without, row.low_without, row.high_without)
        check_share(figures, kept, rank)
        assert row.short == row.n - row.n_without == len(part) - len(kept)


def test_a_session_without_a_usual_time_is_not_short() -> None:
    """What cannot be compared with the median stays in; a sitting exactly at the limit does too."""
    rows = [session(seconds=1.0), session(seconds=599.9), session(seconds=600.0)]
    frame = frame_of(rows).assign(reference_s=[float("nan"), USUAL_S, USUAL_S])
    assert shares_without_short(frame, 40, 0.25)[["n", "short", "n_without"]].values.tolist() == [[3, 1, 2]]


def test_without_sessions() -> None:
    """An empty frame has no step and one group "All" without a share; groups there are none."""
    none = timed([session()]).iloc[:0]
    assert shares_on_ladder(none, "subject").empty
    assert shares_on_ladder(timed([session(rank=None)]), "subject").empty
    whole = shares_without_short(none, 40, 0.25)
    assert whole[["group", "n", "short", "n_without"]].values.tolist() == [["All", 0, 0, 0]]
    assert whole[["share", "low", "high", "share_without", "low_without", "high_without"]].isna().all(axis=None)
    assert list(shares_without_short(none, 40, 0.25, "subject").columns) == list(whole.columns)


@pytest.mark.parametrize("detail", ["whole", "half"])
@pytest.mark.parametrize("by", ["subject", "age_band", "academic_year"])
def test_every_segment_finds_its_sessions(sessions: pd.DataFrame, by: str, detail: Any) -> None:
    """As many rows lie behind each segment as the mix counts there, no row behind two, and a bar has all of its own."""
    mix = level_mix(sessions, by, detail=detail)
    seen: list[int] = []
    for row in mix.itertuples():
        found = rows_at(sessions, by, row.group, row.level, detail)
        assert len(found) == row.n
        seen += found.index.to_list()
        assert set(found.index) <= set(rows_at(sessions, by, row.group, None).index)
    assert sorted(seen) == sessions.index.to_list()
    assert rows_at(sessions, by, "no such bar", None).empty
    assert rows_at(sessions, by, str(mix["group"].iloc[0]), "no such level").empty
