"""What a benchmark finds out: figures with all their runs."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        item: Which benchmark it belongs to.
        name: What was measured.
        unit: In what: "s", "MB", "requests" or "×" for a ratio.
        runs: What each run gave.
        aim: What is aimed at, in words; empty where nothing is.
    """

    item: str
    name: str
    unit: str
    runs: tuple[float, ...]
    aim: str = ""

    @property
    def median(self) -> float:
        """The median of the runs."""
        return statistics.median(self.runs)


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[float, ...]:
    """Divide run by run, so that both halves of a ratio come from the same minutes.

    >>> ratios([6.0, 9.0], [2.0, 3.0])
    (3.0, 3.0)
    """
    return tuple(above / below for above, below in zip(numerators, denominators, strict=True))
