"""What the words of screens, exports and documents mean: each defined once, in words that a teacher knows."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Term:
    """A word and what it means.

    Attributes:
        name: The word.
        meaning: What it means, as plain text.
    """

    name: str
    meaning: str


@dataclass(frozen=True)
class Chapter:
    """Words that belong together, in the order in which one explains the next."""

    title: str
    terms: tuple[Term, ...]


LEARNER: Final = Term("Learner", "An account of the platform. Two accounts of one person count as two.")
SESSION: Final = Term("Session", "One completed Smart Initial Assessment.")
ATTEMPT: Final = Term(
    "Attempt", "The sessions of a learner at the same test, numbered by their end over all data, before any filter."
)
LEVEL: Final = Term("Level", "As the test gave it; what cannot be read is counted, shown last and left out of shares.")
SHARE: Final = Term(
    "Share at or above a level", "Of those whose level can be read. From and to: 95% interval (Wilson)."
)
DURATION: Final = Term("Duration", "Time on the test as the platform gives it; pauses are not counted.")
ACADEMIC_YEAR: Final = Term("Academic year", "1 August to 31 July, by the date of completion in UK time.")
AGE: Final = Term(
    "Age",
    "Whole years on 31 August within the academic year of the assessment. Funding age is fixed at the start of "
    "learning, which these data do not have.",
)

CHAPTERS: Final = (
    Chapter(
        "What is counted",
        (
            SESSION,
            LEARNER,
            ATTEMPT,
            Term(
                "Attempt rule",
                "Which of a learner's attempts at the same test count: the latest, unless the first or all are chosen. "
                "Where academic years are set against each other, attempts are numbered within each year.",
            ),
            Term("n", "How many are counted: what a share is a share of."),
            Term(
                "Set aside",
                "A record that does not fit the description of the API. It is kept, listed on Data quality with the "
                "reason, and in no figure.",
            ),
            Term(
                "Test version",
                "A test is revised from time to time, and each revision has a number of its own. Results before and "
                "after a change come from different tests, so no difference is drawn across it.",
            ),
        ),
    ),
    Chapter(
        "Levels",
        (
            LEVEL,
            Term(
                "Level ladder",
                "The order of the levels, lowest first: Pre-Entry, Entry 1, Entry 2, Entry 3, Level 1, Level 2, "
                "Level 3. It is an order and no scale: a step from one level to the next has no size, so levels have "
                "no average.",
            ),
            Term("Whole level", "A level without its half: Entry 3, Level 1."),
            Term(
                "Half level",
                "Most levels come in a lower and an upper half, such as Level 1 Lower and Level 1 Upper. In charts the "
                "paler part of a colour is the lower half.",
            ),
            SHARE,
            Term(
                "Spiky profile",
                "A learner whose levels in two subjects lie far apart: two whole levels or more, unless another number "
                "is chosen on Profiles.",
            ),
        ),
    ),
    Chapter(
        "Time",
        (
            DURATION,
            Term("Elapsed", "Time from the start of a session to its end, pauses included."),
            Term("Median", "The middle value: half of them are no larger."),
            Term(
                "Unusually short",
                "A duration below 25%, or the share chosen, of the median of the same test version; with fewer than 30 "
                "sessions of the version, of the test, and with fewer of that, of the subject. A reason to ask the "
                "tutor; it says nothing by itself, and such a session counts unless you leave it out.",
            ),
            Term("Unusually long", "A duration above 4 times the same median."),
            Term(
                "Sitting pattern",
                "In one sitting where elapsed is at most 1.25 times the duration; else over several days where the "
                "test ended on a later day than it began; else paused.",
            ),
            Term(
                "Seat",
                "A learner takes one from the start of the test for the time on it. Sittings over several days have no "
                "known hours and take none.",
            ),
        ),
    ),
    Chapter(
        "Years, ages and groups",
        (
            ACADEMIC_YEAR,
            Term(
                "Term",
                "By the date of completion: autumn from August to December, spring from January to March, summer from "
                "April to July.",
            ),
            Term(
                "To the same day",
                "Each academic year counted up to the same day of the year, so that one which is not over can be set "
                "against one which is.",
            ),
            AGE,
            Term("Cohort", "The learners of one group or of one period, set against those of another."),
            Term(
                "Split",
                "One figure for each group, such as each gender, instead of one figure for all of them together.",
            ),
            Term(
                "Group",
                "Learners whom a list from the college puts together, such as a course. The assessments themselves "
                "know no groups.",
            ),
        ),
    ),
    Chapter(
        "How sure a figure is",
        (
            Term(
                "Interval",
                "From and to beside a share: where the share of a very large group of such learners may plausibly lie "
                "(95%, Wilson). The fewer learners, the wider. Where two intervals overlap, be slow to call one "
                "group better.",
            ),
            Term(
                "Too close to call",
                "The interval of a difference holds 0: chance alone can make such a difference (95%, Newcombe).",
            ),
            Term(
                "Chance that one is at a higher level",
                "Of two learners, one drawn from each of two cohorts; ties count half (Mann–Whitney). 50% means that "
                "the cohorts are alike.",
            ),
            Term(
                "Funnel",
                "How far the share of a group of that size may lie from that of all by chance alone, 95% and 99.8% of "
                "the time. A group outside is one to ask about, not a better or a worse one. Groups of fewer than 10 "
                "are not placed.",
            ),
        ),
    ),
    Chapter(
        "The publish view",
        (
            Term(
                "Publish view",
                "The pages with figures that may be passed on: small numbers hidden, all others to the nearest 5, "
                "and no learner. It is all that a viewer sees.",
            ),
            Term(
                "[c]",
                "Hidden: a number from 1 to 4 (to 9, where this app is set to 10), or one by which such a number could "
                "be worked out.",
            ),
            Term("– in place of a percentage", "None is given on fewer than 10, nor where it needs a hidden number."),
            Term("0 in the publish view", "None at all: a true zero is never hidden."),
        ),
    ),
    Chapter(
        "Who sees what",
        (
            Term("Viewer", "Sees the publish view alone."),
            Term("Analyst", "Sees all figures as they are, and no learner's name."),
            Term("Learner access", "Sees all figures and the learners behind them."),
        ),
    ),
)
"""Every word that is explained, chapter by chapter."""
EXPORTED: Final = (LEARNER, SESSION, ATTEMPT, LEVEL, SHARE, DURATION, ACADEMIC_YEAR, AGE)
"""The words that every export explains."""


def find_terms(text: str) -> tuple[Chapter, ...]:
    """Find the words that have a text in their name or meaning, in any case; chapters without any are left out.

    Args:
        text: What is looked for; an empty one finds everything.
    """
    wanted = " ".join(text.split()).casefold()
    found = (
        Chapter(
            chapter.title, tuple(term for term in chapter.terms if wanted in f"{term.name} {term.meaning}".casefold())
        )
        for chapter in CHAPTERS
    )
    return tuple(chapter for chapter in found if chapter.terms)
