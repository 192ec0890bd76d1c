"""Versions: since when each test version is in use, and which cohorts were sat in the same one.

A changed test makes another scale of it, so figures from before and after are not compared. Two cohorts of a
subject are taken as sat in the same test only if one single test version makes up at least `SAME_VERSION` of the
sessions of each, and it is the same one. The allowance is for sessions begun just before a change; it can move a
share by one percentage point at most. Cohorts that share a version only in part are not compared at all: those
who sat it after a change came in are seldom like those who sat it before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

import narwhals as nw
import pandas as pd

from smartia.analysis.grouping import aggregate
from smartia.analysis.measures import SIZE, sums
from smartia.analysis.periods import (
    Period,
    next_start,
    period_label,
    period_start,
    with_start,
)

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

SAME_VERSION: Final = 0.99
"""The part of a cohort's sessions that one version must make up, so that the cohort counts as sat in it."""

Obstacle = Literal["no sessions", "cut short", "several tests", "test changed"]
"""Why two cohorts are not compared; "cut short": the reader's dates leave out the beginning of one."""


Sat = Mapping[str, int]
"""How many sessions of a cohort were sat in each test version, by the version's id."""


@dataclass(frozen=True)
class Comparability:
    """Whether two cohorts may be compared.

    Attributes:
        obstacle: Why not; None where they may be.
        changed_on: The days on which other versions of the test came in, earliest first; only where the test changed.
    """

    obstacle: Obstacle | None = None
    changed_on: tuple[date, ...] = ()


def list_versions(frame: IntoFrame) -> pd.DataFrame:
    """List the test versions, each with its first day.

    Args:
        frame: Sessions with `test_id`, `test_version_id` and `completed_on`: all there are, since under filters a
            version would seem to begin later.

    Returns:
        `version` and `test` (the ids as text), `since` (the first day of completion), by test and first day.
    """
    found = aggregate(
        frame,
        None,
        {"n": SIZE},
        keys={"test": nw.col("test_id"), "version": nw.col("test_version_id"), "since": nw.col("completed_on")},
    )
    first = found.sort_values("since", kind="stable").drop_duplicates(["test", "version"])
    typed = first[["version", "test", "since"]].astype({"version": "str", "test": "str"})
    return typed.sort_values(["test", "since", "version"], ignore_index=True)


def versions_held(frame: IntoFrame) -> pd.DataFrame:
    """List the subjects, tests and test versions of some sessions, by the names that they have on screen.

    Args:
        frame: Sessions with `subject`, `test_name` and `test_version`.

    Returns:
        These three as text, each combination that occurs once, in alphabetical order.
    """
    names = ["subject", "test_name", "test_version"]
    found = aggregate(frame, None, {"n": SIZE}, keys={name: nw.col(name) for name in names})
    return found[names].astype("str").sort_values(names, ignore_index=True)


def count_versions(frame: IntoFrame, period: Period, by: str | None = None, *, size: str | None = None) -> pd.DataFrame:
    """Count sessions by period, group and test version.

    Args:
        frame: Sessions with `test_version_id`, the period's column and the grouping column.
        period: What the cohorts are.
        by: The grouping column, or None for the one group "All".
        size: The column that says for how many sessions a row stands; None where each is one.

    Returns:
        `start` (first day of the period), `group` and `version` (text), `n`: combinations that occur.
    """
    table = aggregate(
        frame,
        by,
        {"n": SIZE} if size is None else sums("n"),
        keys={"key": nw.col(period), "version": nw.col("test_version_id")},
        columns={} if size is None else {"n": nw.col(size)},
    )
    dated = with_start(table)
    return dated[["start", "group", "version", "n"]].astype({"group": "str", "version": "str"})


def sat_by_cohort(counted: pd.DataFrame) -> dict[tuple[str, pd.Timestamp], Sat]:
    """Say how often each cohort sat which version.

    Args:
        counted: A result of `count_versions`.

    Returns:
        Group and start of every cohort that has sessions → version → sessions.
    """
    found: dict[tuple[str, pd.Timestamp], dict[str, int]] = {}
    for group, start, version, n in zip(*(counted[name] for name in ("group", "start", "version", "n")), strict=True):
        cohort = found.setdefault((group, start), {})
        cohort[version] = cohort.get(version, 0) + int(n)
    return dict(found)


def single_version(sat: Sat) -> str | None:
    """Give the version that makes up at least `SAME_VERSION` of a cohort's sessions; None where there is none.

    Args:
        sat: Version → sessions.
    """
    total = sum(sat.values())
    return next((version for version, n in sat.items() if n >= SAME_VERSION * total), None)


def comparability(sat: Sat, other: Sat, versions: pd.DataFrame) -> Comparability:
    """Say whether two cohorts were sat in the same test, by the rule at the head of this module.

    Args:
        sat: Version → sessions of the one cohort.
        other: The same of the other.
        versions: A result of `list_versions`.

    Returns:
        Whether they may be compared, and if not, why.
    """
    if not sat or not other:
        return Comparability("no sessions")
    mine = single_version(sat)
    if mine is not None and mine == single_version(other):
        return Comparability()
    # Versions of a few stragglers explain nothing, unless the others do not either.
    in_use = {*_notable(sat), *_notable(other)}
    if len(in_use) == 1:
        in_use = {*sat, *other}
    rows = zip(versions["since"], versions["test"], versions["version"], strict=True)
    used = sorted((since, test) for since, test, version in rows if version in in_use)
    if len({test for _, test in used}) > 1:
        return Comparability("several tests")
    return Comparability("test changed", tuple(since.date() for since, _ in used[1:]))


def version_changes(frame: IntoFrame, versions: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Place on an axis of periods the days on which the tests of some sessions changed.

    Args:
        frame: Sessions with `test_version_id`.
        versions: A result of `list_versions`.
        period: The kind of period.

    Returns:
        One row for each version of the sessions that replaced or joined an earlier one of theirs: `since`, `period`
        (the label of the period in which it came in), `place` (how much of that period was over, from 0 to under 1),
        by day.
    """
    found = aggregate(frame, None, {"n": SIZE}, keys={"version": nw.col("test_version_id")})
    used = versions[versions["version"].isin(found["version"].astype("str"))]
    later = used[used.groupby("test").cumcount() > 0].sort_values("since")
    days = [since.date() for since in later["since"]]
    starts = [period_start(day, period) for day in days]
    lengths = [(next_start(start, period) - start).days for start in starts]
    return pd.DataFrame(
        {
            "since": pd.Series(days, dtype="datetime64[us]"),
            "period": pd.Series([period_label(start, period) for start in starts], dtype="str"),
            "place": pd.Series(
                [(day - start).days / length for day, start, length in zip(days, starts, lengths, strict=True)],
                dtype="float64",
            ),
        }
    ).drop_duplicates(ignore_index=True)


def mark_segments(shares: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """Cut a series of shares into the parts that were sat in one test version each.

    Args:
        shares: A result of `share_by_period`.
        counted: A result of `count_versions` over the same sessions and the same kind of period.

    Returns:
        The shares with `segment`: a whole number from 0 that stays the same as long as every period was sat in the
        same single version. A period of several versions is a segment of its own; one without sessions belongs to
        the segment before it.
    """
    single = {start: single_version(sat) for (_, start), sat in sat_by_cohort(counted).items()}
    segments: list[int] = []
    number, version = 0, None
    for start in shares["start"]:
        if segments and start in single and (single[start] is None or single[start] != version):
            number += 1
        version = single.get(start, version)
        segments.append(number)
    return shares.assign(segment=pd.Series(segments, index=shares.index, dtype="int64"))


def _notable(sat: Sat) -> set[str]:
    """List the versions that are more than stragglers in a cohort."""
    total = sum(sat.values())
    return {version for version, n in sat.items() if n > (1 - SAME_VERSION) * total}
