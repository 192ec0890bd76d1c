"""The glossary: each word once, the figures of the code, and one definition for screens and exports."""

import re

from smartia.analysis.disclosure import MIN_BASE
from smartia.analysis.funnel import FEWEST
from smartia.analysis.quality import LONG_FACTOR, MINIMUM_N, SHORT_SHARE
from smartia.charts.published import HIDDEN_MARK, NO_SHARE_MARK
from smartia.export.stamp import DEFINITIONS
from smartia.table.columns import SITTINGS
from smartia.table.glossary import CHAPTERS, EXPORTED, find_terms
from smartia.table.levels import WHOLE_LEVELS
from smartia.table.sittings import ONE_SITTING_FACTOR

TERMS = {term.name: term.meaning for chapter in CHAPTERS for term in chapter.terms}


def test_each_word_stands_once_and_has_whole_sentences() -> None:
    """No word is explained twice, in any spelling, and each meaning is made of sentences."""
    names = [term.name.casefold() for chapter in CHAPTERS for term in chapter.terms]
    assert len(names) == len(set(names)) > 30
    assert [meaning for meaning in TERMS.values() if not re.fullmatch(r"[A-Z0-9].*\.", meaning)] == []


def test_exports_explain_words_as_the_glossary_does() -> None:
    """What an export says of a word is what the page says of it: there is one wording."""
    assert len(DEFINITIONS) == len(EXPORTED) > 5
    assert [TERMS[name] for name, _ in DEFINITIONS] == [meaning for _, meaning in DEFINITIONS]


def test_figures_are_those_of_the_code() -> None:
    """Where a meaning states a number, it is the one that the figures are made with."""
    assert f"{SHORT_SHARE:.0%}" in TERMS["Unusually short"]
    assert f"fewer than {MINIMUM_N} sessions" in TERMS["Unusually short"]
    assert f"{LONG_FACTOR:.0f} times" in TERMS["Unusually long"]
    assert f"{ONE_SITTING_FACTOR} times" in TERMS["Sitting pattern"]
    assert f"fewer than {FEWEST} " in TERMS["Funnel"]
    assert f"fewer than {MIN_BASE}," in TERMS[f"{NO_SHARE_MARK} in place of a percentage"]
    assert HIDDEN_MARK in TERMS
    assert ", ".join(WHOLE_LEVELS) in TERMS["Level ladder"]
    assert [name for name in SITTINGS[:3] if name not in TERMS["Sitting pattern"]] == []


def test_words_are_found_by_name_and_meaning() -> None:
    """In any case, with blanks around; chapters without a find go, and what is nowhere finds nothing."""
    assert find_terms("  ") == CHAPTERS
    found = [term.name for chapter in find_terms(" WILSON ") for term in chapter.terms]
    assert found == ["Share at or above a level", "Interval"]
    assert find_terms("no such word") == ()
