"""Suppression: which of some linked counts stay hidden, so that no small one can be worked out from the others.

The reader is taken to know the rules, to add and subtract, and to work out from percentages what rounding hides. So
every count that is shown is taken to be known exactly. A small count is safe if it may as well be as large as the
threshold: if there are other whole numbers for the hidden counts, at least 1 each, that agree with every count
shown and with every sum, and that are not small where this count stands. For each small count such numbers are looked
for, at the least cost of counts that must be hidden for them; those are hidden too (the way of complementary
suppression by linear programming: Fischetti and Salazar-González (2001), Journal of the American Statistical
Association 96, 122–135). Hiding more never makes a count unsafe that was safe before, so the order does not matter
for safety.

Which counts go is drawn by a secret, and the same for the same labels as long as the secret stays: the choice tells
nothing about sizes, and two downloads of much the same data hide much the same counts.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from scipy.sparse import csc_array

    from smartia.analysis.linked_counts import Key, LinkedCounts

_COST_OF_TOTAL: Final = 6.0
"""How much dearer a count is for every column that it is the total of: totals are what readers need most."""
_COST_OF_BASE: Final = 20.0
"""How much dearer yet where it is a sum over the last column, the one that shares are shares of."""
_COST_OF_HIDDEN: Final = 1e-3
_MOST_JITTER: Final = 3.0
_GAP: Final = 0.5
"""How much dearer than the cheapest a way may be: the search for the very cheapest can take seconds."""
_NODE_LIMIT: Final = 1000
_TOLERANCE: Final = 1e-6


class SuppressionError(Exception):
    """No way was found to make a count safe; nothing of these counts may be shown then."""


def choose_hidden(
    linked: LinkedCounts, threshold: int, secret: str, *, decided: Mapping[Key, bool] | None = None
) -> NDArray[np.bool_]:
    """Choose the counts to hide.

    Args:
        linked: The counts.
        threshold: Counts from 1 up to one below it are small.
        secret: Draws which counts are hidden for others' sake; readers must not know it.
        decided: Counts that an earlier choice has hidden (True) or shown (False), and that stay so.

    Returns:
        For each count whether it is hidden. Where what is decided leaves no other way, everything about a value of the
        first column is hidden, counts of 0 included, so that a hidden count there may also be 0; or everything at all.

    Raises:
        SuppressionError: There is no such choice.
    """
    counts, decided = linked.counts, decided or {}
    small = (counts > 0) & (counts < threshold)
    hidden = small | np.array([decided.get(key, False) for key in linked.keys], dtype=np.bool_)
    program = _Program(linked, secret, np.array([not decided.get(key, True) for key in linked.keys], dtype=np.bool_))
    safe = ~small
    # The smallest first: what is hidden for them often serves the others.
    for place in sorted(np.flatnonzero(small).tolist(), key=lambda at: int(counts[at])):
        if safe[place]:
            continue
        same = np.array([key[0] == linked.keys[place][0] for key in linked.keys], dtype=np.bool_)
        for withheld in (np.zeros_like(same), same, np.ones_like(same)):
            hidden |= program.withhold(withheld)
            move = program.raise_count(place, threshold - int(counts[place]), hidden)
            if move is not None:
                break
        else:
            raise SuppressionError
        hidden |= move != 0
        safe |= counts + move >= threshold
    return hidden


class _Program:
    """The search for other whole numbers that the hidden counts may be, as an integer programme.

    Its variables are how far each count goes up and down; the sums must stay true.
    """

    def __init__(self, linked: LinkedCounts, secret: str, fixed: NDArray[np.bool_]) -> None:
        # Here and below, since exact figures need none of it: it takes 40 MB and a third of a second at the start.
        from scipy.sparse import csc_array, csr_array, hstack

        self._counts, self._fixed = linked.counts, fixed
        self._withheld = np.zeros_like(fixed)
        self._costs = _costs(linked, secret)
        rows, columns, signs = [], [], []
        for row, line in enumerate(linked.lines):
            columns += [line.total, *line.parts]
            signs += [1.0, *[-1.0] * len(line.parts)]
            rows += [row] * (1 + len(line.parts))
        sums = csr_array((signs, (rows, columns)), shape=(len(linked.lines), len(linked.counts)))
        self._sums = csc_array(hstack([sums, -sums]))

    def withhold(self, counts: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Let counts be anything from 0 on, as nothing is told of them; returns which these are by now."""
        self._withheld |= counts & ~self._fixed
        return self._withheld

    def raise_count(self, place: int, by: int, hidden: NDArray[np.bool_]) -> NDArray[np.int64] | None:
        """Find the cheapest change of the counts, all sums kept, in which one count is higher by so much.

        Returns:
            For each count the change; None where there is none. Of the counts that are not withheld those that are 0
            stay 0, and no other becomes 0.
        """
        size = len(self._counts)
        least_up, most_up = np.zeros(size), np.full(size, np.inf)
        most_up[self._fixed | ((self._counts == 0) & ~self._withheld)] = 0
        lowest = np.where(self._withheld, 0, np.minimum(self._counts, 1))
        most_down = np.where(self._fixed, 0, self._counts - lowest).astype(np.float64)
        least_up[place], most_up[place], most_down[place] = by, by, 0
        costs = np.where(hidden, _COST_OF_HIDDEN, self._costs)
        least, most = np.concatenate([least_up, np.zeros(size)]), np.concatenate([most_up, most_down])
        movable = np.flatnonzero(most > 0)
        found = _solve(np.concatenate([costs, costs])[movable], self._sums[:, movable], least[movable], most[movable])
        if found is None:
            return None
        moved = np.zeros(2 * size, dtype=np.int64)
        moved[movable] = found
        return moved[:size] - moved[size:]


def _solve(
    costs: NDArray[np.float64], sums: csc_array[np.float64], least: NDArray[np.float64], most: NDArray[np.float64]
) -> NDArray[np.int64] | None:
    """Find whole numbers within bounds, at little cost, so that every sum is 0; None where there are none.

    The cheapest numbers, whole or not, are nearly always whole; else whole ones are searched for. No limit of time is
    set, so that the same counts always lead to the same choice.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    bounds, kept = Bounds(least, most), LinearConstraint(sums, 0, 0)
    easy = milp(costs, bounds=bounds, constraints=kept).x
    if easy is None or not np.any(np.abs(easy - np.rint(easy)) > _TOLERANCE):
        return None if easy is None else np.rint(easy).astype(np.int64)
    hard = milp(
        costs,
        integrality=np.ones(len(costs), dtype=np.int64),
        bounds=bounds,
        constraints=kept,
        options={"mip_rel_gap": _GAP, "node_limit": _NODE_LIMIT},
    ).x
    return None if hard is None else np.rint(hard).astype(np.int64)


def _costs(linked: LinkedCounts, secret: str) -> NDArray[np.float64]:
    """Price each count: by its size, dearer the more it sums up, and not quite predictably."""
    totals = np.array([key.count(None) for key in linked.keys])
    sums = {None, *linked.sums[linked.columns[-1]]}
    bases = np.array([key[-1] in sums for key in linked.keys])
    drawn = np.array([_draw(secret, key) for key in linked.keys])
    jitter = 1 + drawn * (_MOST_JITTER - 1)
    return np.asarray(linked.counts * _COST_OF_TOTAL**totals * _COST_OF_BASE**bases * jitter, dtype=np.float64)


def _draw(secret: str, key: Key) -> float:
    digest = hashlib.blake2b(repr(key).encode(), key=secret.encode()[:64], digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
