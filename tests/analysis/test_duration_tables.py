"""Durations: histograms, quartiles and curves against numpy and plain loops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartia.analysis.durations import (
    LinearBins,
    LogBins,
    duration_ecdf,
    duration_histogram,
    duration_summary,
    minutes_for_share,
    share_within,
)
from smartia.analysis.finish_marks import finish_marks, rows_finished
from tests.analysis.plain_sessions import frame_of, session

seconds = st.one_of(
    st.integers(0, 40_000).map(float),
    st.floats(0, 1e7).map(lambda value: round(value, 3)),
    st.sampled_from([300.0, 600.0, 14_400.0]),
)
durations = st.lists(seconds, min_size=1, max_size=40)
any_bins = st.sampled_from([LinearBins(), LinearBins(2.5, 60), LogBins(), LogBins(4, 2.0, 100), LinearBins(7, 100)])


def timed(values: list[float]) -> pd.DataFrame:
    """Make sessions of the given durations, alternating between two subjects."""
    return frame_of([session(seconds=value, subject=["Maths", "English"][i % 2]) for i, value in enumerate(values)])


@settings(max_examples=30)
@given(durations, any_bins)
def test_every_session_is_in_the_one_bin_that_holds_it(values: list[float], bins: LinearBins | LogBins) -> None:
    """Counts equal those of a loop over half-open bins, the last being open-ended; nothing is lost."""
    table = duration_histogram(timed(values), bins)
    assert table["n"].sum() == len(values)
    assert table["share"].sum() == pytest.approx(1)
    for row in table.itertuples():
        end = math.inf if row.open_ended else row.end_min * 60
        assert row.n == sum(round(row.start_min * 60) <= value < end for value in values)
    assert np.array_equal(table["start_min"].to_numpy()[1:], table["end_min"].to_numpy()[:-1])
    assert not table["open_ended"].iloc[:-1].any()
    assert table["n"].iloc[-1] > 0


@settings(max_examples=30)
@given(durations, any_bins)
def test_groups_share_bins_and_add_up(values: list[float], bins: LinearBins | LogBins) -> None:
    """All groups have the same bins, and add up to the whole."""
    table = duration_histogram(timed(values), bins, "subject")
    whole = duration_histogram(timed(values), bins)
    assert table.groupby("start_min")["n"].sum().tolist() == whole["n"].tolist()
    assert set(table.groupby("group")["start_min"].count()) == {len(whole)}


def test_edges_belong_to_the_bin_they_start() -> None:
    """A session of exactly 10 minutes is in the bin 10–15, and one of 240 in the open-ended one."""
    table = duration_histogram(timed([600.0, 599.9, 14_400.0]))
    assert table[table["n"] > 0][["start_min", "n", "open_ended"]].values.tolist() == [
        [5.0, 1, False],
        [10.0, 1, False],
        [240.0, 1, True],
    ]


def test_endless_durations_make_no_more_bins() -> None:
    """A duration of a century ends up in the open-ended bin instead of making millions."""
    table = duration_histogram(timed([3e9]), LinearBins(0.5))
    assert len(table) == 481
    assert table["end_min"].isna().tolist() == [False] * 480 + [True]


def test_log_bins_double() -> None:
    """With two bins a doubling every second edge is twice as far, up to the rounding to seconds."""
    edges = LogBins(per_doubling=2).edges_s()[1:]
    assert edges[0] == 60
    np.testing.assert_allclose(edges[2:], 2 * edges[:-2], atol=1)


@pytest.mark.parametrize(
    "bins", [LinearBins(0), LinearBins(0.011), LinearBins(5, 0), LogBins(0), LogBins(2, 0), LogBins(2, 9, 9)]
)
def test_senseless_bins_are_refused(bins: LinearBins | LogBins) -> None:
    """Widths that are not whole seconds, and empty ranges, raise."""
    with pytest.raises(ValueError, match="Bins need"):
        duration_histogram(timed([60.0]), bins)


@settings(max_examples=30)
@given(durations)
def test_summary_equals_numpy(values: list[float]) -> None:
    """Quartiles, 90 % and ends are numpy's, group by group."""
    for row in duration_summary(timed(values), "subject").itertuples():
        mine = np.array(values[1::2] if row.group == "English" else values[::2]) / 60
        assert row.n == len(mine)
        expected = np.quantile(mine, [0, 0.25, 0.5, 0.75, 0.9, 1])
        found = [row.shortest_min, row.q1_min, row.median_min, row.q3_min, row.p90_min, row.longest_min]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@settings(max_examples=30)
@given(durations, st.sampled_from([2, 10, 200]))
def test_curve_is_exact_where_it_is_given(values: list[float], points: int) -> None:
    """At every row the share equals a count of the durations up to it; the curve ends at 1 and stays short."""
    curve = duration_ecdf(timed(values), points=points)
    for row in curve.itertuples():
        assert row.share == sum(value <= round(row.minutes * 60) for value in values) / len(values)
    assert curve["share"].iloc[-1] == 1
    assert curve["minutes"].is_monotonic_increasing
    assert len(curve) <= points


def test_curve_of_many_keeps_its_shape() -> None:
    """Of 10,000 durations 100 points remain, no further apart than 2 % of the sessions."""
    curve = duration_ecdf(timed([float(value) for value in range(10_000)]), points=100)
    assert len(curve) <= 100
    assert np.diff(curve["share"], prepend=0).max() < 0.02


def test_one_point_makes_no_curve() -> None:
    """Fewer than two points raise."""
    with pytest.raises(ValueError, match="at least 2"):
        duration_ecdf(timed([60.0]), points=1)


@settings(max_examples=30)
@given(durations, st.sampled_from([0.1, 0.5, 0.7, 0.9, 1.0]))
def test_minutes_are_the_smallest_that_suffice(values: list[float], share: float) -> None:
    """Within the minutes found at least the share finishes, and within one minute less it does not."""
    row = minutes_for_share(timed(values), share).iloc[0]
    minutes = int(row["minutes"])
    assert row["n"] == len(values)
    assert sum(value <= minutes * 60 for value in values) / len(values) >= share
    assert sum(value <= (minutes - 1) * 60 for value in values) / len(values) < share
    assert share_within(timed(values), minutes)["share"].iloc[0] >= share


@settings(max_examples=40)
@given(durations, st.sampled_from([0.1, 0.9, 1.0]))
def test_marks_of_the_curve_hold_what_they_count(values: list[float], share: float) -> None:
    """At each mark of each group are the sessions that took so many minutes or less, up to all of them at the last."""
    frame = timed(values)
    finish = minutes_for_share(frame, share, "subject")
    marks = finish_marks(frame, finish, "subject")
    for place, subject in enumerate(["Maths", "English"][: len(values)]):
        mine = values[place::2]
        shown = marks[marks["group"] == subject]
        assert shown["minutes"].is_unique
        assert shown["minutes"].is_monotonic_increasing
        assert shown["n"].min() > 0
        assert shown["n"].iloc[-1] == len(mine)
        assert set(finish.loc[finish["group"] == subject, "minutes"]) <= set(shown["minutes"])
        rows = frame[frame["subject"] == subject]
        for row in shown.itertuples():
            within = [value for value in mine if value <= row.minutes * 60]
            assert (row.n, row.base, row.share) == (len(within), len(mine), len(within) / len(mine))
            assert rows_finished(rows, row.minutes)["duration_s"].tolist() == within


def test_marks_are_round_minutes() -> None:
    """From the first round number that anyone had finished by; with those of the share and of the longest session."""
    frame = timed([600.0, 2220.0, 2221.0, 7201.0] * 2).assign(subject="Maths")
    marks = finish_marks(frame, minutes_for_share(frame, 0.5), None)
    assert marks["minutes"].tolist() == [10, 15, 20, 25, 30, 35, 37, 40, 45, 50, 55, 60, 75, 90, 105, 120, 121]
    assert marks["n"].tolist() == [2] * 6 + [4] + [6] * 9 + [8]


@pytest.mark.parametrize("share", [0.0, 1.01, -1.0])
def test_impossible_shares_are_refused(share: float) -> None:
    """Nothing, and more than all, raise."""
    with pytest.raises(ValueError, match="share must be"):
        minutes_for_share(timed([60.0]), share)


def test_share_within_includes_the_minute_itself() -> None:
    """A session of exactly 10 minutes finished within 10 minutes."""
    row = share_within(timed([600.0, 600.5, 60.0]), 10).iloc[0]
    assert row[["n", "within", "share"]].tolist() == [3, 2, 2 / 3]


def test_groups_equal_filters(sessions: pd.DataFrame) -> None:
    """Each group's rows are those of its sessions alone."""
    for function in (duration_summary, duration_ecdf, minutes_for_share):
        table: Any = function(sessions, by="age_band")
        mine = table[table["group"] == "19+"].drop(columns="group").reset_index(drop=True)
        alone = function(sessions[sessions["age_band"] == "19+"]).drop(columns="group")
        pd.testing.assert_frame_equal(mine, alone)


def test_empty_frame(sessions: pd.DataFrame) -> None:
    """Without sessions there are no bins and no curve, and the one group has n 0 and missing figures."""
    none = sessions.iloc[:0]
    assert duration_histogram(none).empty
    assert duration_histogram(none, LogBins(), "subject").empty
    assert duration_ecdf(none).empty
    assert duration_summary(none).drop(columns=["group", "n"]).isna().all(axis=None)
    finish = minutes_for_share(none, by="subject")
    assert finish.empty
    assert finish_marks(none, finish, "subject").empty
    assert finish_marks(none, minutes_for_share(none)).empty
    assert share_within(none, 30)[["n", "within"]].values.tolist() == [[0, 0]]
    assert share_within(none, 30)["share"].isna().all()
