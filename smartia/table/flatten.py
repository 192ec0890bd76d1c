"""From validated records to rows: the columns that the API sends, and those derived from one record alone."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from smartia.connect.durations import parse_duration
from smartia.connect.models import Session
from smartia.table import calendar
from smartia.table.columns import SENT, STORED_SCHEMA
from smartia.table.levels import read_level

CHUNK_ROWS = 2_000
"""Records turned into Arrow at a time: fewer cost more calls, more cost memory."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_HOUR_US = 3_600_000_000
_SENT_SCHEMA = pa.schema([STORED_SCHEMA.field(column.name) for column in SENT])


class Flattener:
    """Turns records into the stored columns of the data dictionary while they arrive.

    Records are taken apart at once and turned into Arrow by the thousand: keeping Python objects alive is what
    costs, in memory and in time.
    """

    def __init__(self) -> None:
        self._fields: dict[str, list[Any]] = {}
        self._waiting = 0
        self._chunks: list[pa.Table] = []

    def __len__(self) -> int:
        return self._waiting + sum(len(chunk) for chunk in self._chunks)

    def add(self, sessions: Sequence[Session]) -> None:
        """Take validated records, in any order."""
        for name, values in _take_apart(sessions).items():
            self._fields.setdefault(name, []).extend(values)
        self._waiting += len(sessions)
        if self._waiting >= CHUNK_ROWS:
            self._tabulate()

    def take(self, before: dt.datetime | None = None) -> pa.Table:
        """Give the rows so far, and keep them no longer.

        Args:
            before: Give those alone that ended before this instant, and keep the others; None for all.

        Returns:
            One row per record with `STORED_SCHEMA`, in the order of arrival. Missing and null fields are null; an
            absent gender is "unknown".
        """
        self._tabulate()
        rows = pa.concat_tables([_SENT_SCHEMA.empty_table(), *self._chunks]).unify_dictionaries()
        self._chunks = []
        if before is not None:
            is_before = pc.less(rows["ended_at"], pa.scalar(before, rows["ended_at"].type))
            self._chunks = [rows.filter(pc.invert(is_before))]
            rows = rows.filter(is_before)
        return _derive(rows)

    def _tabulate(self) -> None:
        """Turn what has been taken apart into Arrow."""
        if self._waiting:
            self._chunks.append(_tabulate(self._fields))
            self._fields = {}
            self._waiting = 0


def _take_apart(sessions: Sequence[Session]) -> dict[str, list[Any]]:
    """The fields that become columns; elapsed_s is worked out from two of them."""
    users = [session.user for session in sessions]
    tests = [session.test for session in sessions]
    results = [session.result for session in sessions]
    return {
        "session_id": [session.session_id for session in sessions],
        "started_at": [session.start_date for session in sessions],
        "ended_at": [session.end_date for session in sessions],
        "result_at": [result.created_date for result in results],
        "duration_s": [parse_duration(result.duration) for result in results],
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
        "date_of_birth": [user.date_of_birth for user in users],
        "test_id": [test.test_id for test in tests],
        "test_version_id": [test.test_version_id for test in tests],
        "test_name": [test.name for test in tests],
        "subject": [test.subject for test in tests],
        "level": [result.level for result in results],
    }


def _tabulate(fields: dict[str, list[Any]]) -> pa.Table:
    instants = {name: _instants(fields[name]) for name in ("started_at", "ended_at", "result_at")}
    columns = fields | instants | {"elapsed_s": _seconds_between(instants["started_at"], instants["ended_at"])}
    # Arrow makes days of dates, not instants.
    columns["date_of_birth"] = pa.array(fields["date_of_birth"], pa.date32()).cast(pa.timestamp("us"))
    arrays = [pa.array(columns[field.name], field.type) for field in _SENT_SCHEMA]
    return pa.Table.from_arrays(arrays, schema=_SENT_SCHEMA)


def _instants(instants: list[dt.datetime]) -> pa.Array:
    # Arrow asks every datetime for its zone; the difference from an instant of the same zone costs a quarter.
    since_epoch = pa.array([instant - _EPOCH for instant in instants], pa.duration("us"))
    return since_epoch.view(pa.timestamp("us", tz="UTC"))


def _seconds_between(started_at: pa.Array, ended_at: pa.Array) -> pa.Array:
    elapsed_us = ended_at.view(pa.int64()).to_numpy() - started_at.view(pa.int64()).to_numpy()
    return pa.array(elapsed_us / 1e6)


def _derive(sent: pa.Table) -> pa.Table:
    """Add the columns derived from one record alone to the columns that the API sends."""
    # London's clocks change on the hour, so all instants of an hour have one date: each hour is looked up once.
    place, hours = pd.factorize(sent["ended_at"].to_numpy().astype("int64") // _HOUR_US)
    dates = calendar.local_date(pd.Series(pd.DatetimeIndex(hours * _HOUR_US * 1_000, tz="UTC").as_unit("us")))
    ages = calendar.age_on_31_august(sent["date_of_birth"].to_pandas(), dates.take(place))
    derived = {
        "completed_on": pa.Array.from_pandas(dates).take(pa.array(place)),
        "academic_year": pa.Array.from_pandas(calendar.academic_year(dates)).take(pa.array(place)),
        "age": pa.Array.from_pandas(ages),
        "age_band": pa.Array.from_pandas(calendar.age_band(ages)),
        **_levels(sent["level"].combine_chunks().dictionary_encode()),
    }
    arrays = (
        derived[field.name].cast(field.type) if field.name in derived else sent[field.name] for field in STORED_SCHEMA
    )
    return pa.Table.from_arrays(list(arrays), schema=STORED_SCHEMA)


def _levels(texts: pa.DictionaryArray) -> dict[str, pa.Array]:
    places = [read_level(text) for text in texts.dictionary.to_pylist()]
    read = {
        "level_whole": [place and place.whole for place in places],
        "level_half": [place and place.half for place in places],
        "level_rank": [place and place.rank for place in places],
    }
    return {name: pa.array(values, STORED_SCHEMA.field(name).type).take(texts.indices) for name, values in read.items()}
