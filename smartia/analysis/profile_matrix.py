"""The matrix of profiles: learners by their levels in two subjects, with its totals."""

from __future__ import annotations

from typing import Final

import narwhals as nw
import pandas as pd

from smartia.analysis.grouping import aggregate, complete
from smartia.analysis.levels import UNREADABLE_RANK
from smartia.analysis.measures import SIZE
from smartia.analysis.profiles import RANK_STEP
from smartia.table.levels import HALVES, UNREADABLE, WHOLE_LEVELS

TOTAL: Final = "All"
"""The label of the row and the column of totals of a matrix."""


def profile_matrix(compared: pd.DataFrame) -> pd.DataFrame:
    """Count the learners with both subjects by their levels in each.

    Args:
        compared: A result of `compare_levels`.

    Returns:
        One row a cell, levels climbing and "Not readable" last, the levels of both subjects the same: `level_one`,
        `rank_one`, `level_other`, `rank_other`, `n`, `base` (all learners with both), `share` (n of base) and
        `same` (whether the cell lies on the diagonal: the same level, both readable). Whole levels have no gap
        between the lowest and the highest that occurs. No rows where nobody has both.
    """
    ranks = {name: nw.col(name) for name in ("rank_one", "rank_other")}
    counted = aggregate(compared[list(ranks)], None, {"n": SIZE}, keys=ranks)
    axes = [_level_axis(counted).add_suffix(f"_{side}") for side in ("one", "other")]
    cells = complete(counted, *axes, counts=["n"])
    base = int(cells["n"].sum())
    same = (cells["rank_one"] == cells["rank_other"]) & (cells["rank_one"] != UNREADABLE_RANK)
    columns = ["level_one", "rank_one", "level_other", "rank_other", "n"]
    return cells[columns].assign(base=base, share=cells["n"] / max(base, 1), same=same)


def in_cell(compared: pd.DataFrame, rank_one: int, rank_other: int) -> pd.DataFrame:
    """Keep the learners of a cell of the matrix.

    Args:
        compared: A result of `compare_levels`.
        rank_one: The rank of the cell's level in the one subject.
        rank_other: That in the other.
    """
    return compared[(compared["rank_one"] == rank_one) & (compared["rank_other"] == rank_other)]


def matrix_totals(matrix: pd.DataFrame) -> pd.DataFrame:
    """Add a matrix up by row, by column and as a whole.

    Args:
        matrix: A result of `profile_matrix`.

    Returns:
        `level_one`, `level_other` and `n`, with "All" in place of the level added up over; the levels in the order
        of the matrix, the whole last. No rows for a matrix without rows.
    """
    rows = matrix.groupby("level_one", sort=False, as_index=False)["n"].sum().assign(level_other=TOTAL)
    columns = matrix.groupby("level_other", sort=False, as_index=False)["n"].sum().assign(level_one=TOTAL)
    corner = pd.DataFrame({"level_one": [TOTAL], "level_other": [TOTAL], "n": [matrix["n"].sum()]})
    found: pd.DataFrame = pd.concat([rows, columns, corner], ignore_index=True)[["level_one", "level_other", "n"]]
    return found if len(matrix) else found.iloc[:0]


def matrix_table(matrix: pd.DataFrame) -> pd.DataFrame:
    """Lay a matrix out as a table with its totals.

    Args:
        matrix: A result of `profile_matrix`.

    Returns:
        One row for each level of the one subject and the row "All": `level`, a column for each level of the other
        subject, and the column "All". Counts.
    """
    cells = pd.concat([matrix[["level_one", "level_other", "n"]], matrix_totals(matrix)], ignore_index=True)
    order = list(dict.fromkeys(cells["level_one"]))
    wide = cells.pivot_table(index="level_one", columns="level_other", values="n", aggfunc="sum", sort=False)
    table: pd.DataFrame = wide.loc[order, order].astype("int64").rename_axis(index="level", columns=None).reset_index()
    return table


def level_name(rank: int) -> str:
    """Name the level of a rank: 40 is "Level 1", 41 "Level 1 Lower", 99 "Not readable".

    Args:
        rank: A rank of `compare_levels`.
    """
    if rank == UNREADABLE_RANK:
        return UNREADABLE
    whole, half = divmod(rank, RANK_STEP)
    return f"{WHOLE_LEVELS[whole]} {HALVES[half - 1]}" if half else WHOLE_LEVELS[whole]


def _level_axis(counted: pd.DataFrame) -> pd.DataFrame:
    ranks = {int(rank) for side in ("one", "other") for rank in counted[f"rank_{side}"].unique()}
    read = ranks - {UNREADABLE_RANK}
    if read and not any(rank % RANK_STEP for rank in read):
        read = set(range(min(read), max(read) + 1, RANK_STEP))
    ordered = sorted(read) + sorted(ranks - read)
    return pd.DataFrame({"level": [level_name(rank) for rank in ordered], "rank": ordered})
