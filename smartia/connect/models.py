"""The API's reference as types: what a completed session is, and what a page of them is.

Source: the reference page of `GET /smart-ia/sessions/completed`. Required fields are required here (gender, for
which the reference names a default, excepted), optional ones may be absent or null, unknown ones are ignored.
A record that does not fit becomes a `Misfit`.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Instant = Annotated[dt.datetime, Meta(tz=True)]
UUID_LENGTH = 36
Identifier = Annotated[str, Meta(min_length=UUID_LENGTH, max_length=UUID_LENGTH)]
"""A UUID as text. Its length is checked while decoding, its form by `are_uuids` for a whole page at once."""
Gender = Literal["male", "female", "other", "unknown"]

FIRST_YEAR, LAST_YEAR = 1970, 2199
"""Years in which a session can have ended; 0001-01-01 is what some systems write for "not known"."""

_HEX_DIGITS = b"0123456789abcdefABCDEF"
_DASHES_AT = (8, 13, 18, 23)


def are_uuids(joined: bytes) -> bool:
    """Whether texts of 36 characters each are UUIDs: hexadecimal digits with dashes in four places (RFC 9562, 4).

    Args:
        joined: The texts, one after another.
    """
    dashes = b"-" * (len(joined) // UUID_LENGTH)
    # Four dashes a text in the right places, and no more than these beside the digits: all at once, without a loop.
    return joined.translate(None, _HEX_DIGITS) == dashes * len(_DASHES_AT) and all(
        joined[place::UUID_LENGTH] == dashes for place in _DASHES_AT
    )


class _Record(msgspec.Struct, rename="camel", gc=False, frozen=True):
    """Base of the reference's objects; `gc=False` since none can hold a cycle."""


class User(_Record, frozen=True):
    """The learner as the session knows them. Every field is personal data."""

    user_id: Identifier
    username: str
    full_name: str
    first_name: str
    last_name: str
    gender: Gender | None = None
    upn: str | None = None
    external_id: str | None = None
    middle_name: str | None = None
    emails: tuple[str, ...] | None = None
    date_of_birth: dt.date | None = None


class Test(_Record, frozen=True):
    """Which test was sat, and in which version."""

    test_id: Identifier
    test_version_id: Identifier
    name: str
    subject: str


class Result(_Record, frozen=True):
    """What came of it."""

    created_date: Instant
    level: str
    duration: dt.timedelta


class Session(_Record, frozen=True):
    """One completed Smart Initial Assessment of one learner.

    What types cannot say, `read_page` checks: the form of identifiers, the year of the end, that the duration is not
    below zero; and it reads durations in the forms that the type does not know.
    """

    session_id: Identifier
    start_date: Instant
    end_date: Instant
    status: Literal["COMPLETED"]
    user: User
    test: Test
    result: Result


class Pagination(_Record, frozen=True):
    """Where a page stands. Fields of the reference that nothing here needs are left out."""

    total: Annotated[int, Meta(ge=0)]
    next_cursor: str | None = None


class RawPage(msgspec.Struct):
    """A page whose records are still undecoded bytes."""

    data: list[msgspec.Raw]
    pagination: Pagination


class SessionPage(msgspec.Struct):
    """A page in which every record fits."""

    data: list[Session]
    pagination: Pagination


@dataclass(frozen=True)
class Position:
    """Where in the download a record stood: both counted from 1."""

    page: int
    record: int


@dataclass(frozen=True)
class Misfit:
    """A record set aside because it does not fit the reference.

    Attributes:
        position: Where it stood in the download.
        reason: What does not fit, in words that hold no value of the record.
        record: The record as it came, as JSON text. Personal data.
    """

    position: Position
    reason: str
    record: str
