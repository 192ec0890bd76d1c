"""From an HTTP reply to a page or to an error, without a wire."""

import copy
import datetime as dt
import json
import random
import string
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smartia.connect.models import Position
from smartia.connect.protocol import Reply, read_page, retry_after_s
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
from smartia.table.frames import sessions_frame
from tests.handmade import NOW, Record, flatten, make_record, page_body

EXAMPLE = Path(__file__).parents[1] / "data" / "reference_example.json"

UUIDS = {"sessionId", "user.userId", "test.testId", "test.testVersionId"}
INSTANTS = {"startDate", "endDate", "result.createdDate"}
TEXTS = {"user.username", "user.fullName", "user.firstName", "user.lastName", "test.name", "test.subject"} | {
    "result.level"
}
OPTIONAL_TEXTS = {"user.upn", "user.externalId", "user.middleName"}
OPTIONAL = OPTIONAL_TEXTS | {"user.emails", "user.dateOfBirth", "user.gender"}
REQUIRED = UUIDS | INSTANTS | TEXTS | {"status", "result.duration", "user", "test", "result"}
FOREIGN = "zq-foreign-zq"


def full_record(seed: int = 5) -> Record:
    """Return a record with every optional field."""
    record = make_record(random.Random(seed))
    record["user"] |= {
        "gender": "female",
        "upn": "S77-X",
        "externalId": "EXT-77",
        "middleName": "Quinn",
        "emails": ["u77@college.example"],
        "dateOfBirth": "2007-02-28",
    }
    return record


def read(body: bytes, status: int = 200, **headers: str) -> Page:
    """Read a reply as page 3."""
    return read_page(Reply(status, headers, body), page=3, now=NOW)


def owner_of(record: Record, path: str) -> tuple[Record, str]:
    """Return the object that holds the field of a path, and the field's name."""
    *parents, name = path.split(".")
    for parent in parents:
        record = record[parent]
    return record, name


def test_reference_example() -> None:
    """The reference's own example gives the figures that anyone would work out by hand."""
    page = read(EXAMPLE.read_bytes())
    row = sessions_frame(flatten(page.sessions)).iloc[0]
    assert page.misfits == ()
    assert page.total == 100
    assert page.next_cursor == "eyJsaW1pdCI6MiwibGVmdDpbWyJlbmREYXRlIiwiZGVzYyJdXX0="
    assert row["duration_s"] == row["elapsed_s"] == 5400.0
    assert (row["level_whole"], row["level_half"], row["academic_year"]) == ("Level 1", "Lower", "2022/23")
    assert row["emails"] == "john.doe@example.com"


@given(st.sets(st.sampled_from(sorted(OPTIONAL))), st.sets(st.sampled_from(sorted(OPTIONAL))))
def test_any_subset_of_optional_fields(absent: set[str], null: set[str]) -> None:
    """Any optional fields may be absent and any others null: the record fits, with None in their place."""
    record = full_record()
    for path in absent | null:
        owner, name = owner_of(record, path)
        owner[name] = None
        if path in absent:
            del owner[name]
    page = read(page_body([record]))
    assert page.misfits == ()
    columns = {
        "user.upn": "upn",
        "user.externalId": "external_id",
        "user.middleName": "middle_name",
        "user.emails": "emails",
        "user.dateOfBirth": "date_of_birth",
        "user.gender": "gender",
    }
    found = {path: page.sessions.fields[column] for path, column in columns.items()}
    assert {path for path, values in found.items() if values in ([None], ["unknown"])} == absent | null


wrong_values = st.sampled_from(
    [None, 3, 1.5, True, "", FOREIGN, [], {}, [FOREIGN], {FOREIGN: 1}, "0001-01-01T00:00:00Z"]
)
DELETED = object()


@given(st.sampled_from(sorted(REQUIRED | OPTIONAL)), st.one_of(st.just(DELETED), wrong_values))
def test_a_change_of_one_field_fits_or_is_one_misfit(path: str, value: Any) -> None:
    """One field deleted, null or of a wrong type fits where the reference says so, and else is one misfit.

    The misfit has the record's position and a reason that names the field and repeats nothing of the record; the
    other records of the page stay.
    """
    record = full_record()
    owner, name = owner_of(record, path)
    owner[name] = value
    if value is DELETED:
        del owner[name]
    page = read(page_body([full_record(1), record, full_record(2)]))
    if may_hold(path, value):
        assert (len(page.sessions), page.misfits) == (3, ())
        return
    assert len(page.sessions) == 2
    (misfit,) = page.misfits
    assert misfit.position == Position(page=3, record=2)
    assert misfit.reason.startswith(path)
    assert json.loads(misfit.record) == record
    if value is DELETED:
        assert misfit.reason == f"{path} is missing"
    elif value is None:
        assert misfit.reason == f"{path} is null"
    for leaf in leaves(record):
        assert leaf not in misfit.reason


def may_hold(path: str, value: Any) -> bool:
    """Whether the reference lets a field hold a value (of those that the test above tries)."""
    if value is DELETED or value is None:
        return path in OPTIONAL
    if isinstance(value, str):
        return path in TEXTS | OPTIONAL_TEXTS or (value.startswith("0001") and path in INSTANTS - {"endDate"})
    return isinstance(value, list) and path == "user.emails"


def leaves(value: Any) -> list[str]:
    """List the texts of a record, the shortest and the constants apart."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value] if isinstance(value, str) and len(value) > 3 and value not in {"COMPLETED", "female"} else []


@pytest.mark.parametrize("record", [None, 7, "text", [], [1], True])
def test_what_is_no_object_is_a_misfit(record: Any) -> None:
    """A record that is no object at all is a misfit like any other."""
    page = read(page_body([record, full_record()]))
    assert len(page.sessions) == 1
    assert [misfit.reason for misfit in page.misfits] == ["the record is not an object"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("sessionId", "d93ba3c3-2482-4b0d-8b99-42a20e68e11e\n"),
        ("startDate", "2023-07-10T14:00:00"),
        ("status", "STARTED"),
        ("user.gender", "Male"),
        ("user.dateOfBirth", "01/02/2003"),
        ("result.duration", "P1M"),
        ("endDate", 1689000000),
    ],
)
def test_near_misses_are_misfits(path: str, value: Any) -> None:
    """What nearly fits does not: no zone, another status, months in a duration, a line break behind a UUID."""
    record = full_record()
    owner, name = owner_of(record, path)
    owner[name] = value
    (misfit,) = read(page_body([record])).misfits
    assert misfit.reason.startswith(f"{path} is not")
    assert str(value).strip() not in misfit.reason


@pytest.mark.parametrize("ended", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-10:00", "1969-12-31T23:59:59Z"])
def test_an_end_that_no_session_can_have_is_a_misfit(ended: str) -> None:
    """An end far outside our time ("not known" in some systems) sets one record aside and stops nothing."""
    page = read(page_body([full_record() | {"endDate": ended}, full_record()]))
    assert len(page.sessions) == 1
    assert page.misfits[0].reason == "endDate is not in the years 1970 to 2199"


unannounced = st.text(string.ascii_letters).map("zq".__add__)


@given(st.dictionaries(unannounced, st.one_of(st.none(), st.integers(), st.text()), max_size=5))
def test_unknown_fields_and_key_order_do_not_matter(extra: Record) -> None:
    """Fields that nobody announced are ignored, and keys may come in any order, at every depth."""
    record = full_record()
    strange = dict(reversed((record | extra).items()))
    for part in ("user", "test", "result"):
        strange[part] = dict(reversed((record[part] | extra).items()))
    page = json.loads(page_body([strange]))
    body = json.dumps(dict(reversed((page | extra).items()))).encode()
    assert read(body).sessions == read(page_body([record])).sessions


def test_byte_order_mark() -> None:
    """A byte order mark before the JSON does no harm."""
    body = page_body([full_record()])
    assert read(b"\xef\xbb\xbf" + body) == read(body)


@pytest.mark.parametrize("spoilt", [rb"\ud83d", b"\xff", b"\xed\xa0\x80"])
def test_text_that_is_no_unicode_spoils_its_record_alone(spoilt: bytes) -> None:
    """Half a surrogate pair (a cut-off emoji) or a byte that is not UTF-8 makes one misfit, not a lost page."""
    record = full_record()
    record["user"]["firstName"] = FOREIGN
    body = page_body([full_record(1), record, full_record(2)]).replace(f'"{FOREIGN}"'.encode(), b'"' + spoilt + b'"')
    page = read(body)
    assert len(page.sessions) == 2
    assert [misfit.position.record for misfit in page.misfits] == [2]
    assert page.misfits[0].reason == "the record holds text that is not valid Unicode"
    page.misfits[0].record.encode("utf-8")


@pytest.mark.parametrize("ending", [{}, {"nextCursor": None}, {"nextCursor": ""}])
def test_the_end(ending: Record) -> None:
    """A next cursor that is null, absent or empty is the end."""
    body = json.dumps({"data": [], "pagination": {"total": 0, **ending}}).encode()
    assert read(body) == Page(Records.of([]), (), 0, None)


@pytest.mark.parametrize(
    ("status", "kind", "transient"),
    [
        (401, KeyRefusedError, False),
        (403, NotAuthorisedError, False),
        (429, RateLimitedError, True),
        (400, RequestRefusedError, False),
        (404, RequestRefusedError, False),
        (407, RequestRefusedError, False),
        (301, RedirectedError, False),
        (302, RedirectedError, False),
        (304, RedirectedError, False),
        (500, ServerFaultError, True),
        (502, ServerFaultError, True),
        (503, ServerFaultError, True),
        (204, UnexpectedAnswerError, False),
        (201, UnexpectedAnswerError, False),
    ],
)
def test_each_status_has_its_error(status: int, kind: type[DownloadError], transient: bool) -> None:
    """The status alone decides the class, whatever the body says, and whether a retry makes sense."""
    with pytest.raises(DownloadError) as caught:
        read(page_body([full_record()]), status)
    assert type(caught.value) is kind
    assert caught.value.transient is transient
    assert str(status) in caught.value.message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!doctype html><title>Sign in</title>", "A web page came back instead of data."),
        (b"\xef\xbb\xbf \n<html>", "A web page came back instead of data."),
        (b"", "it is not JSON, or it was cut short"),
        (b"Service unavailable", "it is not JSON, or it was cut short"),
        (page_body([full_record()])[:-40], "it is not JSON, or it was cut short"),
        (b"[]", "the page is not of the kind"),
        (b"null", "the page is not of the kind"),
        (b"{}", "data is missing"),
        (b'{"data": []}', "pagination is missing"),
        (b'{"data": [], "pagination": {}}', "pagination.total is missing"),
        (b'{"data": {}, "pagination": {"total": 1}}', "data is not of the kind"),
        (b'{"data": [], "pagination": {"total": -1}}', "pagination.total is not of the kind"),
        (b'{"data": [], "pagination": {"total": "zq-foreign-zq"}}', "pagination.total is not of the kind"),
        (b'{"data": [], "pagination": {"total": 1, "nextCursor": 7}}', "pagination.nextCursor is not of the kind"),
        (b'{"data": [' + b"[" * 100_000, "it is not JSON, or it was cut short"),
        (b"\xff\xfe{\x00", "it is not JSON, or it was cut short"),
        (b'{"data": [], "pagination": {"total": 1, "nextCursor": "\xff"}}', "it is not JSON, or it was cut short"),
    ],
)
def test_what_is_no_page(body: bytes, words: str) -> None:
    """A web page, cut-off JSON, an empty body or another shape is named in plain words, without its values."""
    with pytest.raises(UnexpectedAnswerError) as caught:
        read(body)
    assert words in caught.value.message
    assert FOREIGN not in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_unexpected_answer(body: bytes) -> None:
    """Random bytes are never a page and never another exception."""
    with pytest.raises(UnexpectedAnswerError):
        read(body)


@given(st.data())
def test_a_body_cut_anywhere_is_an_unexpected_answer(data: st.DataObject) -> None:
    """A page cut off at any byte is refused whole, so that no half page counts as the last."""
    body = page_body([full_record()], nextCursor="more")
    cut = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(UnexpectedAnswerError):
        read(body[:cut])


@pytest.mark.parametrize(
    ("value", "expected_s"),
    [
        (None, None),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("soon", None),
        ("", None),
        ("-3", None),
        ("1.5", None),
        ("9" * 30, None),
        ("٣", None),
        (format_datetime(NOW + dt.timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - dt.timedelta(seconds=90), usegmt=True), 0.0),
        ((NOW + dt.timedelta(seconds=30)).strftime("%a, %d %b %Y %H:%M:%S"), 30.0),
    ],
)
def test_retry_after(value: str | None, expected_s: float | None) -> None:
    """Retry-After is read as seconds or as a date, never below zero, and nonsense as no wish at all."""
    headers = {} if value is None else {"retry-after": value}
    with pytest.raises(RateLimitedError) as caught:
        read_page(Reply(429, headers, b""), page=1, now=NOW)
    assert caught.value.retry_after_s == expected_s


@given(st.text())
@example("0\x1f")
def test_any_retry_after_is_seconds_or_none(value: str) -> None:
    """No Retry-After header, however strange, raises."""
    waited_s = retry_after_s(value, now=NOW)
    assert waited_s is None or waited_s >= 0


def test_records_are_not_changed_by_reading() -> None:
    """The content of a misfit is the record as it came."""
    record = full_record() | {"status": "STARTED"}
    before = copy.deepcopy(record)
    assert json.loads(read(page_body([record])).misfits[0].record) == before
