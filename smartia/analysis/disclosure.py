"""Disclosure control: what may be shown of counts of learners to people who may not see exact figures.

The rules ("Publishing" in the definitions): counts from 1 up to one below the threshold are hidden; others are shown
to the nearest 5, and 0 as 0; shares are made from the unrounded counts, to one decimal, and not on a base under 10;
further counts are hidden wherever a hidden one could be worked out (`smartia.analysis.suppression`).

`PublishedCounts` is the one door: it forgets the hidden counts when it is made, so nothing built on it can show them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from smartia.analysis.suppression import SuppressionError, choose_hidden

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from smartia.analysis.linked_counts import Key, LinkedCounts
    from smartia.settings import PublishThreshold

ROUND_TO: Final = 5
MIN_BASE: Final = 10
"""The smallest base that a share or a median is made on."""


def rounded(count: int) -> int:
    """Round a count to the nearest 5.

    >>> [rounded(count) for count in (0, 5, 7, 8, 12, 13)]
    [0, 5, 5, 10, 10, 15]
    """
    return (count + ROUND_TO // 2) // ROUND_TO * ROUND_TO


@dataclass(frozen=True)
class PublishedCounts:
    """Linked counts of which the hidden ones are gone.

    Attributes:
        columns: The columns counted by; the last one is what shares are shares of.
        labels: The values of each column that occur, in order.
        sums: Column → names of further sums of its values.
        threshold: The least count that is shown.
    """

    columns: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]
    sums: Mapping[str, tuple[str, ...]]
    threshold: PublishThreshold
    _shown: Mapping[Key, int]

    @property
    def shown(self) -> frozenset[Key]:
        """Which counts are shown."""
        return frozenset(self._shown)

    def count(self, **values: str) -> int | None:
        """Give a count as it may be shown.

        Args:
            values: Column → value; a column without a value counts all of them.

        Returns:
            The count to the nearest 5; None where it is hidden.
        """
        found = self._sum([values])
        return None if found is None else rounded(found)

    def may_be_more_than_0(self, **values: str) -> bool:
        """Say whether a count is not shown as 0."""
        return self._sum([values]) != 0

    def share(self, part: Mapping[str, str], base: Mapping[str, str]) -> float | None:
        """Give the share that a count has in another, from the unrounded counts.

        Args:
            part: Column → value of the part.
            base: Column → value of the whole.

        Returns:
            The share, to one decimal of a percentage; None where either count is hidden or the whole is under 10.
        """
        return _share(self._sum([part]), self._sum([base]))

    def share_of_several(
        self, parts: Sequence[Mapping[str, str]], rest: Sequence[Mapping[str, str]], base: Mapping[str, str]
    ) -> float | None:
        """Give the share that several counts have in a whole, from the unrounded counts.

        Args:
            parts: The counts that make the part.
            rest: The others, which make the whole with them.
            base: Column → value of the whole.

        Returns:
            The share, to one decimal of a percentage; None where the whole is hidden or under 10, or some counts are
            hidden on both sides. So it tells nothing that the counts shown do not tell.
        """
        part, other, whole = self._sum(parts), self._sum(rest), self._sum([base])
        if part is None and other is not None and whole is not None:
            part = whole - other
        return _share(part, whole)

    def base_is_enough(self, **values: str) -> bool:
        """Say whether a count is shown and large enough for a share or a median."""
        found = self._sum([values])
        return found is not None and found >= MIN_BASE

    def _sum(self, counted: Iterable[Mapping[str, str]]) -> int | None:
        found = [self._find(values) for values in counted]
        known = [count for count in found if count is not None]
        return sum(known) if len(known) == len(found) else None

    def _find(self, values: Mapping[str, str]) -> int | None:
        """Give a count if it is shown; a value that does not occur counts 0, where it is shown that anything does."""
        occur = all(value in (*self.labels[column], *self.sums[column]) for column, value in values.items())
        if not occur and (None,) * len(self.columns) in self._shown:
            return 0
        return self._shown.get(tuple(values.get(column) for column in self.columns))


def _share(part: int | None, whole: int | None) -> float | None:
    if part is None or whole is None or whole < MIN_BASE:
        return None
    return round(part / whole, 3)


def publish(
    linked: LinkedCounts,
    threshold: PublishThreshold,
    secret: str,
    *,
    decided: Mapping[Key, bool] | None = None,
    by_first: bool = False,
) -> PublishedCounts:
    """Choose what is shown of linked counts, and forget the rest.

    Where the total over the last column is small, everything that it is the total of is hidden, zeros included: what
    is left of a group too small to be counted would say where its learners are not.

    Args:
        linked: The exact counts.
        threshold: The least count that is shown.
        secret: Draws which counts are hidden for others' sake.
        decided: Counts that an earlier choice has hidden (True) or shown (False), and that stay so.
        by_first: Whether everything about a value of the first column is hidden where its total is; and everything,
            where the total of all is.

    Returns:
        The counts that may be shown; none at all where no choice is safe.
    """
    counts, places = linked.counts, linked.positions
    try:
        hidden = choose_hidden(linked, threshold, secret, decided=decided)
    except SuppressionError:
        return PublishedCounts(linked.columns, linked.labels, linked.sums, threshold, {})
    bases = np.array([places[(*key[:-1], None)] for key in linked.keys])
    withheld = hidden | (hidden[bases] & (counts[bases] < threshold))
    if by_first:
        none = (None,) * (len(linked.columns) - 1)
        withheld |= hidden[[places[(key[0], *none)] for key in linked.keys]] | hidden[places[(None, *none)]]
    shown = {key: int(counts[place]) for place, key in enumerate(linked.keys) if not withheld[place]}
    return PublishedCounts(linked.columns, linked.labels, linked.sums, threshold, shown)
