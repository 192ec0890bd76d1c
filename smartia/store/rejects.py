"""Records set aside, as the store keeps them: with their place in time, so that they come and go with it."""

import datetime as dt
from collections.abc import Iterable

import msgspec

from smartia.connect.models import FIRST_YEAR, LAST_YEAR, Misfit

UNKNOWN_MONTH = "unknown"


class Reject(msgspec.Struct, frozen=True):
    """A record that does not fit the API's reference.

    Attributes:
        at: Its own endDate where that can be read, else about where it stood in the order; None where nothing is
            known.
        since: Where the chain of pages began that brought it; None for the beginning of the data.
        page: The page of that chain, counted from 1.
        record: Its place on the page, counted from 1.
        reason: What does not fit; holds no value of the record.
        content: The record as it came, as JSON text. Personal data.
    """

    at: dt.datetime | None
    since: dt.datetime | None
    page: int
    record: int
    reason: str
    content: str

    @property
    def month(self) -> str:
        """The month (UTC) that it belongs to."""
        return UNKNOWN_MONTH if self.at is None else self.at.astimezone(dt.UTC).isoformat()[: len("2025-09")]


class _Named(msgspec.Struct, rename="camel"):
    session_id: str


class _Ended(msgspec.Struct, rename="camel"):
    end_date: dt.datetime


def reject(misfit: Misfit, near: dt.datetime | None, since: dt.datetime | None) -> Reject:
    """Give a misfit its place in time.

    Args:
        misfit: The record set aside.
        near: The endDate of its neighbours.
        since: Where its chain of pages began.
    """
    position = misfit.position
    return Reject(own_end(misfit.record) or near, since, position.page, position.record, misfit.reason, misfit.record)


def unique_rejects(rejects: Iterable[Reject]) -> list[Reject]:
    """Keep one of each record: the last with a sessionId, or the last with a text where it has none."""
    return list({_key(item.content): item for item in rejects}.values())


def own_end(content: str) -> dt.datetime | None:
    """Read a record's own endDate; None where it has none that can be. UTC where it names no time zone."""
    try:
        end = msgspec.json.decode(content, type=_Ended).end_date
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    if not FIRST_YEAR <= end.year <= LAST_YEAR:
        return None
    return end if end.tzinfo else end.replace(tzinfo=dt.UTC)


def _key(content: str) -> str:
    try:
        return msgspec.json.decode(content, type=_Named).session_id
    except (msgspec.DecodeError, UnicodeEncodeError):
        return content
