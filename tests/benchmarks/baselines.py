"""The obvious ways to do the same, written fairly. Each returns how many sessions it dealt with."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import isodate
import pandas as pd

from smartia.connect.protocol import PATH
from smartia.table import calendar
from smartia.table.attempts import Attempts
from smartia.table.columns import COLUMNS
from smartia.table.levels import read_level

READ_BYTES = 1 << 20
"""Read at a time from a file of pages, so that the file costs little beside what is measured."""

PLACES = {
    "session_id": "sessionId",
    "started_at": "startDate",
    "ended_at": "endDate",
    "result_at": "result.createdDate",
    "duration_s": "result.duration",
    "user_id": "user.userId",
    "username": "user.username",
    "upn": "user.upn",
    "external_id": "user.externalId",
    "full_name": "user.fullName",
    "first_name": "user.firstName",
    "middle_name": "user.middleName",
    "last_name": "user.lastName",
    "emails": "user.emails",
    "gender": "user.gender",
    "date_of_birth": "user.dateOfBirth",
    "test_id": "test.testId",
    "test_version_id": "test.testVersionId",
    "test_name": "test.name",
    "subject": "test.subject",
    "level": "result.level",
}


def normalised_frame(pages: Path) -> pd.DataFrame:
    """Make the sessions frame with json.loads, json_normalize, row-wise isodate and to_datetime.

    The columns derived from those come from the vectorised functions that smartia uses, so that what is compared is
    the reading alone.
    """
    with pages.open("rb", buffering=READ_BYTES) as file:
        records = [record for body in file for record in json.loads(body)["data"]]
    raw = pd.json_normalize(records)
    frame = pd.DataFrame({name: raw[place] for name, place in PLACES.items()})
    for name in ("started_at", "ended_at", "result_at"):
        frame[name] = pd.to_datetime(frame[name])
    frame["date_of_birth"] = pd.to_datetime(frame["date_of_birth"])
    frame["duration_s"] = frame["duration_s"].map(lambda text: isodate.parse_duration(text).total_seconds())
    frame["elapsed_s"] = (frame["ended_at"] - frame["started_at"]).dt.total_seconds()
    frame["emails"] = frame["emails"].str.join("; ")
    return _with_derived(frame)


def _with_derived(frame: pd.DataFrame) -> pd.DataFrame:
    completed_on = calendar.local_date(frame["ended_at"])
    ages = calendar.age_on_31_august(frame["date_of_birth"], completed_on)
    read = {text: place for text in frame["level"].unique() if (place := read_level(text)) is not None}
    attempt, attempts = Attempts.of(frame["user_id"], frame["test_id"]).count()
    whole = frame.assign(
        completed_on=completed_on,
        academic_year=calendar.academic_year(completed_on),
        age=ages,
        age_band=calendar.age_band(ages),
        level_whole=frame["level"].map({text: place.whole for text, place in read.items()}),
        level_half=frame["level"].map({text: place.half for text, place in read.items()}),
        level_rank=frame["level"].map({text: place.rank for text, place in read.items()}),
        attempt=attempt,
        attempts=attempts,
    )
    typed = {column.name: column.as_pandas(whole[column.name]) for column in COLUMNS}
    return pd.DataFrame(typed)


def decode(pages: str) -> int:
    """Make the sessions frame of a file of pages."""
    return len(normalised_frame(Path(pages)))


def walk(base_url: str, key: str) -> int:
    """Follow the cursor over one kept connection, and keep the records as json gives them."""
    records: list[Any] = []
    with httpx.Client(headers={"x-api-key": key}, timeout=60.0) as client:
        for page in _pages(client, base_url + PATH):
            records += page
    return len(records)


def _pages(client: httpx.Client, url: str) -> Iterator[list[Any]]:
    parameters = {"limit": "100", "sort[field]": "endDate"}
    while True:
        body = client.get(url, params=parameters).raise_for_status().json()
        yield body["data"]
        cursor = body["pagination"]["nextCursor"]
        if cursor is None:
            return
        parameters["cursor"] = cursor
