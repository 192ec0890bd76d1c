"""Filters as they stand in the address of a page, so that a copied link says elsewhere what it says in the app."""

from __future__ import annotations

import datetime as dt
from typing import Final, TypeVar
from urllib.parse import parse_qsl, urlsplit

from smartia.errors import LinkError
from smartia.table.filters import AttemptRule, Filters

T = TypeVar("T")

LINK_KEYS: Final = {
    "subject": "subject",
    "year": "academic_year",
    "gender": "gender",
    "age": "age_band",
    "test": "test_name",
    "version": "test_version",
    "reached": "level_whole",
    "sitting": "sitting",
}
"""Keys of an address, and the columns whose values they restrict."""
DATE_KEYS: Final = ("since", "until")
ATTEMPTS_KEY: Final = "attempts"
ATTEMPT_LABELS: Final = {AttemptRule.LATEST: "Latest", AttemptRule.FIRST: "First", AttemptRule.ALL: "All"}
"""The attempt rules as the reader chooses them, and as they stand in an address."""
SHORT_KEY: Final = "short"
SHORT_SHARES: Final = {
    "Count them": None,
    "Leave out under 10%": 0.10,
    "Leave out under 25%": 0.25,
    "Leave out under 33%": 0.33,
}
"""What becomes of unusually short sittings, as the reader chooses it and as it stands in an address."""


def filters_of_link(link: str) -> Filters:
    """Read the filters out of a copied link.

    Args:
        link: The address of a page, or what stands behind its question mark. Keys that belong to one page, such as
            how its levels are shown, do not restrict anything and are passed over.

    Raises:
        LinkError: A date, the attempt rule or the rule for short sittings cannot be read.
    """
    query = urlsplit(link).query or (link if "=" in link and "://" not in link else "")
    chosen: dict[str, list[str]] = {}
    for key, value in parse_qsl(query.lstrip("?")):
        chosen.setdefault(key, []).append(value)
    among = {column: tuple(chosen.get(key, ())) for key, column in LINK_KEYS.items()}
    attempts = _choice(
        ATTEMPTS_KEY, chosen, {label: rule for rule, label in ATTEMPT_LABELS.items()}, AttemptRule.LATEST
    )
    short = _choice(SHORT_KEY, chosen, SHORT_SHARES, None)
    since, until = (_day(key, chosen.get(key, [])) for key in DATE_KEYS)
    return Filters(
        subject=among["subject"],
        test_name=among["test_name"],
        test_version=among["test_version"],
        academic_year=among["academic_year"],
        gender=among["gender"],
        age_band=among["age_band"],
        level_whole=among["level_whole"],
        sitting=among["sitting"],
        since=since,
        until=until,
        short_share=short,
        attempts=attempts,
    )


def _choice(key: str, chosen: dict[str, list[str]], choices: dict[str, T], default: T) -> T:
    values = chosen.get(key, [])
    if not values:
        return default
    if values[-1] not in choices:
        raise LinkError.from_value(key, list(choices))
    return choices[values[-1]]


def _day(key: str, values: list[str]) -> dt.date | None:
    if not values:
        return None
    try:
        return dt.date.fromisoformat(values[-1])
    except ValueError:
        raise LinkError.from_value(key, ["2026-01-31"]) from None
