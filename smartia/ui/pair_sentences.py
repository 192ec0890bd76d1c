"""What a comparison of two cohorts says, in plain English; Markdown, with names from the data escaped."""

from smartia.analysis.cohort_pairs import Pair, PairComparison
from smartia.analysis.comparison import MIN_COHORT, Share
from smartia.ui.text import count, day, escape, percent
from smartia.words.sentences import chance_words, difference_decimals, difference_words, points_range

ALL_OTHERS = "all others"
"""The name of everybody who is not in the one cohort."""


def cohort_names(pair: Pair) -> tuple[str, str]:
    """Name the two cohorts of a pair.

    Args:
        pair: Who is compared with whom.
    """
    return pair.one, ALL_OTHERS if pair.other is None else pair.other


def pair_sentence(found: PairComparison, level: str) -> str:
    """Say which share of each cohort reached a level, how far they are apart and whose levels are higher.

    Args:
        found: The comparison.
        level: The level reached, such as "Level 1".
    """
    noun = found.unit.removesuffix("s")
    one, other = cohort_names(found.pair)
    difference, chance = found.difference, found.chance
    decimals = 0 if difference is None else difference_decimals(difference)
    parts = [
        f"**{escape(found.group)}**. "
        f"{escape(_capital(one))}: {_share_words(found.share, noun, decimals, f' at {level} or above')}; "
        f"{escape(other)}: {_share_words(found.other, noun, decimals)}."
    ]
    if difference is not None and chance is not None:
        parts.append(f"That is {escape(difference_words(difference, other))}.")
        judged = chance.verdict or "levels vary too little to judge"
        parts.append(
            f"Take one {noun} of each at random: in {chance_words(chance)} the first ({escape(one)}) is at the higher "
            f"level, ties counted half: {judged}."
        )
    else:
        parts.append(f"Not compared: {escape(obstacle_words(found))}.")
    if found.version_since is not None:
        parts.append(
            f"Only the test version in use since {day(found.version_since)} counts here, the newest that both sat; "
            f"{count(found.left_out, 'session')} in other versions {'is' if found.left_out == 1 else 'are'} left out."
        )
    return " ".join(parts)


def obstacle_words(found: PairComparison) -> str:
    """Say what keeps two cohorts from being compared; empty where nothing does.

    Args:
        found: The comparison.
    """
    noun = found.unit.removesuffix("s")
    few = f"fewer than {MIN_COHORT} {noun}s"
    if found.obstacle == "in both":
        who = "1 learner is" if found.in_both == 1 else f"{count(found.in_both, 'learner')} are"
        return f"{who} in both, and the intervals need each to be in one (see Attempts)"
    if found.obstacle == "test changed":
        return (
            f"they sat different versions of the test, which changed on {' and on '.join(map(day, found.changed_on))}"
        )
    if found.obstacle == "too few":
        if min(found.share.n, found.other.n) < MIN_COHORT:
            return f"{few} in one of them are too few to judge"
        return f"{few} of one of them sat a version of the test that both sat"
    words = {
        "no sessions": "one of them has no readable level",
        "cut short": "the date filter leaves out the beginning of one of them",
        "not over": "one of them is not over yet",
        "several tests": "they sat several tests, which are not the same scale",
    }
    return words[found.obstacle] if found.obstacle else ""


def _share_words(share: Share, noun: str, decimals: int, reached: str = "") -> str:
    if not share.n:
        return f"no {noun} with a readable level"
    verb = "" if not reached else " is" if share.n == 1 else " are"
    size = f"{percent(share.share, decimals)} of {count(share.n, noun)}"
    return f"{size}{verb}{reached} ({points_range(*share.interval, decimals)})"


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
