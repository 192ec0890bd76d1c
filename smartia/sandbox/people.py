"""The sandbox's invented learners, as columns: one row an account, since some learners have two."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from smartia.sandbox.names import ORIGINS

__all__ = ["GENDERS", "MAX_LEARNERS", "People", "draw_people", "draw_uuids", "student_numbers"]

GENDERS: Final = ("male", "female", "other", "unknown")
MAX_LEARNERS: Final = 9_000_000
"""Most learners of a college: student numbers have six digits, or seven where six do not suffice."""

_GENDER_SHARES: Final = (0.47, 0.5, 0.01, 0.02)
_DUPLICATE_SHARE: Final = 0.015
_SAME_ORIGIN_SHARE: Final = 0.9
_MIDDLE_NAME_SHARE: Final = 0.35
_UPN_SHARE: Final = 0.7
_EXTERNAL_ID_SHARE: Final = 0.88
_EMAIL_SHARES: Final = (0.1, 0.82, 0.08)
_BIRTH_DATE_SHARE: Final = 0.96
_AGES: Final = np.arange(14, 61)


@dataclass(frozen=True)
class People:
    """The accounts of a college, one row each; the first `learners` rows are first accounts, duplicates follow.

    Attributes:
        user_id: UUIDs as two unsigned 64-bit halves, shape (accounts, 2).
        person: Row of the person's first account; equals the row number except for duplicate accounts.
        first: Given name, a position in `names.FIRST_NAMES`.
        middle: Middle name, likewise, or −1 for none.
        last: Family name, a position in `names.LAST_NAMES`.
        gender: Position in `GENDERS`.
        age: Whole years on 31 August within the academic year in which the learner begins.
        birth_day: Date of birth in days since 1 January 1970.
        student_no: Number of six or seven digits, one per person.
        has_upn: Whether the record shows a upn.
        has_external_id: Whether the record shows an externalId.
        has_birth_date: Whether the record shows a dateOfBirth.
        emails: How many e-mail addresses the record shows (0: the field is absent).
        first_day: Day on which the account is first used, in days since the epoch.
    """

    user_id: NDArray[np.uint64]
    person: NDArray[np.int32]
    first: NDArray[np.int16]
    middle: NDArray[np.int16]
    last: NDArray[np.int16]
    gender: NDArray[np.int8]
    age: NDArray[np.int8]
    birth_day: NDArray[np.int32]
    student_no: NDArray[np.int32]
    has_upn: NDArray[np.bool_]
    has_external_id: NDArray[np.bool_]
    has_birth_date: NDArray[np.bool_]
    emails: NDArray[np.int8]
    first_day: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of accounts."""
        return len(self.person)


def draw_uuids(rng: Generator, size: int) -> NDArray[np.uint64]:
    """Draw UUIDs of version 4 (RFC 9562, section 5.4).

    Args:
        rng: Source of randomness.
        size: How many.

    Returns:
        Upper and lower halves, shape (size, 2).
    """
    halves = rng.integers(0, 2**64, size=(size, 2), dtype=np.uint64)
    halves[:, 0] = (halves[:, 0] & np.uint64(0xFFFF_FFFF_FFFF_0FFF)) | np.uint64(0x4000)
    halves[:, 1] = (halves[:, 1] & np.uint64(0x3FFF_FFFF_FFFF_FFFF)) | np.uint64(0x8000_0000_0000_0000)
    return halves


def draw_people(rng: Generator, first_days: NDArray[np.int64]) -> People:
    """Draw one learner for each starting day, and a second account for some of them.

    Args:
        rng: Source of randomness.
        first_days: Day on which each learner begins, in days since the epoch.

    Returns:
        The accounts: as many as there are days, then about 1.5 % duplicates, which begin 2–60 days later.
    """
    learners = len(first_days)
    gender = draw_codes(rng, _GENDER_SHARES, learners)
    first, middle, last = _draw_names(rng, gender)
    age = _draw_ages(rng, learners)
    birth_day = _draw_birth_days(rng, first_days, age)

    duplicated = np.flatnonzero(rng.random(learners) < _DUPLICATE_SHARE)
    person = np.concatenate([np.arange(learners), duplicated])
    later = rng.integers(2, 61, len(duplicated))
    accounts = len(person)
    return People(
        user_id=draw_uuids(rng, accounts),
        person=person.astype(np.int32),
        first=first[person],
        middle=middle[person],
        last=last[person],
        gender=gender[person],
        age=age[person],
        birth_day=birth_day[person],
        student_no=student_numbers(person, learners),
        has_upn=rng.random(accounts) < _UPN_SHARE,
        has_external_id=rng.random(accounts) < _EXTERNAL_ID_SHARE,
        has_birth_date=rng.random(accounts) < _BIRTH_DATE_SHARE,
        emails=draw_codes(rng, _EMAIL_SHARES, accounts),
        first_day=np.concatenate([first_days, first_days[duplicated] + later]),
    )


def student_numbers(person: NDArray[np.int64], learners: int) -> NDArray[np.int32]:
    """Number persons, each otherwise, from 100000 or, where there are more than 900,000 learners, from 1000000."""
    numbers = 900_000 if learners <= 900_000 else MAX_LEARNERS
    # 7919 is prime to both, so that the numbers look shuffled and are still all different.
    return (numbers // 9 + (person * 7919 + 4242) % numbers).astype(np.int32)


def draw_codes(rng: Generator, shares: tuple[float, ...], size: int) -> NDArray[np.int8]:
    """Draw positions by their shares.

    Args:
        rng: Source of randomness.
        shares: Relative frequency of each position.
        size: How many to draw.

    Returns:
        Positions from 0 to `len(shares) - 1`.
    """
    limits = np.cumsum(shares)[:-1] / sum(shares)
    return np.searchsorted(limits, rng.random(size), side="right").astype(np.int8)


def _draw_names(
    rng: Generator, gender: NDArray[np.int8]
) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int16]]:
    size = len(gender)
    shares = tuple(origin.share for origin in ORIGINS)
    counts = np.array([(len(origin.female), len(origin.male)) for origin in ORIGINS])
    starts = np.concatenate([[0], np.cumsum(counts.ravel())[:-1]]).reshape(counts.shape)
    last_counts = np.array([len(origin.last) for origin in ORIGINS])
    last_starts = np.concatenate([[0], np.cumsum(last_counts)[:-1]])

    origin = draw_codes(rng, shares, size)
    either = rng.integers(0, 2, size)
    male = np.where(gender == 0, 1, np.where(gender == 1, 0, either))

    def draw_first() -> NDArray[np.int16]:
        within = (rng.random(size) * counts[origin, male]).astype(np.int64)
        position: NDArray[np.int16] = (starts[origin, male] + within).astype(np.int16)
        return position

    first = draw_first()
    middle = np.where(rng.random(size) < _MIDDLE_NAME_SHARE, draw_first(), np.int16(-1))
    last_origin = np.where(rng.random(size) < _SAME_ORIGIN_SHARE, origin, draw_codes(rng, shares, size))
    last = last_starts[last_origin] + (rng.random(size) * last_counts[last_origin]).astype(np.int64)
    return first, middle, last.astype(np.int16)


def _draw_ages(rng: Generator, size: int) -> NDArray[np.int8]:
    adults = 0.24 * np.exp(-(_AGES - 19) / 9.0) / np.exp(-(_AGES[_AGES >= 19] - 19) / 9.0).sum()
    shares = np.select(
        [_AGES == 14, _AGES == 15, _AGES == 16, _AGES == 17, _AGES == 18],
        [0.02, 0.04, 0.34, 0.24, 0.12],
        adults,
    )
    age: NDArray[np.int8] = (_AGES[0] + draw_codes(rng, tuple(shares.tolist()), size)).astype(np.int8)
    return age


def _draw_birth_days(rng: Generator, first_days: NDArray[np.int64], age: NDArray[np.int8]) -> NDArray[np.int32]:
    month = first_days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    starting_year = (month - 7) // 12  # counted from 1970; the year in which the academic year begins
    first_of_september = ((starting_year - age) * 12 + 8).astype("datetime64[M]").astype("datetime64[D]")
    return (first_of_september.astype(np.int64) - 1 - rng.integers(0, 365, len(age))).astype(np.int32)
