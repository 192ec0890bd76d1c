"""Cursors: opaque marks of a place in a sorted list, bound to the query they were issued for.

A cursor holds the date and the id of the session beside which the page begins, not its number in the list, so that
sessions which come or go meanwhile neither repeat nor hide others.
"""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass, replace
from typing import Final

from smartia.sandbox.query import BadRequestError, Query

__all__ = ["Place", "decode_cursor", "encode_cursor"]

# direction (+1 onwards, −1 back), date in ms, the two halves of the session's id
_LAYOUT: Final = struct.Struct(">bqQQ")
_SEAL_BYTES: Final = 12


@dataclass(frozen=True)
class Place:
    """A place beside a session.

    Attributes:
        onwards: Whether the page follows the session in the order asked for; otherwise it precedes it.
        moment_ms: The session's date that is sorted by, Unix time in milliseconds.
        session_id: The two 64-bit halves of the session's UUID.
    """

    onwards: bool
    moment_ms: int
    session_id: tuple[int, int]


def encode_cursor(place: Place, query: Query) -> str:
    """Make the cursor for a place.

    Args:
        place: Where the page is to begin.
        query: The query whose page issues the cursor; its offset and its own cursor do not matter.

    Returns:
        The cursor in base64; the same place and query give the same cursor.
    """
    body = _LAYOUT.pack(1 if place.onwards else -1, place.moment_ms, *place.session_id)
    return base64.b64encode(body + _seal(body, query)).decode("ascii")


def decode_cursor(cursor: str, query: Query) -> Place:
    """Read a cursor.

    Args:
        cursor: The cursor as sent.
        query: The query it was sent with.

    Returns:
        The place it marks.

    Raises:
        BadRequestError: It is no cursor of this API, or was issued for other filters, another limit or another order.
    """
    try:
        raw = base64.b64decode(cursor.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raw = b""
    body, seal = raw[: _LAYOUT.size], raw[_LAYOUT.size :]
    if len(body) != _LAYOUT.size or seal != _seal(body, query):
        raise BadRequestError(
            "invalid_cursor",
            "the cursor is not valid here; accepted is a page's nextCursor or previousCursor as it was received, "
            "with + / = percent-encoded, and with the filters, limit and sort that it was issued for",
        )
    direction, moment_ms, upper, lower = _LAYOUT.unpack(body)
    return Place(direction > 0, moment_ms, (upper, lower))


def _seal(body: bytes, query: Query) -> bytes:
    """Return a check value over the place and all of the query that must not change from page to page."""
    bound = repr(replace(query, offset=0, cursor=None)).encode()
    return hashlib.blake2b(body + bound, digest_size=_SEAL_BYTES).digest()
