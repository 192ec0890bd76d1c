"""Duplicate accounts: each kind of evidence, and the whole against plain loops."""

from __future__ import annotations

import datetime as dt
import time
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartia.analysis.duplicates import EVIDENCE, find_duplicates

TEXTS = ("upn", "external_id", "emails", "full_name", "first_name", "last_name")
BORN = dt.datetime.fromisoformat("2007-05-01")
Account = dict[str, Any]


def frame_of(accounts: list[Account]) -> pd.DataFrame:
    """Accounts with the types of the store, and labels that are not their positions."""
    columns: dict[str, pd.Series] = {
        name: pd.Series([account.get(name) for account in accounts], dtype="str") for name in TEXTS
    }
    born = pd.Series([account.get("date_of_birth") for account in accounts], dtype="datetime64[us]")
    return pd.DataFrame({**columns, "date_of_birth": born}).set_axis(range(100, 100 + len(accounts)))


def person(first: str = "Zoë", last: str = "O'Neill", **changes: Any) -> Account:
    """An account of a name, born on one day."""
    return {"first_name": first, "last_name": last, "full_name": f"{first} {last}", "date_of_birth": BORN} | changes


@pytest.mark.parametrize(
    ("one", "other", "evidence", "against"),
    [
        (person(upn="S1-X"), person("Ada", upn=" s1-x"), "same UPN", "full name"),
        ({"external_id": "E1"}, {"external_id": "e1"}, "same external ID", ""),
        ({"emails": "a@x.example; b@x.example"}, {"emails": "B@x.example"}, "same e-mail address", ""),
        (person(), person("ZOE", "O’NEILL"), "same full name and date of birth", ""),
        (
            person("Sam"),
            person("Samuel", upn="S2"),
            "same date of birth and last name, similar first name",
            "full name",
        ),
        (
            person(full_name="Zoë Ann O'Neill"),
            person(),
            "same date of birth and last name, similar first name",
            "full name",
        ),
        (
            person(upn="U1", external_id="E1"),
            person(upn="U1", external_id="E2"),
            "same UPN; same full name and date of birth",
            "external ID",
        ),
        (
            {"emails": "home@x.example", "date_of_birth": BORN},
            {"emails": "home@x.example", "date_of_birth": BORN + dt.timedelta(days=700)},
            "same e-mail address",
            "date of birth",
        ),
    ],
)
def test_two_accounts_are_suggested_with_their_evidence(
    one: Account, other: Account, evidence: str, against: str
) -> None:
    """Each kind of evidence ties two accounts, and what differs is said."""
    found = find_duplicates(frame_of([{}, one, {}, other])).accounts
    assert found.to_dict("records") == [
        {"cluster": 0, "account": label, "evidence": evidence, "against": against} for label in (101, 103)
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        (person(date_of_birth=None), person(date_of_birth=None)),
        (person(), person(date_of_birth=BORN + dt.timedelta(days=1))),
        (person("Jo"), person("Joanna")),
        (person("Sam"), person("Max")),
        ({"upn": "n/a", "external_id": "000", "emails": "none"}, {"upn": "N/A", "external_id": "0", "emails": "None"}),
        ({"emails": ""}, {"emails": ""}),
        ({"upn": "X1"}, {"external_id": "X1"}),
    ],
)
def test_what_is_no_evidence_ties_nothing(one: Account, other: Account) -> None:
    """The same name alone, stopgaps, empty fields and two letters of a first name suggest nothing."""
    found = find_duplicates(frame_of([one, other]))
    assert found.accounts.empty
    assert found.kinds["clusters"].tolist() == [0] * len(EVIDENCE)


def test_a_value_of_too_many_accounts_is_counted_and_not_used() -> None:
    """Ten accounts of one mailbox are suggested, eleven are not, and the mailbox is counted."""
    for size, rows, shared in ((10, 10, 0), (11, 0, 1)):
        found = find_duplicates(frame_of([{"emails": "class@x.example"}] * size))
        assert len(found.accounts) == rows
        assert found.kinds.set_index("kind").loc["email", "shared"] == shared


def test_no_account_and_one_account() -> None:
    """Nothing to compare gives no rows and no error."""
    for accounts in ([], [person(upn="S1")]):
        assert find_duplicates(frame_of(accounts)).accounts.empty


FEW = {
    "upn": ["U1", "u1 ", "U2", "n/a", None],
    "external_id": ["E1", "E2", None, None],
    "emails": ["a@x.example", "a@x.example; b@x.example", "B@x.example", "", None],
    "full_name": ["Sam Ng", "Samuel Ng", "SAM NG", "Zoë Ng", None],
    "first_name": ["Sam", "Samuel", "Sa", "Zoë", "Zoe", ""],
    "last_name": ["Ng", "Ñg", "Oh"],
    "date_of_birth": [BORN, BORN + dt.timedelta(days=1), None],
}
ACCOUNTS = st.lists(st.fixed_dictionaries({name: st.sampled_from(values) for name, values in FEW.items()}), max_size=9)


@settings(max_examples=40)
@given(ACCOUNTS, st.integers(2, 4))
def test_suggestions_are_those_of_plain_loops(accounts: list[Account], limit: int) -> None:
    """Comparing every pair, and growing clusters by flooding, gives the same rows and the same counts."""
    found = find_duplicates(frame_of(accounts), shared_limit=limit)
    rows, kinds = by_plain_loops(accounts, limit)
    assert [tuple(row) for row in found.accounts.itertuples(index=False)] == rows
    assert [tuple(row) for row in found.kinds.itertuples(index=False)] == kinds


@settings(max_examples=10)
@given(ACCOUNTS)
def test_the_order_of_accounts_does_not_matter(accounts: list[Account]) -> None:
    """Turned round, the same accounts are together with the same evidence."""
    frame = frame_of(accounts)
    forward, backward = (find_duplicates(part).accounts for part in (frame, frame[::-1]))
    sets = [
        {frozenset(part[["account", "evidence", "against"]].itertuples(index=False, name=None)) for _, part in groups}
        for groups in (forward.groupby("cluster"), backward.groupby("cluster"))
    ]
    assert sets[0] == sets[1]


def test_a_hundred_thousand_accounts_take_seconds() -> None:
    """No step compares all with all: it stays far below the minute that even a slow machine is granted here."""
    size = 100_000
    number = pd.Series(np.arange(size) % (size - 3000)).astype("str")
    born = pd.to_datetime("1990-01-01") + pd.to_timedelta(np.arange(size) % 9000, unit="D")
    frame = pd.DataFrame(
        {
            "upn": "S" + number,
            "external_id": "E" + number,
            "emails": "u" + number + "@x.example",
            "full_name": "Ann " + number,
            "first_name": "Ann",
            "last_name": number,
            "date_of_birth": born,
        }
    )
    began = time.process_time()
    found = find_duplicates(frame)
    assert time.process_time() - began < 10
    assert len(found.accounts) == 6000


def folded(name: str | None) -> str:
    """A name of the few above without case, accents and blanks."""
    return (name or "").lower().replace("ë", "e").replace("ñ", "n").replace(" ", "")


def keys_of(account: Account, kind: str) -> set[Any]:
    """The values of an account that another one must share for a kind of evidence."""
    born = account["date_of_birth"]
    if kind == "email":
        return {part.strip().lower() for part in (account["emails"] or "").split(";") if part.strip()}
    if kind in ("upn", "external_id"):
        value = (account[kind] or "").strip().lower()
        return set() if value in ("", "n/a") else {value}
    name = folded(account["full_name" if kind == "name" else "last_name"])
    return {(name, born)} if name and born else set()


def alike(one: Account, other: Account) -> bool:
    """Whether two accounts of one block have similar first names and not the same full name."""
    names = sorted((folded(one["first_name"]), folded(other["first_name"])), key=len)
    same_full = folded(one["full_name"]) == folded(other["full_name"]) != ""
    similar = (names[0] == names[1] != "") or (len(names[0]) >= 3 and names[1].startswith(names[0]))
    return similar and not same_full


def by_plain_loops(accounts: list[Account], limit: int) -> tuple[list[tuple[Any, ...]], list[tuple[str, int, int]]]:
    """Suggestions and kinds, worked out pair by pair."""
    tied: dict[str, set[tuple[int, int]]] = {}
    shared: dict[str, int] = {}
    for kind in EVIDENCE:
        owners: dict[Any, list[int]] = {}
        for place, account in enumerate(accounts):
            for key in keys_of(account, kind):
                owners.setdefault(key, []).append(place)
        shared[kind] = sum(len(group) > limit for group in owners.values())
        tied[kind] = {
            pair
            for group in owners.values()
            if len(group) <= limit
            for pair in combinations(group, 2)
            if kind != "similar_name" or alike(accounts[pair[0]], accounts[pair[1]])
        }
    mark = list(range(len(accounts)))
    for _ in accounts:
        for left, right in set().union(*tied.values()):
            mark[left] = mark[right] = min(mark[left], mark[right])
    clusters = [
        [place for place in range(len(accounts)) if mark[place] == root]
        for root in sorted(set(mark))
        if mark.count(root) > 1
    ]
    rows = []
    for number, cluster in enumerate(clusters):
        different = {
            "date of birth": {accounts[place]["date_of_birth"] for place in cluster} - {None},
            "full name": {folded(accounts[place]["full_name"]) for place in cluster} - {""},
            "UPN": set().union(*(keys_of(accounts[place], "upn") for place in cluster)),
            "external ID": set().union(*(keys_of(accounts[place], "external_id") for place in cluster)),
        }
        against = "; ".join(words for words, values in different.items() if len(values) > 1)
        for place in cluster:
            kinds = [kind for kind in EVIDENCE if any(place in pair for pair in tied[kind])]
            rows.append((number, 100 + place, "; ".join(EVIDENCE[kind] for kind in kinds), against))
    counted = [
        (
            kind,
            sum(any(place in pair for pair in tied[kind] for place in cluster) for cluster in clusters),
            shared[kind],
        )
        for kind in EVIDENCE
    ]
    return rows, counted
