"""Validated sessions field by field: taken apart page by page, since keeping Python objects alive costs time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from smartia.connect.models import UUID_LENGTH, Misfit, Session


@dataclass(frozen=True)
class Records:
    """Some validated sessions.

    Between them, the attributes have each column of the data dictionary that the API sends, but for `elapsed_s`.

    Attributes:
        fields: The values as Python has them: one a session, None where a field is missing. Instants know their zone,
            durations are spans; an absent gender is "unknown", e-mail addresses are joined by "; ".
        identifiers: Of the columns that hold UUIDs, the characters of all sessions one after another, `UUID_LENGTH`
            each: so they can be checked, and turned into Arrow, without touching each.
    """

    fields: dict[str, list[Any]]
    identifiers: dict[str, bytes]

    @classmethod
    def of(cls, sessions: Sequence[Session]) -> Records:
        """Take sessions apart, in their order."""
        users = [session.user for session in sessions]
        tests = [session.test for session in sessions]
        results = [session.result for session in sessions]
        return cls(
            {
                "started_at": [session.start_date for session in sessions],
                "ended_at": [session.end_date for session in sessions],
                "result_at": [result.created_date for result in results],
                "duration_s": [result.duration for result in results],
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
                "test_name": [test.name for test in tests],
                "subject": [test.subject for test in tests],
                "level": [result.level for result in results],
            },
            {
                "session_id": _joined([session.session_id for session in sessions]),
                "user_id": _joined([user.user_id for user in users]),
                "test_id": _joined([test.test_id for test in tests]),
                "test_version_id": _joined([test.test_version_id for test in tests]),
            },
        )

    def __len__(self) -> int:
        return len(self.ended_at)

    @property
    def ended_at(self) -> list[dt.datetime]:
        """When the sessions ended."""
        return self.fields["ended_at"]

    def where(self, are_kept: Sequence[bool]) -> Records:
        """Keep some of the sessions: those for which there is a True."""
        if all(are_kept):
            return self
        return Records(
            {name: list(compress(values, are_kept)) for name, values in self.fields.items()},
            {name: b"".join(compress(_each(joined), are_kept)) for name, joined in self.identifiers.items()},
        )


@dataclass(frozen=True)
class Page:
    """One page of the API, read: the records that fit, and those set aside.

    Attributes:
        sessions: Records that fit, in the order of the page.
        misfits: Records that do not fit.
        total: How many sessions the API says match the request, over all pages.
        next_cursor: Where the next page begins; None at the end.
    """

    sessions: Records
    misfits: tuple[Misfit, ...]
    total: int
    next_cursor: str | None


def _joined(texts: Sequence[str]) -> bytes:
    # What is not ASCII is no UUID, and still takes one character's place.
    return "".join(texts).encode("ascii", "replace")


def _each(joined: bytes) -> Iterator[bytes]:
    return (joined[start : start + UUID_LENGTH] for start in range(0, len(joined), UUID_LENGTH))
