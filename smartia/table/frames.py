"""From stored columns to the two frames that readers use: the whole one, and the one without identities."""

import pandas as pd
import pyarrow as pa

from smartia.table import calendar
from smartia.table.columns import COLUMNS, DERIVED, HELPERS, SENT, Column, Kind
from smartia.table.versions import version_labels

SESSION_COLUMNS = tuple(column.name for column in COLUMNS)
"""Columns of the sessions frame."""

_GROUPED = {"test_id", "test_version_id", "test_name", "subject", "level"}

ANALYSIS_STORED = ("user_id", *(column.name for column in SENT + DERIVED if not column.personal))
"""What must be read from the store to make the analysis frame; `user_id` is turned into a code and dropped."""


def sessions_frame(stored: pa.Table) -> pd.DataFrame:
    """Make the sessions frame of the data dictionary.

    Args:
        stored: Rows with `STORED_SCHEMA`, in order of ended_at and session_id, over the whole snapshot.

    Returns:
        One row per session with `SESSION_COLUMNS`, in the same order, with the types that `columns` declares.
    """
    raw = stored.to_pandas()
    raw["attempt"], raw["attempts"] = count_attempts(raw["user_id"], raw["test_id"])
    return pd.DataFrame({column.name: column.as_pandas(raw[column.name]) for column in COLUMNS}, index=raw.index)


def analysis_frame(stored: pa.Table) -> pd.DataFrame:
    """Make the analysis frame: one row per session, nothing in it that identifies a learner.

    Args:
        stored: Rows with the columns `ANALYSIS_STORED`, in order of ended_at and session_id, over the whole
            snapshot.

    Returns:
        `learner` (a code that has no meaning outside this frame), the columns of the sessions frame that are not
        personal, with texts as categoricals, and the columns `month`, `term`, `year_day` and `test_version`. Row i
        is row i of the sessions frame.
    """
    raw = stored.to_pandas()
    raw["attempt"], raw["attempts"] = count_attempts(raw["user_id"], raw["test_id"])
    completed_on = raw["completed_on"]
    raw["month"] = calendar.month_start(completed_on)
    raw["term"] = calendar.term(completed_on)
    raw["year_day"] = calendar.year_day(completed_on)
    versions = version_labels(raw["test_version_id"], raw["test_name"], completed_on)
    raw["test_version"] = raw["test_version_id"].map(versions)
    typed = {"learner": pd.Series(pd.factorize(raw["user_id"])[0].astype("int32"), index=raw.index)}
    for column in COLUMNS + HELPERS:
        if not column.personal:
            typed[column.name] = _grouped(column).as_pandas(raw[column.name])
    return pd.DataFrame(typed, index=raw.index)


def count_attempts(users: pd.Series, tests: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Number the attempts of each user at each test.

    Args:
        users: user_id of each session, in order of ended_at.
        tests: test_id of each session, in the same order.

    Returns:
        attempt (1 for the earliest, 2, …) and attempts (how many there are), each as Int16.
    """
    groups = pd.DataFrame({"user": users, "test": tests}).groupby(["user", "test"], sort=False, dropna=False)
    attempt = groups.cumcount() + 1
    attempts = groups["user"].transform("size")
    return attempt.astype("Int16"), attempts.astype("Int16")


def _grouped(column: Column) -> Column:
    if column.name not in _GROUPED:
        return column
    return Column(column.name, column.label, Kind.CATEGORY, column.description)
