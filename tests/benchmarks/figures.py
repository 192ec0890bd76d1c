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
        unit: In what: "s", "ms", "MB", "kB", "requests" or "×" for a ratio.
        runs: What each run gave.
        aim: What is aimed at, in words; empty where nothing is.
        sessions: Over how many sessions, where the same is measured over accounts of several sizes.
    """

    item: str
    name: str
    unit: str
    runs: tuple[float, ...]
    aim: str = ""
    sessions: int | None = None

    @property
    def median(self) -> float:
        """The median of the runs."""
        return statistics.median(self.runs)


@dataclass(frozen=True)
class Table:
    """Figures side by side, for people.

    Attributes:
        title: What it shows.
        columns: The heads of its columns; the first names the rows.
        rows: The cells, as text.
        notes: What must be known to read it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def to_markdown(self) -> str:
        """Write it as a table of Markdown under its title."""
        align = "|---|" + "---:|" * (len(self.columns) - 1)
        lines = ["| " + " | ".join(cells) + " |" for cells in (self.columns, *self.rows)]
        notes = [f"* {note}" for note in self.notes]
        return "\n".join([f"### {self.title}", "", lines[0], align, *lines[1:], "", *notes])


@dataclass(frozen=True)
class Outcome:
    """What a benchmark found out: figures for programs, and tables of them for people.

    Attributes:
        figures: All of them.
        tables: The same beside each other, where that tells more than a list.
    """

    figures: tuple[Figure, ...]
    tables: tuple[Table, ...] = ()


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[float, ...]:
    """Divide run by run, so that both halves of a ratio come from the same minutes.

    >>> ratios([6.0, 9.0], [2.0, 3.0])
    (3.0, 3.0)
    """
    return tuple(above / below for above, below in zip(numerators, denominators, strict=True))
