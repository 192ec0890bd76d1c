"""Data quality: missing values, unread levels and doubtful durations against plain loops."""

from __future__ import annotations

import statistics
from typing import Any

import pandas as pd
import pytest

from smartia.analysis.quality import (
    FLAGS,
    duration_findings,
    flag_durations,
    missing_by_field,
    unreadable_levels,
    with_reference,
)
from tests.analysis.plain_sessions import frame_of, session


def test_null_and_empty_text_are_missing() -> None:
    """Nulls of any type and empty texts count as missing; a 0 and a blank category that is unused do not."""
    frame = pd.DataFrame(
        {
            "upn": ["A1", "", None, "B2"],
            "kind": pd.Categorical(["x", "", None, "x"], categories=["x", "", "y"]),
            "age": pd.array([0, None, 17, 18], dtype="Int16"),
            "seconds": [0.0, 1.0, float("nan"), 2.0],
        }
    )
    table = missing_by_field(frame, ["kind", "upn", "age", "seconds"])
    assert table.values.tolist() == [
        ["kind", 2, 4, 0.5],
        ["upn", 2, 4, 0.5],
        ["age", 1, 4, 0.25],
        ["seconds", 1, 4, 0.25],
    ]
    empty = missing_by_field(frame.iloc[:0], ["upn"])
    assert empty[["missing", "n"]].values.tolist() == [[0, 0]]
    assert empty["share"].isna().all()
    assert missing_by_field(frame, []).empty


def test_unreadable_levels_are_listed_as_sent() -> None:
    """Only levels without a rank are listed, the most frequent first, equals alphabetically."""
    sent = ["zz", "aa", "zz", "Grade C"]
    rows = [session(rank=None, sent=text) for text in sent] + [session(rank=41, sent="L1 - Lower")]
    assert unreadable_levels(frame_of(rows)).values.tolist() == [["zz", 2], ["aa", 1], ["Grade C", 1]]
    assert unreadable_levels(frame_of(rows[-1:])).empty
    assert unreadable_levels(frame_of([])).empty


def reference(row: dict[str, Any], rows: list[dict[str, Any]], minimum_n: int) -> float:
    """Find the median a duration is set against, independently of the code under test."""
    for key in ("version", "test"):
        peers = [r["seconds"] for r in rows if r[key] == row[key]]
        if len(peers) >= minimum_n:
            return statistics.median(peers)
    return statistics.median(r["seconds"] for r in rows if r["subject"] == row["subject"])


@pytest.mark.parametrize("minimum_n", [30, 140, 10_000])
def test_flags_equal_a_plain_loop(plain: list[dict[str, Any]], sessions: pd.DataFrame, minimum_n: int) -> None:
    """Reference and flags of every row equal those of a loop, whether version, test or subject is the reference."""
    flagged = flag_durations(with_reference(sessions, minimum_n), 0.25, 4.0)
    for row, found in zip(plain, flagged.itertuples(), strict=True):
        median = reference(row, plain, minimum_n)
        elapsed = row["seconds"] if row["elapsed"] is None else row["elapsed"]
        assert found.reference_s == median
        assert found.unusually_short == (row["seconds"] < 0.25 * median)
        assert found.unusually_long == (row["seconds"] > 4 * median)
        assert found.duration_longer_than_elapsed == (row["seconds"] > elapsed + 1)
        assert found.ended_before_started == (elapsed < 0)


def test_flags_stay_with_their_rows(sessions: pd.DataFrame) -> None:
    """Rows, index and columns stay, and the input is not changed."""
    referred = with_reference(sessions)
    turned = referred.iloc[::-1]
    before = turned.copy(deep=True)
    flagged = flag_durations(turned)
    pd.testing.assert_frame_equal(flagged[turned.columns.tolist()], before)
    pd.testing.assert_frame_equal(turned, before)
    pd.testing.assert_frame_equal(flagged.iloc[::-1], flag_durations(referred))


def test_rounding_by_a_second_is_no_finding() -> None:
    """A duration up to 1 s above the elapsed time is let pass, one beyond is found."""
    rows = [session(seconds=61.0, elapsed=60.0), session(seconds=61.1, elapsed=60.0)]
    assert flag_durations(with_reference(frame_of(rows)))["duration_longer_than_elapsed"].tolist() == [False, True]


def test_findings_count_the_flags(sessions: pd.DataFrame) -> None:
    """The table holds the sums of the flags in a fixed order, with the thresholds given."""
    referred = with_reference(sessions)
    table = duration_findings(referred, 0.33, 2.0)
    flagged = flag_durations(referred, 0.33, 2.0)
    assert table.values.tolist() == [[name, int(flagged[name].sum())] for name in FLAGS]
    assert table["n"].sum() > 0
    assert duration_findings(referred.iloc[:0])["n"].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(("short", "long"), [(-0.1, 4.0), (1.1, 4.0), (0.25, 0.9)])
def test_senseless_thresholds_are_refused(sessions: pd.DataFrame, short: float, long: float) -> None:
    """Shares outside 0 to 1 and factors under 1 raise."""
    with pytest.raises(ValueError, match="must lie between"):
        flag_durations(sessions, short, long)
