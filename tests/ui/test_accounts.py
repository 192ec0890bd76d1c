"""Searching accounts: by name, remembered while the accounts are there, and gone with them."""

import gc
import random
import weakref

import pandas as pd
import pytest

from smartia.analysis.duplicates import find_duplicates
from smartia.analysis.identifiers import SearchIndex, search_index
from smartia.ui.accounts import IDENTITIES, Accounts
from tests.handmade import make_user


def make_accounts(size: int) -> Accounts:
    """Make invented accounts."""
    rng = random.Random(3)
    users = [make_user(rng) for _ in range(size)]
    sent = pd.DataFrame(
        {
            "full_name": [user["fullName"] for user in users],
            "username": [user["username"] for user in users],
            "upn": [user.get("upn") for user in users],
            "external_id": [user.get("externalId") for user in users],
            "emails": ["; ".join(user.get("emails") or []) for user in users],
            "first_name": [user["firstName"] for user in users],
            "last_name": [user["lastName"] for user in users],
            "date_of_birth": pd.to_datetime([user.get("dateOfBirth") for user in users]),
        }
    )
    facts = pd.DataFrame({"age": 17, "sessions": 1, "ended_at": pd.Timestamp("2025-09-01", tz="UTC")}, index=sent.index)
    return Accounts(search_index(*(sent[name] for name in IDENTITIES)), facts, find_duplicates(sent))


def test_accounts_come_by_name() -> None:
    """Whoever is found is found by every word, in order of name and username."""
    accounts = make_accounts(200)
    everybody = accounts.table_of(accounts.find(""))
    pairs = list(zip(everybody["full_name"], everybody["username"], strict=True))
    assert len(pairs) == 200
    assert pairs == sorted(pairs)
    name, username = pairs[7]
    assert username in set(accounts.table_of(accounts.find(f"{username} {name}"))["username"])


def test_a_search_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of the page with the search of the run before searches nothing; another one does."""
    accounts = make_accounts(50)
    first = accounts.find("a")
    monkeypatch.setattr(SearchIndex, "find", None)  # so that nothing can be searched
    assert accounts.find("a") is first
    with pytest.raises(TypeError):
        accounts.find("b")


def test_nothing_outlasts_the_accounts() -> None:
    """When the accounts are let go, names and what was searched are gone at once, before any search for garbage."""
    accounts = make_accounts(50)
    accounts.find("a")
    texts = weakref.ref(accounts.words)
    gc.disable()
    try:
        del accounts
        assert texts() is None
    finally:
        gc.enable()
