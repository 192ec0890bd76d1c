"""From records to the two frames, against rows computed by hand."""

import datetime as dt
import random
from collections import Counter
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartia.table.attempts import Attempts
from smartia.table.columns import (
    AGE_BANDS,
    COLUMNS,
    GENDERS,
    HELPERS,
    STORED_SCHEMA,
    Column,
    Kind,
    data_dictionary,
)
from smartia.table.frames import (
    ANALYSIS_STORED,
    SESSION_COLUMNS,
    analysis_frame,
    sessions_frame,
)
from smartia.table.levels import HALVES, WHOLE_LEVELS
from tests.handmade import Record, decode, expected_rows, flatten, make_record, make_records

PANDAS_TYPES = {
    Kind.TEXT: "str",
    Kind.CATEGORY: "category",
    Kind.INSTANT: "datetime64[us, UTC]",
    Kind.DATE: "datetime64[us]",
    Kind.SECONDS: "float64",
    Kind.INTEGER: "Int16",
}


def stored(records: list[Record]) -> Any:
    """Flatten records, in the order in which a snapshot is read."""
    return flatten(decode(records)).sort_by([("ended_at", "ascending"), ("session_id", "ascending")])


def rows_of(frame: pd.DataFrame) -> list[Record]:
    """List the rows of a frame, with None where a value is missing."""
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]


def test_every_value_of_every_column() -> None:
    """Each of 300 records gives the row that plain Python computes, in all 31 columns."""
    records = make_records(7, 300)
    frame = sessions_frame(stored(records))
    assert rows_of(frame) == expected_rows(records)


@given(st.integers(0, 10**6), st.integers(0, 12))
@settings(max_examples=25)
def test_any_records(seed: int, size: int) -> None:
    """So does any handful of records, none included."""
    records = make_records(seed, size) if size else []
    assert rows_of(sessions_frame(stored(records))) == expected_rows(records)


@pytest.mark.parametrize("size", [0, 40])
def test_types(size: int) -> None:
    """Both frames have the types that the data dictionary declares, with rows and without."""
    table = stored(make_records(3, size))
    assert table.schema == STORED_SCHEMA
    frame, analysis = sessions_frame(table), analysis_frame(table.select(ANALYSIS_STORED))
    assert tuple(frame.columns) == SESSION_COLUMNS
    assert len(frame) == len(analysis) == size
    for column in COLUMNS:
        assert frame[column.name].dtype == PANDAS_TYPES[column.kind], column.name
    texts = {column.name for column in COLUMNS if column.kind is Kind.TEXT}
    for column in COLUMNS + HELPERS:
        if not column.personal:
            kind = Kind.CATEGORY if column.name in texts else column.kind
            assert analysis[column.name].dtype == PANDAS_TYPES[kind], column.name
    assert analysis["learner"].dtype == "int32"


def test_closed_sets() -> None:
    """Closed sets hold their whole set in its order, whatever the rows; open ones hold what occurs, sorted."""
    frame = sessions_frame(stored(make_records(3, 40)))
    sets = {"gender": GENDERS, "age_band": AGE_BANDS, "level_whole": WHOLE_LEVELS, "level_half": HALVES}
    for name, members in sets.items():
        assert tuple(frame[name].cat.categories) == members
        assert frame[name].cat.ordered == (name != "gender")
    years = frame["academic_year"]
    assert years.cat.categories.tolist() == sorted(set(years.tolist()))
    assert years.cat.ordered


def test_nothing_personal_in_the_analysis_frame() -> None:
    """No personal column and no identifier of a session or user is in the analysis frame, by name or by value."""
    records = make_records(5, 60)
    analysis = analysis_frame(stored(records).select(ANALYSIS_STORED))
    personal = {column.name for column in COLUMNS if column.personal}
    assert {"user_id", "session_id", "username", "upn", "full_name", "emails", "date_of_birth"} <= personal
    assert personal.isdisjoint(analysis.columns)
    values = {value for name in analysis for value in analysis[name].dropna().astype("str")}
    for record in records:
        user = record["user"]
        assert values.isdisjoint({record["sessionId"], user["userId"], user["username"], user["fullName"]})


def test_rows_and_learners_correspond() -> None:
    """Row i of the analysis frame is row i of the sessions frame; one learner code stands for one user."""
    table = stored(make_records(5, 60))
    frame, analysis = sessions_frame(table), analysis_frame(table.select(ANALYSIS_STORED))
    for name in set(frame) & set(analysis):
        assert frame[name].astype(object).equals(analysis[name].astype(object)), name
    pairs = set(zip(frame["user_id"], analysis["learner"], strict=True))
    assert len(pairs) == frame["user_id"].nunique() == analysis["learner"].nunique() < 60
    assert analysis["month"].tolist() == [day.replace(day=1) for day in frame["completed_on"]]
    years = analysis["term"].astype("str").str.removesuffix(" Autumn").str.removesuffix(" Spring")
    assert years.str.removesuffix(" Summer").tolist() == frame["academic_year"].astype("str").tolist()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), max_size=30))
def test_attempts(pairs: list[tuple[str, str]]) -> None:
    """Attempts count up per user and test in the order of the rows, as a plain count does."""
    users, tests = (pd.Series([pair[part] for pair in pairs], dtype="str") for part in (0, 1))
    attempt, attempts = Attempts.of(users, tests).count()
    assert attempt.tolist() == [pairs[: place + 1].count(pair) for place, pair in enumerate(pairs)]
    whole = Counter(pairs)
    assert attempts.tolist() == [whole[pair] for pair in pairs]
    assert str(attempt.dtype) == str(attempts.dtype) == "Int16"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.integers(0, 900)), max_size=30))
def test_attempts_within_a_year(sessions: list[tuple[str, str, int]]) -> None:
    """Attempts of a year count up in order, each with the day of the next, as a plain search finds them."""
    rows = [(user, test, day // 366, day % 366) for user, test, day in sorted(sessions, key=lambda row: row[2])]
    frame = pd.DataFrame(rows, columns=["user", "test", "year", "day"]).astype({"user": "str", "test": "str"})
    attempt, following = Attempts.of(frame["user"], frame["test"]).count_by_year(frame["year"], frame["day"])
    same = [[other for other in rows[place + 1 :] if other[:3] == row[:3]] for place, row in enumerate(rows)]
    assert attempt.tolist() == [
        sum(other[:3] == row[:3] for other in rows[:place]) + 1 for place, row in enumerate(rows)
    ]
    assert following.tolist() == [later[0][3] if later else pd.NA for later in same]
    assert str(attempt.dtype) == str(following.dtype) == "Int16"


def test_elapsed_may_be_negative() -> None:
    """A session that ended before it began keeps its record, with a negative elapsed time."""
    record = make_record(random.Random(1)) | {
        "startDate": "2025-01-01T10:00:00Z",
        "endDate": "2025-01-01T09:59:00.500Z",
    }
    assert sessions_frame(stored([record]))["elapsed_s"].tolist() == [-59.5]


@pytest.mark.parametrize("started", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-10:00", "1847-11-30T00:00:00+01:00"])
def test_an_odd_start_does_no_harm(started: str) -> None:
    """A start date far outside our time is kept; both frames can be made."""
    table = stored([make_record(random.Random(1)) | {"startDate": started}])
    frame = sessions_frame(table)
    assert len(analysis_frame(table.select(ANALYSIS_STORED))) == 1
    whole = (frame["ended_at"] - frame["started_at"]).dt.total_seconds()
    assert frame["elapsed_s"].tolist() == whole.tolist()


def test_times_of_other_zones_are_utc() -> None:
    """A time sent with another zone is the same instant in UTC."""
    record = make_record(random.Random(1)) | {"endDate": "2025-08-01T00:30:00+01:00"}
    row = sessions_frame(stored([record])).iloc[0]
    assert row["ended_at"] == pd.Timestamp("2025-07-31T23:30:00Z")
    assert row["completed_on"] == pd.Timestamp("2025-08-01")
    assert row["academic_year"] == "2025/26"


def test_data_dictionary() -> None:
    """The dictionary has one line per column of the sessions frame, in its order, and marks the personal ones."""
    heading, rule, *lines = data_dictionary().splitlines()
    assert heading.count("|") == rule.count("|") == 5
    assert [line.split("`")[1] for line in lines] == list(SESSION_COLUMNS)
    personal = {line.split("`")[1] for line in lines if line.split("|")[3].strip() == "yes"}
    assert personal == {column.name for column in COLUMNS if column.personal}
    assert all(line.count("|") == 5 for line in lines)


@pytest.mark.parametrize("column", COLUMNS + HELPERS, ids=lambda column: column.name)
def test_a_column_without_values(column: Column) -> None:
    """Every column can be all missing, and keeps its type."""
    values = pd.Series([None, None], dtype=object)
    typed = column.as_pandas(pd.to_datetime(values, utc=True) if column.kind is Kind.INSTANT else values)
    assert typed.isna().all()
    assert typed.dtype == PANDAS_TYPES[column.kind]


def test_instants_keep_their_microseconds() -> None:
    """A time with more digits than a microsecond is kept to the microsecond."""
    record = make_record(random.Random(1)) | {"endDate": "2025-01-01T10:00:00.123456Z"}
    expected = dt.datetime(2025, 1, 1, 10, 0, 0, 123456, tzinfo=dt.UTC)
    assert sessions_frame(stored([record]))["ended_at"].tolist() == [expected]


def test_every_column_has_its_own_name() -> None:
    """No two columns of the frames share a name."""
    assert len({column.name for column in COLUMNS + HELPERS}) == len(COLUMNS + HELPERS)
