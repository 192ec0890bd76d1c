"""From stored columns to the two frames that readers use: the whole one, and the one without identities."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import union_categoricals

from smartia.table import calendar
from smartia.table.attempts import Attempts
from smartia.table.columns import ANALYSIS, COLUMNS, DERIVED, SENT
from smartia.table.names import Names, Seen, names_of, seen_in, with_names
from smartia.table.sittings import sitting_patterns
from smartia.table.texts import many_rows

SESSION_COLUMNS = tuple(column.name for column in COLUMNS)
"""Columns of the sessions frame."""

_GROUPED = {"test_id", "test_version_id", "test_name", "subject", "level"}
AMONG_OTHERS = {"attempt", "attempts", "year_attempt", "next_year_day"}
"""What depends on a learner's other sessions."""

ANALYSIS_STORED = ("user_id", *(column.name for column in SENT + DERIVED if not column.personal))
"""What must be read from the store to make the analysis frame; `user_id` is turned into a code and dropped."""

NAMING_STORED = ("completed_on", "test_version_id", "test_name", "subject", "level")
"""What must be read from the store to name things."""


def sessions_frame(stored: pa.Table) -> pd.DataFrame:
    """Make the sessions frame of the data dictionary.

    Args:
        stored: Rows with `STORED_SCHEMA`, in order of ended_at and session_id, over the whole snapshot.

    Returns:
        One row per session with `SESSION_COLUMNS`, in the same order, with the types that `columns` declares.
    """
    raw = many_rows(stored)
    raw["attempt"], raw["attempts"] = Attempts.of(raw["user_id"], raw["test_id"]).count()
    return pd.DataFrame({column.name: column.as_pandas(raw[column.name]) for column in COLUMNS}, index=raw.index)


@dataclass(frozen=True)
class Piece:
    """Some sessions on their way into the analysis frame, narrow already.

    Attributes:
        users: The user of each session, as a code with a dictionary.
        own: The columns that depend on no other session, things not named yet.
        seen: What there is to be named.
    """

    users: pa.ChunkedArray
    own: dict[str, pd.Series]
    seen: Seen


def analysis_frame(stored: pa.Table) -> pd.DataFrame:
    """Make the analysis frame of all sessions at once: `analysis_piece`, and `joined_pieces` of the one piece."""
    return joined_pieces([analysis_piece(stored)])


def analysis_piece(stored: pa.Table) -> Piece:
    """Make what some of the sessions give to the analysis frame; needs a fraction of the memory of what was stored.

    Args:
        stored: Rows with the columns `ANALYSIS_STORED`, in order of ended_at and session_id.
    """
    # Codes instead of texts: at a million rows texts cost seconds.
    coded = _encode(stored, _GROUPED | {"user_id"})
    raw = _encode(stored.drop_columns("user_id"), _GROUPED).to_pandas()
    seen = seen_in(raw)
    made = _with_calendar(raw)
    names = [column.name for column in ANALYSIS if column.name not in AMONG_OTHERS | {"test_version"}]
    return Piece(coded["user_id"], {name: made[name] for name in names}, seen)


def joined_pieces(pieces: Iterable[Piece]) -> pd.DataFrame:
    """Make the analysis frame: one row per session, nothing in it that identifies a learner.

    Args:
        pieces: All sessions of a snapshot, piece by piece in order of ended_at and session_id; at least one piece.

    Returns:
        `learner` (a code that has no meaning outside this frame), the columns of the sessions frame that are not
        personal, with texts as categoricals, and the columns of `HELPERS`. Row i is row i of the sessions frame. What
        names things is made fit for a screen (`smartia.table.labels`).
    """
    given = list(pieces)
    found = [piece for piece in given if len(piece.users)] or given[:1]  # what is empty has no types to be joined by
    learner = _joined_codes([piece.users for piece in found])
    # Column by column, each let go when it is joined, so that no column but one is there twice.
    raw = _together({name: _joined([piece.own.pop(name) for piece in found]) for name in list(found[0].own)})
    raw = with_names(raw, names_of(piece.seen for piece in found))
    attempts = Attempts.of(learner, raw["test_id"])
    raw["attempt"], raw["attempts"] = attempts.count()
    raw["year_attempt"], raw["next_year_day"] = attempts.count_by_year(raw["academic_year"], raw["year_day"])
    typed = {column.name: column.as_pandas(raw.pop(column.name)) for column in ANALYSIS}
    return _together({"learner": learner} | typed)


def _together(columns: dict[str, pd.Series]) -> pd.DataFrame:
    return pd.DataFrame(columns, copy=False)  # else all columns of a type are copied side by side


def _joined(parts: list[pd.Series]) -> pd.Series:
    if isinstance(parts[0].dtype, pd.CategoricalDtype):
        return pd.Series(union_categoricals(parts))
    joined: pd.Series = pd.concat(parts, ignore_index=True)
    return joined


def _joined_codes(parts: list[pa.ChunkedArray]) -> pd.Series:
    chunks = [chunk for part in parts for chunk in part.chunks]
    joined = pa.chunked_array(chunks, type=parts[0].type).unify_dictionaries()
    codes = [chunk.indices.to_numpy() for chunk in joined.chunks]
    return pd.Series(np.concatenate([np.empty(0, dtype="int32"), *codes]), dtype="int32")


def own_columns(stored: pa.Table, names: Names) -> pd.DataFrame:
    """Make the columns of the analysis frame that depend on no other session, for some of the sessions.

    Args:
        stored: Rows with the columns `ANALYSIS_STORED`, in order of ended_at and session_id.
        names: What things are called, by all sessions.

    Returns:
        `user_id` and the columns of the analysis frame but `learner` and the numbers of attempts, with its types.
    """
    raw = with_names(_with_calendar(many_rows(_encode(stored, _GROUPED))), names)
    typed = {column.name: column.as_pandas(raw[column.name]) for column in ANALYSIS if column.name not in AMONG_OTHERS}
    return pd.DataFrame({"user_id": raw["user_id"]} | typed, index=raw.index)


def to_be_named(stored: pa.Table) -> pd.DataFrame:
    """Make of stored columns what `smartia.table.names.seen_in` takes.

    Args:
        stored: Rows with the columns `NAMING_STORED`, in order of ended_at and session_id.
    """
    frame: pd.DataFrame = _encode(stored, _GROUPED).to_pandas()
    return frame


def _with_calendar(raw: pd.DataFrame) -> pd.DataFrame:
    # Each calendar day once: a million dates cost much more than their few days.
    place, days = pd.factorize(raw["completed_on"])
    day = pd.Series(days)
    terms, term_names = _recode(calendar.term(day), place)
    return raw.assign(
        month=calendar.month_start(day).to_numpy()[place],
        week=calendar.week_start(day).to_numpy()[place],
        term=pd.Categorical.from_codes(terms, term_names),
        year_day=calendar.year_day(day).array[place],
        start_minute=calendar.week_minute(raw["started_at"]),
        sitting=sitting_patterns(raw),
    )


def _encode(stored: pa.Table, names: set[str]) -> pa.Table:
    for place, name in enumerate(stored.column_names):
        if name in names and not pa.types.is_dictionary(stored.schema.field(name).type):
            stored = stored.set_column(place, name, stored[name].combine_chunks().dictionary_encode())
    return stored


def _recode(labels: pd.Series, place: np.ndarray) -> tuple[np.ndarray, pd.Index]:
    codes, categories = pd.factorize(labels)
    return codes[place], categories
