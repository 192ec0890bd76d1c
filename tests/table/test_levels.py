"""The ladder: every spelling that is read, and what is left alone."""

import itertools
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.table.levels import HALVES, WHOLE_LEVELS, Level, rank_of, read_level

PLACES = [(whole, half) for whole in WHOLE_LEVELS for half in (None, *HALVES)]


@pytest.mark.parametrize(
    ("text", "whole", "half"),
    [
        ("L1 - Lower", "Level 1", "Lower"),
        ("L1 - Upper", "Level 1", "Upper"),
        ("E3 Upper", "Entry 3", "Upper"),
        ("E3 - Lower", "Entry 3", "Lower"),
        ("Entry Level 3", "Entry 3", None),
        ("Entry 2", "Entry 2", None),
        ("entry level two", "Entry 2", None),
        ("Pre-Entry", "Pre-Entry", None),
        ("pre entry level", "Pre-Entry", None),
        ("PreEntry - Upper", "Pre-Entry", "Upper"),
        ("L2", "Level 2", None),
        ("Lvl 2 (Upper)", "Level 2", "Upper"),
        ("Level One", "Level 1", None),
        ("Level 3", "Level 3", None),
        ("Lower Level 1", "Level 1", "Lower"),
        ("  l1\u00a0–\u00a0LOWER ", "Level 1", "Lower"),
        ("L1—Upper", "Level 1", "Upper"),
        ("L1_Lower", "Level 1", "Lower"),
        ("L1Lower", "Level 1", "Lower"),
        ("Ｌ１ − Ｌｏｗｅｒ", "Level 1", "Lower"),
    ],
)
def test_spellings(text: str, whole: str, half: str | None) -> None:
    """The vendor's spelling and those spelt out are read."""
    found = read_level(text)
    assert found is not None
    assert (found.whole, found.half) == (whole, half)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        "L4",
        "Level 0",
        "E",
        "Level",
        "Lower",
        "L1 L2",
        "L1 Lower Upper",
        "Lower L1 Upper",
        "Entry",
        "working towards Level 1",
        "Level 1 and above",
        "Not assessed",
        "N/A",
        "L12",
        "1",
        "L1 Middle",
        "Level 1.5",
    ],
)
def test_what_is_no_level(text: str) -> None:
    """What is not wholly a level is left unread, however much of a level is in it."""
    assert read_level(text) is None


@pytest.mark.parametrize("between", [" ", " - ", "–", "  ", "_", " / ", " (", "\t"])
@pytest.mark.parametrize("letters", [str.lower, str.upper, str.title, str.swapcase])
def test_case_dashes_and_spaces_do_not_matter(letters: Callable[[str], str], between: str) -> None:
    """Every level is the same in any case and with any spaces and dashes."""
    for whole, half in PLACES:
        found = read_level(letters(between.join([*whole.replace("-", " ").split(), *([half] if half else [])])))
        assert found is not None
        assert (found.whole, found.half) == (whole, half)


def test_ranks_order_the_ladder() -> None:
    """Ranks follow the ladder strictly: whole levels first, within them none sent, Lower, Upper."""
    found = [read_level(f"{whole} {half or ''}") for whole, half in PLACES]
    ranks = [place.rank for place in found if place is not None]
    assert ranks == [10 * step + half for step, half in itertools.product(range(7), range(3))]
    assert [rank_of(whole) for whole in WHOLE_LEVELS] == list(range(0, 70, 10))
    with pytest.raises(ValueError, match="tuple"):
        rank_of("Level 9")


@given(st.one_of(st.text(), st.from_regex(r"(pre.?entry|e|entry|entry level|l|lvl|level).?[1-3].*", fullmatch=True)))
def test_any_text_is_unread_or_round_trips(text: str) -> None:
    """Any text either is not read, or gives a place whose own name is read as the same place."""
    found = read_level(text)
    if found is not None:
        again = read_level(f"{found.whole} {found.half or ''}")
        assert again == found
        assert found == Level(*next(place for place in PLACES if place == (found.whole, found.half)), found.rank)
        digits = [sign for sign in unicodedata.normalize("NFKC", text) if sign.isdigit()]
        assert "".join(digits) in {"", found.whole[-1]}


places = st.sampled_from(PLACES)


@given(places, places)
def test_order_of_ranks_is_order_of_places(one: tuple[str, str | None], other: tuple[str, str | None]) -> None:
    """Of two levels the one further up the ladder has the greater rank."""
    first, second = (read_level(f"{whole} - {half}" if half else whole) for whole, half in (one, other))
    assert first is not None
    assert second is not None
    assert (first.rank < second.rank) == (PLACES.index(one) < PLACES.index(other))
