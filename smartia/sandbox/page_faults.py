"""Faults in what a page holds. They wrap how it is found, so that cursors stay those of the query as it was sent."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from smartia.sandbox.cursors import Place
from smartia.sandbox.faults import Fault
from smartia.sandbox.index import Page, SessionIndex
from smartia.sandbox.query import Query
from smartia.sandbox.service import Find

__all__ = ["Duplicates", "Empty", "Fewer", "Loop", "PageFault", "Total"]

# How far before a page's first session, in the last digits of its id, the places of these faults' cursors are.
_EMPTY_STEP: Final = 1
_LOOP_STEP: Final = 2


@dataclass(frozen=True)
class PageFault(Fault, ABC):
    """A fault in what a page holds; errors stay as they are."""

    def twist(self, find: Find, number: int) -> Find:
        """Return how the page of a request is found under this fault.

        Args:
            find: How it would be found without.
            number: The request's number.

        Returns:
            `find` itself where the fault does not happen.
        """
        return self.find_by(find) if number in self.when else find

    @abstractmethod
    def find_by(self, find: Find) -> Find:
        """Return how a page is found where the fault happens; see `twist`."""


@dataclass(frozen=True)
class Empty(PageFault):
    """A page without sessions and with a next cursor, which leads to the sessions that should have been there."""

    def find_by(self, find: Find) -> Find:
        """Take the sessions away; see the base class."""

        def find_empty(index: SessionIndex, query: Query, place: Place | None) -> Page:
            page = find(index, query, place)
            if len(page.rows) == 0:
                return page
            return replace(page, rows=page.rows[:0], next=_place_before(index, query, page, _EMPTY_STEP))

        return find_empty


@dataclass(frozen=True)
class Loop(PageFault):
    """A page whose next cursor leads to itself, for ever: whoever follows it gets the same page and cursor again."""

    def twist(self, find: Find, number: int) -> Find:
        """Let the page lead to itself, if it is its turn or was reached by such a cursor; see the base class."""
        looping = self.find_by(find)

        def find_maybe_looping(index: SessionIndex, query: Query, place: Place | None) -> Page:
            page = looping(index, query, place)
            # The place of a cursor that leads to itself is like no other's.
            return page if number in self.when or place == page.next else find(index, query, place)

        return find_maybe_looping

    def find_by(self, find: Find) -> Find:
        """Let the page lead to itself; see the base class."""

        def find_looping(index: SessionIndex, query: Query, place: Place | None) -> Page:
            page = find(index, query, place)
            if len(page.rows) == 0:
                return page
            return replace(page, next=_place_before(index, query, page, _LOOP_STEP))

        return find_looping


@dataclass(frozen=True)
class Fewer(PageFault):
    """Pages of two thirds of the sessions asked for, with a cursor to the rest."""

    def find_by(self, find: Find) -> Find:
        """Ask for fewer; see the base class."""

        def find_fewer(index: SessionIndex, query: Query, place: Place | None) -> Page:
            return find(index, replace(query, limit=max(1, query.limit * 2 // 3)), place)

        return find_fewer


@dataclass(frozen=True)
class Duplicates(PageFault):
    """Pages that repeat sessions: the first one of their own, and the first one of the page that follows.

    They hold no more sessions than asked for; with a limit of 1 or 2 there is no room to repeat any.
    """

    def find_by(self, find: Find) -> Find:
        """Repeat sessions; see the base class."""

        def find_duplicates(index: SessionIndex, query: Query, place: Place | None) -> Page:
            if query.limit <= 2:
                return find(index, query, place)
            page = find(index, replace(query, limit=query.limit - 2), place)
            longer = find(index, replace(query, limit=query.limit - 1), place)
            return replace(page, rows=np.concatenate([longer.rows, page.rows[:1]]))

        return find_duplicates


@dataclass(frozen=True)
class Total(PageFault):
    """A total that lies.

    Attributes:
        shift: What is added to the true total; the result is never below 0.
        fixed: What is said instead of the true total; None adds `shift`.
    """

    shift: int = 0
    fixed: int | None = None

    def find_by(self, find: Find) -> Find:
        """Change the total; see the base class."""

        def find_total(index: SessionIndex, query: Query, place: Place | None) -> Page:
            page = find(index, query, place)
            return replace(page, total=max(0, page.total + self.shift) if self.fixed is None else self.fixed)

        return find_total


def _place_before(index: SessionIndex, query: Query, page: Page, step: int) -> Place:
    """Return a place just before a page's first session; no session lies between the two."""
    row = page.rows[0]
    sittings = index.college.sittings
    moments_ms = sittings.start_ms if query.sort_field == "startDate" else sittings.end_ms
    upper, lower = index.college.session_id[row].tolist()
    return Place(True, int(moments_ms[row]), (upper, lower + step if query.descending else lower - step))
