"""Matching: list and sessions meet as plain loops say they do."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartia.lists.groups import list_people, session_groups
from smartia.lists.mapping import KeyGuess, count_found, group_columns, guess_groupings, guess_key
from smartia.lists.matching import NOBODY, KeyKind, LearnerList, Match, known_references, make_list, match_list
from smartia.table.labels import NO_GROUP, NOT_LISTED

FIELDS = ["account", "external_id", "upn", "username", "emails"]


def identities_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Sessions with what the store has of their accounts."""
    frame = pd.DataFrame(rows, columns=FIELDS).astype({"account": "int32"})
    return frame.astype(dict.fromkeys(FIELDS[1:], "category"))


def matched(learners: LearnerList, sessions: list[dict[str, Any]]) -> Match:
    """A list matched with sessions."""
    identities = identities_of(sessions)
    return match_list(learners, identities, identities["account"])


def list_of(rows: list[tuple[str, str]], kind: KeyKind = KeyKind.EXTERNAL_ID) -> LearnerList:
    """A list with one grouping."""
    return make_list(pd.DataFrame(rows, columns=["Ref", "Area"], dtype="str"), "Ref", kind, ["Area"])


def plain_match(rows: list[tuple[str, str]], sessions: list[dict[str, Any]], kind: KeyKind) -> list[str]:
    """The group of every session, by loops."""
    keys_of: dict[int, set[str]] = {}
    for session in sessions:
        parts = (session[kind.value] or "").split("; ") if kind is KeyKind.EMAIL else [session[kind.value] or ""]
        keys_of.setdefault(session["account"], set()).update(part.strip().casefold() for part in parts)
    found = []
    for session in sessions:
        group = next(
            (
                area or NO_GROUP
                for key, area in rows
                if key.strip() and key.strip().casefold() in keys_of[session["account"]]
            ),
            NOT_LISTED,
        )
        found.append(group)
    return found


KEYS = ["A1", "a1 ", "B2", "c3", "D4", "", " "]
session_rows = st.lists(
    st.fixed_dictionaries(
        {
            "account": st.integers(0, 5),
            "external_id": st.sampled_from(["a1", "B2", "C3", "E5", None]),
            "upn": st.none(),
            "username": st.sampled_from(["a1", "b2", "x"]),
            "emails": st.sampled_from(["a1", "a1; B2", "C3; D4", "x", None]),
        }
    ),
    max_size=25,
)
list_rows = st.lists(
    st.tuples(st.sampled_from(KEYS), st.sampled_from(["Art", "business", ""])), min_size=1, max_size=12
)


@settings(max_examples=50)
@given(rows=list_rows, sessions=session_rows, kind=st.sampled_from(list(KeyKind)))
def test_groups_of_sessions_equal_plain_loops(
    rows: list[tuple[str, str]], sessions: list[dict[str, Any]], kind: KeyKind
) -> None:
    """Every session gets the group of the first list row that names its account, and nothing is lost."""
    learners = list_of(rows, kind)
    match = matched(learners, sessions)
    groups = session_groups(learners, match, 0)
    assert list(groups) == plain_match(rows, sessions, kind)
    people = list_people(learners, match, 0)
    assert set(match.person) - {NOBODY} <= set(people.index)
    assert ((match.accounts > 0) | ~pd.Series(range(len(match.accounts))).isin(match.person)).all()
    rows_with_key = sum(bool(key.strip()) for key, _ in rows)
    assert learners.without_key == len(rows) - rows_with_key
    assert len({key.strip().casefold() for key, _ in rows} - {""}) == len(learners.people)


def test_repeats_and_conflicts_are_told_apart() -> None:
    """The same learner again counts once; with another group it stays in the first and is reported as given."""
    learners = list_of([("A1", "Art"), ("a1 ", "Art"), ("B2", "Art"), ("b2", "Sport"), ("", "Sport"), ("C3", "Art")])
    assert learners.people["key"].tolist() == ["A1", "B2", "C3"]
    assert learners.people["0"].tolist() == ["Art", "Art", "Art"]
    assert (learners.repeated, learners.conflicting, learners.without_key) == (1, ("B2",), 1)


def test_a_reference_of_two_accounts_counts_one_person() -> None:
    """Both accounts' sessions count; on the list there is one person with two accounts."""
    sessions = [dict(zip(FIELDS, (number, "A1", None, f"u{number}", None), strict=True)) for number in (0, 1, 1)]
    learners = list_of([("a1", "Art"), ("Z9", "Art")])
    match = matched(learners, sessions)
    assert match.person.tolist() == [0, 0, 0]
    assert list_people(learners, match, 0)["accounts"].tolist() == [2, 0]


def test_two_addresses_of_one_learner_are_one_person() -> None:
    """Whoever the list names by two e-mail addresses counts once, in the group of the first."""
    sessions = [dict(zip(FIELDS, (0, None, None, "u", "one@x.example; two@x.example"), strict=True))]
    learners = list_of([("TWO@x.example", "Art"), ("one@x.example", "Sport")], KeyKind.EMAIL)
    match = matched(learners, sessions)
    people = list_people(learners, match, 0)
    assert people["key"].tolist() == ["TWO@x.example"]
    assert list(session_groups(learners, match, 0)) == ["Art"]


def test_groups_are_alphabetical_and_never_merge_with_ours() -> None:
    """Groups stand in alphabetical order; a group called as one of ours is put in quotation marks."""
    learners = list_of([("A1", "sport"), ("B2", "Art"), ("C3", NOT_LISTED), ("D4", ""), ("E5", NO_GROUP)])
    sessions = [dict(zip(FIELDS, (0, "x", None, "u", None), strict=True))]
    groups = session_groups(learners, matched(learners, sessions), 0)
    assert list(groups.categories) == [
        "Art",
        "“no group in the list”",
        "“not in the list”",
        "sport",
        NO_GROUP,
        NOT_LISTED,
    ]
    assert list(groups) == [NOT_LISTED]


def test_no_sessions_at_all() -> None:
    """A list against an account without sessions has people, and none of them a session."""
    learners = list_of([("A1", "Art")])
    match = matched(learners, [])
    assert list_people(learners, match, 0)["accounts"].tolist() == [0]
    assert len(session_groups(learners, match, 0)) == 0


@pytest.fixture
def college() -> pd.DataFrame:
    """Forty accounts, whose user names are their external IDs without the prefix."""
    return identities_of(
        [
            {
                "account": n,
                "external_id": f"EXT-{n:03}",
                "upn": f"S{n:03}" if n % 2 else None,
                "username": f"{n:03}",
                "emails": f"l{n:03}@college.example; h{n:03}@home.example",
            }
            for n in range(40)
        ]
    )


def mis_export(n: int = 40) -> pd.DataFrame:
    """A list as an MIS exports it, with personal columns around."""
    draw = random.Random(3)
    rows = [
        {
            "Surname": f"Name{k}",
            "DoB": "01/02/2008",
            "Start": f"{k % 5 + 1:02}/09/2026",
            "StudentRef": f"ext-{k:03}",
            "College Email": f"L{k:03}@college.example",
            "Area": draw.choice(["Art", "Sport", "Health"]),
            "Course name": draw.choice(["A1", "B2", "C3", "D4"]),
            "Unique": f"x{k}",
            "Campus": "Main",
        }
        for k in range(n)
    ]
    return pd.DataFrame(rows, dtype="str")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["Surname", "StudentRef", "Area"], KeyGuess("StudentRef", KeyKind.EXTERNAL_ID, 40)),
        (["Surname", "College Email", "Area"], KeyGuess("College Email", KeyKind.EMAIL, 40)),
        (["Area", "StudentRef", "College Email"], KeyGuess("StudentRef", KeyKind.EXTERNAL_ID, 40)),
    ],
)
def test_the_key_is_guessed(college: pd.DataFrame, columns: list[str], expected: KeyGuess) -> None:
    """The column that finds the learners is guessed, with its kind, wherever it stands."""
    guess = guess_key(mis_export()[columns], partial(known_references, college))
    assert guess == expected
    assert count_found(mis_export(), guess.column, guess.kind, partial(known_references, college)) == guess.found


def test_names_decide_where_values_do_not(college: pd.DataFrame) -> None:
    """Where two kinds find as many, or none finds any, the column's name decides."""
    same = college.assign(username=college["external_id"])
    table = pd.DataFrame({"User name": [f"EXT-{n:03}" for n in range(40)]}, dtype="str")
    assert guess_key(table, partial(known_references, same)).kind is KeyKind.USERNAME
    strangers = pd.DataFrame({"Area": ["a", "b"], "UPN": ["q1", "q2"]}, dtype="str")
    assert guess_key(strangers, partial(known_references, college)) == KeyGuess("UPN", KeyKind.UPN, 0)


def test_groupings_leave_persons_out() -> None:
    """Columns of persons, dates and the key are never offered; unique and constant ones are not guessed."""
    table = mis_export()
    assert guess_groupings(table, "StudentRef") == ["Area", "Course name"]
    assert group_columns(table, "StudentRef") == ["Area", "Course name", "Unique", "Campus"]
    many = pd.DataFrame({"Ref": [f"r{n}" for n in range(500)], "Tag": [f"t{n % 201}" for n in range(500)]}, dtype="str")
    assert group_columns(many, "Ref") == []


PERSONAL = [
    *("Name", "Full Name", "FirstName", "Last name", "Surname", "Forename", "Date of Birth", "DOB"),
    *("Student Name", "Home Address", "Mobile phone", "E-Mail", "Post Code", "ULN"),
]


@pytest.mark.parametrize("header", PERSONAL)
def test_personal_headers_are_no_groups(header: str) -> None:
    """A column whose name says that it identifies a person is never offered as groups."""
    table = pd.DataFrame({"Ref": list("abcdef"), header: ["x", "y"] * 3}, dtype="str")
    assert group_columns(table, "Ref") == []


@pytest.mark.parametrize("header", ["Course name", "Group Name", "Tutor", "Area", "Team name", "Programme"])
def test_group_headers_are_groups(header: str) -> None:
    """Names of courses and groups are groups."""
    table = pd.DataFrame({"Ref": list("abcdef"), header: ["x", "y"] * 3}, dtype="str")
    assert guess_groupings(table, "Ref") == [header]
