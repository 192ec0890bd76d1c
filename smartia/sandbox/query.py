"""The parameters of a request, read into a `Query` and checked against the API's reference."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

__all__ = ["FOREVER", "MAX_LIMIT", "MAX_VALUES", "BadRequestError", "Query", "SortField", "Window", "read_query"]

SortField = Literal["startDate", "endDate"]

MAX_LIMIT: Final = 100
"""Most sessions of a page, and the default."""

MAX_VALUES: Final = 30
"""Most values of one of the filters userId, testId and subject."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.]\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_UNIX: Final = re.compile(r"\d{1,11}", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,9}", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_OPERATORS: Final = ("gt", "gte", "lt", "lte")
_DATE_KEYS: Final = tuple(f"{name}[{operator}]" for name in ("startDate", "endDate") for operator in _OPERATORS)
_LIST_KEYS: Final = ("userId", "testId", "subject")
_SINGLE_KEYS: Final = (*_DATE_KEYS, "limit", "offset", "cursor", "sort[field]", "sort[direction]")
_ACCEPTED: Final = (
    "accepted are startDate and endDate with [gt], [gte], [lt] or [lte], userId, testId, subject, limit, offset, "
    "cursor, sort[field] and sort[direction]"
)
_NO_END: Final = 2**62


class BadRequestError(Exception):
    """A parameter is not as the reference wants it; answered with status 400.

    Attributes:
        code: What is wrong, for programs.
        message: What is wrong and what is accepted, for people. It names the parameter, never its value, which may be
            somebody's id.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Window:
    """A half-open span of Unix times in milliseconds: `start_ms` is in it, `end_ms` is not. It may be empty."""

    start_ms: int
    end_ms: int


FOREVER: Final = Window(-_NO_END, _NO_END)
"""The window of a date that is not filtered."""


@dataclass(frozen=True)
class Query:
    """What a request asks for.

    Attributes:
        start: Window of startDate.
        end: Window of endDate.
        users: Lower-case UUIDs of the users wanted, sorted, each once; empty for all.
        tests: Lower-case UUIDs of the tests wanted, likewise.
        subjects: Subjects wanted, likewise.
        limit: Sessions of a page, 1–100.
        offset: Sessions to leave out at the start; 0 with a cursor.
        cursor: The cursor as sent; None without one.
        sort_field: The date to sort by.
        descending: Whether the latest come first.
    """

    start: Window
    end: Window
    users: tuple[str, ...]
    tests: tuple[str, ...]
    subjects: tuple[str, ...]
    limit: int
    offset: int
    cursor: str | None
    sort_field: SortField
    descending: bool

    @property
    def sort_window(self) -> Window:
        """The window of the date sorted by."""
        return self.start if self.sort_field == "startDate" else self.end

    @property
    def other_window(self) -> Window:
        """The window of the other date."""
        return self.end if self.sort_field == "startDate" else self.start


def read_query(parameters: Sequence[tuple[str, str]]) -> Query:
    """Read the parameters of a request.

    Args:
        parameters: Names and values, decoded, in the order sent.

    Returns:
        The query, with the reference's defaults where nothing was sent.

    Raises:
        BadRequestError: A parameter is unknown, malformed, out of bounds, repeated although it has a single value, or
            cannot be used with another.
    """
    values = _collect(parameters)
    single = {name: found[0] for name, found in values.items() if name in _SINGLE_KEYS}
    if "offset" in single and "cursor" in single:
        raise BadRequestError("parameters_exclude_each_other", "offset cannot be used with cursor; send one of them")
    return Query(
        start=_read_window("startDate", single),
        end=_read_window("endDate", single),
        users=_read_uuids("userId", values),
        tests=_read_uuids("testId", values),
        subjects=_read_list("subject", values, bool, "a subject's name"),
        limit=_read_whole("limit", single, default=MAX_LIMIT, least=1, most=MAX_LIMIT),
        offset=_read_whole("offset", single, default=0, least=0, most=999_999_999),
        cursor=single.get("cursor"),
        sort_field=_read_sort_field(single),
        descending=_read_descending(single),
    )


def _collect(parameters: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        values.setdefault(name, []).append(value)
    for name, found in values.items():
        _check_name(name)
        if name in _SINGLE_KEYS and len(found) > 1:
            raise BadRequestError("repeated_parameter", f"{name} was sent {len(found)} times; it takes one value")
    return values


def _check_name(name: str) -> None:
    if name in _SINGLE_KEYS or name in _LIST_KEYS:
        return
    field, bracket, _ = name.partition("[")
    if field in ("startDate", "endDate"):
        problem = "an unknown operator" if bracket else "no operator"
        raise BadRequestError(
            "unknown_operator", f"{field} was sent with {problem}; accepted are [gt], [gte], [lt] and [lte]"
        )
    raise BadRequestError("unknown_parameter", f"{name[:40]!r} is not a parameter; {_ACCEPTED}")


def _invalid(name: str, accepted: str) -> BadRequestError:
    return BadRequestError("invalid_parameter", f"the value of {name} is not valid; accepted is {accepted}")


def _read_window(field: str, single: dict[str, str]) -> Window:
    """Read a date's operators into whole milliseconds, the resolution of the sessions' dates."""
    for pair in (("gt", "gte"), ("lt", "lte")):
        if all(f"{field}[{operator}]" in single for operator in pair):
            raise BadRequestError(
                "parameters_exclude_each_other",
                f"{field}[{pair[0]}] cannot be used with {field}[{pair[1]}]; send one of them",
            )
    start_ms, end_ms = FOREVER.start_ms, FOREVER.end_ms
    for operator in _OPERATORS:
        name = f"{field}[{operator}]"
        if name not in single:
            continue
        moment_us = _read_moment_us(name, single[name])
        # The first millisecond from the moment on (gte, lt), or after it (gt, lte).
        bound_ms = -(-moment_us // 1000) if operator in ("gte", "lt") else moment_us // 1000 + 1
        if operator in ("gt", "gte"):
            start_ms = bound_ms
        else:
            end_ms = bound_ms
    return Window(start_ms, end_ms)


def _read_moment_us(name: str, text: str) -> int:
    """Return the Unix time in microseconds of an ISO 8601 text with a zone, or of whole Unix seconds."""
    error = _invalid(
        name,
        "a date and time in ISO 8601 with a zone (2025-09-01T00:00:00Z; a + must be sent as %2B) "
        "or a Unix time in seconds",
    )
    if _UNIX.fullmatch(text):
        return int(text) * 1_000_000
    if not _ISO.fullmatch(text):
        raise error
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
    except ValueError:
        raise error from None


def _read_list(
    name: str, values: dict[str, list[str]], is_valid: Callable[[str], object], accepted: str
) -> tuple[str, ...]:
    found = values.get(name, [])
    if len(found) > MAX_VALUES:
        raise BadRequestError("too_many_values", f"{name} was sent {len(found)} times; accepted are 1 to {MAX_VALUES}")
    if not all(map(is_valid, found)):
        raise _invalid(name, f"{accepted}, the parameter repeated for each one")
    return tuple(sorted(set(found)))


def _read_uuids(name: str, values: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(sorted({value.lower() for value in _read_list(name, values, _UUID.fullmatch, "a UUID")}))


def _read_whole(name: str, single: dict[str, str], *, default: int, least: int, most: int) -> int:
    if name not in single:
        return default
    if not _WHOLE.fullmatch(single[name]) or not least <= int(single[name]) <= most:
        raise _invalid(name, f"a whole number from {least} to {most}")
    return int(single[name])


def _read_sort_field(single: dict[str, str]) -> SortField:
    match single.get("sort[field]", "startDate"):
        case "startDate":
            return "startDate"
        case "endDate":
            return "endDate"
        case _:
            raise _invalid("sort[field]", "startDate or endDate")


def _read_descending(single: dict[str, str]) -> bool:
    direction = single.get("sort[direction]", "asc")
    if direction not in ("asc", "desc"):
        raise _invalid("sort[direction]", "asc or desc")
    return direction == "desc"
