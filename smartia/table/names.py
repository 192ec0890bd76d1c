"""What test versions, tests, subjects and levels are called on a screen: by all sessions, read part by part."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from smartia.table.labels import fit_labels
from smartia.table.versions import version_labels

_LABELS = ("test_name", "subject", "level")
"""What names bars, filters and headings as it was sent."""


@dataclass(frozen=True)
class Seen:
    """What there is to be named in some sessions.

    Attributes:
        versions: One row a test version: `version` (its id), `test` (the name with its first session), `day` (its
            first day of completion).
        texts: Column → its values in order of first appearance.
    """

    versions: pd.DataFrame
    texts: Mapping[str, list[str]]


@dataclass(frozen=True)
class Names:
    """What things are called.

    Attributes:
        versions: Id of a test version → its name.
        texts: Column → value as it was sent → label fit for a screen.
    """

    versions: dict[str, str]
    texts: dict[str, dict[str, str]]


def seen_in(sessions: pd.DataFrame) -> Seen:
    """Find what there is to be named.

    Args:
        sessions: Sessions in order of ended_at and session_id, with `completed_on` and the categoricals
            `test_version_id`, `test_name`, `subject` and `level`, whose categories are in order of appearance.
    """
    columns = {"version": "test_version_id", "test": "test_name", "day": "completed_on"}
    rows = pd.DataFrame({name: sessions[column] for name, column in columns.items()})
    first = rows.groupby("version", as_index=False, observed=True).agg(test=("test", "first"), day=("day", "min"))
    texts = {name: [str(text) for text in sessions[name].cat.categories] for name in _LABELS}
    return Seen(first.astype({"version": "str", "test": "str"}), texts)


def names_of(parts: Iterable[Seen]) -> Names:
    """Name things by all sessions.

    Args:
        parts: What there is in each part of the sessions, in their order.
    """
    found = list(parts)
    if not found:
        return Names({}, {name: {} for name in _LABELS})
    versions = pd.concat([part.versions for part in found], ignore_index=True)
    texts: dict[str, dict[str, str]] = {}
    for column in _LABELS:
        values = list(dict.fromkeys(text for part in found for text in part.texts[column]))
        texts[column] = dict(zip(values, fit_labels(values), strict=True))
    return Names(version_labels(versions["version"], versions["test"], versions["day"]), texts)


def with_names(sessions: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Give sessions the names of things.

    Args:
        sessions: Any of the sessions, as for `seen_in`.
        names: The names.

    Returns:
        The sessions with `test_name`, `subject` and `level` named anew, and `test_version`.
    """
    named = {name: sessions[name].cat.rename_categories(dict(labels)) for name, labels in names.texts.items()}
    version = sessions["test_version_id"].cat.rename_categories(dict(names.versions))
    return sessions.assign(**named, test_version=version)
