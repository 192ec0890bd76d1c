"""An attacker who knows every rule of the publish view and tries to recover what it hides. Uses nothing of smartia.

What he collects are statements: of the sessions with these values there are between so many and so many. From a number
to the nearest 5 and percentages to one decimal he works out what rounding hides; then he asks, by integer programming
over all tables of whole numbers that agree with every statement, whether a hidden count can have one value only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

Values = Mapping[str, str]
Key = frozenset[tuple[str, str]]
_TRIES = 3


def key_of(values: Values) -> Key:
    """Name the sessions with these values."""
    return frozenset(values.items())


@dataclass
class Attacker:
    """What the attacker knows: the values that columns may have, and bounds of counts.

    Attributes:
        labels: Column → its values; what is looked for are counts of combinations of all of them.
        threshold: The least count that is shown.
        bounds: For some sessions, the least and the most of them that there can be.
    """

    labels: Mapping[str, Sequence[str]]
    threshold: int
    bounds: dict[Key, tuple[int, int]] = field(default_factory=dict)

    def learn(self, values: Values, least: int, most: int) -> None:
        """Note that there are between so many and so many sessions with these values."""
        known = self.bounds.get(key_of(values), (0, 10**6))
        self.bounds[key_of(values)] = max(known[0], least), min(known[1], most)

    def read_count(self, values: Values, shown: int | None) -> None:
        """Read a number to the nearest 5, or the mark of a hidden one (None)."""
        if shown is None:
            self.learn(values, 1, 10**6)
        elif shown == 0:
            self.learn(values, 0, 0)
        else:
            self.learn(values, max(shown - 2, self.threshold), shown + 2)

    def read_share(self, part: Values, whole: Values, shown: float) -> None:
        """Read a percentage to one decimal: of the pairs of whole numbers that it can be made of, keep the bounds."""
        (least, most), (low, high) = self.bounds[key_of(part)], self.bounds[key_of(whole)]
        pairs = [
            (n, base)
            for base in range(max(low, 10), high + 1)
            for n in range(least, min(most, base) + 1)
            if abs(n / base - shown) < 0.0005 + 1e-9
        ]
        self.learn(part, min(n for n, _ in pairs), max(n for n, _ in pairs))
        self.learn(whole, min(base for _, base in pairs), max(base for _, base in pairs))

    def recover(self, wanted: Sequence[Values], seed: int) -> dict[Key, int]:
        """Find the counts wanted that can have one value only, and that value.

        Tables that agree with everything known are drawn at random; a count that differs among them is not recovered.
        For the others the least and the most that they can be are worked out.
        """
        rng = np.random.default_rng(seed)
        atoms = [dict(zip(self.labels, values, strict=True)) for values in product(*self.labels.values())]
        zero = [key for key, bound in self.bounds.items() if bound == (0, 0)]
        atoms = [atom for atom in atoms if not any(key <= atom.items() for key in zero)]
        places = {column: {label: [] for label in labels} for column, labels in self.labels.items()}
        for place, atom in enumerate(atoms):
            for column, label in atom.items():
                places[column][label].append(place)
        sets = {column: {label: set(found) for label, found in by.items()} for column, by in places.items()}

        def row(key: Key) -> list[int]:
            found = set(range(len(atoms)))
            for column, label in key:
                found &= sets[column][label]
            return sorted(found)

        known = [(key, bound) for key, bound in self.bounds.items() if bound != (0, 0)]
        indices = [row(key) for key, _ in known]
        matrix = csr_array(
            (
                np.ones(sum(map(len, indices))),
                (np.repeat(np.arange(len(known)), [len(found) for found in indices]), np.concatenate(indices)),
            ),
            shape=(len(known), len(atoms)),
        )
        limits = LinearConstraint(matrix, [bound[0] for _, bound in known], [bound[1] for _, bound in known])
        targets = {key_of(values): row(key_of(values)) for values in wanted}

        def solve(costs: np.ndarray) -> np.ndarray:
            for whole in (0, 1):  # numbers that need not be whole are found sooner, and nearly always are whole
                found = milp(costs, integrality=np.full(len(atoms), whole), bounds=Bounds(0, 10**4), constraints=limits)
                assert found.x is not None, "The statements contradict each other."
                if np.allclose(found.x, np.rint(found.x), atol=1e-6):
                    break
            return np.rint(found.x)

        def value(table: np.ndarray, key: Key) -> int:
            return int(table[targets[key]].sum())

        open_keys = list(targets)
        first: np.ndarray | None = None
        for _ in range(_TRIES):
            if not open_keys:
                return {}
            costs = rng.normal(size=len(atoms)) * 1e-3
            for key in open_keys:
                costs[targets[key]] += rng.choice([-1.0, 1.0])
            # Numbers could grow without end where totals are hidden.
            table = solve(costs + np.abs(costs).max())
            if first is not None:
                start = first
                open_keys = [key for key in open_keys if value(table, key) == value(start, key)]
            first = table if first is None else first
        recovered = {}
        for key in open_keys:
            costs = np.zeros(len(atoms))
            costs[targets[key]] = 1.0
            least = solve(costs)
            most = solve(1e-4 - costs)
            if value(least, key) == value(most, key):
                recovered[key] = value(least, key)
        return recovered
