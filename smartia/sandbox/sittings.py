"""When and how the sandbox's learners sit their assessments: starts, ends, durations and levels, as columns."""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from smartia.sandbox.assessments import LADDER, RESPELT, TESTS, UNREADABLE
from smartia.sandbox.people import People, draw_codes
from smartia.sandbox.timetable import DAY_S, Timetable, avoid_weekends

__all__ = ["Sittings", "draw_sittings"]

_LATEST_START_S: Final = int(19.75 * 3600)
# Days from one assessment of a learner to the next: mostly the same or the next day, in the second week at the latest.
_GAP_DAYS_SHARES: Final = (0.38, 0.24, 0.1, 0.06, 0.04, 0.03, 0.03, 0.06, 0.03, 0.03)
_SECOND_SESSION_SHARE: Final = 0.006

_LEVEL_SD: Final = 1.75
_COMMON_VARIANCE: Final = 0.56
_DRIFT_PER_YEAR: Final = 0.08
_YOUNG_SHIFT: Final = -0.4
_UNREADABLE_SHARE: Final = 0.0025
_RESPELT_SHARE: Final = 0.001

_DURATION_SIGMA: Final = 0.36
_DURATION_PER_LEVEL: Final = 0.03
_DURATION_LIMITS_MIN: Final = (11.0, 165.0)
_WHOLE_MINUTES_SHARE: Final = 0.15
_TOO_SHORT_SHARE: Final = 0.01
_TOO_LONG_SHARE: Final = 0.0008

_IN_ONE_GO_SHARE: Final = 0.868
_PAUSED_SHARE: Final = 0.08
_OVER_DAYS_SHARE: Final = 0.05
_OVERSTATED_SHARE: Final = 0.002


@dataclass(frozen=True)
class Sittings:
    """Sittings as columns of equal length.

    Attributes:
        account: Row of the account in `People`.
        test: Position in `TESTS`.
        version: 0 for the test's first version, 1 for the second.
        start_ms: Unix time of the start, in milliseconds.
        end_ms: Unix time of the end, in milliseconds.
        created_ms: Unix time at which the result was made, 0–3 s after the end, in milliseconds.
        level: Position in `LEVELS`.
        duration_s: Time on the test in whole seconds.
    """

    account: NDArray[np.int32]
    test: NDArray[np.int8]
    version: NDArray[np.int8]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    created_ms: NDArray[np.int64]
    level: NDArray[np.int8]
    duration_s: NDArray[np.int32]

    def __len__(self) -> int:
        """Return the number of sittings."""
        return len(self.account)

    def take(self, rows: NDArray[np.intp]) -> "Sittings":
        """Return the given rows.

        Args:
            rows: Positions, in the order wanted.

        Returns:
            A copy with these rows.
        """
        return Sittings(**{column.name: getattr(self, column.name)[rows] for column in fields(self)})


def draw_sittings(rng: Generator, timetable: Timetable, people: People) -> Sittings:
    """Let every account sit its tests, and a few a second time.

    Args:
        rng: Source of randomness.
        timetable: The college's days.
        people: The accounts.

    Returns:
        Sittings that ended by the timetable's cut-off, by their end, earliest first.
    """
    accounts = len(people)
    ability = rng.standard_normal(accounts)[people.person]
    duplicate = people.person != np.arange(accounts)
    free_s = np.zeros(accounts, dtype=np.int64)
    day = people.first_day.copy()
    parts = []
    for code, test in enumerate(TESTS):
        share = np.where(duplicate, test.retake_share, test.share)
        account = np.flatnonzero(rng.random(accounts) < share)
        codes = np.full(len(account), code, dtype=np.int8)
        first = free_s[account] == 0
        gap = draw_codes(rng, _GAP_DAYS_SHARES, len(account))
        day[account] = np.where(first, day[account], avoid_weekends(day[account] + gap))
        part = _sit(rng, timetable, people, ability, account, codes, day[account], free_s[account])
        free_s[account] = part.end_ms // 1000
        parts.append(part)

    once = _concatenate(parts)
    again = np.flatnonzero(rng.random(len(once)) < _SECOND_SESSION_SHARE)
    again_day = timetable.local_day(once.end_ms[again] // 1000) + rng.integers(10, 121, len(again))
    parts.append(
        _sit(
            rng,
            timetable,
            people,
            ability,
            once.account[again].astype(np.intp),
            once.test[again],
            avoid_weekends(again_day),
            once.end_ms[again] // 1000,
        )
    )
    sittings = _concatenate(parts)
    ended = np.flatnonzero(sittings.created_ms <= timetable.cutoff_s * 1000)
    return sittings.take(ended[np.argsort(sittings.end_ms[ended], kind="stable")])


def _concatenate(parts: list[Sittings]) -> Sittings:
    return Sittings(
        **{column.name: np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(Sittings)}
    )


def _sit(
    rng: Generator,
    timetable: Timetable,
    people: People,
    ability: NDArray[np.float64],
    account: NDArray[np.intp],
    test: NDArray[np.int8],
    day: NDArray[np.int64],
    free_s: NDArray[np.int64],
) -> Sittings:
    start_s = _draw_starts(rng, timetable, day, free_s)
    first_day = timetable.first_day
    changed_day = np.array([first_day + 365.25 * test.version_year + test.version_day for test in TESTS])
    version = (timetable.local_day(start_s) >= np.ceil(changed_day[test])).astype(np.int8)

    years = (day - first_day) / 365.25
    place = _draw_places(rng, people.age[account], ability[account], test, version, years)
    duration_s = _draw_durations(rng, test, place)
    elapsed_s = _draw_elapsed(rng, timetable, start_s, duration_s)

    start_ms = start_s * 1000 + rng.integers(0, 1000, len(account))
    end_ms = start_ms + elapsed_s * 1000 + rng.integers(0, 1000, len(account))
    return Sittings(
        account=account.astype(np.int32),
        test=test,
        version=version,
        start_ms=start_ms,
        end_ms=end_ms,
        created_ms=end_ms + rng.integers(0, 3001, len(account)),
        level=_spell(rng, place),
        duration_s=duration_s,
    )


def _draw_starts(
    rng: Generator, timetable: Timetable, day: NDArray[np.int64], free_s: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Draw a start on the day, or after the learner's sitting before; where that is too late, on the day after."""
    break_s = rng.integers(120, 1500, len(day))
    start_s = np.maximum(timetable.draw_times(rng, day), free_s + break_s)
    too_late = timetable.local_second(start_s) > _LATEST_START_S
    next_day = avoid_weekends(timetable.local_day(start_s) + 1)
    return np.where(too_late & (free_s > 0), timetable.draw_times(rng, next_day), start_s)


def _draw_places(
    rng: Generator,
    age: NDArray[np.int8],
    ability: NDArray[np.float64],
    test: NDArray[np.int8],
    version: NDArray[np.int8],
    years: NDArray[np.float64],
) -> NDArray[np.int8]:
    """Draw places on the ladder; a share of the variance is the learner's own, so that subjects correlate."""
    mean = np.array([entry.mean_level for entry in TESTS])[test] + 0.5
    adult = np.array([entry.adult_shift for entry in TESTS])[test]
    changed = np.array([entry.version_shift for entry in TESTS])[test]
    mean = mean + np.where(age >= 19, adult, 0.0) + np.where(age < 16, _YOUNG_SHIFT, 0.0)
    mean = mean + version * changed + years * _DRIFT_PER_YEAR
    own = np.sqrt(1 - _COMMON_VARIANCE) * rng.standard_normal(len(age))
    score = mean + _LEVEL_SD * (np.sqrt(_COMMON_VARIANCE) * ability + own)
    place: NDArray[np.int8] = np.clip(np.floor(score), 0, len(LADDER) - 1).astype(np.int8)
    return place


def _spell(rng: Generator, place: NDArray[np.int8]) -> NDArray[np.int8]:
    size = len(place)
    kind = rng.random(size)
    unreadable = rng.integers(UNREADABLE.start, UNREADABLE.stop, size)
    respelt = place + np.array(RESPELT)[rng.integers(0, len(RESPELT), size)]
    level = np.where(kind < _UNREADABLE_SHARE, unreadable, place)
    return np.where(kind > 1 - _RESPELT_SHARE, respelt, level).astype(np.int8)


def _draw_durations(rng: Generator, test: NDArray[np.int8], place: NDArray[np.int8]) -> NDArray[np.int32]:
    size = len(test)
    median_min = np.array([entry.median_min for entry in TESTS])[test]
    typical_min = median_min * np.exp(_DURATION_PER_LEVEL * (place - 5.0))
    duration_min = np.clip(typical_min * np.exp(_DURATION_SIGMA * rng.standard_normal(size)), *_DURATION_LIMITS_MIN)
    kind = rng.random(size)
    duration_min = np.where(kind < _TOO_SHORT_SHARE, 2.0 + 4.0 * rng.random(size), duration_min)
    duration_min = np.where(kind > 1 - _TOO_LONG_SHARE, duration_min * (4.5 + 3.0 * rng.random(size)), duration_min)
    whole = rng.random(size) < _WHOLE_MINUTES_SHARE
    duration_s = np.where(whole, np.rint(duration_min) * 60, np.rint(duration_min * 60))
    return duration_s.astype(np.int32)


def _draw_elapsed(
    rng: Generator, timetable: Timetable, start_s: NDArray[np.int64], duration_s: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Draw the seconds from start to end: in one go, paused, over days, or (a fault) less than the duration."""
    size = len(start_s)
    shares = (_IN_ONE_GO_SHARE, _PAUSED_SHARE, _OVER_DAYS_SHARE, _OVERSTATED_SHARE)
    kind = draw_codes(rng, shares, size)
    in_one_go = duration_s + rng.exponential(70.0, size)
    paused = duration_s + 60.0 * (30.0 + 60.0 * rng.random(size))
    days_later = 1 + np.minimum(rng.geometric(0.45, size) - 1, 12)
    end_day = avoid_weekends(timetable.local_day(start_s) + days_later)
    end_s = np.maximum(timetable.draw_times(rng, end_day) + duration_s // 2, start_s + duration_s + DAY_S // 2)
    overstated = duration_s * (0.55 + 0.4 * rng.random(size))
    return np.choose(kind, [in_one_go, paused, (end_s - start_s).astype(np.float64), overstated]).astype(np.int64)
