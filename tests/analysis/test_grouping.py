"""Grouping: labels in natural order, nothing lost, nothing changed."""

import subprocess
import sys

import narwhals as nw
import pandas as pd
import pytest

from smartia.analysis.grouping import NOT_RECORDED, aggregate, complete, group_axis, label_keys
from smartia.analysis.measures import SIZE, sums


@pytest.mark.parametrize(
    ("keys", "labels"),
    [
        (pd.Series(["b", None, "A", "c"]), ["A", "b", "c", NOT_RECORDED]),
        (pd.Series(pd.Categorical(["y", "x"], categories=["y", "x", "unused"], ordered=True)), ["y", "x"]),
        (pd.Series(pd.Categorical(["y", "x", None], categories=["y", "x", "unused"])), ["x", "y", NOT_RECORDED]),
        (pd.Series([10.0, 9.0, None]), ["9", "10", NOT_RECORDED]),
        (pd.Series([NOT_RECORDED, None]), [f"“{NOT_RECORDED}”", NOT_RECORDED]),
    ],
)
def test_labels_in_natural_order(keys: pd.Series, labels: list[str]) -> None:
    """Ordered categories keep their order, texts sort without case, numbers by size, missing keys come last."""
    assert list(label_keys(keys).categories) == labels


def test_whole_is_one_row_even_without_rows() -> None:
    """Without a grouping column there is one row, also for an empty frame."""
    table = aggregate(pd.DataFrame({"x": pd.Series([], dtype="int64")}), None, {"n": SIZE})
    assert table[["group", "n"]].values.tolist() == [["All", 0]]


def test_input_is_not_changed() -> None:
    """Aggregating leaves the frame as it was."""
    frame = pd.DataFrame({"g": pd.Categorical(["a", None]), "x": [1, 2]})
    before = frame.copy(deep=True)
    aggregate(frame, "g", sums("y"), columns={"y": nw.col("x") * 2})
    pd.testing.assert_frame_equal(frame, before)


def test_a_key_may_be_called_group() -> None:
    """The reader's own groups are a column called group: as a further key it keeps its values."""
    frame = pd.DataFrame({"group": ["b", "a", "b"]})
    table = aggregate(frame, None, {"n": SIZE}, keys={"group": nw.col("group")})
    assert dict(zip(table["group"], table["n"], strict=True)) == {"a": 1, "b": 2}


def test_complete_fills_with_zero_in_axis_order() -> None:
    """Combinations that did not occur get a count of 0, in the order of the axes."""
    table = aggregate(pd.DataFrame({"g": ["b", "a"], "k": [2, 1]}), "g", {"n": SIZE}, keys={"k": nw.col("k")})
    found = complete(table, group_axis(table), pd.DataFrame({"k": [2, 1]}), counts=["n"])
    assert found.values.tolist() == [["a", 2, 0], ["a", 1, 1], ["b", 2, 1], ["b", 1, 0]]


def test_importing_stays_light() -> None:
    """Importing analysis and charts loads neither scipy nor statsmodels nor Streamlit."""
    code = (
        "import sys, smartia.analysis.trends, smartia.analysis.durations, smartia.analysis.quality, "
        "smartia.charts.trends, smartia.charts.durations; "
        "print([name for name in ('scipy', 'statsmodels', 'streamlit') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
