"""Masking real UPNs, folding and searching texts."""

from __future__ import annotations

import re
import string

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartia.analysis.identifiers import (
    comparable_name,
    comparable_value,
    fold_text,
    looks_like_real_upn,
    mask_upn,
    printable_text,
    search_index,
)

# DfE's own shape: check letter, 3-digit authority, 4-digit school, 2-digit year, serial; the last may be a letter.
REAL = ["A801200001001", "h823432101001", " T80120000100B ", "Z999999999999"]
NOT_REAL = ["S123456-DEMO", "A80120000100", "A8012000010011", "1801200001001", "A80120000A001", "", "EXT-100001"]

UPNS = st.from_regex(r"[A-Za-z][0-9]{11}[0-9A-Za-z]", fullmatch=True)
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


def series(*values: str | None) -> pd.Series:
    """Texts as the store gives them."""
    return pd.Series(values, dtype="str")


def test_the_shape_of_a_real_upn_is_known_from_other_references() -> None:
    """The DfE's shape is found, whatever the case and the blanks around it; other references and nothing are not."""
    values = series(*REAL, *NOT_REAL, None)
    assert looks_like_real_upn(values).tolist() == [True] * len(REAL) + [False] * (len(NOT_REAL) + 1)


@settings(max_examples=60)
@given(UPNS)
def test_a_real_upn_shows_its_letter_and_its_last_three_characters_alone(upn: str) -> None:
    """Nine digits are hidden, alone and as a part of an address."""
    masked = upn[0] + "•" * 9 + upn[-3:]
    values = series(upn, f"{upn}@college.example; {upn}@home.example", f"{upn} {upn}")
    assert mask_upn(values).tolist() == [
        masked,
        f"{masked}@college.example; {masked}@home.example",
        f"{masked} {masked}",
    ]


@settings(max_examples=60)
@given(st.lists(st.one_of(st.none(), ANY_TEXT), max_size=5))
def test_other_texts_are_left_as_they_are(texts: list[str | None]) -> None:
    """What has no such shape in it does not change, and nothing is lost or moved."""
    values = pd.Series(texts, dtype="str", index=range(10, 10 + len(texts)))
    plain = values[~values.str.contains("[A-Za-z][0-9]{11}", na=False)]
    pd.testing.assert_series_equal(mask_upn(plain), plain)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Łukasz  ÑANDÚ", "lukasz nandu"),
        ("Đỗ Thị Đức", "do thi duc"),
        ("Groß Æsir Øre ıI", "gross aesir ore ii"),
        ("\u200bZo\u0308e\u202e ", "zoe"),
        ("Ｆｕｌｌ\u00a0width", "full width"),
        ("किरण", "किरण"),
    ],
)
def test_texts_fold_to_plain_lower_case(text: str, folded: str) -> None:
    """Accents, letters that Unicode does not take apart, invisible signs and blanks; Indic vowel signs stay."""
    assert fold_text(series(text, None)).tolist()[0] == folded
    assert fold_text(series(text, None)).isna().tolist() == [False, True]


def test_names_compare_without_signs_and_values_without_stopgaps() -> None:
    """Hyphens and apostrophes do not part names; n/a and noughts are no identifiers, other short ones are."""
    assert comparable_name(series("Zoë O’Neill-Ng", "Smith Jones", "-", None)).fillna("").tolist() == [
        "zoeoneillng",
        "smithjones",
        "",
        "",
    ]
    values = series(" EXT-1 ", "n/a", "N.A.", "000", "-", "", "Not known", "10", "日本", "null@college.example", None)
    assert comparable_value(values).fillna("").tolist() == [
        *("ext-1", "", "", "", "", "", "", "10", "日本", "null@college.example", ""),
    ]


@settings(max_examples=60)
@given(ANY_TEXT)
def test_what_is_printable_holds_no_control_and_no_change_of_direction(text: str) -> None:
    """Every other character stays where it was."""
    forbidden = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
    assert printable_text(series(text)).tolist() == [forbidden.sub(" ", text)]


WORDS = st.text(string.ascii_letters + string.digits + ".*[(+\\é", min_size=1, max_size=4)


@settings(max_examples=60)
@given(st.lists(st.lists(WORDS, max_size=3).map(" ".join), max_size=6), st.lists(WORDS, max_size=3).map(" ".join))
def test_a_search_finds_what_holds_all_words(texts: list[str], query: str) -> None:
    """As plain Python finds it, signs of regular expressions included."""
    plain = [text.lower().replace("é", "e") for text in texts]
    words = query.lower().replace("é", "e").split()
    found = search_index(pd.Series(texts, dtype="str")).find(query)
    assert found.tolist() == [all(word in text for word in words) for text in plain]


def test_a_masked_upn_cannot_be_guessed_digit_by_digit() -> None:
    """It is found in full, in any case, and not by the digits that are hidden; what is shown of it is found."""
    index = search_index(series("Ada Ng A801200001001", "Bo Ng"))
    assert index.find("ng a801200001001").tolist() == [True, False]
    assert index.find("A8012").tolist() == [False, False]
    assert index.find("A801200001002").tolist() == [False, False]
    assert index.find("001").tolist() == [True, False]
    assert index.find("").tolist() == [True, True]
