"""What is said of years that are set against each other, beside the sentences: notes, labels and verdicts."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from smartia.analysis.trends import unit_by_period
from smartia.analysis.versions import Comparability
from smartia.analysis.year_sessions import Span, YearSessions
from smartia.table.filters import AttemptRule
from smartia.words.sentences import obstacle_words

DIFFERENCE_NOTE: Final = (
    "In brackets: the range in which a figure may plausibly lie, given how few were assessed (95% interval). A "
    "difference whose range takes in 0 is too close to call. No difference is given where the two years were not sat "
    "in the same test version (at least 99 in 100 sessions of each). Years set against each other show what each "
    "showed on the day compared: the choice under Attempts is made within each academic year, among the attempts up to "
    "that day. So whoever sits a test again later still counts here, once in each year, and n can be a little higher "
    "than where attempts are chosen over all data. With all attempts repeats count separately, and the intervals are "
    "too narrow."
)
CHANGE_LABELS: Final = {
    "group": "Subject",
    "academic_year": "Academic year",
    "verdict": "Against the year before",
    "points": "Points",
    "points_low": "From (95%)",
    "points_high": "To (95%)",
    "n": "n",
    "share": "Share",
    "n_before": "n before",
    "share_before": "Share before",
}


def verdicts(found: pd.Series, judged: Sequence[Comparability]) -> list[str]:
    """Put what keeps years from being compared where there is no verdict.

    Args:
        found: The verdicts, empty where there is none.
        judged: Whether each may be compared.
    """
    return [
        said or (f"not compared: {obstacle_words(other)}" if other.obstacle else "too few or too alike to judge")
        for said, other in zip(found, judged, strict=True)
    ]


def noun_of(years: YearSessions, span: Span) -> str:
    """What is counted, in the singular: a learner where each counts once a subject and year.

    Args:
        years: The sessions of the academic years.
        span: How much of each year counts.
    """
    return unit_by_period(years.of(span), "academic_year", "subject").removesuffix("s")


def attempts_note(cohorts: str, rule: AttemptRule) -> str:
    """Say over which time the attempt rule holds for cohorts.

    Args:
        cohorts: What learners are counted by: a kind of period, or "group".
        rule: The attempt rule.

    >>> attempts_note("academic_year", AttemptRule.LATEST)
    'Counted in each academic year: its latest attempt of each learner at each test.'
    """
    if rule is AttemptRule.ALL:
        return "Counted: all attempts."
    if cohorts == "academic_year":
        return f"Counted in each academic year: its {rule.sentence}."
    if cohorts == "group":
        return f"Counted: the {rule.sentence}, over all data."
    return (
        f"Counted: the {rule.sentence}, over all data. So a learner who sits a test more than once counts in one "
        f"{cohorts} only; academic years set against each other count attempts within each year."
    )
