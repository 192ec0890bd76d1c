"""The level ladder: what a level as sent means, read by rule.

Source: the ladder of Functional Skills as colleges use it, with this vendor's Lower and Upper halves. The full
list of texts that the API sends is published nowhere, so texts are read tolerantly, and what cannot be read
stays as it is.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

WHOLE_LEVELS = ("Pre-Entry", "Entry 1", "Entry 2", "Entry 3", "Level 1", "Level 2", "Level 3")
"""The ladder, lowest first."""
HALVES = ("Lower", "Upper")
UNREADABLE = "Not readable"
"""The label of levels that cannot be read: they were recorded, but not in words on the ladder."""

_STEP = 10
_NUMBERS = {"one": "1", "two": "2", "three": "3"}
_NUMBER = r"(?P<number>[123]|one|two|three)"
_WORD = r"(?:(?P<entry>entry level|entry|e)|(?P<level>level|lvl|l))"
_HALF = r"(?P<{}>lower|upper)"
_WHOLE = rf"(?:(?P<pre>pre ?entry(?: level)?)|{_WORD} ?{_NUMBER})"
_READABLE = re.compile(rf"(?:{_HALF.format('before')} )?{_WHOLE}(?: ?{_HALF.format('after')})?")
_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Level:
    """A place on the ladder.

    Attributes:
        whole: One of `WHOLE_LEVELS`.
        half: One of `HALVES`, or None where none was sent.
        rank: Orders the ladder; a whole level without a half ranks just below its Lower half.
    """

    whole: str
    half: str | None
    rank: int


@lru_cache(maxsize=1000)
def read_level(text: str) -> Level | None:
    """Read a level as sent, such as `L1 - Lower`, `Entry Level 3` or `E3 Upper`.

    Case, spaces, dashes and brackets do not matter. The whole text must be a level: "working towards Level 1"
    is not one.

    Returns:
        The place on the ladder; None where the text cannot be read.

    >>> read_level("L1 - Lower")
    Level(whole='Level 1', half='Lower', rank=41)
    """
    words = _SEPARATORS.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()
    found = _READABLE.fullmatch(words)
    if found is None or (found["before"] and found["after"]):
        return None
    half = (found["before"] or found["after"] or "").capitalize() or None
    if found["pre"]:
        whole = "Pre-Entry"
    else:
        number = _NUMBERS.get(found["number"], found["number"])
        whole = f"{'Entry' if found['entry'] else 'Level'} {number}"
    return Level(whole, half, rank_of(whole) + (HALVES.index(half) + 1 if half else 0))


def rank_of(whole: str) -> int:
    """The rank at which a whole level begins: everything at or above it has at least this rank.

    Raises:
        ValueError: `whole` is not one of `WHOLE_LEVELS`.

    >>> rank_of("Level 1")
    40
    """
    return WHOLE_LEVELS.index(whole) * _STEP
