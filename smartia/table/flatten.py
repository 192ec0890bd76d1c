"""From validated records to rows: the columns that the API sends, and those derived from one record alone."""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from smartia.connect.models import Session
from smartia.table import calendar
from smartia.table.columns import SENT, STORED_SCHEMA
from smartia.table.levels import read_level

SENT_SCHEMA = pa.schema([STORED_SCHEMA.field(column.name) for column in SENT])
"""What `tabulate` gives: the columns that the API sends."""


def flatten(sessions: Sequence[Session]) -> pa.Table:
    """Turn records into the stored columns of the data dictionary.

    Args:
        sessions: Validated records, in any order.

    Returns:
        One row per record with `STORED_SCHEMA`. Missing and null fields are null; an absent gender is "unknown".
    """
    return derive(tabulate(sessions))


def derive(sent: pa.Table) -> pa.Table:
    """Add the columns derived from one record alone to the columns that the API sends."""
    ended_at = sent["ended_at"].to_pandas()
    completed_on = calendar.local_date(ended_at)
    ages = calendar.age_on_31_august(sent["date_of_birth"].to_pandas(), completed_on)
    texts = sent["level"].to_pandas()
    places = {text: read_level(text) for text in texts.unique()}
    readable = {text: place for text, place in places.items() if place is not None}
    derived = {
        "completed_on": completed_on,
        "academic_year": calendar.academic_year(completed_on),
        "age": ages,
        "age_band": calendar.age_band(ages),
        "level_whole": texts.map({text: place.whole for text, place in readable.items()}),
        "level_half": texts.map({text: place.half for text, place in readable.items()}),
        "level_rank": texts.map({text: place.rank for text, place in readable.items()}).astype("Int16"),
    }
    table = sent
    for name, values in derived.items():
        field = STORED_SCHEMA.field(name)
        table = table.append_column(field, _arrow_column(values, field.type))
    return table


def _arrow_column(values: pd.Series, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.Array.from_pandas(values, type=kind.value_type).dictionary_encode().cast(kind)
    return pa.Array.from_pandas(values, type=kind)


def tabulate(sessions: Sequence[Session]) -> pa.Table:
    """Turn records into the columns that the API sends.

    A few hundred records at a time are quickest; deriving, on the other hand, has a fixed cost a call.

    Args:
        sessions: Validated records, in any order.

    Returns:
        One row per record with `SENT_SCHEMA`.
    """
    users = [session.user for session in sessions]
    tests = [session.test for session in sessions]
    results = [session.result for session in sessions]
    started_at = pa.array([session.start_date for session in sessions], SENT_SCHEMA.field("started_at").type)
    ended_at = pa.array([session.end_date for session in sessions], SENT_SCHEMA.field("ended_at").type)
    columns = {
        "session_id": [session.session_id for session in sessions],
        "started_at": started_at,
        "ended_at": ended_at,
        "result_at": [result.created_date for result in results],
        "duration_s": [result.duration for result in results],
        "elapsed_s": _seconds_between(started_at, ended_at),
        "user_id": [user.user_id for user in users],
        "username": [user.username for user in users],
        "upn": [user.upn for user in users],
        "external_id": [user.external_id for user in users],
        "full_name": [user.full_name for user in users],
        "first_name": [user.first_name for user in users],
        "middle_name": [user.middle_name for user in users],
        "last_name": [user.last_name for user in users],
        "emails": [None if user.emails is None else "; ".join(user.emails) for user in users],
        "gender": [user.gender or "unknown" for user in users],
        "date_of_birth": pa.array([user.date_of_birth for user in users], pa.date32()).cast(
            SENT_SCHEMA.field("date_of_birth").type
        ),
        "test_id": [test.test_id for test in tests],
        "test_version_id": [test.test_version_id for test in tests],
        "test_name": [test.name for test in tests],
        "subject": [test.subject for test in tests],
        "level": [result.level for result in results],
    }
    return pa.Table.from_pydict(columns, schema=SENT_SCHEMA)


def _seconds_between(started_at: pa.Array, ended_at: pa.Array) -> pa.Array:
    microseconds = ended_at.cast(pa.int64()).to_numpy(zero_copy_only=False) - started_at.cast(pa.int64()).to_numpy(
        zero_copy_only=False
    )
    return pa.array(microseconds / 1e6, pa.float64())
