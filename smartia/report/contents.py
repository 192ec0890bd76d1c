"""What a report holds: sections of figures, each with its sentences, its chart and the table behind it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from smartia.export.exhibits import Drawing, Exhibit


class Topic(StrEnum):
    """A section that a reader can choose."""

    HEADLINES = "headlines"
    LEVELS = "levels"
    TRENDS = "trends"
    DURATIONS = "durations"
    QUALITY = "quality"
    DEFINITIONS = "definitions"

    @property
    def heading(self) -> str:
        """Its heading."""
        return {
            Topic.HEADLINES: "Headline figures",
            Topic.LEVELS: "Levels",
            Topic.TRENDS: "Trends",
            Topic.DURATIONS: "Durations",
            Topic.QUALITY: "Data quality",
            Topic.DEFINITIONS: "What the words mean",
        }[self]


TITLE: Final = "Smart Initial Assessments"
"""The title of a report that is given none."""
LANGUAGE: Final = "en-GB"
LEVEL: Final = "Level 1"


@dataclass(frozen=True)
class Wanted:
    """What a report is to hold.

    Attributes:
        topics: Its sections, in any order.
        subjects: Its subjects; none means all.
        level: The level that counts as reached.
        title: Its title.
        language: The language of the title.
    """

    topics: tuple[Topic, ...] = tuple(Topic)
    subjects: tuple[str, ...] = ()
    level: str = LEVEL
    title: str = TITLE
    language: str = LANGUAGE

    @property
    def in_order(self) -> tuple[Topic, ...]:
        """The sections in their usual order, each once."""
        return tuple(topic for topic in Topic if topic in self.topics)


@dataclass(frozen=True)
class Part:
    """A part of a section; what is empty is left out.

    Attributes:
        heading: Its heading.
        numbers: Single figures: a label and a number as text.
        sentences: What the figures say.
        drawing: Its chart.
        table: The table behind the chart, or by itself.
        terms: Words and what they mean.
        notes: What has to be known to read the figures.
    """

    heading: str = ""
    numbers: tuple[tuple[str, str], ...] = ()
    sentences: tuple[str, ...] = ()
    drawing: Drawing | None = None
    table: Exhibit | None = None
    terms: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A section of a report.

    Attributes:
        title: Its heading.
        parts: What stands below it.
    """

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Report:
    """A report.

    Attributes:
        title: Its title, in any language.
        language: That language, by its code, such as "en-GB" or "cy"; all else is in English.
        about: What is counted, when it was pulled and from where: pairs of a label and a text.
        notice: Who may read it.
        sections: Its sections, in order.
        below_titles: What its charts say below their titles where each is a file of its own.
    """

    title: str
    language: str
    about: tuple[tuple[str, str], ...]
    notice: str
    sections: tuple[Section, ...]
    below_titles: tuple[str, ...]

    @property
    def drawings(self) -> list[Drawing]:
        """Its charts, in order."""
        return [part.drawing for section in self.sections for part in section.parts if part.drawing is not None]
