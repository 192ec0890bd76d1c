"""The invented colleges that benchmarks download, the same on every day and in every process."""

import datetime as dt
import math
from collections.abc import Iterator

import numpy as np

from smartia.sandbox.college import College, build_college
from smartia.sandbox.records import make_records

SEED = 2025
TODAY = dt.date(2025, 10, 31)
"""The colleges' last day: in the past, whenever the benchmarks run."""
_SESSIONS_PER_LEARNER = 2.4
_AT_A_TIME = 10_000


def learners_for(sessions: int) -> int:
    """Say how many learners have at least this many sessions, and not many more.

    >>> learners_for(1_000_000)
    416667
    """
    return math.ceil(sessions / _SESSIONS_PER_LEARNER)


def college_of(sessions: int) -> College:
    """Build the college that a server with `learners_for(sessions)` learners begins with."""
    return build_college(seed=SEED, learners=learners_for(sessions), today=TODAY)


def records_of(college: College) -> Iterator[dict[str, object]]:
    """Make every record of a college, the earliest ended first."""
    for start in range(0, len(college), _AT_A_TIME):
        yield from make_records(college, np.arange(start, min(start + _AT_A_TIME, len(college))))
