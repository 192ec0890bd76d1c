"""Data made harmless for Markdown, and with it the words and numbers that pages write."""

import re

from smartia.table.labels import printable
from smartia.words.numbers import count, day, minutes, moment, percent, time_left, verb

__all__ = ["count", "day", "escape", "minutes", "moment", "percent", "time_left", "verb"]

_BEGINNINGS = re.compile(r"(@|://|www)(?=.)|:(?=[a-z_+-])|[<>~-](?=[-=>])", re.IGNORECASE)
_WORD_JOINER = "\N{WORD JOINER}"
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$&@/])")


def escape(text: str) -> str:
    r"""Make a text from the data show as it is where Streamlit reads Markdown.

    Control characters and line breaks become spaces. An invisible word joiner keeps addresses from becoming links,
    `:streamlit:` from becoming a picture and `->` from becoming an arrow, which Streamlit makes of them even where they
    are escaped.

    >>> escape("L1 *x*")
    'L1 \\*x\\*'
    """
    return _MARKDOWN.sub(r"\\\1", _BEGINNINGS.sub(rf"\g<0>{_WORD_JOINER}", printable(text)))
