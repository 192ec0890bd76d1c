"""The protocol without the wire: pure functions from an HTTP reply to a page of sessions, or to an error."""

import datetime as dt
import json
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import msgspec

from smartia.connect.durations import parse_duration
from smartia.connect.models import (
    FIRST_YEAR,
    LAST_YEAR,
    Misfit,
    Page,
    Position,
    RawPage,
    Session,
    SessionPage,
    are_uuids,
)
from smartia.errors import (
    DownloadError,
    KeyRefusedError,
    NotAuthorisedError,
    RateLimitedError,
    RedirectedError,
    RequestRefusedError,
    ServerFaultError,
    UnexpectedAnswerError,
)

PATH = "/smart-ia/sessions/completed"
PAGE_SIZE = 100
"""The most that the reference lets one ask for; a server may return fewer."""

Query = tuple[tuple[str, str], ...]

_BOM = b"\xef\xbb\xbf"
_PATH_IN_MESSAGE = re.compile(r" - at `\$\.?([^`]*)`$")
_MISSING = re.compile(r"missing required field `(\w+)`")
_IMPLAUSIBLE_END = f"endDate is not in the years {FIRST_YEAR} to {LAST_YEAR}"
_EXPECTATIONS = {
    **dict.fromkeys(("sessionId", "user.userId", "test.testId", "test.testVersionId"), "is not a UUID"),
    "startDate": "is not a date and time with a time zone",
    "endDate": "is not a date and time with a time zone",
    "result.createdDate": "is not a date and time with a time zone",
    "user.dateOfBirth": "is not a date (YYYY-MM-DD)",
    "user.gender": "is not male, female, other or unknown",
    "status": "is not COMPLETED",
    "result.duration": "is not an ISO 8601 duration with a length in seconds",
}


@dataclass(frozen=True)
class Reply:
    """An HTTP answer as the wire gave it. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def page_query(filters: Query = (), cursor: str | None = None) -> Query:
    """Ask for a page of the sessions that pass the filters, the earliest ended first.

    Sorted by endDate, so that a session which ends during the download is added behind those still to come
    (by the default sort it could appear on a page already read).
    """
    asked = (("limit", str(PAGE_SIZE)), ("sort[field]", "endDate"), ("sort[direction]", "asc"), *filters)
    return asked if cursor is None else (*asked, ("cursor", cursor))


def count_query(filters: Query = ()) -> Query:
    """Ask how many sessions pass the filters: the total of the smallest page that can be asked for."""
    return (("limit", "1"), *filters)


def read_page(reply: Reply, *, page: int, now: dt.datetime) -> Page:
    """Turn one reply into a page of sessions.

    Args:
        reply: What the server answered.
        page: The number of the page in the download, counted from 1, for the positions of misfits.
        now: The moment of the answer, against which a Retry-After date is read.

    Raises:
        DownloadError: The subclass that belongs to the status or to the body.
    """
    if reply.status != 200:
        raise error_from_status(reply, now=now)
    body = reply.body.removeprefix(_BOM)
    try:
        whole = _PAGE_DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _read_record_by_record(body, page)
    if not _are_sound(whole.data):
        return _read_record_by_record(body, page)
    pagination = whole.pagination
    return Page(tuple(whole.data), (), pagination.total, pagination.next_cursor or None)


def error_from_status(reply: Reply, *, now: dt.datetime) -> DownloadError:
    """Choose the error for a status other than 200. The body is not read: the reference promises no shape."""
    status = reply.status
    if status == 401:
        return KeyRefusedError.from_status()
    if status == 403:
        return NotAuthorisedError.from_status()
    if status == 429:
        return RateLimitedError.from_status(retry_after_s(reply.headers.get("retry-after"), now=now))
    if 300 <= status < 400:
        return RedirectedError.from_status(status)
    if 400 <= status < 500:
        return RequestRefusedError.from_status(status)
    if status >= 500:
        return ServerFaultError.from_status(status)
    return UnexpectedAnswerError.from_body(f"it came with the status {status}")


def retry_after_s(value: str | None, *, now: dt.datetime) -> float | None:
    """Read a Retry-After header, given as seconds or as a date (RFC 9110, 10.2.3).

    Returns:
        Seconds from `now`, never below 0; None where there is no header or it cannot be read.
    """
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", value.strip()):
        return float(value.strip())
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - now).total_seconds())


def _read_record_by_record(body: bytes, page: int) -> Page:
    try:
        raw = _split_records(body)
    except (ValueError, RecursionError) as error:
        if body.lstrip()[:1] == b"<":
            raise UnexpectedAnswerError.from_html() from error
        raise UnexpectedAnswerError.from_body(_problem_of_page(error)) from error
    sessions: list[Session] = []
    misfits: list[Misfit] = []
    for number, record in enumerate(raw.data, start=1):
        try:
            sessions.append(_read_session(record))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            text = bytes(record).decode("utf-8", errors="backslashreplace")
            misfits.append(Misfit(Position(page, number), reason_of_misfit(error), text))
    return Page(tuple(sessions), tuple(misfits), raw.pagination.total, raw.pagination.next_cursor or None)


def _read_session(record: msgspec.Raw) -> Session:
    session = _SESSION_DECODER.decode(record)
    test = session.test
    checks = {
        "sessionId": are_uuids([session.session_id]),
        "user.userId": are_uuids([session.user.user_id]),
        "test.testId": are_uuids([test.test_id]),
        "test.testVersionId": are_uuids([test.test_version_id]),
        "endDate": _is_plausible(session.end_date.year),
        "result.duration": _are_durations([session.result.duration]),
    }
    for path, is_sound in checks.items():
        if not is_sound:
            message = _IMPLAUSIBLE_END if path == "endDate" else "not of the form that the reference names"
            raise msgspec.ValidationError(f"{message} - at `$.{path}`")
    return session


def _are_sound(sessions: Sequence[Session]) -> bool:
    """Whether a page passes the checks of `_read_session`: all records at once, each distinct value once."""
    # Few tests, each with few versions, stand behind many sessions: a set has each once.
    identifiers = [session.session_id for session in sessions]
    identifiers += [session.user.user_id for session in sessions]
    identifiers += {session.test.test_id for session in sessions}
    identifiers += {session.test.test_version_id for session in sessions}
    end_years = {session.end_date.year for session in sessions}
    durations = [session.result.duration for session in sessions]
    return are_uuids(identifiers) and all(map(_is_plausible, end_years)) and _are_durations(durations)


def _is_plausible(end_year: int) -> bool:
    return FIRST_YEAR <= end_year <= LAST_YEAR


def _are_durations(texts: Sequence[str]) -> bool:
    try:
        deque(map(parse_duration, texts), maxlen=0)
    except ValueError:
        return False
    return True


def _split_records(body: bytes) -> RawPage:
    try:
        return _RAW_DECODER.decode(body)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # Half a surrogate pair, such as a cut-off emoji leaves, is JSON but no text, and msgspec refuses the page
        # for it. Written as bytes that are not UTF-8 it spoils its own record alone.
        body = json.dumps(json.loads(body), ensure_ascii=False).encode("utf-8", "surrogatepass")
        return _RAW_DECODER.decode(body)


def reason_of_misfit(error: Exception) -> str:
    """Say which field does not fit and why, without repeating any value of the record."""
    if not isinstance(error, msgspec.ValidationError):
        return "the record holds text that is not valid Unicode"
    path, message = _split_path(error)
    if message == _IMPLAUSIBLE_END:
        return _IMPLAUSIBLE_END
    missing = _MISSING.search(message)
    if missing:
        return f"{'.'.join(filter(None, (path, missing[1])))} is missing"
    if not path:
        return "the record is not an object"
    if message.endswith("got `null`"):
        return f"{path} is null"
    return f"{path} {_EXPECTATIONS.get(path, 'is not of the kind that the reference names')}"


def _problem_of_page(error: Exception) -> str:
    if not isinstance(error, msgspec.ValidationError):
        return "it is not JSON, or it was cut short"
    path, message = _split_path(error)
    missing = _MISSING.search(message)
    if missing:
        path = ".".join(filter(None, (path, missing[1])))
        return f"{path} is missing"
    return f"{path or 'the page'} is not of the kind that the reference names"


def _split_path(error: msgspec.ValidationError) -> tuple[str, str]:
    message = str(error)
    found = _PATH_IN_MESSAGE.search(message)
    if found is None:
        return "", message
    return found[1], message[: found.start()]


_PAGE_DECODER = msgspec.json.Decoder(SessionPage)
_SESSION_DECODER = msgspec.json.Decoder(Session)
_RAW_DECODER = msgspec.json.Decoder(RawPage)
