"""From validated records to rows: the columns that the API sends, and those derived from one record alone."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from smartia.connect.models import UUID_LENGTH
from smartia.connect.records import Records
from smartia.table import calendar
from smartia.table.columns import AGE_BANDS, SENT, STORED_SCHEMA
from smartia.table.levels import read_level

CHUNK_ROWS = 3_000
"""Records turned into Arrow at a time: fewer cost more calls, more cost memory."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_HOUR_US = 3_600_000_000
_SENT_SCHEMA = pa.schema([STORED_SCHEMA.field(column.name) for column in SENT])


class Flattener:
    """Turns records into the stored columns of the data dictionary while they arrive.

    They are turned into Arrow by the thousand: keeping Python objects alive is what costs, in memory and in time.
    """

    def __init__(self) -> None:
        self._fields: defaultdict[str, list[Any]] = defaultdict(list)
        self._identifiers: defaultdict[str, list[bytes]] = defaultdict(list)
        self._waiting = 0
        self._chunks: list[pa.Table] = []

    def __len__(self) -> int:
        return self._waiting + sum(len(chunk) for chunk in self._chunks)

    def add(self, records: Records) -> None:
        """Take validated records, in any order."""
        for name, values in records.fields.items():
            self._fields[name].extend(values)
        for name, joined in records.identifiers.items():
            self._identifiers[name].append(joined)
        self._waiting += len(records)
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
            self._chunks.append(_tabulate(self._fields, self._identifiers))
            self._fields.clear()
            self._identifiers.clear()
            self._waiting = 0


def _tabulate(fields: Mapping[str, list[Any]], identifiers: Mapping[str, list[bytes]]) -> pa.Table:
    instants = {name: _instants(fields[name]) for name in ("started_at", "ended_at", "result_at")}
    spans = {
        "duration_s": _seconds(pa.array(fields["duration_s"], pa.duration("us"))),
        "elapsed_s": _seconds(pc.subtract(instants["ended_at"], instants["started_at"])),
    }
    columns = {**fields, **instants, **spans, **{name: _uuids(pages) for name, pages in identifiers.items()}}
    # Arrow makes days of dates, not instants.
    columns["date_of_birth"] = pa.array(fields["date_of_birth"], pa.date32()).cast(pa.timestamp("us"))
    arrays = [pa.array(columns[field.name], field.type) for field in _SENT_SCHEMA]
    return pa.Table.from_arrays(arrays, schema=_SENT_SCHEMA)


def _uuids(pages: list[bytes]) -> pa.Array:
    # All of one length, so it is known where each begins, and Arrow takes the bytes as they are.
    text = b"".join(pages)
    starts = np.arange(0, len(text) + 1, UUID_LENGTH, dtype=np.int32)
    return pa.StringArray.from_buffers(len(starts) - 1, pa.py_buffer(starts), pa.py_buffer(text))


def _instants(instants: list[dt.datetime]) -> pa.Array:
    # Arrow asks every datetime for its zone; the difference from an instant of the same zone costs a quarter.
    since_epoch = pa.array([instant - _EPOCH for instant in instants], pa.duration("us"))
    return since_epoch.view(pa.timestamp("us", tz="UTC"))


def _seconds(spans: pa.Array) -> pa.Array:
    return pa.array(spans.view(pa.int64()).to_numpy() / 1e6)


def _derive(sent: pa.Table) -> pa.Table:
    """Add the columns derived from one record alone to the columns that the API sends."""
    # London's clocks change on the hour, so all instants of an hour have one date: each hour is looked up once.
    place, hours = pd.factorize(sent["ended_at"].to_numpy().astype("int64") // _HOUR_US)
    hour_starts = pd.DatetimeIndex(hours * _HOUR_US * 1_000, tz="UTC").tz_convert(calendar.LONDON)
    days = hour_starts.tz_localize(None).normalize().to_numpy().astype("datetime64[us]")
    starts, start_codes = np.unique(calendar.year_starts_of_days(days), return_inverse=True)
    years = start_codes[place]
    ages, is_missing = calendar.ages_in_years(sent["date_of_birth"].to_numpy(), starts[years])
    derived = {
        "completed_on": pa.array(days[place]),
        "academic_year": _coded(years, [calendar.academic_year_label(start) for start in starts]),
        "age": pa.array(ages, mask=is_missing),
        "age_band": _coded(calendar.age_band_codes(ages, is_missing), AGE_BANDS),
        **_levels(sent["level"].combine_chunks().dictionary_encode()),
    }
    arrays = [derived[field.name] if field.name in derived else sent[field.name] for field in STORED_SCHEMA]
    return pa.Table.from_arrays(arrays, schema=STORED_SCHEMA)


def _coded(codes: NDArray[Any], names: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(names, pa.string()))


def _levels(texts: pa.DictionaryArray) -> dict[str, pa.Array]:
    places = [read_level(text) for text in texts.dictionary.to_pylist()]
    read = {
        "level_whole": [place and place.whole for place in places],
        "level_half": [place and place.half for place in places],
        "level_rank": [place and place.rank for place in places],
    }
    return {name: pa.array(values, STORED_SCHEMA.field(name).type).take(texts.indices) for name, values in read.items()}
