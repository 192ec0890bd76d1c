"""What happens to a college's sessions at the vendor while a client reads them: erased, arrived, recreated.

Each change is a small description; the same one, applied to the same college, always gives the same college.
"""

from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from smartia.sandbox.college import College, Misfit
from smartia.sandbox.people import draw_uuids
from smartia.sandbox.sittings import Sittings
from smartia.sandbox.timetable import DAY_S

__all__ = ["Arrive", "Erase", "RecreateAccounts"]

_DAY_MS: Final = DAY_S * 1000
_ARRIVAL_SPAN_MS: Final = 10 * 60 * 1000
_NEIGHBOURS: Final = 50


@dataclass(frozen=True)
class Erase:
    """Some sessions are erased.

    Attributes:
        sessions: How many.
        seed: Which ones.
    """

    sessions: int = 1
    seed: int = 0

    def apply(self, college: College) -> College:
        """Return the college without these sessions.

        Args:
            college: The college before; left as it is.

        Returns:
            The college with `sessions` sessions fewer.

        Raises:
            ValueError: It has fewer sessions than are to be erased.
        """
        _check(self.sessions, len(college), "sessions")
        gone = _rng(self.seed, college).choice(len(college), self.sessions, replace=False)
        return _take(college, np.delete(np.arange(len(college)), gone))


@dataclass(frozen=True)
class Arrive:
    """Some sessions appear, modelled each on one that ended at about the same time, for the same learner and test.

    Attributes:
        sessions: How many.
        days_ago: They end within the ten minutes that begin this many days before the end of the college's latest
            session: 0 makes them the latest, more makes them late arrivals with an old endDate.
        seed: Which ones.
    """

    sessions: int = 1
    days_ago: int = 0
    seed: int = 0

    def apply(self, college: College) -> College:
        """Return the college with further sessions.

        Args:
            college: The college before; left as it is.

        Returns:
            The college with `sessions` sessions more; the new ones have new ids and fit the API's reference.

        Raises:
            ValueError: It has no session on which the new ones could be modelled.
        """
        _check(1, len(college), "sessions")
        rng = _rng(self.seed, college)
        ends_ms = college.sittings.end_ms
        latest_ms = int(ends_ms[-1]) - self.days_ago * _DAY_MS
        end_ms = latest_ms + rng.integers(1, _ARRIVAL_SPAN_MS, self.sessions, endpoint=True)
        near = np.searchsorted(ends_ms, end_ms) + rng.integers(-_NEIGHBOURS, _NEIGHBOURS, self.sessions)
        models = np.clip(near, 0, len(college) - 1)
        sittings = college.sittings.take(models)
        later_ms = end_ms - sittings.end_ms
        arrived = replace(
            college,
            sittings=replace(
                sittings,
                start_ms=sittings.start_ms + later_ms,
                end_ms=end_ms,
                created_ms=sittings.created_ms + later_ms,
            ),
            session_id=draw_uuids(rng, self.sessions),
            spelling=college.spelling[models],
            misfit=np.full(self.sessions, Misfit.NONE, dtype=np.int8),
        )
        return _join(college, arrived)


@dataclass(frozen=True)
class RecreateAccounts:
    """Some accounts are deleted and made anew, as for a retake: their userId is another, all their sessions vanish.

    Attributes:
        accounts: How many, of those that have sessions.
        seed: Which ones.
    """

    accounts: int = 1
    seed: int = 0

    def apply(self, college: College) -> College:
        """Return the college without these accounts' sessions, and with other userIds for them.

        Args:
            college: The college before; left as it is.

        Returns:
            The college with fewer sessions and as many accounts.

        Raises:
            ValueError: Fewer accounts have sessions than are to be recreated.
        """
        seen = np.unique(college.sittings.account)
        _check(self.accounts, len(seen), "accounts with sessions")
        rng = _rng(self.seed, college)
        gone = rng.choice(seen, self.accounts, replace=False)
        user_id = college.people.user_id.copy()
        user_id[gone] = draw_uuids(rng, self.accounts)
        kept = np.flatnonzero(~np.isin(college.sittings.account, gone))
        return replace(_take(college, kept), people=replace(college.people, user_id=user_id))


def _rng(seed: int, college: College) -> Generator:
    """Return randomness of the seed and the sessions, so that one change made twice does not draw the same ids."""
    return Generator(PCG64([seed, *np.bitwise_xor.reduce(college.session_id, axis=0).tolist()]))


def _check(wanted: int, there: int, what: str) -> None:
    if wanted > there:
        raise ValueError(f"this takes {wanted:,} {what}, and there are {there:,}")


def _take(college: College, rows: NDArray[np.intp]) -> College:
    return replace(
        college,
        sittings=college.sittings.take(rows),
        session_id=college.session_id[rows],
        spelling=college.spelling[rows],
        misfit=college.misfit[rows],
    )


def _join(college: College, arrived: College) -> College:
    """Return a college with the sessions of both, by their end."""
    both = replace(
        college,
        sittings=Sittings(
            **{
                column.name: np.concatenate(
                    [getattr(college.sittings, column.name), getattr(arrived.sittings, column.name)]
                )
                for column in fields(Sittings)
            }
        ),
        session_id=np.concatenate([college.session_id, arrived.session_id]),
        spelling=np.concatenate([college.spelling, arrived.spelling]),
        misfit=np.concatenate([college.misfit, arrived.misfit]),
    )
    return _take(both, np.argsort(both.sittings.end_ms, kind="stable"))
