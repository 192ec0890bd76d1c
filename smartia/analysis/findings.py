"""Findings: the rules by which a session shows that something in the data needs a look. Nothing is removed by them.

Every finding is a Boolean column with a row for each session, so that it can be counted, followed month by month and
traced to the sessions behind it.
"""

from __future__ import annotations

from datetime import timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import pandas as pd

from smartia.analysis.identifiers import looks_like_real_upn
from smartia.analysis.quality import FLAGS, duration_flags
from smartia.table.collected import collected

if TYPE_CHECKING:
    from datetime import datetime

    from narwhals.typing import IntoDataFrame, IntoDataFrameT, IntoFrame

RESULT_APART: Final = timedelta(days=1)
"""How far apart the end of a session and its result may lie."""
LONGEST_GAP: Final = timedelta(days=365)
"""A stretch without any start longer than this parts early sessions from those that are plausible,"""
EARLY_PERCENT: Final = 5
"""where fewer than this percentage of all sessions lie before it."""
LOWEST_AGE: Final = 14
"""The youngest age that is plausible at a college."""

SESSION_FINDINGS: Final = (
    "unreadable_level",
    *FLAGS,
    "started_in_future",
    "started_too_early",
    "result_far_from_end",
    "several_attempts",
    "older_version",
    "overlapping",
    "overlapping_unpaused",
)
"""The findings that times, results and versions show."""

CHANGE_FINDINGS: Final = ("gender_changed", "birth_date_changed", "name_changed")
"""The findings that the learners' details show from session to session,"""
DETAIL_FINDINGS: Final = ("no_reference", "required_empty", "no_birth_date", "no_gender", "age_impossible", "age_low")
"""and those that they show in each session alone."""

REQUIRED_TEXTS: Final = ("username", "full_name", "first_name", "last_name", "test_name", "subject")
"""What the API promises for every session besides the level; an empty text is none."""
UPN_FIELDS: Final = ("upn", "external_id", "username")
"""Where a real UPN is looked for."""
UPN_FINDINGS: Final = tuple(f"real_upn_in_{field}" for field in UPN_FIELDS)
"""The findings on UPNs, by the field they are in."""
FINDINGS: Final = (*SESSION_FINDINGS, *CHANGE_FINDINGS, *DETAIL_FINDINGS, *UPN_FINDINGS)
"""All findings, by the names of their columns."""

_NO_GENDER: Final = nw.col("gender").is_null() | (nw.col("gender") == "unknown")
_PLACE: Final = "place"
_OF_SESSIONS: Final = [
    *("learner", "started_at", "ended_at", "result_at", "duration_s", "elapsed_s", "reference_s", "level_rank"),
    *("attempts", "test_id", "test_version_id", "sitting"),
]


def flag_sessions(frame: IntoFrame, fetched_at: datetime) -> pd.DataFrame:
    """Mark the sessions whose times, results or versions need a look.

    Args:
        frame: The analysis frame with `reference_s`, in any engine; all sessions, since attempts, versions and
            overlaps are found only among all of them. Of it `learner`, `started_at`, `ended_at`, `result_at`,
            `duration_s`, `elapsed_s`, `reference_s`, `level_rank`, `attempts`, `test_id`, `test_version_id` and
            `sitting` are read.
        fetched_at: When the data were pulled (with a time zone).

    Returns:
        A row a session, with the labels of `smartia.table.collected`, and the Boolean columns `SESSION_FINDINGS`, never
        missing: `unreadable_level` (not on the ladder); the four of `flag_durations` with `SHORT_SHARE`, `LONG_FACTOR`
        and `MINIMUM_N`; `started_in_future` (after `fetched_at`); `started_too_early` (before the first plausible
        start, see `first_plausible_start`); `result_far_from_end` (more than `RESULT_APART` before or after
        `ended_at`); `several_attempts` (the learner has several sessions of this test); `older_version` (started when
        a newer version of the test, one whose first session began later, was in use already); `overlapping` (shares a
        stretch of time, from start to end, with another session of the same learner); `overlapping_unpaused` (as
        before, where both were sat in one sitting).
    """
    sessions = collected(frame, _OF_SESSIONS)
    rows = nw.from_native(sessions, eager_only=True).with_row_index(_PLACE)
    started, ended, result = nw.col("started_at"), nw.col("ended_at"), nw.col("result_at")
    earliest = first_plausible_start(sessions)
    overlapping = _overlapping(rows.select(_PLACE, "learner", "started_at", "ended_at", "sitting"))
    unpaused = _overlapping(overlapping.filter((nw.col("sitting") == "one sitting").fill_null(value=False)))
    found = {
        "unreadable_level": nw.col("level_rank").is_null(),
        **duration_flags(),
        "started_in_future": started > fetched_at,
        "started_too_early": nw.lit(value=False) if earliest is None else started < earliest,
        "result_far_from_end": (result > ended + RESULT_APART) | (result < ended - RESULT_APART),
        "several_attempts": nw.col("attempts") > 1,
        "older_version": _in_older_version(rows),
        "overlapping": nw.col(_PLACE).is_in(overlapping[_PLACE]),
        "overlapping_unpaused": nw.col(_PLACE).is_in(unpaused[_PLACE]),
    }
    return rows.select(**_filled(found)).to_native()


def flag_changes(frame: IntoDataFrameT) -> IntoDataFrameT:
    """Mark the sessions in which a learner's details differ from those of the session before.

    Args:
        frame: All sessions in order of ended_at with `learner`, `gender`, `date_of_birth` and `full_name`. Texts may be
            categoricals.

    Returns:
        The same kind of frame with the same index and the Boolean columns `CHANGE_FINDINGS`, never missing:
        `gender_changed`, `birth_date_changed`, `name_changed`: the value is not the one of the learner's session
        before. Sessions without a value, or with the gender "unknown", are passed over; names are compared as they are
        written.
    """
    rows = nw.from_native(frame, eager_only=True).with_row_index(_PLACE)
    found = {
        "gender_changed": nw.col(_PLACE).is_in(_changed(rows, "gender", ~_NO_GENDER)),
        "birth_date_changed": nw.col(_PLACE).is_in(_changed(rows, "date_of_birth", ~nw.col("date_of_birth").is_null())),
        "name_changed": nw.col(_PLACE).is_in(_changed(rows, "full_name", ~_is_empty("full_name"))),
    }
    return rows.select(**_filled(found)).to_native()


def flag_details(frame: IntoDataFrameT) -> IntoDataFrameT:
    """Mark the sessions that came with details of the learner that need a look; each session by itself.

    Args:
        frame: Any sessions with `gender`, `age` (missing where the date of birth gives none from 0 to 120),
            `date_of_birth`, `upn`, `external_id` and `REQUIRED_TEXTS`. Texts may be categoricals.

    Returns:
        The same kind of frame with the same index and the Boolean columns `DETAIL_FINDINGS`, never missing:
        `no_reference` (neither `upn` nor `external_id`); `required_empty` (one of `REQUIRED_TEXTS` is empty);
        `no_birth_date`; `no_gender` (the gender is "unknown"); `age_impossible` (there is a date of birth, but no age
        from 0 to 120); `age_low` (below `LOWEST_AGE`).
    """
    rows = nw.from_native(frame, eager_only=True)
    no_birth_date = nw.col("date_of_birth").is_null()
    found = {
        "no_reference": _is_empty("upn") & _is_empty("external_id"),
        "required_empty": reduce(or_, (_is_empty(name) for name in REQUIRED_TEXTS)),
        "no_birth_date": no_birth_date,
        "no_gender": _NO_GENDER,
        "age_impossible": ~no_birth_date & nw.col("age").is_null(),
        "age_low": nw.col("age") < LOWEST_AGE,
    }
    return rows.select(**_filled(found)).to_native()


def flag_real_upns(frame: pd.DataFrame) -> pd.DataFrame:
    """Mark the sessions in which a field has the shape of a real unique pupil number.

    Args:
        frame: Sessions with `UPN_FIELDS`, as texts or categoricals.

    Returns:
        The Boolean columns `UPN_FINDINGS` with the same index; false where a value is missing. See
        `looks_like_real_upn` for the shape.
    """
    found = {name: looks_like_real_upn(frame[field]) for field, name in zip(UPN_FIELDS, UPN_FINDINGS, strict=True)}
    return pd.DataFrame(found, index=frame.index)


def first_plausible_start(frame: IntoDataFrame) -> datetime | None:
    """Find where the account's sessions begin in earnest.

    Args:
        frame: Sessions with `started_at`.

    Returns:
        The first start after a stretch of more than `LONGEST_GAP` without any start, before which there are some
        sessions, but fewer than `EARLY_PERCENT` percent; of several such stretches the last. None where there is none.
    """
    starts = nw.from_native(frame, eager_only=True)["started_at"].sort()
    early = starts.head(-(-len(starts) * EARLY_PERCENT // 100))
    late = early.filter((early.diff() > LONGEST_GAP).fill_null(value=False))
    found: datetime | None = late.max() if len(late) else None
    return found


def _in_older_version(rows: nw.DataFrame[Any]) -> nw.Expr:
    """A session of a version that began when the first session of the test's next version had begun already."""
    started = nw.col("started_at")
    versions = rows.group_by("test_id", "test_version_id").agg(
        started.min().alias("first"), started.max().alias("last")
    )
    ordered = versions.sort("test_id", "first", "test_version_id").with_columns(
        following=nw.col("first").shift(-1).over("test_id")
    )
    late = ordered.filter((nw.col("following") <= nw.col("last")).fill_null(value=False))
    found = [
        (nw.col("test_id") == test) & (nw.col("test_version_id") == version) & (started >= following)
        for test, version, following in late.select("test_id", "test_version_id", "following").iter_rows()
    ]
    return reduce(or_, found, nw.lit(value=False))


def _overlapping(rows: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """The sessions, given in order of ended_at, that share a stretch of time with another of the same learner."""
    started, ended = nw.col("started_at"), nw.col("ended_at")
    lasting = rows.filter(ended > started)
    # The session before is the one that ended last of all that ended earlier: who overlaps with any overlaps with it.
    after = lasting.with_columns(before=ended.shift(1).over("learner"))
    concerned = after.filter((nw.col("before") > started).fill_null(value=False))["learner"].unique()
    few = after.filter(nw.col("learner").is_in(concerned))
    later = few.with_columns(later=started.cum_min(reverse=True).over("learner")).with_columns(
        later=nw.col("later").shift(-1).over("learner")
    )
    shared = (nw.col("before") > started).fill_null(value=False) | (nw.col("later") < ended).fill_null(value=False)
    return later.filter(shared).select(rows.columns)


def _changed(rows: nw.DataFrame[Any], field: str, known: nw.Expr) -> nw.Series[Any]:
    """The places of sessions whose value is not that of the learner's session before, of those where it is known."""
    valued = rows.select(_PLACE, "learner", field).filter(known)
    # Row numbers are moved instead of values: moving a million texts takes seconds.
    numbered = valued.select(_PLACE, "learner").with_row_index("own")
    pairs = numbered.with_columns(before=nw.col("own").shift(1).over("learner")).filter(~nw.col("before").is_null())
    values = valued[field]
    now, before = (values[pairs[name].cast(nw.Int64).to_numpy()] for name in ("own", "before"))
    return pairs.filter(now != before)[_PLACE]


def _is_empty(field: str) -> nw.Expr:
    return nw.col(field).is_null() | (nw.col(field) == "").fill_null(value=False)


def _filled(conditions: dict[str, nw.Expr]) -> dict[str, nw.Expr]:
    return {name: condition.fill_null(value=False) for name, condition in conditions.items()}
