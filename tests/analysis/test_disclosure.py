"""The rules of publishing, as properties of any small table, and the protection against plain enumeration."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartia.analysis.disclosure import PublishedCounts, publish, rounded
from smartia.analysis.linked_counts import count_linked
from smartia.settings import PublishThreshold

small_tables = st.integers(2, 3).flatmap(
    lambda width: st.lists(
        st.lists(st.one_of(st.integers(0, 6), st.integers(0, 40)), min_size=width, max_size=width),
        min_size=2,
        max_size=2,
    )
)
thresholds = st.sampled_from([5, 10])
MOST = 14
"""The largest that the enumeration lets a hidden count be."""


def published_table(table: list[list[int]], threshold: PublishThreshold) -> PublishedCounts:
    """Publish a table of two rows r0 and r1 with columns c0, c1 and so on."""
    rows = [(f"r{i}", f"c{j}") for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    frame = pd.DataFrame(rows, columns=["row", "column"], dtype="str").astype("category")
    return publish(count_linked(frame, [("row", "column")]), threshold, "secret")


def values_of(row: int | None, column: int | None) -> dict[str, str]:
    """Name a cell; None stands for the total."""
    return ({} if row is None else {"row": f"r{row}"}) | ({} if column is None else {"column": f"c{column}"})


def occurs(published: PublishedCounts, values: dict[str, str]) -> bool:
    """Whether these values are in the table at all; a row or a column of zeros is not."""
    return all(label in published.labels[column] for column, label in values.items())


@given(small_tables, thresholds)
@settings(max_examples=60)
def test_what_is_shown_follows_the_rules(table: list[list[int]], threshold: PublishThreshold) -> None:
    """Shown: 0 as 0, else to the nearest 5 and not small; shares on ten or more, never of a hidden count."""
    counts = np.array(table)
    published = published_table(table, threshold)
    for i, j in product([*range(counts.shape[0]), None], [*range(counts.shape[1]), None]):
        values = values_of(i, j)
        truth = int(counts[slice(None) if i is None else i, slice(None) if j is None else j].sum())
        if not occurs(published, values):
            assert truth == 0
            continue
        number = published.count(**values)
        row_total = published.count(**values_of(i, None))
        if number is None:
            assert published.share(values, values_of(i, None)) is None
            assert published.may_be_more_than_0(**values)
        else:
            assert number % 5 == 0
            assert abs(number - truth) <= 2
            assert truth == 0 or truth >= threshold
            assert number == 0 or truth > 0
        if truth == 0 and row_total is not None:
            assert number == 0
        base = int(counts.sum()) if i is None else int(counts[i].sum())
        share = published.share(values, values_of(i, None))
        if number is not None and row_total is not None and base >= 10:
            assert share == pytest.approx(truth / base, abs=0.0005 + 1e-9)
        else:
            assert share is None


@given(small_tables.filter(lambda table: max(max(row) for row in table) <= 9))
@settings(max_examples=40)
def test_enumeration_leaves_every_small_count_open(table: list[list[int]]) -> None:
    """Of all tables with the shown numbers, told exactly, some has another value wherever a small count is hidden.

    The enumeration knows besides which cells are 0, and that every other hidden number is at least 1.
    """
    counts = np.array(table)
    published = published_table(table, 5)
    cells = [(i, j) for i, j in product(range(counts.shape[0]), range(counts.shape[1])) if counts[i, j] > 0]
    unknown = [cell for cell in cells if published.count(**values_of(*cell)) is None]
    if not unknown:
        return
    ranges = np.indices([MOST] * min(len(unknown), 5)).reshape(min(len(unknown), 5), -1) + 1
    worlds = np.repeat(counts[:, :, None], ranges.shape[1], axis=2)
    for place, cell in enumerate(unknown[:5]):
        worlds[cell] = ranges[place]
    fits = np.ones(ranges.shape[1], dtype=bool)
    for i, j in [
        *((i, None) for i in range(counts.shape[0])),
        *((None, j) for j in range(counts.shape[1])),
        (None, None),
    ]:
        values = values_of(i, j)
        if occurs(published, values) and published.count(**values) is not None:
            place = (slice(None) if i is None else slice(i, i + 1), slice(None) if j is None else slice(j, j + 1))
            fits &= worlds[place].sum(axis=(0, 1)) == counts[place].sum()
    assert fits.any()
    if len(unknown) <= 5:
        for cell in unknown:
            if counts[cell] < 5:
                assert len(np.unique(worlds[cell][fits])) > 1


@pytest.mark.parametrize("threshold", [5, 10])
def test_a_second_count_is_hidden_with_a_single_one(threshold: PublishThreshold) -> None:
    """One small count in a column of large ones takes another count, or the total, with it."""
    published = published_table([[threshold - 1, 60, 60], [60, 60, 60]], threshold)
    line = [published.count(**values_of(0, j)) for j in (0, 1, 2, None)]
    down = [published.count(**values_of(i, 0)) for i in (0, 1, None)]
    assert line.count(None) >= 2
    assert down.count(None) >= 2
    assert published.count(**values_of(1, None)) is not None


def test_a_group_too_small_to_count_tells_nothing() -> None:
    """Of a row of three learners neither the number nor the columns without any of them are shown."""
    published = published_table([[3, 0, 0], [40, 50, 60]], 5)
    assert [published.count(**values_of(0, j)) for j in (0, 1, 2, None)] == [None] * 4


def test_nothing_small_hides_nothing() -> None:
    """A table of large counts and zeros is shown whole."""
    published = published_table([[30, 0, 12], [25, 40, 9]], 5)
    assert [published.count(**values_of(i, j)) for i in (0, 1) for j in (0, 1, 2)] == [30, 0, 10, 25, 40, 10]


def test_rounding_goes_to_the_nearest_five() -> None:
    """Every whole number goes to the multiple of 5 that is at most 2 away."""
    assert all(rounded(n) % 5 == 0 and abs(rounded(n) - n) <= 2 for n in range(2000))
