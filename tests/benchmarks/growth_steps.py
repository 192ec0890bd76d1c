"""Whether what is measured grows faster than the account: computed from the figures of every size."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.benchmarks.figures import Figure, Table
from tests.benchmarks.page_report import SMARTIA, name_of

_TOLERANCE = 0.05
"""By how much the exponent of a step may lie above 1 and still count as linear: measurements scatter."""
_UNITS = {"s": 2, "ms": 0, "MB": 0}
"""Units of what is compared, and the digits behind the point."""


@dataclass(frozen=True)
class Step:
    """From one size to the next.

    Attributes:
        small: Sessions of the smaller account.
        large: Sessions of the larger one.
        exponent: 1 where twice the sessions cost twice as much, 0 where they cost the same.
        marginal: What each 1,000 further sessions cost, in the figure's unit.
    """

    small: int
    large: int
    exponent: float
    marginal: float

    @property
    def is_linear(self) -> bool:
        """Whether the larger account costs no more than its share."""
        return self.exponent <= 1 + _TOLERANCE


def steps_of(points: Iterable[tuple[int, float]]) -> list[Step]:
    """Compare each size with the next.

    Args:
        points: Sessions, each size once, and what they cost (above 0).

    >>> [(step.exponent, step.is_linear) for step in steps_of([(10, 1.0), (100, 1.0), (1000, 100.0)])]
    [(0.0, True), (2.0, False)]
    """
    ordered = sorted(points)
    return [
        Step(small, large, math.log(more / less) / math.log(large / small), 1000 * (more - less) / (large - small))
        for (small, less), (large, more) in pairwise(ordered)
    ]


def series_of(figures: Iterable[Figure]) -> dict[tuple[str, str], dict[int, float]]:
    """Put the medians of figures of one name and unit together, by sessions; figures without these are left out."""
    found: defaultdict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for figure in figures:
        if figure.sessions is not None:
            found[figure.name, figure.unit][figure.sessions] = figure.median
    return dict(found)


def growth_table(figures: Sequence[Figure]) -> Table:
    """Lay smartia's figures out by size, with the growth of each step; the first note gives the verdict.

    Args:
        figures: Figures of several sizes.
    """
    series = {key: points for key, points in series_of(figures).items() if _is_compared(*key)}
    sizes = sorted({sessions for points in series.values() for sessions in points})
    steps = {key: steps_of(points.items()) for key, points in series.items()}
    columns = [
        "figure",
        *(f"{size:,}" for size in sizes),
        *(f"exponent to {size:,}" for size in sizes[1:]),
        *(f"each 1,000 more, to {size:,}" for size in sizes[1:]),
    ]
    rows = [_row(key, points, sizes, steps[key]) for key, points in series.items()]
    beyond = [
        f"{name} ({step.exponent:.2f} to {step.large:,})"
        for (name, _), of in steps.items()
        for step in of
        if not step.is_linear
    ]
    count = sum(map(len, steps.values()))
    verdict = f"Of {count} steps from a size to the next, none is worse than linear."
    if beyond:
        verdict = f"Of {count} steps from a size to the next, {len(beyond)} are worse than linear: {'; '.join(beyond)}."
    if not count:
        verdict = "One size alone says nothing about growth."
    notes = (
        verdict,
        "Medians. An exponent of 1: ten times the sessions cost ten times as much; 0: they cost the same. Up to "
        f"{1 + _TOLERANCE:g} counts as linear.",
    )
    return Table("Growth", tuple(columns), tuple(rows), notes)


def _is_compared(name: str, unit: str) -> bool:
    others = [name_of(app) for app in ("counted", "raw")]
    return unit in _UNITS and not any(other in name for other in others)


def _row(
    key: tuple[str, str], points: Mapping[int, float], sizes: Sequence[int], steps: Sequence[Step]
) -> tuple[str, ...]:
    name, unit = key
    values = [f"{points[size]:,.{_UNITS[unit]}f}" if size in points else "" for size in sizes]
    by_size = {step.large: step for step in steps}
    exponents = [f"{by_size[size].exponent:.2f}" if size in by_size else "" for size in sizes[1:]]
    marginals = [f"{by_size[size].marginal:.3g}" if size in by_size else "" for size in sizes[1:]]
    return (f"{name.removesuffix(f': {SMARTIA}')}, {unit}", *values, *exponents, *marginals)
