"""What the publish view says and shows of published counts, on its pages and in documents alike. Plain text."""

from typing import Final

import pandas as pd

from smartia.analysis.disclosure import PublishedCounts
from smartia.analysis.publish_book import LEVEL, YEAR, PublishBook
from smartia.analysis.published_tables import Values, cross_table, share_at_or_above
from smartia.charts.published import HIDDEN_MARK, NO_SHARE_MARK, Show, number_text, share_text

EVERY_YEAR: Final = "All years"
AT_OR_ABOVE: Final = "Share of all sessions at {} or above"
PUBLISH_RULE: Final = (
    "Counted: latest attempt of each learner at each test;",
    "to the nearest 5, small numbers hidden",
)
"""What every chart of published counts states, in two lines."""


def year_rows(book: PublishBook) -> dict[str, Values]:
    """Every year as a row, and all of them.

    Args:
        book: What may be shown.
    """
    return {year: {YEAR: year} for year in book.years} | {EVERY_YEAR: {}}


def bars_table(table: pd.DataFrame, row: str) -> pd.DataFrame:
    """Write a table of one number a row: counts as texts and, where there are any, shares.

    Args:
        table: A result of `smartia.analysis.published_tables`.
        row: What the rows are.
    """
    shown = pd.DataFrame({row: table["row"], "Sessions": [number_text(n) for n in _values(table["n"])]})
    return shown.assign(Share=_share_texts(table)) if table["share"].notna().any() else shown


def grid_table(table: pd.DataFrame, row: str, show: Show) -> pd.DataFrame:
    """Write a table of rows and columns as texts.

    Args:
        table: A result of `smartia.analysis.published_tables`.
        row: What the rows are.
        show: What the cells say.
    """
    texts = table.assign(text=_share_texts(table) if show == "share" else [number_text(n) for n in _values(table["n"])])
    wide = texts.pivot_table(index="row", columns="column", values="text", aggfunc="first", sort=False)
    return wide.rename_axis(index=row, columns=None).reset_index()


def legend(least: int) -> list[tuple[str, str]]:
    """Say what the marks mean, and by which rules numbers are hidden; the same words whatever is hidden.

    Args:
        least: The least number that is shown.

    Returns:
        Each mark and its meaning.
    """
    return [
        (
            HIDDEN_MARK,
            f"hidden. It is fewer than {least}, or with others on these pages it would give away one that is fewer "
            f"than {least}. What is hidden was decided for all choices of subject, year, gender and age at once, so no "
            "two choices together tell a hidden number. Other numbers are rounded to the nearest 5, so sums may not "
            "agree. Percentages are made from the numbers before rounding.",
        ),
        (NO_SHARE_MARK, "no percentage, as fewer than 10 are counted or a hidden number would be needed for it."),
    ]


def share_words(counts: PublishedCounts, values: Values, rank: int, year: str) -> str:
    """Say which share of all sessions is at a level or above, as it follows a subject's name; empty where none is.

    Args:
        counts: Counts by level.
        values: What is counted.
        rank: The rank of the level to reach.
        year: What that is called.
    """
    share = share_at_or_above(counts, values, rank)
    n = number_text(counts.count(**values))
    return "" if share is None else f"{share:.1%} of about {n} sessions ({year})"


def levels_sentence(counts: PublishedCounts, values: Values, year: str) -> str:
    """Say how many sessions there are, and which of the levels shown is the most frequent.

    Args:
        counts: Counts by level.
        values: What is counted.
        year: What that is called.
    """
    table = cross_table(counts, {"all": values}, LEVEL).dropna(subset=["share"])
    said = f"{year}: about {number_text(counts.count(**values))} sessions"
    if table.empty:
        return f"{said}."
    top = table.sort_values("share", ascending=False, kind="stable").iloc[0]
    return f"{said}; of the levels shown, {top['column']} is the most frequent ({top['share']:.1%})."


def _values(column: "pd.Series[int]") -> list[int | None]:
    return [None if pd.isna(value) else int(value) for value in column]


def _share_texts(table: pd.DataFrame) -> list[str]:
    shares = [None if pd.isna(value) else float(value) for value in table["share"]]
    return [share_text(share, n) for share, n in zip(shares, _values(table["n"]), strict=True)]
