"""The data dictionary as code: one declaration per column drives flattening, Parquet, labels and the README."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from smartia.table import levels
from smartia.table.texts import MANY_TEXTS


class Kind(StrEnum):
    """What a column holds; decides its type in Arrow, Parquet and pandas."""

    TEXT = "text"
    CATEGORY = "closed set"
    INSTANT = "date and time, UTC"
    DATE = "date"
    SECONDS = "seconds"
    INTEGER = "whole number"


_ARROW_TYPES: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.CATEGORY: pa.dictionary(pa.int32(), pa.string()),
    Kind.INSTANT: pa.timestamp("us", tz="UTC"),
    Kind.DATE: pa.timestamp("us"),
    Kind.SECONDS: pa.float64(),
    Kind.INTEGER: pa.int16(),
}
_PANDAS_TYPES: dict[Kind, Any] = {
    Kind.TEXT: MANY_TEXTS,
    Kind.INSTANT: "datetime64[us, UTC]",
    Kind.DATE: "datetime64[us]",
    Kind.SECONDS: "float64",
    Kind.INTEGER: "Int16",
}


@dataclass(frozen=True)
class Column:
    """One column of the sessions frame.

    Attributes:
        name: The column's name, a promise to users.
        label: What it is called on screen.
        kind: What it holds.
        description: What it means, where it comes from and when it is missing.
        personal: Whether it identifies a learner, directly or as a pseudonym.
        categories: The closed set in its order; None where the values themselves make the set, in their order.
        ordered: Whether the order of the set means anything.
    """

    name: str
    label: str
    kind: Kind
    description: str
    personal: bool = False
    categories: tuple[str, ...] | None = None
    ordered: bool = False

    @property
    def arrow_type(self) -> pa.DataType:
        """The column's type in Arrow and Parquet."""
        return _ARROW_TYPES[self.kind]

    def as_pandas(self, values: pd.Series) -> pd.Series:
        """Give a pandas column this column's type; missing values stay missing."""
        dtype = _PANDAS_TYPES.get(self.kind)
        if dtype is not None:
            typed: pd.Series = values.astype(dtype)
            return typed
        if not isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype("str").astype("category")
        # Counted by codes: pandas sorts all rows to find the categories that are used.
        n = np.bincount(values.cat.codes.to_numpy() + 1, minlength=len(values.cat.categories) + 1)[1:]
        names = list(self.categories or sorted(str(value) for value in values.cat.categories[n > 0]))
        return values.cat.rename_categories(lambda value: str(value)).cat.set_categories(names, ordered=self.ordered)


SITTINGS = ("one sitting", "paused", "over several days", "not known")
GENDERS = ("male", "female", "other", "unknown")
AGE_BANDS = ("under 16", "16–18", "19+", "unknown")

SENT = (
    Column("session_id", "Session", Kind.TEXT, "sessionId: the assessment's own identifier (UUID).", personal=True),
    Column("started_at", "Started", Kind.INSTANT, "startDate."),
    Column("ended_at", "Ended", Kind.INSTANT, "endDate."),
    Column("result_at", "Result at", Kind.INSTANT, "result.createdDate."),
    Column("duration_s", "Duration", Kind.SECONDS, "result.duration: time on the test, in seconds."),
    Column(
        "elapsed_s",
        "Elapsed",
        Kind.SECONDS,
        "ended_at − started_at, in seconds; pauses included. Negative where the API says that a session ended "
        "before it began.",
    ),
    Column("user_id", "User", Kind.TEXT, "user.userId: the account's identifier (UUID).", personal=True),
    Column("username", "Username", Kind.TEXT, "user.username.", personal=True),
    Column("upn", "Learner reference (UPN)", Kind.TEXT, "user.upn, as the college filled it.", personal=True),
    Column("external_id", "External ID", Kind.TEXT, "user.externalId.", personal=True),
    Column("full_name", "Name", Kind.TEXT, "user.fullName.", personal=True),
    Column("first_name", "First name", Kind.TEXT, "user.firstName.", personal=True),
    Column("middle_name", "Middle name", Kind.TEXT, "user.middleName.", personal=True),
    Column("last_name", "Last name", Kind.TEXT, "user.lastName.", personal=True),
    Column("emails", "E-mail", Kind.TEXT, 'user.emails, joined by "; ".', personal=True),
    Column(
        "gender",
        "Gender",
        Kind.CATEGORY,
        'user.gender; "unknown" where it was not sent, as the reference says.',
        categories=GENDERS,
    ),
    Column("date_of_birth", "Date of birth", Kind.DATE, "user.dateOfBirth.", personal=True),
    Column("test_id", "Test ID", Kind.TEXT, "test.testId (UUID)."),
    Column("test_version_id", "Test version", Kind.TEXT, "test.testVersionId (UUID)."),
    Column("test_name", "Test", Kind.TEXT, "test.name."),
    Column("subject", "Subject", Kind.TEXT, "test.subject."),
    Column("level", "Level as sent", Kind.TEXT, "result.level, untouched."),
)
"""What the API sends, in the order of the frame."""

DERIVED = (
    Column("completed_on", "Completed on", Kind.DATE, "Date of ended_at in Europe/London."),
    Column(
        "academic_year",
        "Academic year",
        Kind.CATEGORY,
        '1 August – 31 July, by completed_on: "2025/26".',
        ordered=True,
    ),
    Column(
        "age",
        "Age",
        Kind.INTEGER,
        "Whole years on 31 August of that academic year. Missing without a date of birth, or where it gives an age "
        "outside 0–120.",
    ),
    Column(
        "age_band",
        "Age band",
        Kind.CATEGORY,
        "Band of age, by the date of the assessment; funding age is fixed at the start of learning, which these "
        "data do not have.",
        categories=AGE_BANDS,
        ordered=True,
    ),
    Column(
        "level_whole",
        "Level",
        Kind.CATEGORY,
        "Whole level of the ladder; missing where the level cannot be read.",
        categories=levels.WHOLE_LEVELS,
        ordered=True,
    ),
    Column(
        "level_half",
        "Half",
        Kind.CATEGORY,
        "Lower or Upper; missing where none was sent.",
        categories=levels.HALVES,
        ordered=True,
    ),
    Column(
        "level_rank",
        "Rank of level",
        Kind.INTEGER,
        "Orders the ladder: 0 Pre-Entry, 10–30 Entry 1–3, 40–60 Level 1–3, +1 Lower, +2 Upper. Not a score. "
        "Missing where the level cannot be read.",
    ),
)
"""What is derived from one record alone; stored with it."""

COUNTED = (
    Column(
        "attempt",
        "Attempt",
        Kind.INTEGER,
        "1, 2, … per user_id and test_id by ended_at, over the whole snapshot.",
    ),
    Column("attempts", "Attempts", Kind.INTEGER, "How many there are; the latest has attempt == attempts."),
)
"""What depends on other records; counted when a snapshot is opened."""

COLUMNS = SENT + DERIVED + COUNTED
"""The sessions frame, whole and in order."""

HELPERS = (
    Column("month", "Month", Kind.DATE, "First day of the month of completed_on."),
    Column("week", "Week", Kind.DATE, "Monday of the week of completed_on."),
    Column(
        "term",
        "Term",
        Kind.CATEGORY,
        'Autumn August–December, Spring January–March, Summer April–July: "2025/26 Autumn".',
        ordered=True,
    ),
    Column(
        "year_day",
        "Day of the academic year",
        Kind.INTEGER,
        "Slot of completed_on in its academic year, 1 August = 0, in a leap-year calendar, so that a calendar date "
        "has the same slot every year.",
    ),
    Column(
        "start_minute",
        "Minute of the week",
        Kind.INTEGER,
        "Minute of the London week in which started_at lies: 0 on Monday at 00:00, 10,079 on Sunday at 23:59. "
        "Missing outside the years 2 to 9998.",
    ),
    Column(
        "year_attempt",
        "Attempt in the academic year",
        Kind.INTEGER,
        "1, 2, … per learner, test_id and academic year by ended_at, over the whole snapshot.",
    ),
    Column(
        "next_year_day",
        "Day of the next attempt in the academic year",
        Kind.INTEGER,
        "year_day of the learner's next attempt at the test in the same academic year; missing for the last one.",
    ),
    Column(
        "test_version",
        "Test version",
        Kind.CATEGORY,
        "Name of the test version: its number within the test and its first day, "
        '"Version 2, from 7 Jan 2025 (3fa8c2d1)".',
    ),
    Column(
        "sitting",
        "Sitting",
        Kind.CATEGORY,
        "one sitting: elapsed_s at most 1.25 × duration_s; else over several days where it ended on a later date than "
        "it began (Europe/London), else paused; not known where it ended before it began.",
        categories=SITTINGS,
        ordered=True,
    ),
)
"""Further columns of the analysis frame, for grouping."""

_CODED = {"test_id", "test_version_id", "test_name", "subject", "level"}

ANALYSIS = tuple(
    replace(column, kind=Kind.CATEGORY) if column.name in _CODED else column
    for column in COLUMNS + HELPERS
    if not column.personal
)
"""The analysis frame but for `learner`, in order; its texts are categoricals."""

STORED_SCHEMA = pa.schema([pa.field(column.name, column.arrow_type) for column in SENT + DERIVED])
"""Schema of the Parquet files."""


def data_dictionary() -> str:
    """Write the data dictionary as a Markdown table, as the README shows it."""
    rows = [f"| `{c.name}` | {c.kind} | {'yes' if c.personal else ''} | {c.description} |" for c in COLUMNS]
    return "\n".join(("| column | type | personal | what it is |", "|---|---|---|---|", *rows))
