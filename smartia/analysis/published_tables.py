"""Small tables of published counts, in the shape that charts and screens take. They see nothing but what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from smartia.analysis.publish_book import LEVEL, REACHED, REACHED_RANK
from smartia.table.levels import UNREADABLE, WHOLE_LEVELS, rank_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from smartia.analysis.disclosure import PublishedCounts

Values = dict[str, str]
"""Column → value, of the rows that are counted."""

_COLUMNS: Final = {"row": "str", "column": "str", "n": "Int64", "share": "Float64"}


def cross_table(
    published: PublishedCounts,
    rows: Mapping[str, Values],
    column: str,
    *,
    shares: bool = True,
    total: str | None = None,
) -> pd.DataFrame:
    """Lay out published counts by rows of choice and the values of a column.

    Args:
        published: The counts.
        rows: Names of rows → what they count.
        column: The column whose values make the columns of the table; one that is empty in every row is left out.
        shares: Whether shares are given.
        total: The name of a last column with the total of each row; None for none.

    Returns:
        `row`, `column`, `n` (to the nearest 5; missing where it is hidden) and `share` of the row (to one decimal of
        a percentage; missing where the count or the row's total is hidden, or the total is under 10).
    """
    labels = [
        label
        for label in published.labels[column]
        if any(published.may_be_more_than_0(**row, **{column: label}) for row in rows.values())
    ]
    columns = {label: {column: label} for label in labels} | ({} if total is None else {total: {}})
    cells = [(name, label, row | value, row) for name, row in rows.items() for label, value in columns.items()]
    return _table(
        (name, label, published.count(**values), published.share(values, base) if shares else None)
        for name, label, values, base in cells
    )


def totals_table(published: Mapping[str, tuple[PublishedCounts, Values]], rank: int | None = None) -> pd.DataFrame:
    """Lay out one total a row, with the share at or above a level where one is asked for.

    Args:
        published: Names of rows → the counts they are taken from, and what they count.
        rank: The rank of the level to reach.

    Returns:
        `row`, `column` ("All"), `n` (to the nearest 5; missing where it is hidden) and `share` (at the level or above
        it; missing where it cannot be told from counts that are shown).
    """
    return _table(
        (name, "All", counts.count(**values), None if rank is None else share_at_or_above(counts, values, rank))
        for name, (counts, values) in published.items()
    )


def ladder_table(published: PublishedCounts, rows: Mapping[str, Values]) -> pd.DataFrame:
    """Give the share at or above each level that occurs, but the lowest.

    Args:
        published: Counts by level.
        rows: Names of rows → what they count.

    Returns:
        `row`, `column` (the level to reach), `n` (the row's total, as shown) and `share` (missing where it cannot be
        told from counts that are shown).
    """
    read = [label for label in WHOLE_LEVELS if label in published.labels[LEVEL]]
    return _table(
        (name, level, published.count(**row), share_at_or_above(published, row, rank_of(level)))
        for name, row in rows.items()
        for level in read[1:]
    )


def share_at_or_above(published: PublishedCounts, values: Values, rank: int) -> float | None:
    """Give the share of all sessions at a level or above it; those whose level cannot be read are among all.

    How many of them cannot be read is often hidden, and then no share of the readable ones could be shown.

    Args:
        published: Counts by level.
        values: What is counted.
        rank: The rank of the level to reach.

    Returns:
        The share; None where levels are hidden both at or above this one and below it, or there are fewer than 10.
    """
    if rank == REACHED_RANK:
        return published.share(values | {LEVEL: REACHED}, values)
    labels = published.labels[LEVEL]
    reached = [label for label in labels if label != UNREADABLE and rank_of(label) >= rank]
    rest = [label for label in labels if label not in reached]
    parts, others = ([values | {LEVEL: label} for label in side] for side in (reached, rest))
    return published.share_of_several(parts, others, values)


def _table(rows: Iterable[tuple[str, str, int | None, float | None]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(_COLUMNS)).astype(_COLUMNS)
