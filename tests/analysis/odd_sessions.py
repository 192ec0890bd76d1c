"""Sessions with every kind of finding, and the findings once more by plain loops over the public sessions frame."""

from __future__ import annotations

import datetime as dt
import random
import re
import statistics
from collections import defaultdict
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from tests.handmade import NOW, Record, make_record, make_user, make_uuid, spell_instant

Row = dict[str, Any]

_UPNS = ["A123456789012", "z12345678901b", " H801200001001 "]
_NO_UPNS = ["A12345678901", "1234567890123", "AB23456789012", "A123456789012X", "S123456-DEMO", ""]
_TEXTS = ["username", "full_name", "first_name", "last_name", "test_name", "subject"]


def odd_records(seed: int, size: int, fetched_at: dt.datetime = NOW) -> list[Record]:
    """Make records of a few learners in which nothing can be relied on but that they fit the API's reference."""
    dice = random.Random(seed)
    users = [make_user(dice) for _ in range(max(2, size // 5))]
    return [_odd_record(dice, dict(dice.choice(users)), fetched_at) for _ in range(size)]


def _odd_record(dice: random.Random, user: Record, fetched_at: dt.datetime) -> Record:
    def seldom(share: float = 0.1) -> bool:
        return dice.random() < share

    if seldom():
        user["gender"] = dice.choice(["male", "female", "other", "unknown"])
    if seldom():
        user["dateOfBirth"] = dice.choice([None, "2007-05-01", "2014-09-01", "1800-01-01", "2190-01-01"])
    if seldom():
        user["fullName"] = dice.choice(["Ada Ng", "ADA NG", ""])
    for field in ("upn", "externalId", "username"):
        if seldom(0.2):
            user[field] = dice.choice(_UPNS + _NO_UPNS)
    for field in ("upn", "externalId"):
        if seldom(0.3):
            user.pop(field, None)
    record = make_record(dice, user)
    started = dt.datetime(2025, 9, 1, 8, tzinfo=dt.UTC) + dt.timedelta(minutes=dice.randrange(60 * 24 * 90))
    if seldom(0.2):
        started = dt.datetime(2025, 10, 1, 10, tzinfo=dt.UTC) + dt.timedelta(minutes=dice.randrange(60))
    if seldom(0.015):
        started = dt.datetime(2019, 3, 1, tzinfo=dt.UTC) + dt.timedelta(days=dice.randrange(30))
    ended = started + dt.timedelta(minutes=dice.choice([0, 20, 30, 60, 600, 9000, -30]))
    if seldom(0.03):
        started = fetched_at + dt.timedelta(hours=1)
    record["startDate"], record["endDate"] = spell_instant(started), spell_instant(ended)
    apart = dice.choice([0, 1, 86_400, 86_401, -86_400, -86_401, 10**6])
    record["result"]["createdDate"] = spell_instant(ended + dt.timedelta(seconds=apart))
    seconds = dice.choice([60, 1200, 1500, 1800, 1801, 1802, 2400, 3600, 20_000])
    record["result"]["duration"] = f"PT{seconds}S"
    record["test"]["testVersionId"] = (
        "33ea5957-9320-4300-998d-c8fba3646aaa" if ended.month < 11 and not seldom() else make_uuid(random.Random(4))
    )
    if seldom(0.05):
        record["test"]["name"] = ""
    return record


def plain_rows(frame: pd.DataFrame) -> list[Row]:
    """Take the public sessions frame apart, with None where a value is missing, and with the `place` of each row."""
    return [
        {"place": place} | {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for place, row in enumerate(frame.astype(object).to_dict("records"))
    ]


def plain_findings(rows: list[Row], fetched_at: dt.datetime) -> dict[str, list[int]]:
    """Find the places of the sessions of each finding, one session and one rule at a time."""
    found: dict[str, list[int]] = defaultdict(list)
    accounts = _together(rows, "user_id")
    known = _Known(rows, fetched_at)
    for place, row in enumerate(rows):
        own = accounts[row["user_id"]]
        before = [other for other in own if other["place"] < place]
        for name, is_found in _judge(row, own, before, known).items():
            if is_found:
                found[name].append(place)
    return dict(found)


def plain_month(row: Row) -> str:
    """The month of a session's end in London, as screens say it."""
    return f"{row['ended_at'].astimezone(ZoneInfo('Europe/London')):%b %Y}"


class _Known:
    """What a session is judged by, besides itself and its account."""

    def __init__(self, rows: list[Row], fetched_at: dt.datetime) -> None:
        self.fetched_at = fetched_at
        self.earliest = _first_plausible(rows)
        self.peers = {name: _together(rows, name) for name in ("test_version_id", "test_id", "subject")}
        self.usual_s = {
            name: {key: statistics.median(row["duration_s"] for row in part) for key, part in parts.items()}
            for name, parts in self.peers.items()
        }
        self.firsts: dict[str, dict[str, Any]] = defaultdict(dict)
        for row in rows:
            firsts, version = self.firsts[row["test_id"]], row["test_version_id"]
            firsts[version] = min(firsts.get(version, row["started_at"]), row["started_at"])

    def usual_of(self, row: Row) -> float:
        """The median that a duration is set against."""
        for name in ("test_version_id", "test_id"):
            if len(self.peers[name][row[name]]) >= 30:
                return self.usual_s[name][row[name]]
        return self.usual_s["subject"][row["subject"]]

    def newer_versions(self, row: Row) -> list[Any]:
        """When the newer versions of a session's test came into use."""
        firsts = self.firsts[row["test_id"]]
        own = (firsts[row["test_version_id"]], row["test_version_id"])
        return [first for version, first in firsts.items() if (first, version) > own]


def _judge(row: Row, own: list[Row], before: list[Row], known: _Known) -> dict[str, bool]:
    start, end, seconds = row["started_at"], row["ended_at"], row["duration_s"]
    elapsed = (end - start).total_seconds()
    usual = known.usual_of(row)
    beside = [other for other in own if other is not row and _overlap(row, other)]
    judged = {
        "unreadable_level": row["level_rank"] is None,
        "duration_longer_than_elapsed": seconds > elapsed + 1,
        "ended_before_started": end < start,
        "unusually_short": seconds * 4 < usual,
        "unusually_long": seconds > usual * 4,
        "started_in_future": start > known.fetched_at,
        "started_too_early": known.earliest is not None and start < known.earliest,
        "result_far_from_end": abs((row["result_at"] - end).total_seconds()) > 24 * 60 * 60,
        "several_attempts": sum(other["test_id"] == row["test_id"] for other in own) > 1,
        "older_version": any(first <= start for first in known.newer_versions(row)),
        "overlapping": bool(beside),
        "overlapping_unpaused": _at_one_go(row) and any(_at_one_go(other) for other in beside),
        "gender_changed": _differs(row, before, "gender", "unknown"),
        "birth_date_changed": _differs(row, before, "date_of_birth", None),
        "name_changed": _differs(row, before, "full_name", ""),
        "no_reference": not row["upn"] and not row["external_id"],
        "required_empty": any(row[name] == "" for name in _TEXTS),
        "no_birth_date": row["date_of_birth"] is None,
        "no_gender": row["gender"] == "unknown",
        "age_impossible": row["date_of_birth"] is not None and not 0 <= _age(row) <= 120,
        "age_low": row["date_of_birth"] is not None and 0 <= _age(row) < 14,
    }
    for name in ("upn", "external_id", "username"):
        judged[f"real_upn_in_{name}"] = bool(re.fullmatch(r"[A-Za-z]\d{11}[0-9A-Za-z]", (row[name] or "").strip()))
    return judged


def _first_plausible(rows: list[Row]) -> Any:
    starts = sorted(row["started_at"] for row in rows)
    found = None
    for place in range(1, len(starts)):
        if place < 0.05 * len(starts) and starts[place] - starts[place - 1] > dt.timedelta(days=365):
            found = starts[place]
    return found


def _together(rows: list[Row], name: str) -> dict[str, list[Row]]:
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        parts[row[name]].append(row)
    return parts


def _overlap(one: Row, other: Row) -> bool:
    start = max(one["started_at"], other["started_at"])
    end = min(one["ended_at"], other["ended_at"])
    return bool(start < end)


def _at_one_go(row: Row) -> bool:
    elapsed = (row["ended_at"] - row["started_at"]).total_seconds()
    return bool(0 <= elapsed <= 1.25 * row["duration_s"])


def _differs(row: Row, before: list[Row], name: str, nothing: Any) -> bool:
    known = [other[name] for other in before if other[name] is not None and other[name] != nothing]
    return bool(known) and row[name] is not None and row[name] != nothing and row[name] != known[-1]


def _age(row: Row) -> int:
    day = row["ended_at"].astimezone(ZoneInfo("Europe/London")).date()
    born = row["date_of_birth"]
    return int(day.year - (day.month < 8) - born.year - ((born.month, born.day) > (8, 31)))
