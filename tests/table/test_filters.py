"""Which sessions count, against plain Python over rows."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.table.filters import AttemptRule, Filters, apply_filters
from smartia.table.frames import ANALYSIS_STORED, analysis_frame
from tests.handmade import decode, flatten, make_records

COLUMNS = (
    "subject",
    "test_name",
    "test_version",
    "academic_year",
    "gender",
    "age_band",
    "level_whole",
    "sitting",
    "group",
)
OTHERS = ("elsewhere", "Not readable")
REFERENCE_S = 2_000.0


def make_frame() -> pd.DataFrame:
    """Make an analysis frame with repeats; some values of test_name and gender are missing."""
    table = flatten(decode(make_records(13, 150))).sort_by([("ended_at", "ascending"), ("session_id", "ascending")])
    frame = analysis_frame(table.select(ANALYSIS_STORED))
    frame.loc[frame.index % 7 == 0, ["test_name", "gender", "level_whole"]] = None
    groups = pd.Categorical([["A", "B", "C"][place % 3] for place in frame.index])
    return frame.assign(group=groups, reference_s=REFERENCE_S)


FRAME = make_frame()
ROWS: list[dict[Any, Any]] = FRAME.astype(object).to_dict("records")


@st.composite
def filters(draw: st.DrawFn) -> Filters:
    """Draw filters, with values that occur and others that do not."""
    chosen = {
        name: tuple(draw(st.lists(st.sampled_from([*FRAME[name].cat.categories, *OTHERS]), max_size=3, unique=True)))
        for name in COLUMNS
    }
    days = st.none() | st.sampled_from(sorted({moment.date() for moment in FRAME["completed_on"]}))
    return Filters(
        **chosen,
        since=draw(days),
        until=draw(days),
        short_share=draw(st.none() | st.sampled_from([0.25, 0.9])),
        attempts=draw(st.sampled_from(AttemptRule)),
    )


def counts(row: dict[Any, Any], chosen: Filters) -> bool:
    """Whether a row counts, in plain Python."""
    for name in COLUMNS:
        value = "Not readable" if name == "level_whole" and pd.isna(row[name]) else row[name]
        if getattr(chosen, name) and value not in getattr(chosen, name):
            return False
    if chosen.since and row["completed_on"].date() < chosen.since:
        return False
    if chosen.until and row["completed_on"].date() > chosen.until:
        return False
    if chosen.short_share is not None and row["duration_s"] < chosen.short_share * REFERENCE_S:
        return False
    if chosen.attempts is AttemptRule.LATEST:
        return bool(row["attempt"] == row["attempts"])
    return chosen.attempts is AttemptRule.ALL or bool(row["attempt"] == 1)


@given(filters())
def test_rows_that_count(chosen: Filters) -> None:
    """The rows that count are those of plain Python, in their order; a missing value is at most an unreadable level."""
    found = apply_filters(FRAME, chosen)
    assert found.index.tolist() == [place for place, row in enumerate(ROWS) if counts(row, chosen)]
    assert found.columns.tolist() == FRAME.columns.tolist()
    assert (found.dtypes == FRAME.dtypes).all()


@given(filters(), filters())
def test_filters_commute(one: Filters, other: Filters) -> None:
    """Two filters in either order give the same rows."""
    first, second = apply_filters(apply_filters(FRAME, one), other), apply_filters(apply_filters(FRAME, other), one)
    pd.testing.assert_frame_equal(first, second)


def test_no_filter_is_all() -> None:
    """Without a restriction and with all attempts, every row counts; the frame itself is never changed."""
    before = FRAME.copy()
    pd.testing.assert_frame_equal(apply_filters(FRAME, Filters(attempts=AttemptRule.ALL)), before)
    apply_filters(FRAME, Filters(subject=("Maths",)))
    pd.testing.assert_frame_equal(FRAME, before)


def test_an_empty_frame() -> None:
    """An empty frame stays empty."""
    assert apply_filters(FRAME.iloc[:0], Filters(gender=("male",))).empty


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (Filters(), "latest attempt of each learner at each test"),
        (Filters(attempts=AttemptRule.ALL), "all attempts"),
        (
            Filters(subject=("Maths",), academic_year=("2025/26",)),
            "Maths · 2025/26 · latest attempt of each learner at each test",
        ),
        (
            Filters(gender=("male", "other"), attempts=AttemptRule.FIRST),
            "male, other · first attempt of each learner at each test",
        ),
    ],
)
def test_in_words(chosen: Filters, words: str) -> None:
    """Filters describe themselves in the order in which they are declared."""
    assert chosen.describe() == words


def test_filters_are_values() -> None:
    """Equal filters are equal and hash alike, so that results can be cached by them."""
    assert hash(Filters(subject=("Maths",))) == hash(Filters(subject=("Maths",)))
    assert Filters(subject=("Maths",)) != Filters(test_name=("Maths",))
    assert Filters(subject=("Maths",)).restrictions == {"subject": ("Maths",)}
