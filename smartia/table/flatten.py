"""From validated records to rows: the columns that the API sends, and those derived from one record alone."""

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa

from smartia.connect.models import Session
from smartia.table import calendar
from smartia.table.columns import SENT, STORED_SCHEMA
from smartia.table.levels import read_level

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_INSTANT = STORED_SCHEMA.field("ended_at").type

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
    completed_on = calendar.local_date(sent["ended_at"].to_pandas())
    ages = calendar.age_on_31_august(sent["date_of_birth"].to_pandas(), completed_on)
    derived = {
        "completed_on": completed_on,
        "academic_year": calendar.academic_year(completed_on),
        "age": ages,
        "age_band": calendar.age_band(ages),
    }
    table = sent
    for name, values in derived.items():
        field = STORED_SCHEMA.field(name)
        table = table.append_column(field, pa.Array.from_pandas(values).cast(field.type))
    return _append_levels(table)


def _append_levels(table: pa.Table) -> pa.Table:
    texts = table["level"].combine_chunks().dictionary_encode()
    places = [read_level(text) for text in texts.dictionary.to_pylist()]
    read = {
        "level_whole": [place and place.whole for place in places],
        "level_half": [place and place.half for place in places],
        "level_rank": [place and place.rank for place in places],
    }
    for name, values in read.items():
        field = STORED_SCHEMA.field(name)
        table = table.append_column(field, pa.array(values, field.type).take(texts.indices))
    return table


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
    started_at = _microseconds([session.start_date for session in sessions])
    ended_at = _microseconds([session.end_date for session in sessions])
    columns = {
        "session_id": [session.session_id for session in sessions],
        "started_at": started_at.cast(_INSTANT),
        "ended_at": ended_at.cast(_INSTANT),
        "result_at": _microseconds([result.created_date for result in results]).cast(_INSTANT),
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


def _microseconds(instants: list[dt.datetime]) -> pa.Array:
    # Arrow asks every datetime for its zone; the difference from an instant of the same zone costs a quarter.
    since_epoch = pa.array([instant - _EPOCH for instant in instants], pa.duration("us"))
    return since_epoch.cast(pa.int64())


def _seconds_between(started_at: pa.Array, ended_at: pa.Array) -> pa.Array:
    return pa.array((ended_at.to_numpy() - started_at.to_numpy()) / 1e6, pa.float64())
