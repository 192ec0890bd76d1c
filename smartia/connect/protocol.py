"""The protocol without the wire: pure functions from an HTTP reply to a page of sessions, or to an error."""

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import msgspec

from smartia.connect.durations import parse_duration
from smartia.connect.models import (
    FIRST_YEAR,
    LAST_YEAR,
    Misfit,
    Position,
    RawPage,
    Session,
    SessionPage,
    are_uuids,
)
from smartia.connect.records import Page, Records
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
_NO_TIME = dt.timedelta(0)
_IMPLAUSIBLE_END = f"endDate is not in the years {FIRST_YEAR} to {LAST_YEAR}"
_IDENTIFIERS = {
    "session_id": "sessionId",
    "user_id": "user.userId",
    "test_id": "test.testId",
    "test_version_id": "test.testVersionId",
}
_EXPECTATIONS = {
    **dict.fromkeys(_IDENTIFIERS.values(), "is not a UUID"),
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
    """An HTTP answer as the wire gave it. Headers are looked up by their names in lower case."""

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
    sessions = Records.of(whole.data)
    if _unsound_field(sessions) is not None:
        return _read_record_by_record(body, page)
    return Page(sessions, (), whole.pagination.total, whole.pagination.next_cursor or None)


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
    return Page(Records.of(sessions), tuple(misfits), raw.pagination.total, raw.pagination.next_cursor or None)


def _read_session(record: msgspec.Raw) -> Session:
    session = _decode_session(record)
    path = _unsound_field(Records.of([session]))
    if path is not None:
        message = _IMPLAUSIBLE_END if path == "endDate" else "not of the form that the reference names"
        raise msgspec.ValidationError(f"{message} - at `$.{path}`")
    return session


def _decode_session(record: msgspec.Raw) -> Session:
    try:
        return _SESSION_DECODER.decode(record)
    except msgspec.ValidationError as error:
        if _split_path(error)[0] != "result.duration":
            raise
        loose = msgspec.json.decode(record)
        duration = loose["result"]["duration"]
        try:
            # A hundred times slower than msgspec, but it knows every form of the standard.
            loose["result"]["duration"] = parse_duration(duration if isinstance(duration, str) else "")
        except ValueError:
            raise error from None
        return msgspec.convert(loose, Session)


def _unsound_field(sessions: Records) -> str | None:
    """Which field fails what types cannot say, for all records at once; None where all are sound."""
    for column, path in _IDENTIFIERS.items():
        if not are_uuids(sessions.identifiers[column]):
            return path
    if not all(FIRST_YEAR <= year <= LAST_YEAR for year in {end.year for end in sessions.ended_at}):
        return "endDate"
    return "result.duration" if min(sessions.fields["duration_s"], default=_NO_TIME) < _NO_TIME else None


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
