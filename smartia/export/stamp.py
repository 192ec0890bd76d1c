"""The stamp: what every export says about itself, so that a figure is never without its filters and its date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from smartia.table.calendar import LONDON
from smartia.table.glossary import EXPORTED

DEFINITIONS: Final = tuple((term.name, term.meaning) for term in EXPORTED)
"""What the words of the tables mean, as pairs of a term and its meaning."""


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


def _moment(instant: dt.datetime) -> str:
    local = instant.astimezone(LONDON)
    return f"{local.day} {local:%B %Y, %H:%M}"
