"""Accounts that probably belong to one person, with the evidence: suggestions to look at; nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from smartia.analysis.identifiers import comparable_name, comparable_value
from smartia.table.texts import MANY_TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SHARED_LIMIT: Final = 10
"""A value that more accounts than this share is no evidence: a class mailbox, a number put in as a stopgap."""

PREFIX_LETTERS: Final = 3
"""Letters that the shorter of two first names needs to count as the beginning of the longer."""

EVIDENCE: Final[Mapping[str, str]] = {
    "upn": "same UPN",
    "external_id": "same external ID",
    "email": "same e-mail address",
    "name": "same full name and date of birth",
    "similar_name": "same date of birth and last name, similar first name",
}
"""The kinds of evidence, strongest first, in words."""

_DIFFERENCES: Final = {
    "date_of_birth": "date of birth",
    "full_name": "full name",
    "upn": "UPN",
    "external_id": "external ID",
}


@dataclass(frozen=True)
class Duplicates:
    """What `find_duplicates` found.

    Attributes:
        accounts: One row per suggested account: `cluster` (0, 1, …; the accounts of one are probably one person's),
            `account` (its label in the frame given), `evidence` (the kinds that tie it to another account of its
            cluster, in words, strongest first), `against` (which values differ within the cluster, in words; empty
            where none do). In order of cluster and account; clusters in order of their first account.
        kinds: One row per kind of evidence, strongest first: `kind` (a key of `EVIDENCE`), `clusters` (in how many it
            occurs), `shared` (how many values were left out since more accounts than the limit share them).
    """

    accounts: pd.DataFrame
    kinds: pd.DataFrame


def find_duplicates(accounts: pd.DataFrame, shared_limit: int = SHARED_LIMIT) -> Duplicates:
    """Suggest which accounts are one person's.

    Evidence is a UPN, an external ID or an e-mail address that accounts share (case and blanks around it do not matter;
    stopgaps such as "n/a" or "000" are no values); the same full name with the same date of birth; or the same last
    name and date of birth with different full names, where the first names are the same or one of at least
    `PREFIX_LETTERS` letters begins the other. Names are compared without case, accents, hyphens, apostrophes and
    blanks. The same name alone is no evidence. A cluster holds the accounts between which a chain of evidence leads.

    Args:
        accounts: One row an account with distinct labels: `upn`, `external_id`, `emails` (joined by ";"), `full_name`,
            `first_name`, `last_name` (texts) and `date_of_birth` (a date); any value may be missing.
        shared_limit: A value that more accounts share is left out and counted.

    Returns:
        The suggestions; no rows where there is no evidence.
    """
    compared = pd.DataFrame(
        {name: comparable_value(accounts[name]) for name in ("upn", "external_id")}
        | {name: comparable_name(accounts[name]) for name in ("full_name", "first_name", "last_name")}
        | {"date_of_birth": accounts["date_of_birth"]}
    ).reset_index(drop=True)
    links = {kind: _pairs(_codes(compared[kind]), shared_limit) for kind in ("upn", "external_id")}
    links["email"] = _pairs(_codes(comparable_value(_addresses(accounts["emails"]))), shared_limit)
    links["name"] = _pairs(_codes(compared["full_name"], compared["date_of_birth"]), shared_limit)
    namesakes = _pairs(_codes(compared["last_name"], compared["date_of_birth"]), shared_limit)
    links["similar_name"] = _with_similar_first_name(namesakes, compared)
    cluster = _clusters(len(accounts), links)
    return Duplicates(_suggestions(accounts.index, cluster, links, compared), _kinds(cluster, links))


@dataclass(frozen=True)
class _Links:
    """Pairs of accounts, by position, and how many values too many accounts share."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    shared: int


def _addresses(emails: pd.Series) -> pd.Series:
    """Part joined addresses; the label of each is the position of its account."""
    lists = pc.split_pattern(pa.array(emails.astype(MANY_TEXTS), type=pa.string(), from_pandas=True), ";")
    owner = pc.list_parent_indices(lists).to_numpy()
    return pd.Series(pd.array(pc.list_flatten(lists), dtype=MANY_TEXTS), index=owner)


def _codes(*keys: pd.Series) -> pd.Series:
    """Number the distinct combinations of keys; rows in which a key is missing are left out."""
    code = pd.Series(0, index=keys[0].index, dtype="int64")
    known = pd.Series(data=True, index=code.index)
    for key in keys:
        number, distinct = pd.factorize(key)
        code = code * max(len(distinct), 1) + number
        known &= number >= 0
    return code[known]


def _pairs(codes: pd.Series, shared_limit: int) -> _Links:
    """Pair the accounts (the labels) of the same code, unless more than the limit share it."""
    number = pd.factorize(codes)[0]
    codes = codes[np.bincount(number)[number] > 1]  # so that what follows deals with few
    owned = pd.DataFrame({"code": codes.to_numpy(), "account": codes.index.to_numpy()}).drop_duplicates()
    owned = owned.sort_values(["code", "account"], ignore_index=True)
    sizes = owned.groupby("code")["account"].transform("size")
    shared = int(owned.loc[sizes > shared_limit, "code"].nunique())
    kept = owned[(sizes > 1) & (sizes <= shared_limit)]
    code, account = kept["code"].to_numpy(), kept["account"].to_numpy()
    lefts, rights = [account[:0]], [account[:0]]
    for step in range(1, shared_limit):
        same = code[step:] == code[:-step]
        lefts.append(account[:-step][same])
        rights.append(account[step:][same])
    return _Links(np.concatenate(lefts), np.concatenate(rights), shared)


def _with_similar_first_name(pairs: _Links, compared: pd.DataFrame) -> _Links:
    first, full = compared["first_name"].fillna(""), compared["full_name"].fillna("")
    # Names are compared in Python, which is slow: only those that begin alike.
    beginning = pd.factorize(first.str.slice(0, 1))[0]
    alike = beginning[pairs.left] == beginning[pairs.right]
    number = pd.factorize(full)[0]
    alike &= (number[pairs.left] != number[pairs.right]) | (full == "").to_numpy()[pairs.left]
    left, right = pairs.left[alike], pairs.right[alike]
    kept = [_is_similar(*names) for names in zip(first.iloc[left], first.iloc[right], strict=True)]
    similar = np.array(kept, dtype=bool)
    return _Links(left[similar], right[similar], pairs.shared)


def _is_similar(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return shorter == longer != "" or (len(shorter) >= PREFIX_LETTERS and longer.startswith(shorter))


def _clusters(size: int, links: Mapping[str, _Links]) -> pd.Series:
    """Number the clusters; positions of accounts that are in one, in order, are the labels."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    left = np.concatenate([pairs.left for pairs in links.values()])
    right = np.concatenate([pairs.right for pairs in links.values()])
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(size, size))
    component = connected_components(graph, directed=False)[1] if size else np.empty(0, dtype=np.int64)
    members = np.unique(np.concatenate([left, right]))
    return pd.Series(pd.factorize(component[members])[0], index=members)


def _suggestions(
    labels: pd.Index, cluster: pd.Series, links: Mapping[str, _Links], compared: pd.DataFrame
) -> pd.DataFrame:
    members = cluster.index.to_numpy()
    tied = {EVIDENCE[kind]: _is_in(members, pairs) for kind, pairs in links.items()}
    values = compared.loc[members].groupby(cluster)
    differing = {words: values[name].transform("nunique") > 1 for name, words in _DIFFERENCES.items()}
    table = pd.DataFrame(
        {
            "cluster": cluster.to_numpy(),
            "account": labels[members],
            "evidence": _joined(tied, len(members)),
            "against": _joined(differing, len(members)),
        }
    )
    return table.sort_values("cluster", kind="stable", ignore_index=True)


def _kinds(cluster: pd.Series, links: Mapping[str, _Links]) -> pd.DataFrame:
    members = cluster.index.to_numpy()
    rows = [(kind, int(cluster[_is_in(members, pairs)].nunique()), pairs.shared) for kind, pairs in links.items()]
    return pd.DataFrame(rows, columns=["kind", "clusters", "shared"])


def _is_in(members: NDArray[np.int64], pairs: _Links) -> NDArray[np.bool_]:
    return np.isin(members, np.concatenate([pairs.left, pairs.right]))


def _joined(flags: Mapping[str, NDArray[np.bool_] | pd.Series], size: int) -> pd.Series:
    """Write for each row the words whose flag is set, parted by semicolons."""
    words = pd.Series("", index=range(size), dtype="str")
    for text, flag in flags.items():
        chosen = pd.Series(np.asarray(flag, dtype=bool))
        words = words.mask(chosen, words + "; " + text)
    return words.str.removeprefix("; ")
