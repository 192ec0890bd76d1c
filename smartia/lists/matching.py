"""From a list's references to the accounts that have sessions: who is on the list, and whose each session is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smartia.table.texts import MANY_TEXTS


class KeyKind(StrEnum):
    """What a list calls a learner by: a column of the sessions frame."""

    EXTERNAL_ID = "external_id"
    UPN = "upn"
    USERNAME = "username"
    EMAIL = "emails"

    @property
    def label(self) -> str:
        """Its name on screen."""
        return {
            KeyKind.EXTERNAL_ID: "External ID",
            KeyKind.UPN: "Learner reference (UPN)",
            KeyKind.USERNAME: "Username",
            KeyKind.EMAIL: "E-mail",
        }[self]


NOBODY: Final = -1
"""The place in the list of a session whose account is not on it."""

EMAIL_SEPARATOR: Final = "; "


@dataclass(frozen=True)
class LearnerList:
    """A list as it is kept: references and groups, no other column of the file.

    Attributes:
        kind: What the references are.
        people: One row a person, in the order of the file: `key` (the reference as given) and one column a grouping
            (text; "" where the list has none). Columns are named "key" and by `groupings`' place: "0", "1", ….
        groupings: The names of the grouping columns, as the file has them.
        repeated: Rows that name a person again with the same groups; counted once.
        conflicting: References that occur with different groups; each is kept in the groups of its first row.
        without_key: Rows without a reference, left out.
    """

    kind: KeyKind
    people: pd.DataFrame
    groupings: tuple[str, ...]
    repeated: int
    conflicting: tuple[str, ...]
    without_key: int


@dataclass(frozen=True)
class Match:
    """Where a list and the sessions meet.

    Attributes:
        person: For each session, in the snapshot's order, the place of its person among the list's people; −1 where
            the account is not on the list.
        accounts: For each person of the list, how many accounts have the reference; 0 where none does.
        same_as: For each person, the place of an earlier one who has the same account under another reference; −1
            where there is none. Such a person is not counted again.
    """

    person: NDArray[np.int32]
    accounts: NDArray[np.int64]
    same_as: NDArray[np.int64]


def normalise(key: str) -> str:
    """Make references comparable: without white space at the ends, and whatever their case.

    >>> normalise(" EXT-1a ")
    'ext-1a'
    """
    return key.strip().casefold()


def make_list(table: pd.DataFrame, key: str, kind: KeyKind, groupings: Sequence[str]) -> LearnerList:
    """Take from an uploaded table what is needed: one row a person, with the reference and the groups.

    Args:
        table: A result of `read_list`.
        key: The column of references.
        kind: What these are.
        groupings: The columns of groups.
    """
    named = table[table[key].map(normalise) != ""]
    places = [str(place) for place in range(len(groupings))]
    rows = named[[key, *groupings]].set_axis(["key", *places], axis="columns").reset_index(drop=True)
    reference = rows["key"].map(normalise).rename("reference")
    first = ~reference.duplicated()
    distinct = rows[places].assign(reference=reference).drop_duplicates()
    in_conflict = set(distinct.loc[distinct["reference"].duplicated(), "reference"])
    people = rows[first].reset_index(drop=True)
    return LearnerList(
        kind=kind,
        people=people,
        groupings=tuple(groupings),
        repeated=int((~first & ~reference.isin(in_conflict)).sum()),
        conflicting=tuple(people["key"][people["key"].map(normalise).isin(in_conflict)]),
        without_key=len(table) - len(named),
    )


def known_references(identities: pd.DataFrame, kind: KeyKind, wanted: set[str]) -> set[str]:
    """Tell which of some references accounts can be found by.

    Args:
        identities: As for `account_keys`.
        kind: Which kind of reference.
        wanted: Normalised references.
    """
    known = _references(identities[kind.value].drop_duplicates().dropna(), kind)
    return set(known[known.isin(wanted)])


def account_keys(identities: pd.DataFrame, kind: KeyKind) -> pd.DataFrame:
    """List by which references each account can be found.

    Args:
        identities: `account` (a code) and the column of this kind, a text or a categorical; at least one row for every
            pair that some session has. An account may have changed its references; then each of them finds it.
        kind: Which kind of reference.

    Returns:
        Distinct pairs of `reference` (normalised, never "") and `account`.
    """
    pairs = identities[["account", kind.value]].drop_duplicates().dropna()
    references = _references(pairs[kind.value], kind)
    accounts = pairs["account"].loc[references.index].array
    return pd.DataFrame({"reference": references.array, "account": accounts}).drop_duplicates(ignore_index=True)


def match_list(learners: LearnerList, identities: pd.DataFrame, accounts: pd.Series) -> Match:
    """Find the sessions of the people on a list.

    A reference that several accounts have finds all of them. An account that several people of the list would find
    (two e-mail addresses of one learner) belongs to the first of them.

    Args:
        learners: The list.
        identities: As for `account_keys`.
        accounts: The account of each session, in the snapshot's order.
    """
    pairs = account_keys(identities, learners.kind)
    person_of = pd.Series(np.arange(len(learners.people)), index=learners.people["key"].map(normalise), dtype="int64")
    found = pairs.assign(person=pairs["reference"].map(person_of)).dropna(subset="person")
    found = found.astype({"person": "int64"}).sort_values("person", kind="stable")
    owner = found.drop_duplicates("account").set_index("account")["person"]
    owned = np.bincount(found["person"], minlength=len(learners.people))
    # Whoever owns none of the accounts that the reference finds is an earlier person under another reference.
    taken = found[~found["person"].isin(owner)].drop_duplicates("person")
    same_as = np.full(len(learners.people), NOBODY, dtype=np.int64)
    same_as[taken["person"]] = taken["account"].map(owner)
    person = accounts.map(owner).fillna(NOBODY).to_numpy(dtype=np.int32)
    return Match(person=person, accounts=owned, same_as=same_as)


def _references(values: pd.Series, kind: KeyKind) -> pd.Series:
    """Take values apart into normalised references, none "", each with the label of its value."""
    texts = values.astype(MANY_TEXTS)
    if kind is KeyKind.EMAIL:
        texts = texts.str.split(EMAIL_SEPARATOR, regex=False).explode().astype(MANY_TEXTS)
    plain = texts.str.strip().str.lower()
    odd = ~texts.str.isascii()  # for which `normalise` does more
    references = plain.where(~odd, texts[odd].map(normalise)) if odd.any() else plain
    return references[references != ""]
