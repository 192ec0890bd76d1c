"""Tally: what numpy counts by codes is what plain Python counts row by row."""

import statistics
from collections import defaultdict
from collections.abc import Hashable
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.analysis import tally as module
from smartia.analysis.measures import SIZE, Measure, distinct, quantile, sums
from smartia.analysis.tally import tally
from smartia.table import codes
from smartia.table.kept_codes import KeptCodes
from smartia.table.picked import Picked

KEYS = {
    "category": st.sampled_from(["b", "a", None]),
    "text": st.sampled_from(["x", "y", "", None]),
    "whole": st.sampled_from([None, -3, 0, 32_000]),
    "day": st.sampled_from([pd.Timestamp(2026, 1, 1), pd.Timestamp(2025, 8, 31), pd.NaT]),
    "flag": st.sampled_from([0, 1]),
}
ROWS = st.lists(st.tuples(*KEYS.values(), st.integers(0, 4), st.integers(-1, 9)), max_size=25)
MEASURES = {"n": SIZE, "learners": distinct("learner"), **sums("value"), "middle": quantile("seconds", 0.5)}


def tally_of(rows: Picked, keys: list[str], measures: dict[str, Measure]) -> pd.DataFrame:
    """Tally by columns as they stand."""
    columns = {one.column: nw.col(one.column) for one in measures.values() if one.column}
    return tally(rows, {key: nw.col(key) for key in keys}, columns, measures)


def make_frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Give rows the types of an analysis frame."""
    columns = [*KEYS, "learner", "value"]
    frame = pd.DataFrame({name: pd.Series([row[i] for row in rows], dtype="object") for i, name in enumerate(columns)})
    categories = pd.CategoricalDtype(["unused", "b", "a"], ordered=True)
    types: dict[str, Any] = {"category": categories, "text": "str", "whole": "Int16", "day": "datetime64[us]"}
    frame = frame.astype(types | {"flag": "int64", "learner": "int32", "value": "int64"})
    return frame.assign(seconds=frame["value"].astype("float64"))


def plain(value: Any) -> Hashable:
    """One value for everything that is missing."""
    return None if pd.isna(value) else value


@given(
    rows=ROWS,
    keys=st.lists(st.sampled_from(sorted(KEYS)), unique=True, max_size=4),
    picks=st.lists(st.sets(st.integers(0, 24)).map(sorted), max_size=2),
    keeps=st.booleans(),
)
def test_equals_plain_counts(rows: list[tuple[Any, ...]], keys: list[str], picks: list[list[int]], keeps: bool) -> None:
    """Sizes, sums, different values and medians of every combination of keys are those of plain Python.

    So they are of some of the rows, whether or not codes of all rows are kept.
    """
    whole = make_frame(rows)
    picked, frame = Picked.of(whole, KeptCodes(len(whole)) if keeps else None), whole
    for wanted in picks:
        tally_of(picked, keys, MEASURES)  # what is kept after this must serve other choices of rows
        fits = np.array([place for place in wanted if place < len(picked)], dtype="int64")
        picked, frame = picked.pick(fits), frame.iloc[fits]
    groups: dict[tuple[Hashable, ...], list[dict[Hashable, Any]]] = defaultdict(list)
    for row in frame.to_dict("records"):
        groups[tuple(plain(row[key]) for key in keys)].append(row)
    if not keys:
        groups[()]
    expected = {
        key: (
            len(found),
            len({row["learner"] for row in found}),
            sum(row["value"] for row in found),
            statistics.median(row["value"] for row in found) if found else None,
        )
        for key, found in groups.items()
    }
    table = tally_of(picked, keys, MEASURES)
    found = {
        tuple(plain(row[key]) for key in keys): tuple(plain(row[name]) for name in MEASURES)
        for row in table.to_dict("records")
    }
    assert len(table) == len(found)
    assert found == expected
    assert dict(table.dtypes[keys]) == dict(frame.dtypes[keys])


@pytest.mark.parametrize(("where", "limit"), [(codes, "_DENSE"), (module, "_FLAGS"), (module, "_COUNTED")])
@pytest.mark.parametrize("keeps", [True, False])
def test_many_combinations_change_nothing(where: Any, limit: str, keeps: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond what can be counted with a number a combination, the same is found another way."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {"a": rng.integers(0, 40, 500), "b": rng.integers(-9, 9, 500), "learner": rng.integers(0, 60, 500)}
    )
    measures = {"n": SIZE, "learners": distinct("learner"), "middle": quantile("learner", 0.5)}
    expected = tally_of(Picked.of(frame), ["a", "b"], measures)
    monkeypatch.setattr(where, limit, 50)
    rows = Picked.of(frame, KeptCodes(len(frame)) if keeps else None)
    found = tally_of(rows, ["a", "b"], measures)
    pd.testing.assert_frame_equal(found, expected)


@given(
    values=st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1e6).map(lambda value: round(value, 2))), min_size=1),
    at=st.lists(st.floats(0, 1), min_size=1, max_size=6, unique=True),
)
def test_quantiles_that_are_counted(values: list[tuple[int, float]], at: list[float]) -> None:
    """Found by counting, quantiles are to the last bit those that numpy finds by sorting."""
    frame = pd.DataFrame(values, columns=["group", "seconds"])
    measures = {str(place): quantile("seconds", share) for place, share in enumerate(at)}
    found = tally_of(Picked.of(frame, KeptCodes(len(frame))), ["group"], measures).set_index("group")
    for group, part in frame.groupby("group")["seconds"]:
        np.testing.assert_array_equal(found.loc[group].to_numpy(), np.quantile(part, at))
    assert len(found) == frame["group"].nunique()


def test_keys_that_cannot_be_combined_are_refused() -> None:
    """More combinations than a number can tell apart are an error, and no wrong count."""
    wide = pd.DataFrame({name: range(3_000) for name in "abcdef"})
    with pytest.raises(ValueError, match="too many"):
        tally_of(Picked.of(wide), list("abcdef"), {"n": SIZE})
