"""Records of the API made by hand, and what their rows must be, computed without smartia in plain Python.

`read_level`, `isodate` and pandas have no part in it: levels come from a table written out here, durations from
whole seconds that are spelt by hand, dates from `datetime` and `zoneinfo`.
"""

import datetime as dt
import json
import random
import uuid
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from smartia.connect.models import UUID_LENGTH
from smartia.connect.protocol import Reply, read_page
from smartia.connect.records import Records
from smartia.table.flatten import Flattener

Record = dict[str, Any]

NOW = dt.datetime(2026, 3, 16, 12, tzinfo=dt.UTC)
LONDON = ZoneInfo("Europe/London")

LEVELS: dict[str, tuple[str | None, str | None, int | None]] = {
    "Pre-Entry": ("Pre-Entry", None, 0),
    "E1 - Lower": ("Entry 1", "Lower", 11),
    "Entry Level 2": ("Entry 2", None, 20),
    "E3 Upper": ("Entry 3", "Upper", 32),
    "L1 - Lower": ("Level 1", "Lower", 41),
    "L1 - Upper": ("Level 1", "Upper", 42),
    "level 2": ("Level 2", None, 50),
    "L2 – Upper": ("Level 2", "Upper", 52),
    "Not assessed": (None, None, None),
}
"""Levels as sent, with the whole level, the half and the rank that they stand for."""

TESTS = {
    "English": ("5a9304d5-1019-48d9-8760-8532d15492d1", "English Smart Initial Assessment"),
    "Maths": ("97781269-c8ad-4123-98bb-7324a7262629", "Maths Smart Initial Assessment"),
}
VERSIONS = ("33ea5957-9320-4300-998d-c8fba3646aaa", "44fb6a68-a431-4411-a99e-d90cb4757bbb")

ENVELOPE = {"limit": 100, "offset": 0, "previousCursor": None}


def make_record(rng: random.Random, user: Record | None = None) -> Record:
    """Make one record that fits the reference; optional fields are there, null or absent at random."""
    started = dt.datetime(2023, 9, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=rng.randrange(2 * 365 * 86_400_000))
    ended = started + dt.timedelta(seconds=rng.choice((rng.randrange(60, 7200), rng.randrange(60, 400_000))))
    subject = rng.choice(list(TESTS))
    return {
        "sessionId": make_uuid(rng),
        "startDate": spell_instant(started),
        "endDate": spell_instant(ended),
        "status": "COMPLETED",
        "user": user or make_user(rng),
        "test": {
            "testId": TESTS[subject][0],
            "testVersionId": rng.choice(VERSIONS),
            "name": TESTS[subject][1],
            "subject": subject,
        },
        "result": {
            "createdDate": spell_instant(ended + dt.timedelta(seconds=rng.randrange(5))),
            "level": rng.choice(list(LEVELS)),
            "duration": rng.choice(("PT{h}H{m}M{s}S", "PT{total}S", "P0DT{h}H{m}M{s}S", "PT{minutes}M{s}S")).format(
                **_split(rng.randrange(30, 20_000))
            ),
        },
    }


def make_user(rng: random.Random) -> Record:
    """Make one learner. Nobody of this name exists, and no e-mail address can be delivered (RFC 2606)."""
    number = rng.randrange(10**6)
    first, last = rng.choice(("Ada", "Zoë", "Łukasz", "李")), rng.choice(("O’Neil", "van der Berg", "Ng", "=1+1"))
    user: Record = {
        "userId": make_uuid(rng),
        "username": f"user{number}",
        "fullName": f"{first} {last}",
        "firstName": first,
        "lastName": last,
        "gender": rng.choice(("male", "female", "other", "unknown")),
    }
    optional: Record = {
        "upn": f"S{number}-X",
        "externalId": f"EXT-{number}",
        "middleName": "Quinn",
        "emails": [f"u{number}@college.example", f"u{number}@home.example"][: rng.randrange(3)],
        "dateOfBirth": f"{rng.randrange(1960, 2012)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}",
    }
    for name, value in optional.items():
        if rng.random() < 0.7:
            user[name] = value if rng.random() < 0.8 else None
    if rng.random() < 0.1:
        del user["gender"]
    return user


def make_records(seed: int, size: int) -> list[Record]:
    """Make records of about half as many learners, so that some sit a test more than once."""
    rng = random.Random(seed)
    users = [make_user(rng) for _ in range(max(1, size // 2))]
    return [make_record(rng, rng.choice(users)) for _ in range(size)]


def make_uuid(rng: random.Random) -> str:
    """Make a UUID."""
    return str(uuid.UUID(int=rng.getrandbits(128)))


def spell_instant(moment: dt.datetime) -> str:
    """Write an instant as the reference's example does: 2023-07-10T15:30:00.000Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _split(total_s: int) -> dict[str, int]:
    minutes, seconds = total_s // 60, total_s % 60
    return {"total": total_s, "minutes": minutes, "s": seconds, "h": minutes // 60, "m": minutes % 60}


def page_body(records: list[Any], **pagination: Any) -> bytes:
    """Write a page of the API."""
    envelope = {**ENVELOPE, "total": len(records), "nextCursor": None, **pagination}
    return json.dumps({"data": records, "pagination": envelope}).encode()


def decode(records: list[Record]) -> Records:
    """Read records as the client does.

    Raises:
        ValueError: One of them does not fit.
    """
    page = read_page(Reply(200, {}, page_body(records)), page=1, now=NOW)
    if page.misfits:
        raise ValueError(page.misfits[0].reason)
    return page.sessions


def session_ids(records: Records) -> list[str]:
    """The sessions' identifiers."""
    joined = records.identifiers["session_id"].decode()
    return [joined[start : start + UUID_LENGTH] for start in range(0, len(joined), UUID_LENGTH)]


def flatten(*pages: Records) -> pa.Table:
    """Turn validated records into rows of the store, all at once."""
    flattener = Flattener()
    for page in pages:
        flattener.add(page)
    return flattener.take()


def expected_rows(records: list[Record]) -> list[Record]:
    """Compute the rows of the sessions frame, in its order, with None where a value is missing."""
    ordered = sorted(records, key=lambda record: (_instant(record["endDate"]), record["sessionId"]))
    whole = Counter(_pair(record) for record in ordered)
    seen: Counter[tuple[str, str]] = Counter()
    rows = []
    for record in ordered:
        seen[_pair(record)] += 1
        rows.append({**_row(record), "attempt": seen[_pair(record)], "attempts": whole[_pair(record)]})
    return rows


def _pair(record: Record) -> tuple[str, str]:
    return record["user"]["userId"], record["test"]["testId"]


def _row(record: Record) -> Record:
    user, test, result = record["user"], record["test"], record["result"]
    started, ended = _instant(record["startDate"]), _instant(record["endDate"])
    completed = ended.astimezone(LONDON).date()
    start_year = completed.year if completed >= dt.date(completed.year, 8, 1) else completed.year - 1
    born = user.get("dateOfBirth")
    age = None if born is None else _age(dt.date.fromisoformat(born), dt.date(start_year, 8, 31))
    whole, half, rank = LEVELS[result["level"]]
    emails = user.get("emails")
    return {
        "session_id": record["sessionId"],
        "started_at": started,
        "ended_at": ended,
        "result_at": _instant(result["createdDate"]),
        "duration_s": float(_seconds(result["duration"])),
        "elapsed_s": (ended - started) / dt.timedelta(seconds=1),
        "user_id": user["userId"],
        "username": user["username"],
        "upn": user.get("upn"),
        "external_id": user.get("externalId"),
        "full_name": user["fullName"],
        "first_name": user["firstName"],
        "middle_name": user.get("middleName"),
        "last_name": user["lastName"],
        "emails": None if emails is None else "; ".join(emails),
        "gender": user.get("gender") or "unknown",
        "date_of_birth": None if born is None else dt.datetime.fromisoformat(born),
        "test_id": test["testId"],
        "test_version_id": test["testVersionId"],
        "test_name": test["name"],
        "subject": test["subject"],
        "level": result["level"],
        "completed_on": dt.datetime.combine(completed, dt.time()),
        "academic_year": f"{start_year}/{(start_year + 1) % 100:02d}",
        "age": age,
        "age_band": "unknown" if age is None else "under 16" if age < 16 else "16–18" if age < 19 else "19+",
        "level_whole": whole,
        "level_half": half,
        "level_rank": rank,
    }


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _age(born: dt.date, day: dt.date) -> int:
    return day.year - born.year - ((born.month, born.day) > (day.month, day.day))


def _seconds(text: str) -> int:
    total, digits = 0, ""
    for sign in text.partition("T")[2]:
        if sign.isdigit():
            digits += sign
        else:
            total, digits = total + int(digits) * {"H": 3600, "M": 60, "S": 1}[sign], ""
    return total
