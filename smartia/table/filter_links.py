"""The filters as links have them: one declaration of their keys and values, for the app's controls and for commands."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs, urlsplit

import pandas as pd

from smartia.errors import LinkError
from smartia.table.filters import AttemptRule, Filters
from smartia.table.levels import UNREADABLE


@dataclass(frozen=True)
class ValueFilter:
    """A filter by the values of a column.

    Attributes:
        key: Its name in a link.
        column: The column of the analysis frame, and the name in `Filters`.
        label: What it is called on screen.
        help: What it does.
        missing: What stands for values that are missing, where they can be chosen.
    """

    key: str
    column: str
    label: str
    help: str
    missing: str | None = None

    def options(self, values: Sequence[str]) -> list[str]:
        """List what can be chosen.

        Args:
            values: The values that the column of the whole analysis frame can have.
        """
        return [*values] if self.missing is None else [*values, self.missing]


FILTERS: Final = (
    ValueFilter("subject", "subject", "Subject", "Only sessions in these subjects."),
    ValueFilter("year", "academic_year", "Academic year", "1 August to 31 July, by the day of completion."),
    ValueFilter("gender", "gender", "Gender", "As the learner's account states it."),
    ValueFilter(
        "age",
        "age_band",
        "Age",
        "By age on 31 August of the academic year, by the date of the assessment; funding age is fixed at the start of "
        "learning, which these data do not have.",
    ),
)
MORE_FILTERS: Final = (
    ValueFilter("test", "test_name", "Test", "Only sessions of these tests. A subject may have several tests."),
    ValueFilter("version", "test_version", "Test version", "A test is revised from time to time."),
    ValueFilter(
        "reached",
        "level_whole",
        "Level",
        "Only sessions with these results. Shares then mean little.",
        missing=UNREADABLE,
    ),
    ValueFilter("sitting", "sitting", "Sitting", "Sat in one go, with pauses, or over several days."),
)
DATES: Final = {"since": "Completed from", "until": "Completed up to"}
"""The first and the last day of completion: the name in a link and in `Filters`, and what it is called on screen."""
ATTEMPTS_KEY: Final = "attempts"
ATTEMPT_LABELS: Final = {AttemptRule.LATEST: "Latest", AttemptRule.FIRST: "First", AttemptRule.ALL: "All"}
"""The attempt rules, the usual one first, as screens and links have them."""
SHORT_KEY: Final = "short"
SHORT_SHARES: Final[dict[str, float | None]] = {
    "Count them": None,
    "Leave out under 10%": 0.10,
    "Leave out under 25%": 0.25,
    "Leave out under 33%": 0.33,
}
"""Shares of the usual time below which sittings are left out, by what screens and links call them, the usual first."""
PUBLISH_KEY: Final = "publish"
"""The switch to the publish view."""

T = TypeVar("T")

_VALUES: Final = {spec.key: spec for spec in (*FILTERS, *MORE_FILTERS)}
_ONCE: Final = (*DATES, ATTEMPTS_KEY, SHORT_KEY)


def filters_of_link(link: str) -> Filters:
    """Read the filters of a copied link; what else it holds is left aside: see `other_keys`.

    Args:
        link: A whole address, or what stands in it behind the question mark.

    Returns:
        The filters. Whether the data have their values says `check_filters`.

    Raises:
        LinkError: The text is no link, a filter that has one value stands there several times, or a value is none that
            it can have.
    """
    query = _query_of(link)
    for key in _ONCE:
        if len(query.get(key, ())) > 1:
            raise LinkError.from_value(key, ["one value"])
    chosen: dict[str, Any] = {spec.column: tuple(dict.fromkeys(query.get(key, ()))) for key, spec in _VALUES.items()}
    chosen |= {key: _day_of(key, query[key][0]) for key in DATES if key in query}
    rules = {label: rule for rule, label in ATTEMPT_LABELS.items()}
    short, rule = _labelled(SHORT_KEY, query, SHORT_SHARES), _labelled(ATTEMPTS_KEY, query, rules)
    return Filters(**chosen, short_share=short, attempts=rule)


def other_keys(link: str) -> tuple[str, ...]:
    """Name what a link holds beside filters and the switch to the publish view: choices of a page, in their order.

    Raises:
        LinkError: The text is no link.
    """
    return tuple(key for key in _query_of(link) if key not in {*_VALUES, *_ONCE, PUBLISH_KEY})


def asks_to_publish(link: str) -> bool:
    """Whether a link opens the publish view.

    Raises:
        LinkError: The text is no link.
    """
    return _query_of(link).get(PUBLISH_KEY, ["false"])[-1].casefold() == "true"


def check_filters(frame: pd.DataFrame, filters: Filters) -> None:
    """Look whether the data have the values that filters name.

    Args:
        frame: The whole analysis frame.
        filters: The filters.

    Raises:
        LinkError: They have not.
    """
    for spec in _VALUES.values():
        options = spec.options([str(value) for value in frame[spec.column].cat.categories])
        if not set(filters.restrictions.get(spec.column, ())) <= set(options):
            raise LinkError.from_value(spec.key, options)


def _query_of(link: str) -> dict[str, list[str]]:
    link = link.strip()
    # A word that is no link would count every session, where a part was meant.
    if link and not any(sign in link for sign in ("?", "://", "=")):
        raise LinkError.from_text()
    query = urlsplit(link).query if "?" in link or "://" in link else link
    return parse_qs(query, keep_blank_values=True)


def _day_of(key: str, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise LinkError.from_value(key, ["a day such as 2025-09-15"]) from None


def _labelled(key: str, query: dict[str, list[str]], labels: dict[str, T]) -> T:
    """Find what a label in a link stands for; the first of all where the link has none."""
    label = query.get(key, [next(iter(labels))])[0]
    if label not in labels:
        raise LinkError.from_value(key, list(labels))
    return labels[label]
