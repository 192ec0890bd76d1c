"""The invented college is deterministic, plausible, within the reference except where it says, and harmless."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import isodate
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from smartia.sandbox.assessments import LADDER, LEVELS, TESTS
from smartia.sandbox.college import College, Misfit, build_college
from smartia.sandbox.people import MAX_LEARNERS, student_numbers
from smartia.sandbox.records import make_records
from smartia.sandbox.timetable import LONDON

Record = dict[str, Any]

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
DURATION = re.compile(r"P(\d+D)?T(?=\d)(\d+H)?(\d+M)?(\d+S)?")
UPN = re.compile(r"[A-Z]\d{11}[A-Z0-9]", re.IGNORECASE)
USER_REQUIRED = {"userId", "username", "fullName", "firstName", "lastName", "gender"}
USER_OPTIONAL = {"upn", "externalId", "middleName", "emails", "dateOfBirth"}


def fits_reference(record: Record) -> bool:
    """Say whether a record has all that the reference requires, in its form, and nothing else."""
    user, test, result = record["user"], record["test"], record["result"]
    uuids = (record["sessionId"], user["userId"], test["testId"], test["testVersionId"])
    return (
        set(record) == {"sessionId", "startDate", "endDate", "status", "user", "test", "result"}
        and USER_REQUIRED <= set(user) <= USER_REQUIRED | USER_OPTIONAL
        and set(test) == {"testId", "testVersionId", "name", "subject"}
        and set(result) == {"createdDate", "level", "duration"}
        and record["status"] == "COMPLETED"
        and all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) for text in uuids)
        and all(MOMENT.fullmatch(text) for text in (record["startDate"], record["endDate"], result["createdDate"]))
        and user["gender"] in {"male", "female", "other", "unknown"}
        and DURATION.fullmatch(result["duration"]) is not None
        and date.fromisoformat(user.get("dateOfBirth", "2000-01-01")).year > 1900
    )


def texts_of(value: object) -> Iterator[str]:
    """Yield every text inside a record."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)


def share(mask: NDArray[np.bool_]) -> float:
    """Return the share of true values."""
    return float(mask.mean())


def local_starts(college: College) -> list[datetime]:
    """Return the starts of all sessions in London time."""
    return [datetime.fromtimestamp(ms / 1000, tz=LONDON) for ms in college.sittings.start_ms.tolist()]


def test_same_arguments_give_the_same_college() -> None:
    """Two builds agree in every column, and another seed or day gives another college."""
    one, two = (build_college(seed=7, learners=300, today=date(2026, 3, 16)) for _ in range(2))
    for field in fields(one.people):
        assert np.array_equal(getattr(one.people, field.name), getattr(two.people, field.name)), field.name
    for field in fields(one.sittings):
        assert np.array_equal(getattr(one.sittings, field.name), getattr(two.sittings, field.name)), field.name
    assert make_records(one, np.arange(len(one))) == make_records(two, np.arange(len(two)))
    other_seed = build_college(seed=8, learners=300, today=date(2026, 3, 16))
    other_day = build_college(seed=7, learners=300, today=date(2026, 3, 17))
    assert not np.array_equal(other_seed.session_id[:100], one.session_id[:100])
    assert not np.array_equal(other_day.sittings.end_ms[-100:], one.sittings.end_ms[-100:])


def test_default_size(college: College) -> None:
    """6,000 learners have about 15,000 sessions, spread over four academic years with some growth."""
    assert 14_500 <= len(college) <= 15_500
    months = college.sittings.end_ms.astype("datetime64[ms]").astype("datetime64[M]").astype(int)
    years = Counter(((months - 7) // 12 + 1970).tolist())
    assert sorted(years) == [2022, 2023, 2024, 2025]
    assert years[2022] < years[2023] < years[2024]


def test_sessions_are_spread_by_size() -> None:
    """The number of sessions grows in proportion to the learners."""
    sizes = [len(build_college(learners=n, today=date(2026, 3, 16))) / n for n in (1_000, 4_000, 16_000)]
    assert all(2.35 < size < 2.65 for size in sizes)


@pytest.mark.parametrize("learners", [0, -1, MAX_LEARNERS + 1])
def test_impossible_sizes_are_refused(learners: int) -> None:
    """A college has at least one learner and no more than there are student numbers."""
    with pytest.raises(ValueError, match="learners must be between"):
        build_college(learners=learners, today=date(2026, 3, 16))


@pytest.mark.parametrize(("learners", "digits"), [(900_000, 6), (900_001, 7)])
def test_each_learner_has_a_number_of_their_own(learners: int, digits: int) -> None:
    """However many learners there are, their student numbers differ and have the same number of digits."""
    numbers = student_numbers(np.arange(learners), learners)
    assert len(np.unique(numbers)) == learners
    assert 10 ** (digits - 1) <= numbers.min() <= numbers.max() < 10**digits


@settings(max_examples=40)
@given(st.dates(date(2016, 1, 1), date(2035, 12, 31)), st.integers(1, 200), st.integers(0, 2**32))
def test_no_session_ends_after_today(today: date, learners: int, seed: int) -> None:
    """On any day every session lies between 1 August three years before the running one and today 09:00 in London."""
    college = build_college(seed=seed, learners=learners, today=today)
    cutoff = datetime.combine(today, time(9), tzinfo=LONDON).timestamp() * 1000
    running = today.year if today.month >= 8 else today.year - 1
    first = datetime(running - 3, 8, 1, tzinfo=LONDON).timestamp() * 1000
    sittings = college.sittings
    assert (sittings.created_ms <= cutoff).all()
    assert (sittings.start_ms >= first).all()
    assert (sittings.start_ms < sittings.end_ms).all()
    assert ((sittings.created_ms - sittings.end_ms >= 0) & (sittings.created_ms - sittings.end_ms <= 3000)).all()
    assert (np.diff(sittings.end_ms) >= 0).all()
    assert college.misfits == -(-len(college) // 1000)


def test_misfits_are_exactly_those_announced(college: College, records: list[Record]) -> None:
    """Records that break the reference are the marked ones, of every kind, and one in a thousand."""
    broken = [position for position, record in enumerate(records) if not fits_reference(record)]
    assert broken == np.flatnonzero(college.misfit).tolist()
    assert len(broken) == college.misfits == 16 == -(-len(records) // 1000)
    assert set(college.misfit[broken].tolist()) == set(Misfit) - {Misfit.NONE}


def test_session_ids_are_distinct(records: list[Record]) -> None:
    """No two sessions share an id, and no two accounts a user name."""
    assert len({record["sessionId"] for record in records}) == len(records)
    names = {(record["user"]["userId"], record["user"]["username"]) for record in records}
    assert len(names) == len({user_id for user_id, _ in names}) == len({name for _, name in names})


def test_ids_are_version_4(records: list[Record]) -> None:
    """Ids of sessions and users are UUIDs of version 4."""
    fitting = [record for record in records if fits_reference(record)]
    assert {UUID(record["sessionId"]).version for record in fitting} == {4}
    assert {UUID(record["user"]["userId"]).version for record in fitting} == {4}
    assert {UUID(record["test"]["testVersionId"]).version for record in fitting} == {4}


def test_nothing_could_be_a_real_upn_or_address(records: list[Record]) -> None:
    """No text has the shape of a Unique Pupil Number, and every e-mail address is in the reserved .example."""
    assert not [text for record in records for text in texts_of(record) if UPN.fullmatch(text)]
    addresses = [address for record in records for address in record["user"].get("emails", ())]
    assert len(addresses) > 10_000
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+\.\d{6}@(college|home)\.example", address) for address in addresses)


@pytest.mark.parametrize(
    ("field", "expected"),
    [("upn", 0.7), ("externalId", 0.88), ("middleName", 0.35), ("emails", 0.9), ("dateOfBirth", 0.96)],
)
def test_optional_fields_are_left_out(records: list[Record], field: str, expected: float) -> None:
    """Optional fields of the user are absent in realistic shares, and never null or empty where present."""
    present = [record["user"][field] for record in records if field in record["user"]]
    assert len(present) / len(records) == pytest.approx(expected, abs=0.03)
    assert all(present)


def test_names_are_hard_to_get_wrong_unnoticed(records: list[Record]) -> None:
    """Names hold accents, apostrophes, hyphens, one letter, more than fifty letters and other scripts."""
    names = {record["user"]["fullName"] for record in records}
    last_names = {record["user"].get("lastName", "") for record in records}
    scripts = (r"[\u0600-\u06ff]", r"[\u4e00-\u9fff]", r"[\u0980-\u09ff]")
    for pattern in ("Zoë", "Łukasz", "Nguyễn", "O'", r"\w-\w", *scripts):
        assert any(re.search(pattern, name) for name in names), pattern
    assert "E" in last_names
    assert max(map(len, last_names)) > 50


def test_tests_are_the_published_ones(records: list[Record]) -> None:
    """Tests carry the vendor's ids and subjects; English and Maths are nearly everybody's, the others for some."""
    counts = Counter((record["test"]["testId"], record["test"]["subject"]) for record in records)
    learners = len({record["user"]["userId"] for record in records})
    shares = {subject: count / learners for (_, subject), count in counts.items()}
    assert {test_id for test_id, _ in counts} == {test.test_id for test in TESTS}
    assert shares["English"] == pytest.approx(0.97, abs=0.03)
    assert shares["Maths"] == pytest.approx(0.96, abs=0.03)
    assert shares["Digital Skills"] == pytest.approx(0.34, abs=0.03)
    assert shares["English Written"] == pytest.approx(0.19, abs=0.03)


def test_each_test_changes_its_version_once(records: list[Record]) -> None:
    """Every test has two versions, and all sessions of the second start after those of the first."""
    spans: dict[str, dict[str, list[str]]] = {}
    for record in records:
        test = record["test"]
        spans.setdefault(test["subject"], {}).setdefault(test["testVersionId"], []).append(record["startDate"])
    assert len(spans) == len(TESTS)
    for versions in spans.values():
        (_, first_end), (second_start, _) = sorted((min(starts), max(starts)) for starts in versions.values())
        assert first_end < second_start


def test_levels(college: College) -> None:
    """A few dozen levels cannot be read, a few are respelt, the rest stand on the ladder, English above Maths."""
    level, test = college.sittings.level, college.sittings.test
    texts = [LEVELS[code] for code in level.tolist()]
    on_ladder = np.array([text in LADDER for text in texts])
    assert 24 <= sum(text in {"Not graded", "Level pending", "", "See tutor"} for text in texts) <= 60
    assert 5 <= np.count_nonzero((level >= len(LADDER)) & (level < 3 * len(LADDER))) <= 35
    assert 1 <= texts.count("Pre-Entry") <= 60
    assert set(texts) >= set(LADDER)
    english, maths = (level[on_ladder & (test == code)].mean() for code in (0, 1))
    assert 0.4 < english - maths < 1.3


def test_respelt_levels() -> None:
    """The other spellings are those that a tolerant reader reads."""
    expected = {"Entry Level 3 - Upper", "Level 1 - Lower", "l1-lower", "e3-upper", "Pre Entry", "pre-entry"}
    assert expected <= set(LEVELS)
    assert len(set(LEVELS)) == len(LEVELS)


def test_subjects_of_a_learner_correlate(college: College) -> None:
    """English and Maths of one learner correlate by about a half."""
    sittings = college.sittings
    levels = np.full((len(college.people), len(TESTS)), np.nan)
    readable = sittings.level < len(LADDER)
    levels[sittings.account[readable], sittings.test[readable]] = sittings.level[readable]
    both = levels[~np.isnan(levels[:, :2]).any(axis=1), :2]
    assert np.corrcoef(both.T)[0, 1] == pytest.approx(0.52, abs=0.06)


def test_durations_are_spelt_legally(college: College, records: list[Record]) -> None:
    """Every spelling of a duration means the sitting's seconds, and all four spellings occur."""
    seconds: dict[str, set[int]] = {}
    for record, duration_s, misfit in zip(
        records, college.sittings.duration_s.tolist(), college.misfit.tolist(), strict=True
    ):
        if misfit != Misfit.DURATION_IN_MONTHS:
            seconds.setdefault(record["result"]["duration"], set()).add(duration_s)
    for text, values in seconds.items():
        assert values == {isodate.parse_duration(text).total_seconds()}, text
    for pattern in (r"PT\d+H\d+M", r"PT[6-9]\dM", r"PT\d{4}S", r"PT\d+M\d+S", r"P0DT.*"):
        assert any(re.fullmatch(pattern, text) for text in seconds), pattern


def test_shares_of_sittings(college: College) -> None:
    """One-sitting, paused, several-day, too short, too long and overstated sittings have their stated shares."""
    sittings = college.sittings
    elapsed_s = (sittings.end_ms - sittings.start_ms) / 1000
    duration_s = sittings.duration_s
    gap_s = elapsed_s - duration_s
    over_days = elapsed_s > 0.45 * 86_400
    assert share(over_days) == pytest.approx(0.05, abs=0.01)
    assert share((gap_s >= 1800) & ~over_days) == pytest.approx(0.08, abs=0.01)
    assert share(gap_s < 0) == pytest.approx(0.002, abs=0.0015)
    assert share(duration_s <= 360) == pytest.approx(0.01, abs=0.003)
    assert 3 <= np.count_nonzero(duration_s > 180 * 60) <= 40
    assert share((duration_s >= 15 * 60) & (duration_s <= 120 * 60)) > 0.96
    assert duration_s.mean() > np.median(duration_s)


def test_nobody_sits_two_assessments_at_once(college: College) -> None:
    """The sessions of an account follow one another."""
    sittings = college.sittings
    order = np.lexsort((sittings.start_ms, sittings.account))
    account, start_ms, end_ms = sittings.account[order], sittings.start_ms[order], sittings.end_ms[order]
    overlapping = (account[1:] == account[:-1]) & (start_ms[1:] < end_ms[:-1])
    assert not overlapping.any()


def test_times_of_day_and_year(college: College) -> None:
    """Sittings begin on weekdays in college hours, most in August and September, fewer at a smaller January peak."""
    starts = local_starts(college)
    day = [start for start in starts if time(8, 30) <= start.time() <= time(17, 30)]
    evening = [start for start in starts if time(17, 30) < start.time()]
    assert len(day) / len(starts) > 0.88
    assert 0.05 < len(evening) / len(starts) < 0.13
    assert sum(start.weekday() == 6 for start in starts) / len(starts) < 0.01
    months = Counter(start.month for start in starts if date(2023, 8, 1) <= start.date() <= date(2025, 7, 31))
    assert (months[8] + months[9]) / months.total() > 0.4
    assert months[9] > 2 * months[10]
    assert months[12] < months[1] > months[2]
    christmas = [start for start in starts if (start.month, start.day) >= (12, 23)]
    assert len(christmas) < 50


@pytest.mark.parametrize("months", [{11, 12, 1, 2}, {5, 6, 7, 8, 9}])
def test_the_college_keeps_london_time(college: College, months: set[int]) -> None:
    """In winter and in summer, by the clock in London, the first lessons begin at half past eight."""
    starts = sorted(start.time() for start in local_starts(college) if start.month in months)
    assert time(8, 30) <= starts[len(starts) // 20] <= time(8, 45)


def test_duplicate_accounts(college: College, records: list[Record]) -> None:
    """About 1.5 % of learners have a second account: same name and birth date, other id, suffix, later sessions."""
    people = college.people
    rows = np.flatnonzero(people.person != np.arange(len(people)))
    assert len(rows) / 6000 == pytest.approx(0.015, abs=0.005)
    by_account: dict[int, list[Record]] = {}
    for record, account in zip(records, college.sittings.account.tolist(), strict=True):
        by_account.setdefault(account, []).append(record)
    seen = 0
    for row, person in zip(rows.tolist(), people.person[rows].tolist(), strict=True):
        if row not in by_account or person not in by_account:
            continue
        seen += 1
        second, first = by_account[row][0]["user"], by_account[person][0]["user"]
        assert second["fullName"] == first["fullName"]
        assert second["username"] == first["username"] + "-2"
        assert second["userId"] != first["userId"]
        assert min(record["startDate"] for record in by_account[row]) > min(
            record["startDate"] for record in by_account[person]
        )
    assert seen > 40


def test_a_few_second_sessions(college: College) -> None:
    """A few accounts have sat the same test twice, at least nine days apart."""
    sittings = college.sittings
    order = np.lexsort((sittings.start_ms, sittings.test, sittings.account))
    account, test, start_ms = sittings.account[order], sittings.test[order], sittings.start_ms[order]
    again = (account[1:] == account[:-1]) & (test[1:] == test[:-1])
    assert 50 <= np.count_nonzero(again) <= 150
    assert ((start_ms[1:] - start_ms[:-1])[again] > timedelta(days=9).total_seconds() * 1000).all()


def test_ages_and_genders(college: College) -> None:
    """Learners are 14–60 on 31 August, mostly 16–18; genders include other and unknown."""
    people = college.people
    assert people.age.min() == 14
    assert 50 <= people.age.max() <= 60
    assert share((people.age >= 16) & (people.age <= 18)) == pytest.approx(0.7, abs=0.03)
    assert share(people.age < 16) == pytest.approx(0.06, abs=0.02)
    assert np.bincount(people.gender, minlength=4).min() > 20
    for row in range(0, len(people), 97):
        day = date(1970, 1, 1) + timedelta(days=int(people.first_day[people.person[row]]))
        birth = date(1970, 1, 1) + timedelta(days=int(people.birth_day[row]))
        year = day.year if day.month >= 8 else day.year - 1
        assert year - birth.year - ((birth.month, birth.day) > (8, 31)) == people.age[row]
