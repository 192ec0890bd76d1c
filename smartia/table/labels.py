"""Labels from the data made fit for a screen: one line of printable text each, short enough, none like another."""

from collections.abc import Iterable
from typing import Final

LABEL_LIMIT: Final = 120
"""Characters of a label; a longer one ends with an ellipsis."""
GROUP: Final = "group"
"""The column of the groups of an uploaded list."""
NO_GROUP: Final = "no group in the list"
"""The group of people for whom the list has none."""
NOT_LISTED: Final = "not in the list"
"""The group of sessions whose account is not on the list."""
_JOINERS: Final = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
"""Unprintable by Unicode's category, but part of emoji and of Persian words."""


def printable(text: str) -> str:
    r"""Replace characters that do not print, turn the direction of writing or end a line by blanks.

    What is left cannot break out of a text in one of Vega's expressions either, which line separators do.

    >>> printable("Maths\n\u202eexe")
    'Maths  exe'
    """
    return "".join(character if character.isprintable() or character in _JOINERS else " " for character in text)


def fit_label(text: str) -> str:
    """Make a text fit to name something on a screen: printable, and not too long."""
    fit = printable(text)
    return fit if len(fit) <= LABEL_LIMIT else f"{fit[: LABEL_LIMIT - 1]}…"


def fit_labels(texts: Iterable[str]) -> list[str]:
    """Make texts fit to name things, and keep them apart: of those that become alike, later ones get a number.

    Args:
        texts: Distinct texts.

    Returns:
        A label for each, in their order, all distinct.
    """
    given = list(texts)
    taken = {text for text in given if fit_label(text) == text}
    labels = []
    for text in given:
        label = fit_label(text)
        number = 2
        while label != text and label in taken:
            label, number = f"{fit_label(text)} ({number})", number + 1
        taken.add(label)
        labels.append(label)
    return labels
