"""What the figures of the Levels page say, in one sentence of Markdown each; names from the data are escaped."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from smartia.ui.text import count, escape, percent
from smartia.words.figures import half_words
from smartia.words.sentences import points_range


def without_short_sentence(row: Mapping[Hashable, Any], level: str, noun: str) -> str:
    """Say which share of a group reached a level, and which it is without the unusually short sittings.

    Args:
        row: A row of a result of `shares_without_short`.
        level: The name of the level.
        noun: What is counted, in the singular.

    >>> figures = {"n": 200, "reached": 80, "share": 0.4, "low": 0.335, "high": 0.469}
    >>> rest = {"n_without": 190, "share_without": 0.411, "low_without": 0.343, "high_without": 0.482}
    >>> without_short_sentence({"group": "Maths", "short": 10, **figures, **rest}, "Level 1", "learner")
    '**Maths**: 40% of 200 learners are at Level 1 or above (34–47). Without the 10 unusually short sittings, 40% \
becomes 41% of 190 (34–48).'
    """
    name, n, short = escape(str(row["group"])), int(row["n"]), int(row["short"])
    if not n:
        return f"**{name}**: no {noun} with a readable level."
    before = percent(row["share"])
    verb = "is" if n == 1 else "are"
    limits = points_range(row["low"], row["high"])
    said = f"**{name}**: {before} of {count(n, noun)} {verb} at {level} or above ({limits})."
    if not short:
        return f"{said} No sitting was unusually short."
    which = (
        "Without the one unusually short sitting"
        if short == 1
        else f"Without the {count(short)} unusually short sittings"
    )
    if not row["n_without"]:
        return f"{said} {which}, none is left."
    after = percent(row["share_without"])
    moved = f"it stays {after}" if after == before else f"{before} becomes {after}"
    limits = points_range(row["low_without"], row["high_without"])
    return f"{said} {which}, {moved} of {count(int(row['n_without']))} ({limits})."


def ladder_sentence(rows: pd.DataFrame, noun: str) -> str:
    """Say which is the highest level that at least half of a group have reached; see `half_words`."""
    return f"**{escape(str(rows['group'].iloc[0]))}**: {half_words(rows, noun)}"
