"""Sentences: what a figure says, in one line of plain English. Plain text: escape it where Markdown is read."""

import datetime as dt
from collections.abc import Mapping

from smartia.analysis.changes import YearChange
from smartia.analysis.comparison import MIN_COHORT, LevelChance, ShareDifference
from smartia.analysis.versions import Comparability
from smartia.analysis.year_levels import YearComparison
from smartia.words.numbers import count, day, percent


def share_sentence(
    level: str,
    group: str,
    *,
    n: int,
    share: float,
    low: float,
    high: float,
    noun: str = "learner",
    rest: str = "",
    decimals: int = 0,
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
        decimals: Of the percentages.

    >>> share_sentence("Level 1", "Maths", n=512, share=0.41, low=0.368, high=0.453)
    'Level 1 or above in Maths: 41% of 512 learners (37–45).'
    """
    if not n:
        return f"{level} or above in {group}: no {noun} with a readable level."
    said = f"{percent(share, decimals)} of {count(n, noun)} ({points_range(low, high, decimals)})"
    return f"{level} or above in {group}: {said}{f'; {rest}' if rest else ''}."


def points_range(low: float, high: float, decimals: int = 0) -> str:
    """An interval of a share in percent, without the sign; with one more decimal where its limits would look alike.

    >>> points_range(0.368, 0.453), points_range(0.368, 0.453, 1)
    ('37–45', '36.8–45.3')
    >>> points_range(0.9993, 1)
    '99.9–100.0'
    """
    one, other = (f"{limit * 100:.{decimals}f}" for limit in (low, high))
    if one == other:
        one, other = (f"{limit * 100:.{decimals + 1}f}" for limit in (low, high))
    return f"{one}–{other}"


def difference_decimals(found: ShareDifference) -> int:
    """Say how many decimals the figures of a difference need, so that they contradict neither each other nor the words.

    Args:
        found: A difference of two shares that both have a base.

    Returns:
        0; or 1 where the difference or a limit would be rounded to 0 and is not 0, or where the rounded shares are
        not as far apart as the rounded difference says.

    >>> from smartia.analysis.comparison import Share, compare_shares
    >>> difference_decimals(compare_shares(Share(60, 45), Share(50, 30)))
    0
    >>> difference_decimals(compare_shares(Share(1000, 394), Share(1000, 355)))
    1
    """
    hidden = any(value and not round(value * 100) for value in (found.difference, found.low, found.high))
    apart = round(found.cohort.share * 100) - round(found.other.share * 100)
    return int(hidden or apart != round(found.difference * 100))


def difference_words(found: ShareDifference, than: str) -> str:
    """Say how far apart two shares are, and whether that is beyond chance; beside them as `difference_decimals` says.

    Args:
        found: A difference of two shares that both have a base.
        than: With what it is compared, such as "on the same day last year".

    >>> from smartia.analysis.comparison import Share, compare_shares
    >>> difference_words(compare_shares(Share(60, 45), Share(50, 30)), "on the same day last year")
    '15 points more than on the same day last year (−2 to +32), too close to call'
    >>> difference_words(compare_shares(Share(1000, 396), Share(1000, 400)), "the year before")
    '0.4 points less than the year before (−4.7 to +3.9), too close to call'
    >>> difference_words(compare_shares(Share(1000, 400), Share(1000, 356)), "the year before")
    '4.4 points more than the year before (+0.2 to +8.6), clearly higher'
    """
    decimals = difference_decimals(found)
    judged = found.verdict if found.verdict == "too close to call" else f"clearly {found.verdict}"
    between = f"({signed_points(found.low, decimals)} to {signed_points(found.high, decimals)})"
    if found.difference == 0:
        return f"the same as {than} {between}, {judged}"
    points = f"{abs(found.difference) * 100:.{decimals}f}"
    size = count(int(points), "point") if not decimals else f"{points} points" if float(points) else "under 0.1 points"
    return f"{size} {'more' if found.difference > 0 else 'less'} than {than} {between}, {judged}"


def signed_points(difference: float, decimals: int = 0) -> str:
    """A difference of two shares in points, with its sign.

    >>> signed_points(-0.024), signed_points(0.024, 1), signed_points(0.0)
    ('−2', '+2.4', '0')
    >>> signed_points(0.0004, 1)
    'just above 0'
    """
    points = round(difference * 100, decimals)
    if points:
        return f"{points:+.{decimals}f}".replace("-", "−")
    if difference and decimals:
        return "just above 0" if difference > 0 else "just below 0"
    return "0"


def chance_words(chance: LevelChance) -> str:
    """Say in how many of 100 pairs the one learner is at the higher level, with the interval where there is one.

    One decimal is shown where a limit would be rounded to 50, which means "neither", and is not 50.

    >>> chance_words(LevelChance(500, 400, 0.556, 0.517, 0.594, "clearly higher"))
    '56 of 100 such pairs (52–59)'
    >>> chance_words(LevelChance(500, 400, 0.54, 0.502, 0.578, "clearly higher"))
    '54.0 of 100 such pairs (50.2–57.8)'
    >>> chance_words(LevelChance(500, 400, 0.54, 0.5003, 0.578, "clearly higher"))
    '54.0 of 100 such pairs (just above 50–57.8)'
    """
    if chance.verdict is None:
        return f"{chance.chance * 100:.0f} of 100 such pairs"
    limits = (chance.low, chance.high)
    decimals = int(any(limit != 0.5 and round(limit * 100) == 50 for limit in limits))
    between = "–".join(_beside_even(limit, decimals) for limit in limits)
    return f"{chance.chance * 100:.{decimals}f} of 100 such pairs ({between})"


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
    decimals = 0
    if change.difference is None or change.difference.verdict is None:
        rest = f"{obstacle_words(change.comparability)}, so the years are not compared"
    else:
        found = change.difference
        than = "on the same day last year" if to_date else "the year before"
        decimals = difference_decimals(found)
        rest = difference_words(found, than)
        rest += f"; it was {percent(change.before.share, decimals)} of {change.before.n:,}"
    return share_sentence(
        level,
        f"{change.group}, {year}",
        n=change.share.n,
        share=change.share.share,
        low=low,
        high=high,
        noun=noun,
        rest=rest,
        decimals=decimals,
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
    found = f"in {chance_words(chance)} the one of {year} is at the higher level"
    judged: str = chance.verdict or "levels vary too little to judge"
    if min(chance.n, chance.other_n) < MIN_COHORT:
        judged = f"fewer than {MIN_COHORT} {noun}s in a year are too few to judge"
    return f"{drawn} at random; {found}, ties counted half: {judged}."


def totals_sentence(totals: Mapping[str, int], as_of: dt.date, since: dt.date | None = None) -> str:
    """Say how many sessions each year had by the same day, and of which year the beginning is left out.

    Args:
        totals: A result of `totals_to_date`.
        as_of: The last day of the data.
        since: The day from which sessions were kept.

    >>> totals_sentence({"2025/26": 1200, "2024/25": 1100}, dt.date(2026, 2, 10))
    'Sessions up to 10 February: 1,200 in 2025/26; 1,100 in 2024/25.'
    >>> totals_sentence({"2025/26": 1200, "2024/25": 500}, dt.date(2026, 2, 10), dt.date(2024, 9, 15))
    'Sessions up to 10 February: 1,200 in 2025/26; 500 in 2024/25 (only from 15 September 2024).'
    """
    parts = []
    for year, total in totals.items():
        left_out = f" (only from {day(since)})" if since and since > dt.date(int(year[:4]), 8, 1) else ""
        parts.append(f"{count(total)} in {year}{left_out}")
    listed = "; ".join(parts)
    return f"Sessions up to {as_of.day} {as_of:%B}: {listed}."


def _beside_even(chance: float, decimals: int) -> str:
    """A limit in percent; in words where it is so near to 50 that its decimals do not show on which side it lies."""
    if decimals and chance != 0.5 and round(chance * 100, decimals) == 50:
        return "just above 50" if chance > 0.5 else "just below 50"
    return f"{chance * 100:.{decimals}f}"
