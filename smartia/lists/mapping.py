"""Which column of a list holds the references and which the groups: guesses that the reader can correct."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import pandas as pd

from smartia.lists.matching import KeyKind, normalise

FEWEST_GROUPS: Final = 2
MOST_GUESSED_GROUPS: Final = 60
MOST_GROUPS: Final = 200
"""A column with more different values is no column of groups."""

_NEAR: Final = 0.9
_HEADERS: Final[Mapping[KeyKind, re.Pattern[str]]] = {
    KeyKind.EMAIL: re.compile(r"e ?mail|mail address"),
    KeyKind.UPN: re.compile(r"\bupn\b|\buln\b|unique (pupil|learner)"),
    KeyKind.USERNAME: re.compile(r"user ?name|user ?id|\blogin\b|\baccount\b"),
    KeyKind.EXTERNAL_ID: re.compile(
        r"external|\bmis\b|(student|learner|person|pupil|enrolment) ?(id|no|num|number|ref|reference|code)\b"
        r"|\b(id|ref|reference)\b"
    ),
}
_PERSON = r"(full|first|middle|last|given|family|known as|preferred|legal|student|learner|pupil|person)"
_PERSONAL_HEADER: Final = re.compile(
    rf"({_PERSON} )*names?|name of ({_PERSON})|sur ?name|fore ?names?|initials|dob|d o b|.*\bbirth.*"
    r"|.*e ?mail.*|.*\b(tele)?phone.*|.*\bmobile.*|.*\baddress.*|.*\bpost ?code.*|.*\b(upn|uln|ni number)\b.*"
)
_DATE: Final = re.compile(r"(\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2})( .*)?")
_MOSTLY: Final = 0.8
Known: TypeAlias = Callable[[KeyKind, set[str]], set[str]]


@dataclass(frozen=True)
class KeyGuess:
    """Which column holds the references.

    Attributes:
        column: The column's name.
        kind: What the references are.
        found: Rows whose reference an account with sessions has.
    """

    column: str
    kind: KeyKind
    found: int


def guess_key(table: pd.DataFrame, known_among: Known) -> KeyGuess:
    """Guess which column holds the references, by how many of them accounts have, and by the column's name.

    The column and kind that find the most rows win; among those that find nearly as many (90 %) the one whose name
    says so. Where nothing is found the name alone decides, and without any sign the first column.

    Args:
        table: A result of `read_list`.
        known_among: Tells which of some normalised references of a kind accounts can be found by.
    """
    values = {column: [normalise(value) for value in table[column]] for column in table.columns}
    wanted = set().union(*values.values())
    known = {kind: known_among(kind, wanted) for kind in KeyKind}
    guesses = [
        KeyGuess(column, kind, sum(value in known[kind] for value in values[column]))
        for column in table.columns
        for kind in KeyKind
    ]
    most = max(guess.found for guess in guesses)
    near = [guess for guess in guesses if guess.found >= _NEAR * most]
    return max(near, key=lambda guess: (_names(guess.column, guess.kind), guess.found))


def count_found(table: pd.DataFrame, column: str, kind: KeyKind, known_among: Known) -> int:
    """Count the rows whose reference an account with sessions has.

    Args:
        table: A result of `read_list`.
        column: The column of references.
        kind: What these are.
        known_among: Tells which of some normalised references of a kind accounts can be found by.
    """
    values = [normalise(value) for value in table[column]]
    known = known_among(kind, set(values))
    return sum(value in known for value in values)


def group_columns(table: pd.DataFrame, key: str) -> list[str]:
    """Name the columns that can hold groups: at most 200 values, no column of references, names or personal data.

    Args:
        table: A result of `read_list`.
        key: The column of references.
    """
    return [
        column
        for column in table.columns
        if column != key
        and not _PERSONAL_HEADER.fullmatch(_words(column))
        and not _holds_dates(table[column])
        and 1 <= _different(table[column]) <= MOST_GROUPS
    ]


def guess_groupings(table: pd.DataFrame, key: str) -> list[str]:
    """Guess the columns of groups: 2 to 60 different values, each for at least two rows on average.

    Args:
        table: A result of `read_list`.
        key: The column of references.
    """
    return [
        column
        for column in group_columns(table, key)
        if FEWEST_GROUPS <= _different(table[column]) <= min(MOST_GUESSED_GROUPS, len(table) // 2)
    ]


def _words(header: str) -> str:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return re.sub(r"[^a-z0-9]+", " ", apart.casefold()).strip()


def _names(header: str, kind: KeyKind) -> bool:
    return _HEADERS[kind].search(_words(header)) is not None


def _different(values: pd.Series) -> int:
    return int(values[values != ""].nunique())


def _holds_dates(values: pd.Series) -> bool:
    filled = values[values != ""]
    return bool(filled.str.fullmatch(_DATE.pattern).mean() >= _MOSTLY) if len(filled) else False
