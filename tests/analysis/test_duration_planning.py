"""Slots, sittings, odd durations and groups of durations, against plain loops and scipy."""

from __future__ import annotations

import statistics
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from smartia.analysis.duration_groups import largest_groups, name_versions
from smartia.analysis.duration_review import count_odd_durations, mark_odd_durations
from smartia.analysis.durations import duration_summary
from smartia.analysis.quality import flag_durations, with_reference
from smartia.analysis.sittings import count_by_sitting, levels_by_sitting, sitting_shares
from smartia.analysis.slots import plan_slot
from smartia.table.columns import SITTINGS
from tests.analysis.plain_sessions import frame_of, session

Plain = list[dict[str, Any]]


def wilson(k: int, n: int) -> tuple[float, float, float]:
    """A share and its 95 % Wilson interval, by scipy."""
    limits = binomtest(k, n).proportion_ci(method="wilson")
    return k / n, limits.low, limits.high


def sat(plain: Plain) -> pd.DataFrame:
    """The sessions, sat in the patterns in turn."""
    patterns = [SITTINGS[place % 3] for place in range(len(plain))]
    return frame_of(plain).assign(sitting=pd.Categorical(patterns, categories=SITTINGS, ordered=True))


@settings(max_examples=25)
@given(st.lists(st.integers(0, 9000), min_size=1, max_size=30), st.integers(1, 200), st.sampled_from([0.5, 0.9, 1.0]))
def test_slots_both_ways(seconds: list[int], slot_min: int, share: float) -> None:
    """The share within a slot is counted, and the slot for a share is the shortest that is enough."""
    plan = plan_slot(frame_of([session(seconds=float(value)) for value in seconds]), slot_min, share).iloc[0]
    within = sum(value <= slot_min * 60 for value in seconds)
    assert (plan["n"], plan["reached"]) == (len(seconds), within)
    assert tuple(plan[["share", "low", "high"]]) == pytest.approx(wilson(within, len(seconds)))
    minutes = int(plan["plan_min"])
    assert sum(value <= minutes * 60 for value in seconds) >= share * len(seconds) - 1e-9
    assert minutes == 0 or sum(value <= (minutes - 1) * 60 for value in seconds) < share * len(seconds)


def test_patterns_and_their_levels(plain: Plain) -> None:
    """Patterns of a group add up to it; shares and levels equal a loop; a pattern nobody sat in has no row."""
    frame = sat(plain)
    counted = count_by_sitting(frame, 40, "subject")
    shares, levels = sitting_shares(counted), levels_by_sitting(counted)
    assert counted["sessions"].sum() == len(plain)
    assert shares.groupby("group")["share"].sum().tolist() == pytest.approx([1.0] * shares["group"].nunique())
    assert set(shares["sitting"]) == set(SITTINGS[:3])
    for row in [*shares.itertuples(), *sitting_shares(counted, whole=True).itertuples()]:
        part = [p for p in enumerate(plain) if row.group in ("All", p[1]["subject"] or "not recorded")]
        mine = sum(SITTINGS[place % 3] == row.sitting for place, _ in part)
        assert (row.n, row.reached) == (len(part), mine)
        assert (row.share, row.low, row.high) == pytest.approx(wilson(mine, len(part)))
    for row in levels.itertuples():
        mine = [
            p["rank"]
            for place, p in enumerate(plain)
            if (p["subject"] or "not recorded", SITTINGS[place % 3]) == (row.of_group, row.sitting)
        ]
        readable = [rank for rank in mine if rank is not None]
        reached = sum(rank >= 40 for rank in readable)
        assert (row.sessions, row.n, row.reached) == (len(mine), len(readable), reached)
        assert (row.share, row.low, row.high) == pytest.approx(wilson(reached, len(readable)))


@pytest.mark.parametrize(("short", "long"), [(0.25, 4.0), (0.1, 3.0), (0.33, 5.0)])
def test_odd_durations_are_those_of_the_rule(plain: Plain, short: float, long: float) -> None:
    """Over all sessions the marks are those of `flag_durations`, and the counts of each subject equal a loop."""
    whole = with_reference(frame_of(plain))
    marked, flagged = mark_odd_durations(whole, short, long), flag_durations(whole, short, long)
    names = ["unusually_short", "unusually_long"]
    pd.testing.assert_frame_equal(marked[names], flagged[names])
    for row in count_odd_durations(marked, "subject").to_dict("records"):
        here = whole[whole["subject"].astype("object").fillna("not recorded") == row["group"]]
        pairs = list(zip(here["duration_s"], here["reference_s"], strict=True))
        found = {"short": sum(d < short * m for d, m in pairs), "long": sum(d > long * m for d, m in pairs)}
        assert row["n"] == len(pairs)
        for kind, number in found.items():
            figures = [row[f"{name}_{kind}"] for name in ("reached", "share", "low", "high")]
            assert figures == pytest.approx([number, *wilson(number, len(pairs))])


def test_a_filter_does_not_move_the_median(plain: Plain) -> None:
    """A session is marked or not whatever else is shown beside it: marks and filters commute."""
    whole = with_reference(frame_of(plain))
    kept = whole["duration_s"] > statistics.median(whole["duration_s"])
    pd.testing.assert_frame_equal(mark_odd_durations(whole)[kept], mark_odd_durations(whole[kept]))


@pytest.mark.parametrize(("short", "long"), [(-0.1, 4), (1.1, 4), (0.25, 0.9)])
def test_senseless_thresholds_are_refused(plain: Plain, short: float, long: float) -> None:
    """A share outside 0 to 1 and a factor under 1 are errors."""
    with pytest.raises(ValueError, match="The share must lie between 0 and 1"):
        mark_odd_durations(with_reference(frame_of(plain)), short, long)


def test_no_session_makes_no_rows(plain: Plain) -> None:
    """Without sessions every table by subject is empty, with its columns."""
    empty = with_reference(sat(plain)).iloc[:0]
    counted = count_by_sitting(empty, 40, "subject")
    tables = [counted, sitting_shares(counted), levels_by_sitting(counted), plan_slot(empty, 60, 0.9, "subject")]
    tables.append(count_odd_durations(mark_odd_durations(empty), "subject"))
    assert all(table.empty and "group" in table for table in tables)


def test_the_largest_groups_keep_their_order(plain: Plain) -> None:
    """The most frequent groups are named in the order of the table, and all of them where they fit."""
    summary = duration_summary(frame_of(plain), "academic_year")
    two = largest_groups(summary, 2)
    sizes = summary.set_index("group")["n"]
    assert set(two) == set(sizes.nlargest(2).index)
    assert two == [group for group in summary["group"] if group in two]
    assert largest_groups(summary, 9) == summary["group"].tolist()


def test_versions_are_named_with_their_test() -> None:
    """Versions are in the order of tests and of first days; a code stays only where names would be the same."""
    rows = pd.DataFrame(
        {
            "test_name": pd.Categorical(["Maths", "Maths", "English", "Maths"]),
            "test_version": pd.Categorical(
                ["Version 2, from 3 Aug (cc)", "Version 1, from 1 Aug (aa)", "Version 1, from 1 Aug (ee)", "V (x y)"]
            ),
            "completed_on": pd.to_datetime(["2024-08-03", "2024-08-01", "2024-08-01", "2024-09-01"]),
        }
    )
    named = name_versions(rows)
    assert list(named.cat.categories) == [
        "English, Version 1, from 1 Aug",
        "Maths, Version 1, from 1 Aug",
        "Maths, Version 2, from 3 Aug",
        "Maths, V (x y)",
    ]
    assert named.iloc[0] == "Maths, Version 2, from 3 Aug"
    twins = rows.assign(test_version=pd.Categorical(["Version 1 (aa)", "Version 1 (bb)", "Version 1 (cc)", "V (dd)"]))
    assert set(name_versions(twins)[:3]) == {"Maths, Version 1 (aa)", "Maths, Version 1 (bb)", "English, Version 1"}
