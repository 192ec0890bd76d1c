"""Seats: how many learners sat at one same instant, half hour by half hour.

The rule: a learner takes a seat from `started_at` for the smaller of `duration_s` and `elapsed_s`, where the test was
sat in one go or with pauses on one day. The API does not say when a paused test was paused, so its time counts from
its start. Of a test sat over several days it is not known which part was sat when, and where a test ended before it
began nothing is: both are left out and counted. A learner with two tests open at once takes one seat. Whoever leaves
a seat at 10:00 frees it for whoever comes at 10:00.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import numpy as np
import pandas as pd

from smartia.analysis.grouping import aggregate, flag
from smartia.analysis.measures import SIZE, sums
from smartia.table.calendar import LONDON
from smartia.table.collected import collected
from smartia.table.picking import pick_rows, with_further

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame, IntoFrameT
    from numpy.typing import NDArray

HALF_HOUR_MIN: Final = 30
_HALF_HOUR_US: Final = HALF_HOUR_MIN * 60 * 1_000_000
_DAY_MIN: Final = 24 * 60
_WEEK_MIN: Final = 7 * _DAY_MIN
_SEATED: Final = ("one sitting", "paused")
_SEVERAL_DAYS: Final = "over several days"


@dataclass(frozen=True)
class Placed:
    """How many sessions could be given a time.

    Attributes:
        sessions: All sessions asked about.
        placed: Those with known times.
        several_days: Left out, as they were sat over several days.
        not_known: Left out, as they ended before they began or took no time.
    """

    sessions: int
    placed: int
    several_days: int
    not_known: int


def count_placed(frame: IntoFrame) -> Placed:
    """Count the sessions that have a place in time, and those left out.

    Args:
        frame: Sessions with `sitting`, `duration_s` and `elapsed_s`.

    Returns:
        The counts; zeros for a frame without rows. The three parts add up to all sessions.
    """
    flags = {"placed": flag(_is_placed()), "several_days": flag(nw.col("sitting") == _SEVERAL_DAYS)}
    rows = with_further(frame, flags, "placed")
    columns = {name: nw.col(name) for name in flags}
    found = aggregate(rows, None, {"sessions": SIZE, **sums(*flags)}, columns=columns).iloc[0]
    sessions, placed, several_days = (int(found[name]) for name in ("sessions", *flags))
    return Placed(sessions, placed, several_days, sessions - placed - several_days)


def seat_peaks(frame: IntoFrame) -> pd.DataFrame:
    """Give the most learners that sat at one same instant, for every half hour in which anyone sat.

    Args:
        frame: Sessions with `learner`, `started_at` (UTC), `duration_s`, `elapsed_s` and `sitting`.

    Returns:
        One row a half hour, in order of time: `starts_at` (UTC), `date` (London, midnight without a zone), `weekday`
        (0 Monday to 6 Sunday), `minute` (of the London day, 0 to 1410) and `peak` (learners; at least 1). When the
        clocks go back two rows share a date and a minute. No rows where nobody has a place in time.
    """
    starts, ends = _seat_times(frame)
    slots = _slots_covered(starts, ends)
    leaving = np.sort(ends)
    # Learners in their seats at an instant: those who have come by then, less those who have left by then.
    seated_at_start = np.arange(1, len(starts) + 1) - np.searchsorted(leaving, starts, side="right")
    opening = slots * _HALF_HOUR_US
    peaks = np.searchsorted(starts, opening, side="right") - np.searchsorted(leaving, opening, side="right")
    # Numbers rise only when someone comes, so a half hour's peak is at its opening or at one of its starts.
    np.maximum.at(peaks, np.searchsorted(slots, starts // _HALF_HOUR_US), seated_at_start)
    starts_at = pd.Series(opening.astype("datetime64[us]")).dt.tz_localize("UTC")
    local = starts_at.dt.tz_convert(LONDON).dt.tz_localize(None)
    return pd.DataFrame(
        {
            "starts_at": starts_at,
            "date": local.dt.normalize(),
            "weekday": local.dt.day_of_week.astype("int64"),
            "minute": (local.dt.hour * 60 + local.dt.minute).astype("int64"),
            "peak": peaks.astype("int64"),
        }
    )


def rows_seated(frame: IntoFrameT, weekday: int, first_min: int, last_min: int) -> IntoFrameT:
    """Pick the sessions during which a learner had a seat at a time of the week.

    Args:
        frame: Sessions with `started_at` (UTC), `start_minute`, `duration_s`, `elapsed_s` and `sitting`.
        weekday: 0 Monday to 6 Sunday, in London.
        first_min: The minute of the day (London) at which the time begins.
        last_min: The minute at which it is over.

    Returns:
        The rows with their labels, in their order; sessions without a place in time never.
    """
    start = nw.col("start_minute").cast(nw.Float64) + nw.col("started_at").dt.second().cast(nw.Float64) / 60
    length = _seconds() / 60
    opening = weekday * _DAY_MIN
    # Who sat over the midnight of a Sunday is there on Monday too: a week later by the minute of the week.
    is_there = [
        (start < opening + last_min + week_min) & (start + length > opening + first_min + week_min)
        for week_min in (0, _WEEK_MIN)
    ]
    return pick_rows(frame, {}, [_is_placed() & (is_there[0] | is_there[1])])


def _seconds() -> nw.Expr:
    return nw.min_horizontal("duration_s", "elapsed_s")


def _is_placed() -> nw.Expr:
    return nw.col("sitting").is_in(_SEATED) & (_seconds() > 0)


def _seat_times(frame: IntoFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """When seats were taken and left, in microseconds since 1970, in order of taking; one seat a learner at a time."""
    seated = pick_rows(frame, {"sitting": _SEATED})
    rows = collected(seated, ["learner", "started_at", "duration_s", "elapsed_s"])
    seconds = np.fmin(rows.pop("duration_s").to_numpy(), rows.pop("elapsed_s").to_numpy())
    length = np.round(seconds * 1e6).astype(np.int64)
    del seconds
    known = length > 0
    learner = rows.pop("learner").to_numpy()[known]
    start = rows.pop("started_at").dt.tz_localize(None).to_numpy(dtype="datetime64[us]").view(np.int64)[known]
    end = start + length[known]
    del length, known
    order = np.argsort(start, kind="stable")  # quick, since sessions are in order of their ends
    return _one_seat_each(learner[order], start[order], end[order])


def _one_seat_each(
    learner: NDArray[Any], start: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Join the times of each learner that overlap or touch; given and returned in order of start.

    Few learners have such times, so that all others stay as they are.
    """
    # Learner and place in one whole number, which numpy sorts in a tenth of the time of two keys.
    by_learner = np.sort(learner.astype(np.int64) << 32 | np.arange(len(learner))) & 0xFFFFFFFF
    owner = learner[by_learner]
    touches_next = (owner[1:] == owner[:-1]) & (start[by_learner[1:]] <= end[by_learner[:-1]])
    has_two_at_once = np.isin(learner, owner[1:][touches_next])
    some = by_learner[has_two_at_once[by_learner]]
    joined_start, joined_end = _joined(learner[some], start[some], end[some])
    start = np.concatenate([start[~has_two_at_once], joined_start])
    end = np.concatenate([end[~has_two_at_once], joined_end])
    order = np.argsort(start, kind="stable")
    return start[order], end[order]


def _joined(
    owner: NDArray[Any], start: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Join the times of each owner that overlap or touch; given and returned in order of owner and start."""
    if not len(start):
        return start, end
    latest = pd.Series(end).groupby(owner).cummax().to_numpy()
    begins = np.ones(len(start), dtype=bool)
    begins[1:] = (owner[1:] != owner[:-1]) | (start[1:] > latest[:-1])
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(start)) - 1
    return start[first], latest[last]


def _slots_covered(start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """The half hours, counted from 1970, in which at least one seat was taken at some instant; ascending.

    Times are given in order of start.
    """
    first_us, last_us = _joined(np.zeros(len(start), dtype=np.int8), start, end)
    first, last = first_us // _HALF_HOUR_US, (last_us - 1) // _HALF_HOUR_US
    sizes = last - first + 1
    offsets = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.unique(np.repeat(first, sizes) + offsets)
