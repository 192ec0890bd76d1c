"""Sentences about the findings of Data quality. Plain text."""

from typing import Final

import pandas as pd

from smartia.analysis.finding_counts import SET_ASIDE
from smartia.words.findings import KINDS
from smartia.words.numbers import count

FINDING_LABELS: Final = {"finding": "Finding", "n": "Found", "base": "Of", "share": "Share", "ask": "Whom to ask"}
"""The columns of a table of findings, in order, and what they are called."""


def name_kinds(found: pd.DataFrame) -> pd.DataFrame:
    """Put the names of findings in place of their codes, and whom to ask.

    Args:
        found: Rows of a result of `count_findings`.

    Returns:
        The rows with `finding` and `ask` in words.
    """
    kinds = [KINDS[code] for code in found["finding"]]
    return found.assign(finding=[kind.name for kind in kinds], ask=[kind.ask for kind in kinds])


def trend_sentence(trend: pd.DataFrame) -> str:
    """Say which finding was the most frequent in the last full month.

    Args:
        trend: A result of `findings_by_month` with at least one row, its findings by name.
    """
    over = trend[~trend["running"]]
    rows = over if len(over) else trend
    month = rows["period"].iloc[-1]
    latest = rows[rows["period"] == month]
    said = "the last full month" if len(over) else "which is not over yet"
    if not latest["n"].any():
        return f"In {month}, {said}, there was no finding among {count(int(latest['base'].max()), 'session')}."
    most = latest.sort_values("n", ascending=False, kind="stable").iloc[0]
    return f"In {month}, {said}, the most frequent finding was “{most['finding']}”: {part_of(most, most['finding'])}."


def part_of(row: pd.Series, name: str) -> str:
    """Say how many of how many have a finding.

    Args:
        row: A row with `n`, `base` and `share`.
        name: The name of the finding.
    """
    noun = "record" if name == KINDS[SET_ASIDE].name else "session"
    return f"{count(int(row['n']))} of {count(int(row['base']), noun)} ({row['share']:.1%})"


def summary(found: pd.DataFrame) -> str:
    """Say how many kinds of findings occur, and which is the most frequent.

    Args:
        found: A result of `count_findings`.
    """
    occurring = found[found["n"] > 0]
    if occurring.empty:
        return f"None of the {count(len(found), 'kind')} of findings occurs."
    most = occurring.sort_values("n", ascending=False, kind="stable").iloc[0]
    kind = KINDS[str(most["finding"])]
    return (
        f"{count(len(occurring))} of the {count(len(found), 'kind')} of findings occur. The most frequent is "
        f"“{kind.name}”: {part_of(most, kind.name)}."
    )
