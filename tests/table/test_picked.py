"""Rows of which columns are copied one by one are those of the frame that they are picked of."""

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.table import picked
from smartia.table.picked import Picked, in_memory, names_in, rows_of

WHOLE = pd.DataFrame(
    {
        "a": pd.Series([1, None, 3, 4, 5], dtype="Int16"),
        "b": pd.Categorical(["x", "y", None, "x", "y"]),
        "c": np.array([0.5, 1.5, 2.5, np.nan, 4.5]),
        "d": pd.date_range("2026-01-01", periods=5, tz="UTC"),
    }
)


@given(st.lists(st.sets(st.integers(0, 4)).map(sorted), max_size=3))
def test_picks_of_picks(picks: list[list[int]]) -> None:
    """Picking once and again gives the rows, labels, columns and types that pandas gives, in its order."""
    rows, expected = Picked.of(WHOLE), WHOLE
    for wanted in picks:
        fits = np.array([place for place in wanted if place < len(rows)], dtype="int64")
        rows, expected = rows.pick(fits), expected.iloc[fits]
    assert len(rows) == len(expected)
    pd.testing.assert_frame_equal(rows.table(rows.columns), expected)
    for name in WHOLE:
        pd.testing.assert_series_equal(rows.column(name), expected[name].reset_index(drop=True), check_names=False)


def test_columns_are_copied_when_they_are_asked_for() -> None:
    """Picking copies nothing; a figure copies what it reads, once; all rows of a frame are never copied."""
    rows = Picked.of(WHOLE).pick(np.array([1, 3]))
    assert rows._copied == {}
    rows.worked_out({"n": nw.col("a") + 1, "b": nw.col("b")})
    assert set(rows._copied) == {"a", "b"}
    assert rows.column("b").array is rows.column("b").array
    assert np.shares_memory(Picked.of(WHOLE).column("c").to_numpy(), WHOLE["c"].to_numpy())


@pytest.mark.parametrize("rows", [Picked.of(WHOLE), Picked.of(WHOLE).pick(np.array([1, 3, 4]))], ids=["all", "some"])
def test_whoever_changes_a_table_changes_nothing_else(rows: Picked) -> None:
    """A table handed out shares nothing that a change of it would reach: not the frame, and not another figure."""
    before, whole = rows.table(rows.columns), WHOLE.copy()
    changed = rows.table(rows.columns)
    changed.loc[changed.index[0], ["a", "c"]] = [7, 7.5]
    changed.loc[changed.index[0], "b"] = "x"
    assert changed["c"].iloc[0] == 7.5
    pd.testing.assert_frame_equal(WHOLE, whole)
    pd.testing.assert_frame_equal(rows.table(rows.columns), before)


def test_expressions() -> None:
    """Expressions are worked out as narwhals does over the whole frame, also under the name of a column."""
    rows = Picked.of(WHOLE).pick(np.array([0, 1, 2, 4]))
    expressions = {
        "c": (nw.col("a") > 2).fill_null(value=False),
        "a": nw.col("c"),
        "least": nw.min_horizontal("a", "c"),
        "among": nw.col("b").is_in(["x", "c"]),
        "fixed": nw.lit(value=7),
    }
    expected = nw.from_native(WHOLE.iloc[[0, 1, 2, 4]]).select(**expressions).to_native().reset_index(drop=True)
    pd.testing.assert_frame_equal(rows.worked_out(expressions), expected)


def test_an_expression_that_hides_what_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should narwhals one day not show which columns an expression reads, all are given to it."""
    monkeypatch.setattr(picked, "_columns_read", lambda *_: ["b"])
    found = Picked.of(WHOLE).worked_out({"n": nw.col("a") + 1})
    assert found["n"].tolist() == [2, pd.NA, 4, 5, 6]


def test_further_columns_stay() -> None:
    """What was added to rows is picked with them, kept and left out like any column."""
    rows = Picked.of(WHOLE).pick(np.array([0, 2, 4])).assign({"twice": nw.col("c") * 2})
    fewer = rows.pick(np.array([1, 2]), ["twice", "a"])
    expected = pd.DataFrame({"twice": [5.0, 9.0], "a": pd.Series([3, 5], dtype="Int16")})
    pd.testing.assert_frame_equal(fewer.table(fewer.columns), expected.set_axis([2, 4]))
    assert rows.keep(["twice"]).columns == ("twice",)
    with pytest.raises(KeyError):
        fewer.column("b")
    with pytest.raises(KeyError):
        rows.keep(["a"]).column("twice")


def test_labels() -> None:
    """Rows are found by their labels, in the order asked for; a label that is not there is an error."""
    rows = Picked.of(WHOLE).pick(np.array([1, 3, 4]))
    assert rows.numbers_of([4, 1]).tolist() == [2, 0]
    with pytest.raises(KeyError):
        rows.numbers_of([1, 2])


def test_other_engines() -> None:
    """What is not in memory is left to narwhals; what is has the same names and values there."""
    rows = Picked.of(WHOLE).pick(np.array([1, 3]))
    assert in_memory(nw.from_native(WHOLE).to_arrow()) is None
    assert names_in(rows) == names_in(WHOLE) == list(WHOLE.columns)
    pd.testing.assert_frame_equal(rows_of(rows).to_native(), WHOLE.iloc[[1, 3]])
