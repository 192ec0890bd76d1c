"""Texts that identify a learner: real UPNs masked, and names made comparable and searchable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable

_UPN: Final = r"([A-Za-z])[0-9]{9}([0-9]{2}[0-9A-Za-z])"
_REAL_UPN: Final = rf"^\s*{_UPN}\s*$"
_UPN_IN_TEXT: Final = rf"(^|[^0-9A-Za-z]){_UPN}($|[^0-9A-Za-z])"
_MASKED: Final = r"\1\2•••••••••\3\4"
_ACCENTS: Final = "[\N{COMBINING GRAVE ACCENT}-\N{COMBINING LATIN SMALL LETTER X}]"
_INVISIBLE: Final = r"\p{Cf}"
_CONTROLS: Final = r"[\p{Cc}\p{Zl}\p{Zp}\x{061C}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2066}-\x{2069}]"
_SCHEMA: Final = pa.schema([("text", pa.large_string())])
_NOT_COMPARED: Final = r"[\s.,'’‘ʼ`´‐‑–—-]+"
_NO_VALUE: Final = r"^([\W_0]*|[\W_]*(n\W?a|nil|none|not known|null|tbc|unknown)[\W_]*)$"
_NOT_DECOMPOSED: Final = {
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "ø": "o",
    "ħ": "h",
    "ı": "i",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ς": "σ",
}
"""Letters that Unicode does not take apart into a plain letter and an accent, and the other form of a Greek one."""


def looks_like_real_upn(values: pd.Series) -> pd.Series:
    """Tell which values have the shape of a real unique pupil number.

    A UPN has 13 characters: a check letter, the 3-digit number of a local authority, the 4-digit number of a school,
    the 2-digit year of issue and a serial of three digits, of which the last is a letter in a temporary number (DfE,
    "Unique pupil numbers (UPNs): guide for schools and local authorities", 2019). The shape alone is looked at, not
    whether the check letter is right: a number with a slip of the pen still points to a person.

    Args:
        values: Texts; case and blanks around them do not matter.

    Returns:
        Booleans with the same index; false where a value is missing.
    """
    return _mapped(values, lambda texts: pc.match_substring_regex(texts, _REAL_UPN)).eq(other=True)


def mask_upn(values: pd.Series) -> pd.Series:
    """Hide all but the letter and the last three characters of whatever has the shape of a real UPN.

    Args:
        values: Texts, such as UPNs, usernames or e-mail addresses. The shape is found as a word of its own anywhere
            in them; see `looks_like_real_upn`.

    Returns:
        The texts with the same index, such as "A•••••••••001"; missing values stay missing.
    """

    def mask(texts: pa.Array) -> pa.Array:
        # Twice: where only one character parts two numbers, the first round takes it with the number before it.
        once = pc.replace_substring_regex(texts, _UPN_IN_TEXT, _MASKED)
        return pc.replace_substring_regex(once, _UPN_IN_TEXT, _MASKED)

    return _mapped(values, mask)


def fold_text(values: pd.Series) -> pd.Series:
    """Make texts comparable: lower case, without accents, compatibility forms, invisible signs and double blanks.

    Args:
        values: Texts.

    Returns:
        The folded texts with the same index ("Łukasz  ÑANDÚ" becomes "lukasz nandu"); missing values stay missing.
        Vowel signs of other scripts than Latin, Greek and Cyrillic stay, since they tell names apart.
    """

    def fold(texts: pa.Array) -> pa.Array:
        plain = pc.replace_substring_regex(pc.utf8_normalize(texts, "NFKD"), _ACCENTS, "")
        lower = pc.utf8_lower(pc.replace_substring_regex(plain, _INVISIBLE, ""))
        for letter, replacement in _NOT_DECOMPOSED.items():
            lower = pc.replace_substring(lower, letter, replacement)
        return pc.utf8_trim_whitespace(pc.replace_substring_regex(lower, r"[\s\p{Z}]+", " "))

    return _mapped(values, fold)


def comparable_name(values: pd.Series) -> pd.Series:
    """Fold names further, to their letters: without blanks, hyphens, apostrophes, full stops and commas.

    Args:
        values: Names.

    Returns:
        The names to compare by, with the same index ("Zoë O’Neill-Ng" becomes "zoeoneillng"); missing where a name is
        missing or nothing is left of it.
    """

    def reduce(texts: pa.Array) -> pa.Array:
        letters = pc.replace_substring_regex(texts, _NOT_COMPARED, "")
        return pc.if_else(pc.equal(letters, ""), None, letters)

    return _mapped(fold_text(values), reduce)


def comparable_value(values: pd.Series) -> pd.Series:
    """Fold identifiers and addresses to be compared: lower case, without blanks around them.

    Args:
        values: Identifiers or addresses.

    Returns:
        The values to compare by, with the same index; missing where a value is missing or a stopgap: nothing but signs
        and noughts, or a word such as "n/a", "none", "unknown".
    """

    def reduce(texts: pa.Array) -> pa.Array:
        lower = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
        # RE2 knows \\W for ASCII alone; a value with letters of another script must not count as signs.
        stopgap = pc.and_(
            pc.match_substring_regex(lower, _NO_VALUE), pc.invert(pc.match_substring_regex(lower, r"[^\x00-\x7F]"))
        )
        return pc.if_else(stopgap, None, lower)

    return _mapped(values, reduce)


def printable_text(values: pd.Series) -> pd.Series:
    """Turn control characters, line breaks and signs that change the direction of writing into blanks.

    Args:
        values: Texts.

    Returns:
        The texts with the same index; missing values stay missing.
    """
    return _mapped(values, lambda texts: pc.replace_substring_regex(texts, _CONTROLS, " "))


@dataclass(frozen=True)
class SearchIndex:
    """Texts made ready to be searched; identifies learners as the texts themselves do.

    Attributes:
        shown: The folded texts, with what has the shape of a real UPN masked.
        hidden: The folded texts in full, of the rows alone in which something is masked.
    """

    shown: pd.Series
    hidden: pd.Series

    def find(self, query: str) -> pd.Series:
        """Tell in which texts every word of a query occurs, whatever its case and accents.

        A real UPN is found only where the query gives it in full: otherwise a reader could guess what is masked digit
        by digit.

        Args:
            query: Words parted by blanks.

        Returns:
            Booleans with the index of the texts; true everywhere for a query without words.
        """
        words = pd.Series(fold_text(pd.Series([query], dtype="str")).iloc[0].split(), dtype="str")
        found = pd.Series(data=True, index=self.shown.index)
        for word, is_upn in zip(words, looks_like_real_upn(words), strict=True):
            if is_upn:
                holding = self.hidden.index[self.hidden.str.contains(word, regex=False)]
                found &= found.index.isin(holding)
            else:
                found &= self.shown.str.contains(word, regex=False)
        return found


def search_index(texts: pd.Series) -> SearchIndex:
    """Make texts ready to be searched.

    Args:
        texts: Texts, as they were sent, with distinct labels; a missing one holds no word.
    """
    masked = mask_upn(texts.fillna(""))
    has_upn = masked != texts.fillna("")
    return SearchIndex(shown=fold_text(masked), hidden=fold_text(texts[has_upn]))


def _mapped(values: pd.Series, change: Callable[[pa.Array], pa.Array]) -> pd.Series:
    texts = pa.Table.from_pandas(pd.DataFrame({"text": values.astype("str")}), _SCHEMA, preserve_index=False)["text"]
    changed = change(texts.combine_chunks()).to_pandas()
    return pd.Series(changed.array, index=values.index, name=values.name)
