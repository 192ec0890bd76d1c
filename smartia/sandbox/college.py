"""The sandbox's college: invented learners and their completed sessions over four academic years."""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from smartia.sandbox.assessments import TESTS
from smartia.sandbox.people import MAX_LEARNERS, People, draw_codes, draw_people, draw_uuids
from smartia.sandbox.sittings import Sittings, draw_sittings
from smartia.sandbox.timetable import Timetable

__all__ = ["College", "Misfit", "build_college"]

_SESSIONS_PER_MISFIT: Final = 1000
# hours-minutes-seconds, minutes-seconds, seconds, with a day part of nought
_SPELLING_SHARES: Final = (0.7, 0.18, 0.117, 0.003)


class Misfit(IntEnum):
    """How a session's record breaks the API's reference; NONE is a record as promised."""

    NONE = 0
    NO_LAST_NAME = 1
    DURATION_IN_MONTHS = 2
    UNKNOWN_GENDER_CODE = 3
    START_WITHOUT_ZONE = 4
    SESSION_ID_NOT_UUID = 5


@dataclass(frozen=True)
class College:
    """A college as columns, immutable; `records.make_records` turns rows into the API's records.

    Attributes:
        people: The accounts.
        sittings: The completed sessions, by their end, earliest first.
        session_id: UUIDs of the sessions as two unsigned 64-bit halves, shape (sessions, 2).
        version_id: UUIDs of the test versions, likewise, shape (tests, 2 versions, 2).
        spelling: How each session's duration is spelt, a position in `records.SPELLINGS`.
        misfit: A `Misfit` for each session.
        today: The day up to which the college has data.
    """

    people: People
    sittings: Sittings
    session_id: NDArray[np.uint64]
    version_id: NDArray[np.uint64]
    spelling: NDArray[np.int8]
    misfit: NDArray[np.int8]
    today: date

    def __len__(self) -> int:
        """Return the number of completed sessions."""
        return len(self.sittings)

    @property
    def misfits(self) -> int:
        """Number of sessions whose record does not fit the API's reference: one in a thousand, rounded up."""
        return int(np.count_nonzero(self.misfit))


def build_college(*, seed: int = 2025, learners: int = 6000, today: date) -> College:
    """Invent a college; the same arguments give the same data.

    Args:
        seed: Seed of the random numbers (PCG64).
        learners: Number of learners who begin in the four academic years up to `today`; about 2.5 sessions each.
            Those who have not finished a session by then have an account but no record.
        today: The last day, by the London calendar; no session ends after 09:00 on it.

    Returns:
        The college.

    Raises:
        ValueError: `learners` is not between 1 and 9,000,000.
    """
    if not 1 <= learners <= MAX_LEARNERS:
        raise ValueError(f"learners must be between 1 and {MAX_LEARNERS:,}, not {learners:,}")
    people_rng, sittings_rng, records_rng = Generator(PCG64(seed)).spawn(3)
    timetable = Timetable.until(today)
    people = draw_people(people_rng, timetable.draw_days(people_rng, learners))
    sittings = draw_sittings(sittings_rng, timetable, people)
    size = len(sittings)
    return College(
        people=people,
        sittings=sittings,
        session_id=draw_uuids(records_rng, size),
        version_id=draw_uuids(records_rng, 2 * len(TESTS)).reshape(len(TESTS), 2, 2),
        spelling=draw_codes(records_rng, _SPELLING_SHARES, size),
        misfit=_draw_misfits(records_rng, size),
        today=today,
    )


def _draw_misfits(rng: Generator, size: int) -> NDArray[np.int8]:
    misfits = np.zeros(size, dtype=np.int8)
    rows = rng.permutation(size)[: -(-size // _SESSIONS_PER_MISFIT)]
    misfits[rows] = 1 + np.arange(len(rows)) % (len(Misfit) - 1)
    return misfits
