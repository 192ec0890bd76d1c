"""Texts that identify a learner: real UPNs masked, and names made comparable and searchable."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from smartia.table.texts import MANY_TEXTS, many_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_UPN: Final = r"([A-Za-z])[0-9]{9}([0-9]{2}[0-9A-Za-z])"
_REAL_UPN: Final = rf"^\s*{_UPN}\s*$"
_UPN_IN_TEXT: Final = rf"(^|[^0-9A-Za-z]){_UPN}($|[^0-9A-Za-z])"
_MASKED: Final = r"\1\2•••••••••\3\4"
_ACCENTS: Final = "[\N{COMBINING GRAVE ACCENT}-\N{COMBINING LATIN SMALL LETTER X}]"
_INVISIBLE: Final = r"\p{Cf}"
_CONTROLS: Final = r"[\p{Cc}\p{Zl}\p{Zp}\x{061C}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2066}-\x{2069}]"
_SCHEMA: Final = pa.schema([("text", pa.large_string())])
_ODD_BLANKS: Final = r"\s{2,}|[^\S ]"
"""ASCII blanks that are not a single space."""
_NOT_PLAIN: Final = r"[^ -~]"
"""What lower case alone does not fold for a search, in which blanks do not matter."""
_THREADS: Final = 2
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
    return _mapped(values, _mask)


def _mask(texts: pa.Array) -> pa.Array:
    has_upn = pc.fill_null(pc.match_substring_regex(texts, _UPN), fill_value=False)
    if not pc.any(has_upn).as_py():
        return texts
    # Twice: where only one character parts two numbers, the first round takes it with the number before it.
    once = pc.replace_substring_regex(texts.filter(has_upn), _UPN_IN_TEXT, _MASKED)
    return pc.replace_with_mask(texts, has_upn, pc.replace_substring_regex(once, _UPN_IN_TEXT, _MASKED))


def fold_text(values: pd.Series) -> pd.Series:
    """Make texts comparable: lower case, without accents, compatibility forms, invisible signs and double blanks.

    Args:
        values: Texts.

    Returns:
        The folded texts with the same index ("Łukasz  ÑANDÚ" becomes "lukasz nandu"); missing values stay missing.
        Vowel signs of other scripts than Latin, Greek and Cyrillic stay, since they tell names apart.
    """
    return _mapped(values, _fold)


def _fold(texts: pa.Array) -> pa.Array:
    # Most texts are plain ASCII, for which most of the steps do nothing but take time.
    plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(pc.ascii_lower(texts), _ODD_BLANKS, " "))
    is_other = pc.invert(pc.string_is_ascii(texts))
    return pc.replace_with_mask(plain, is_other, _fold_any(texts.filter(is_other)))


def _fold_any(texts: pa.Array) -> pa.Array:
    plain = pc.replace_substring_regex(pc.utf8_normalize(texts, "NFKD"), _ACCENTS, "")
    lower = pc.utf8_lower(pc.replace_substring_regex(plain, _INVISIBLE, ""))
    for letter, replacement in _NOT_DECOMPOSED.items():
        lower = pc.replace_substring(lower, letter, replacement)
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(lower, r"[\s\p{Z}]+", " "))


def comparable_name(values: pd.Series) -> pd.Series:
    """Fold names further, to their letters: without blanks, hyphens, apostrophes, full stops and commas.

    Args:
        values: Names.

    Returns:
        The names to compare by, with the same index ("Zoë O’Neill-Ng" becomes "zoeoneillng"); missing where a name is
        missing or nothing is left of it.
    """

    def reduce(texts: pa.Array) -> pa.Array:
        names = texts.dictionary_encode()  # many learners have the same
        letters = pc.replace_substring_regex(_fold(names.dictionary), _NOT_COMPARED, "")
        return pc.if_else(pc.equal(letters, ""), None, letters).take(names.indices)

    return _mapped(values, reduce)


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
        shown: The texts as they were sent, with what has the shape of a real UPN masked.
        folded: Column by column, the folded texts of `shown` that lower case alone does not fold, by their places.
        hidden: Column by column, the folded texts in full of what is masked in `shown`, by their places.
    """

    shown: pa.Table
    folded: tuple[pd.Series, ...]
    hidden: tuple[pd.Series, ...]

    def find(self, query: str) -> NDArray[np.bool_]:
        """Tell in which rows every word of a query occurs in some text, whatever its case and accents.

        A real UPN is found only where the query gives it in full: otherwise a reader could guess what is masked digit
        by digit.

        Args:
            query: Words parted by blanks.

        Returns:
            True or false row by row; true everywhere for a query without words.
        """
        words = pd.Series(fold_text(pd.Series([query], dtype="str")).iloc[0].split(), dtype="str")
        masks = [
            self._hiding(word) if is_upn else self._showing(word)
            for word, is_upn in zip(words, looks_like_real_upn(words), strict=True)
        ]
        found: NDArray[np.bool_] = np.logical_and.reduce([np.ones(self.shown.num_rows, dtype="bool"), *masks])
        return found

    def _hiding(self, word: str) -> NDArray[np.bool_]:
        found = np.zeros(self.shown.num_rows, dtype="bool")
        for texts in self.hidden:
            found[texts.index[texts.str.contains(word, regex=False)]] = True
        return found

    def _showing(self, word: str) -> NDArray[np.bool_]:
        # Arrow searches outside the interpreter's lock, so columns go side by side.
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="search") as pool:
            held = list(pool.map(partial(_holding, word=word), self.shown.columns, self.folded))
        found: NDArray[np.bool_] = np.logical_or.reduce([np.zeros(self.shown.num_rows, dtype="bool"), *held])
        return found


def _holding(texts: pa.ChunkedArray, folded: pd.Series, *, word: str) -> NDArray[np.bool_]:
    # Made lower at every search: to keep these too would take as much memory again.
    held: NDArray[np.bool_] = pc.match_substring(pc.ascii_lower(texts), word).to_numpy()
    held[folded.index] = folded.str.contains(word, regex=False)
    return held


def search_index(*texts: pd.Series) -> SearchIndex:
    """Make texts ready to be searched.

    Args:
        texts: Columns of texts, as they were sent; a missing one holds no word.
    """
    # One column after the other: each takes several times its memory on the way.
    shown, folded, hidden = zip(*map(_searchable, texts), strict=True)
    return SearchIndex(pa.table(shown, [str(place) for place in range(len(texts))]), folded, hidden)


def _searchable(texts: pd.Series) -> tuple[pa.ChunkedArray, pd.Series, pd.Series]:
    """Give what a column shows, and folded what of it lower case does not fold and what it hides."""
    sent = texts.fillna("").reset_index(drop=True)
    masked = mask_upn(sent)
    shown = _plain_texts(masked).cast(pa.string())
    is_odd = pc.match_substring_regex(shown, _NOT_PLAIN).to_numpy()
    return shown, fold_text(masked[is_odd]), fold_text(sent[sent != masked])


def _mapped(values: pd.Series, change: Callable[[pa.Array], pa.Array]) -> pd.Series:
    changed = many_rows(pa.table({"changed": change(_plain_texts(values).combine_chunks())}))["changed"]
    return pd.Series(changed.array, index=values.index, name=values.name)


def _plain_texts(values: pd.Series) -> pa.ChunkedArray:
    frame = pd.DataFrame({"text": values.astype(MANY_TEXTS)})
    return pa.Table.from_pandas(frame, _SCHEMA, preserve_index=False)["text"]
