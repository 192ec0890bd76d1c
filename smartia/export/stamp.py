"""The stamp: what every export says about itself, so that a figure is never without its filters and its date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Protocol

from smartia.table.calendar import LONDON
from smartia.table.glossary import EXPORTED, LEVEL, SHARE

DEFINITIONS: Final = tuple((term.name, term.meaning) for term in EXPORTED)
"""What the words of tables of exact figures mean, as pairs of a term and its meaning."""
PUBLISHED_DEFINITIONS: Final = (
    *((term.name, term.meaning) for term in EXPORTED if term not in (LEVEL, SHARE)),
    (SHARE.name, "Of all sessions, those whose level cannot be read included."),
)
"""What the words of tables of published figures mean."""

NO_TABLES: Final = ("Tables", "none; the page shows no table as it stands")
"""What an export without a table says of that."""


class Stamped(Protocol):
    """What an export says about itself, whether its figures are exact or published."""

    @property
    def title(self) -> str:
        """What it is."""

    @property
    def counted(self) -> str:
        """Which sessions count, in words."""

    @property
    def words(self) -> tuple[tuple[str, str], ...]:
        """What the words of its tables mean, as pairs."""

    def lines(self) -> list[tuple[str, str]]:
        """The stamp as pairs of a label and a text, in order."""


@dataclass(frozen=True)
class Stamp:
    """What an export says about itself.

    Attributes:
        title: What it is, such as the name of a page.
        source: Where the data came from.
        pulled_at: When they were pulled.
        made_at: When the export was made.
        counted: Which sessions count: the filters and the attempt rule in words.
        sessions: How many sessions count.
        learners: How many learners they belong to.
        held: How many sessions there are in all.
        set_aside: How many records could not be read, and are in no figure.
        missing: How many sessions the API promised and the copy lacks; below zero where it has more.
        role: Whose view it is, in words.
    """

    title: str
    source: str
    pulled_at: dt.datetime
    made_at: dt.datetime
    counted: str
    sessions: str
    learners: str
    held: str
    set_aside: str
    missing: str
    role: str

    @property
    def words(self) -> tuple[tuple[str, str], ...]:
        """What the words of the tables mean, as pairs of a term and its meaning."""
        return DEFINITIONS

    def lines(self) -> list[tuple[str, str]]:
        """The stamp as pairs of a label and a text, in order."""
        return [
            ("What", self.title),
            ("Counted", self.counted),
            ("Sessions counted", self.sessions),
            ("Learners counted", self.learners),
            ("Pulled", f"{_moment(self.pulled_at)} (UK time) from {self.source}"),
            ("Sessions held", self.held),
            ("Records set aside", f"{self.set_aside} (they do not fit the API's reference and are in no figure)"),
            ("Missing from the copy", self.missing),
            ("View", self.role),
            ("Made", f"{_moment(self.made_at)} (UK time) by smartia"),
        ]


@dataclass(frozen=True)
class PublishedStamp:
    """What an export of published figures says about itself: no count.

    Attributes:
        title: What it is, such as the name of a page.
        source: Where the data came from.
        pulled_at: When they were pulled.
        made_at: When the export was made.
        counted: Which sessions count, and how numbers are published, in words.
        marks: What the marks in the tables mean, as pairs.
    """

    title: str
    source: str
    pulled_at: dt.datetime
    made_at: dt.datetime
    counted: str
    marks: tuple[tuple[str, str], ...]

    @property
    def words(self) -> tuple[tuple[str, str], ...]:
        """What the words of the tables mean, as pairs of a term and its meaning."""
        return PUBLISHED_DEFINITIONS

    def lines(self) -> list[tuple[str, str]]:
        """The stamp as pairs of a label and a text, in order."""
        return [
            ("What", self.title),
            ("Counted", self.counted),
            *self.marks,
            ("Pulled", f"{_moment(self.pulled_at)} (UK time) from {self.source}"),
            ("View", "publish view: these figures may be passed on"),
            ("Made", f"{_moment(self.made_at)} (UK time) by smartia"),
        ]


def _moment(instant: dt.datetime) -> str:
    local = instant.astimezone(LONDON)
    return f"{local.day} {local:%B %Y, %H:%M}"
