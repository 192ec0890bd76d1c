"""The sessions of a college in both sort orders, so that a page is found without a look at every session."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartia.sandbox.assessments import TESTS
from smartia.sandbox.college import College
from smartia.sandbox.cursors import Place
from smartia.sandbox.query import FOREVER, Query, SortField

__all__ = ["Page", "SessionIndex"]


@dataclass(frozen=True)
class Page:
    """Where a page of sessions is.

    Attributes:
        rows: Rows of the college, in the order asked for.
        total: Number of sessions that match the filters.
        previous: Where the page before begins; None if there is none.
        next: Where the page after begins; None if there is none.
    """

    rows: NDArray[np.intp]
    total: int
    previous: Place | None
    next: Place | None


@dataclass(frozen=True)
class _Order:
    """The sessions sorted by one date and then by id; all columns in this order."""

    rows: NDArray[np.intp]
    moment_ms: NDArray[np.int64]
    other_ms: NDArray[np.int64]
    account: NDArray[np.int32]
    test: NDArray[np.int8]
    session_id: NDArray[np.uint64]

    @classmethod
    def sort(cls, college: College, moment_ms: NDArray[np.int64], other_ms: NDArray[np.int64]) -> "_Order":
        rows = np.lexsort((college.session_id[:, 1], college.session_id[:, 0], moment_ms))
        return cls(
            rows=rows,
            moment_ms=moment_ms[rows],
            other_ms=other_ms[rows],
            account=college.sittings.account[rows],
            test=college.sittings.test[rows],
            session_id=college.session_id[rows],
        )

    def key(self, position: int) -> tuple[int, int, int]:
        upper, lower = self.session_id[position].tolist()
        return int(self.moment_ms[position]), upper, lower


class SessionIndex:
    """A college with its sessions sorted by startDate and by endDate. Immutable, and so safe to share between threads.

    Attributes:
        college: The college.
    """

    def __init__(self, college: College) -> None:
        self.college = college
        starts, ends = college.sittings.start_ms, college.sittings.end_ms
        self._orders: dict[SortField, _Order] = {
            "startDate": _Order.sort(college, starts, ends),
            "endDate": _Order.sort(college, ends, starts),
        }
        self._accounts_by_id = np.argsort(college.people.user_id[:, 0], kind="stable")
        self._sorted_ids = college.people.user_id[self._accounts_by_id, 0]

    def find_page(self, query: Query, place: Place | None) -> Page:
        """Find the page that a query asks for.

        Args:
            query: Filters, order, limit and offset.
            place: The decoded cursor; None starts at the query's offset.

        Returns:
            The page. It may be empty (an offset beyond the end, or a cursor beyond which all sessions have gone); then
            it has no place before or after.
        """
        order = self._orders[query.sort_field]
        matches = self._match(order, query)
        total = len(matches)
        first, last = _cut(order, matches, query, place)
        positions = np.asarray(matches[first:last], dtype=np.intp)
        if query.descending:
            positions = positions[::-1]
        before, after = (total - last, first) if query.descending else (first, total - last)
        return Page(
            rows=order.rows[positions],
            total=total,
            previous=_mark(order, positions[:1], onwards=False) if before else None,
            next=_mark(order, positions[-1:], onwards=True) if after else None,
        )

    def _match(self, order: _Order, query: Query) -> Sequence[int] | NDArray[np.intp]:
        """Return the positions, in ascending order, of all sessions that match the filters."""
        window = query.sort_window
        first, last = np.searchsorted(order.moment_ms, (window.start_ms, window.end_ms)).tolist()
        span = slice(first, max(first, last))
        masks = []
        if query.other_window != FOREVER:
            other_ms = order.other_ms[span]
            masks.append((other_ms >= query.other_window.start_ms) & (other_ms < query.other_window.end_ms))
        if query.tests or query.subjects:
            wanted = [
                (not query.tests or test.test_id in query.tests)
                and (not query.subjects or test.subject in query.subjects)
                for test in TESTS
            ]
            masks.append(np.array(wanted)[order.test[span]])
        if query.users:
            wanted_accounts = np.zeros(len(self.college.people), dtype=np.bool_)
            wanted_accounts[self._find_accounts(query.users)] = True
            masks.append(wanted_accounts[order.account[span]])
        if not masks:
            return range(span.start, span.stop)
        positions: NDArray[np.intp] = first + np.flatnonzero(np.logical_and.reduce(masks))
        return positions

    def _find_accounts(self, users: tuple[str, ...]) -> list[int]:
        user_ids = self.college.people.user_id
        found = []
        for user in users:
            digits = user.replace("-", "")
            halves = [int(digits[:16], 16), int(digits[16:], 16)]
            upper = np.uint64(halves[0])
            same = slice(
                int(np.searchsorted(self._sorted_ids, upper, side="left")),
                int(np.searchsorted(self._sorted_ids, upper, side="right")),
            )
            found += [row for row in self._accounts_by_id[same].tolist() if user_ids[row].tolist() == halves]
        return found


def _cut(
    order: _Order, matches: Sequence[int] | NDArray[np.intp], query: Query, place: Place | None
) -> tuple[int, int]:
    """Return the part of the matches, in ascending order, that is the page."""
    total = len(matches)
    if place is None:
        if query.descending:
            last = max(0, total - query.offset)
            return max(0, last - query.limit), last
        first = min(total, query.offset)
        return first, min(total, first + query.limit)

    key = (place.moment_ms, *place.session_id)
    upwards = place.onwards != query.descending
    bisect = bisect_right if upwards else bisect_left
    position = bisect(range(len(order.rows)), key, key=order.key)
    edge = int(bisect_left(matches, position))
    if upwards:
        return edge, min(total, edge + query.limit)
    return max(0, edge - query.limit), edge


def _mark(order: _Order, outermost: NDArray[np.intp], *, onwards: bool) -> Place | None:
    """Return the place beside a page's outermost session; None for an empty page."""
    if len(outermost) == 0:
        return None
    moment_ms, upper, lower = order.key(int(outermost[0]))
    return Place(onwards, moment_ms, (upper, lower))
