"""Sentences: what a figure says, in one line of plain English. Plain text: escape it where Markdown is read."""

import datetime as dt
from collections.abc import Mapping

from smartia.analysis.changes import YearChange
from smartia.analysis.comparison import MIN_COHORT
from smartia.analysis.versions import Comparability
from smartia.analysis.year_levels import YearComparison
from smartia.ui.text import count, day, percent


def share_sentence(
    level: str, group: str, *, n: int, share: float, low: float, high: float, noun: str = "learner", rest: str = ""
) -> str:
    """Say which share of a group reached a level, with its n and its interval.

    Args:
        level: The level reached, such as "Level 1".
        group: Whose share it is, as it follows "in": "Maths" or "Maths, 2026/27 to 24 November".
        n: Those with a readable level.
        share: The share of n, between 0 and 1; not looked at where n is 0.
        low: The lower limit of its 95 % interval.
        high: The upper limit.
        noun: What is counted, in the singular.
        rest: What follows after a semicolon.

    >>> share_sentence("Level 1", "Maths", n=512, share=0.41, low=0.368, high=0.453)
    'Level 1 or above in Maths: 41% of 512 learners (37–45).'
    """
    if not n:
        return f"{level} or above in {group}: no {noun} with a readable level."
    said = f"{percent(share)} of {count(n, noun)} ({points_range(low, high)})"
    return f"{level} or above in {group}: {said}{f'; {rest}' if rest else ''}."


def points_range(low: float, high: float) -> str:
    """An interval of a share in percent, without the sign.

    >>> points_range(0.368, 0.453)
    '37–45'
    """
    return f"{low * 100:.0f}–{high * 100:.0f}"


def difference_words(difference: float, low: float, high: float, verdict: str, than: str) -> str:
    """Say how far apart two shares are, and whether that is beyond chance.

    Args:
        difference: The one share less the other, between −1 and 1.
        low: The lower limit of its 95 % interval.
        high: The upper limit.
        verdict: "higher", "lower" or "too close to call".
        than: With what it is compared, such as "on the same day last year".

    >>> difference_words(0.04, -0.02, 0.1, "too close to call", "on the same day last year")
    '4 points more than on the same day last year (−2 to +10), too close to call'
    """
    judged = verdict if verdict == "too close to call" else f"clearly {verdict}"
    between = f"({signed_points(low)} to {signed_points(high)})"
    if difference == 0:
        return f"the same as {than} {between}, {judged}"
    points = round(abs(difference) * 100)
    size = count(points, "point") if points else "less than 1 point"
    return f"{size} {'more' if difference > 0 else 'less'} than {than} {between}, {judged}"


def signed_points(difference: float) -> str:
    """A difference of two shares in whole points, with its sign.

    >>> signed_points(-0.024)
    '−2'
    """
    whole = round(difference * 100)
    return f"{whole:+d}".replace("-", "−") if whole else "0"


def obstacle_words(comparability: Comparability) -> str:
    """Say what keeps two years from being compared; empty where nothing does.

    >>> obstacle_words(Comparability("test changed", (dt.date(2025, 1, 7),)))
    'the test changed on 7 January 2025'
    """
    if comparability.obstacle == "test changed":
        return f"the test changed on {' and on '.join(day(date) for date in comparability.changed_on)}"
    words = {
        "no sessions": "one of the years has no such sessions",
        "cut short": "the date filter leaves out the beginning of a year",
        "several tests": "several tests were sat (choose one under Test)",
    }
    return words[comparability.obstacle] if comparability.obstacle else ""


def change_sentence(level: str, change: YearChange, as_of: dt.date, noun: str = "learner") -> str:
    """Say which share a year has, and how it differs from the year before.

    Args:
        level: The level reached, such as "Level 1".
        change: The year and the year before.
        as_of: The last day of the data.
        noun: What is counted, in the singular.
    """
    to_date = change.span == "to_date"
    year = f"{change.academic_year} to {as_of.day} {as_of:%B}" if to_date else change.academic_year
    low, high = change.share.interval
    if change.difference is None or change.difference.verdict is None:
        rest = f"{obstacle_words(change.comparability)}, so the years are not compared"
    else:
        found = change.difference
        than = "on the same day last year" if to_date else "the year before"
        rest = difference_words(found.difference, found.low, found.high, found.verdict or "", than)
        rest += f"; it was {percent(change.before.share)} of {change.before.n:,}"
    return share_sentence(
        level,
        f"{change.group}, {year}",
        n=change.share.n,
        share=change.share.share,
        low=low,
        high=high,
        noun=noun,
        rest=rest,
    )


def comparison_sentence(comparison: YearComparison, as_of: dt.date, noun: str = "learner") -> str:
    """Say whether learners of one year are at higher levels than those of another.

    Args:
        comparison: The two years.
        as_of: The last day of the data.
        noun: What is counted, in the singular.
    """
    group, year, other, chance = comparison.group, comparison.year, comparison.other, comparison.chance
    if chance is None:
        return f"{group}: {obstacle_words(comparison.comparability)}, so the years are not compared."
    until = f" to {as_of.day} {as_of:%B}" if comparison.span == "to_date" else ""
    drawn = f"{group}{until}: take one {noun} of {year} (of {chance.n:,}) and one of {other} (of {chance.other_n:,})"
    interval = "" if chance.verdict is None else f" ({points_range(chance.low, chance.high)})"
    found = f"in {chance.chance * 100:.0f} of 100 such pairs{interval} the one of {year} is at the higher level"
    judged: str = chance.verdict or "levels vary too little to judge"
    if min(chance.n, chance.other_n) < MIN_COHORT:
        judged = f"fewer than {MIN_COHORT} {noun}s in a year are too few to judge"
    return f"{drawn} at random; {found}, ties counted half: {judged}."


def totals_sentence(totals: Mapping[str, int], as_of: dt.date) -> str:
    """Say how many sessions each year had by the same day.

    Args:
        totals: A result of `totals_to_date`.
        as_of: The last day of the data.

    >>> totals_sentence({"2025/26": 1200, "2024/25": 1100}, dt.date(2026, 2, 10))
    'Sessions up to 10 February: 1,200 in 2025/26; 1,100 in 2024/25.'
    """
    listed = "; ".join(f"{count(total)} in {year}" for year, total in totals.items())
    return f"Sessions up to {as_of.day} {as_of:%B}: {listed}."
