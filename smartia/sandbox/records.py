"""Records as the API sends them, made from a college's columns for the rows of one page."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from smartia.sandbox.assessments import LEVELS, TESTS
from smartia.sandbox.college import College, Misfit
from smartia.sandbox.names import FIRST_NAMES, FIRST_SLUGS, LAST_NAMES, LAST_SLUGS
from smartia.sandbox.people import GENDERS, People

__all__ = ["SPELLINGS", "format_uuid", "make_records"]


def _hours(duration_s: int) -> str:
    hours, rest_s = divmod(duration_s, 3600)
    minutes, seconds = divmod(rest_s, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    return "PT" + "".join(f"{number}{unit}" for number, unit in parts if number)


def _minutes(duration_s: int) -> str:
    minutes, seconds = divmod(duration_s, 60)
    return f"PT{minutes}M{seconds}S" if seconds else f"PT{minutes}M"


def _seconds(duration_s: int) -> str:
    return f"PT{duration_s}S"


def _days(duration_s: int) -> str:
    return "P0D" + _hours(duration_s)[1:]


SPELLINGS: Final[tuple[Callable[[int], str], ...]] = (_hours, _minutes, _seconds, _days)
"""Ways to spell a positive number of seconds as an ISO 8601 duration: PT1H30M, PT90M, PT5400S, P0DT1H30M."""


def format_uuid(upper: int, lower: int) -> str:
    """Write a UUID's two 64-bit halves in its usual form.

    Args:
        upper: The first 16 hexadecimal digits.
        lower: The last 16.

    Returns:
        The UUID in lower case with hyphens (RFC 9562, section 4).
    """
    digits = f"{upper:016x}{lower:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def make_records(college: College, rows: NDArray[np.intp]) -> list[dict[str, object]]:
    """Make the API's records of some sessions.

    Args:
        college: The college.
        rows: Positions of the sessions, in the order wanted.

    Returns:
        One record a session, shaped as in the API's reference; optional fields of the user are left out where absent.
        Sessions marked as misfits break the reference in the marked way.
    """
    sittings = college.sittings.take(rows)
    users = _make_users(college.people, sittings.account)
    versions = [[format_uuid(*pair) for pair in pairs] for pairs in college.version_id.tolist()]
    columns = zip(
        college.session_id[rows].tolist(),
        _format_moments(sittings.start_ms),
        _format_moments(sittings.end_ms),
        _format_moments(sittings.created_ms),
        users,
        sittings.test.tolist(),
        sittings.version.tolist(),
        sittings.level.tolist(),
        sittings.duration_s.tolist(),
        college.spelling[rows].tolist(),
        college.misfit[rows].tolist(),
        strict=True,
    )
    records = []
    for session_id, start, end, created, user, test, version, level, duration_s, spelling, misfit in columns:
        assessment = TESTS[test]
        result: dict[str, object] = {
            "createdDate": created,
            "level": LEVELS[level],
            "duration": SPELLINGS[spelling](duration_s),
        }
        record: dict[str, object] = {
            "sessionId": format_uuid(*session_id),
            "startDate": start,
            "endDate": end,
            "status": "COMPLETED",
            "user": user,
            "test": {
                "testId": assessment.test_id,
                "testVersionId": versions[test][version],
                "name": assessment.name,
                "subject": assessment.subject,
            },
            "result": result,
        }
        _break_record(Misfit(misfit), record, user, result)
        records.append(record)
    return records


def _break_record(
    misfit: Misfit, record: dict[str, object], user: dict[str, object], result: dict[str, object]
) -> None:
    """Break the reference in the given way, in place."""
    match misfit:
        case Misfit.NONE:
            pass
        case Misfit.NO_LAST_NAME:
            del user["lastName"]
        case Misfit.DURATION_IN_MONTHS:
            result["duration"] = "P1M"
        case Misfit.UNKNOWN_GENDER_CODE:
            user["gender"] = "n/a"
        case Misfit.START_WITHOUT_ZONE:
            record["startDate"] = str(record["startDate"]).removesuffix("Z")
        case Misfit.SESSION_ID_NOT_UUID:
            record["sessionId"] = str(record["sessionId"])[:-1]


def _format_moments(moments_ms: NDArray[np.int64]) -> list[str]:
    """Write Unix times in milliseconds as in the reference's example: 2023-07-10T15:30:00.000Z."""
    texts: list[str] = np.datetime_as_string(moments_ms.astype("datetime64[ms]")).tolist()
    return [text + "Z" for text in texts]


def _make_users(people: People, accounts: NDArray[np.int32]) -> list[dict[str, object]]:
    birth_dates: list[str] = np.datetime_as_string(people.birth_day[accounts].astype("datetime64[D]")).tolist()
    columns = zip(
        people.user_id[accounts].tolist(),
        (people.person[accounts] != accounts).tolist(),
        people.first[accounts].tolist(),
        people.middle[accounts].tolist(),
        people.last[accounts].tolist(),
        people.gender[accounts].tolist(),
        people.student_no[accounts].tolist(),
        people.has_upn[accounts].tolist(),
        people.has_external_id[accounts].tolist(),
        people.has_birth_date[accounts].tolist(),
        people.emails[accounts].tolist(),
        birth_dates,
        strict=True,
    )
    users = []
    for (
        user_id,
        duplicate,
        first,
        middle,
        last,
        gender,
        student_no,
        has_upn,
        has_external_id,
        has_birth_date,
        emails,
        birth_date,
    ) in columns:
        first_name, last_name = FIRST_NAMES[first], LAST_NAMES[last]
        middle_name = "" if middle < 0 else FIRST_NAMES[middle]
        address = f"{FIRST_SLUGS[first]}.{LAST_SLUGS[last]}.{student_no}"
        user: dict[str, object] = {
            "userId": format_uuid(*user_id),
            "username": f"{FIRST_SLUGS[first][0]}.{LAST_SLUGS[last]}{student_no}{'-2' if duplicate else ''}",
            "fullName": " ".join(filter(None, (first_name, middle_name, last_name))),
            "firstName": first_name,
            "lastName": last_name,
            "gender": GENDERS[gender],
        }
        # Neither a real UPN (a letter and 12 characters) nor an address that could be delivered (RFC 2606).
        if has_upn:
            user["upn"] = f"S{student_no}-DEMO"
        if has_external_id:
            user["externalId"] = f"EXT-{student_no}"
        if middle_name:
            user["middleName"] = middle_name
        if emails:
            user["emails"] = [f"{address}@college.example", f"{address}@home.example"][:emails]
        if has_birth_date:
            user["dateOfBirth"] = birth_date
        users.append(user)
    return users
