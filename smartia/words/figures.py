"""Sentences about levels, durations and what a figure mixes. Plain text: escape it where Markdown is read."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from smartia.words.numbers import count, percent
from smartia.words.sentences import points_range


def half_words(rows: pd.DataFrame, noun: str) -> str:
    """Say which is the highest level that at least half of a group have reached, as it follows the group's name.

    Args:
        rows: The rows of one group of a result of `shares_on_ladder`.
        noun: What is counted, in the singular.
    """
    n = int(rows["n"].iloc[0])
    if not n:
        return f"no {noun} with a readable level."
    # The lowest level holds everyone, so that there always is such a row.
    half = rows[2 * rows["reached"] >= n].iloc[-1]
    share = f"{percent(half['share'])} of {count(n, noun)} ({points_range(half['low'], half['high'])})"
    return f"at least half are at {half['level']} or above: {share}."


def slot_sentence(row: Mapping[Hashable, Any], slot_min: int, share: float) -> str:
    """Say how many sittings of a group a slot would have been enough for, and how long a slot a share needs.

    Args:
        row: A row of a result of `plan_slot` with at least one session.
        slot_min: The length of the slot.
        share: The share that should finish.

    >>> row = {"group": "Maths", "n": 200, "share": 0.9, "low": 0.85, "high": 0.934, "plan_min": 61}
    >>> slot_sentence(row, 60, 0.9)
    'In a slot of 60 minutes 90% of 200 Maths sittings would have finished (85–93); for 90%, plan 61 minutes.'
    """
    sittings = f"{row['n']:,} {row['group']} {'sitting' if row['n'] == 1 else 'sittings'}"
    return (
        f"In a slot of {count(slot_min, 'minute')} {percent(row['share'])} of {sittings} would have finished "
        f"({points_range(row['low'], row['high'])}); for {percent(share)}, plan "
        f"{count(int(row['plan_min']), 'minute')}."
    )


def finish_words(n: int, minutes: int, share: float) -> str:
    """Say within how many minutes a share of the sessions was finished, as it follows a group's name.

    >>> finish_words(1200, 58, 0.9)
    '90% of 1,200 sessions finished within 58 min'
    """
    return f"{percent(share)} of {count(n, 'session')} finished within {minutes:,} min"


def mixed_tests(held: pd.DataFrame) -> list[str]:
    """Say which subjects hold several tests, since a figure over different tests mixes what they measure.

    Args:
        held: A result of `versions_held`.
    """
    tests = held.drop_duplicates(["subject", "test_name"])
    return [
        f"{subject} holds several tests ({'; '.join(rows['test_name'])})."
        for subject, rows in tests.groupby("subject")
        if len(rows) > 1
    ]


def mixed_versions(held: pd.DataFrame) -> str:
    """Say in which subjects several versions of a test are counted together; empty where in none.

    Args:
        held: A result of `versions_held`.
    """
    versions = held.groupby(["subject", "test_name"]).size()
    several = versions[versions > 1].groupby("subject").sum()
    if several.empty:
        return ""
    listed = ", ".join(f"{subject} ({number})" for subject, number in several.items())
    return f"Versions of a test are counted together here: {listed}. A figure then says what all of them found."
