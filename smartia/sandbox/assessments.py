"""The assessments of the sandbox's college: tests, levels as sent, and the figures that sittings are drawn by."""

from dataclasses import dataclass
from typing import Final

__all__ = ["LADDER", "LEVELS", "RESPELT", "TESTS", "UNREADABLE", "Assessment"]


@dataclass(frozen=True)
class Assessment:
    """One test and what its sittings are like. Levels are counted in half-levels: 1 is "E1 - Lower", 10 "L2 - Upper".

    Attributes:
        test_id: The vendor's published UUID of the test.
        name: The test's name.
        subject: The test's subject.
        share: Share of learners who sit it.
        retake_share: Share of duplicate accounts that sit it.
        mean_level: Mean of 16–18 year olds in the first year.
        adult_shift: What is added for learners aged 19 and over.
        version_year: Academic year (0 is the first) in which the test gets its second version …
        version_day: … and the day within it, counted from 1 August.
        version_shift: What the second version adds to the mean level.
        median_min: Median duration at level 5, in minutes.
    """

    test_id: str
    name: str
    subject: str
    share: float
    retake_share: float
    mean_level: float
    adult_shift: float
    version_year: int
    version_day: int
    version_shift: float
    median_min: float


TESTS: Final = (
    Assessment(
        test_id="5a9304d5-1019-48d9-8760-8532d15492d1",
        name="English Smart Initial Assessment",
        subject="English",
        share=0.97,
        retake_share=0.72,
        mean_level=6.9,
        adult_shift=-0.5,
        version_year=2,
        version_day=160,
        version_shift=0.3,
        median_min=46.0,
    ),
    Assessment(
        test_id="97781269-c8ad-4123-98bb-7324a7262629",
        name="Maths Smart Initial Assessment",
        subject="Maths",
        share=0.96,
        retake_share=0.7,
        mean_level=6.1,
        adult_shift=-0.3,
        version_year=2,
        version_day=0,
        version_shift=-0.35,
        median_min=52.0,
    ),
    Assessment(
        test_id="7945105f-0373-4bd8-b173-a7eade134ca9",
        name="Digital Skills Smart Initial Assessment",
        subject="Digital Skills",
        share=0.34,
        retake_share=0.1,
        mean_level=6.4,
        adult_shift=-0.9,
        version_year=1,
        version_day=95,
        version_shift=0.25,
        median_min=36.0,
    ),
    Assessment(
        test_id="e9e28cb5-16c7-496a-b504-916f8feba668",
        name="English Written Smart Initial Assessment",
        subject="English Written",
        share=0.19,
        retake_share=0.05,
        mean_level=6.3,
        adult_shift=-0.6,
        version_year=3,
        version_day=31,
        version_shift=-0.2,
        median_min=40.0,
    ),
)
"""In the order in which a learner sits them; sessions hold positions in this table."""

_WHOLE_LEVELS: Final = ("E1", "E2", "E3", "L1", "L2")
_HALVES: Final = ("Lower", "Upper")

LADDER: Final = ("Pre-Entry", *(f"{whole} - {half}" for whole in _WHOLE_LEVELS for half in _HALVES))
"""Levels as the API sends them, lowest first."""

_SPELT_OUT: Final = tuple(
    level.replace("-", " ") if level == "Pre-Entry" else {"E": "Entry Level ", "L": "Level "}[level[0]] + level[1:]
    for level in LADDER
)
_CRAMPED: Final = tuple(level.replace(" ", "").lower() for level in LADDER)
_UNREADABLE_LEVELS: Final = ("Not graded", "Level pending", "", "See tutor")

LEVELS: Final = (*LADDER, *_SPELT_OUT, *_CRAMPED, *_UNREADABLE_LEVELS)
"""All level texts; sessions hold positions in this table."""

RESPELT: Final = (len(LADDER), 2 * len(LADDER))
"""What to add to a position in `LADDER` for its other spellings in `LEVELS` ("Entry Level 3 - Upper", "e3-upper")."""

UNREADABLE: Final = range(3 * len(LADDER), len(LEVELS))
"""Positions in `LEVELS` of texts that are no level."""
