"""Texts that no spreadsheet program computes, follows or runs."""

from __future__ import annotations

import re
from typing import Final

_SIGNS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_BREAKS: Final = ("\t", "\r", "\n")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LONGEST: Final = 32_767
"""The most characters of a cell of a workbook."""


def is_active(text: str) -> bool:
    """Whether a spreadsheet program might take a text for a formula (OWASP, "CSV Injection")."""
    return text.startswith(_BREAKS) or text.lstrip().startswith(_SIGNS)


def plain(text: str) -> str:
    """A text without control characters and signs that turn the direction of writing; at most `LONGEST` long."""
    return _CONTROLS.sub(" ", text)[:LONGEST]
