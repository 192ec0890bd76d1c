"""Hours: what was begun in working hours and outside them, within one test version, against plain loops."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from smartia.analysis.hours import (
    HoursDifference,
    WorkingHours,
    compare_hours,
    count_by_hours,
    count_versions_by_hours,
    levels_by_hours,
    rows_compared,
    share_in_hours,
)
from tests.analysis.plain_sittings import LONDON, MONDAY, ROWS, Sitting, frame_of, sat

HOURS = WorkingHours(9 * 60, 16 * 60 + 30)


def begun_in_hours(row: Sitting) -> bool:
    """Whether a sitting was begun within the hours of these tests, by plain Python."""
    local = row["began"].astimezone(LONDON)
    return local.weekday() < 5 and dt.time(9) <= local.time() < dt.time(16, 30)


def test_hours_equal_plain_loops() -> None:
    """Sessions, levels, shares and their intervals in hours and out of hours, by subject, by version and over all."""
    counted = count_by_hours(frame_of(ROWS), 40, HOURS, "subject")
    assert counted[["group", "hours"]].values.tolist() == [
        [subject, part] for subject in ("English", "Maths") for part in ("in hours", "out of hours")
    ]
    assert counted["sessions"].sum() == len(ROWS)
    by_version = levels_by_hours(count_versions_by_hours(frame_of(ROWS), 40, HOURS, VERSIONS, "subject"))
    assert by_version[["group", "version"]].drop_duplicates().values.tolist() == [
        [subject, version] for subject in ("English", "Maths") for version in ("m-third", "a-second", "z-first")
    ]
    for row in by_version.itertuples():
        mine = [other for other in ROWS if (other["subject"], other["version"]) == (row.group, row.version)]
        mine = [other for other in mine if begun_in_hours(other) == (row.hours == "in hours")]
        ranks = [other["rank"] for other in mine if other["rank"] is not None]
        reached = sum(rank >= 40 for rank in ranks)
        limits = binomtest(reached, len(ranks)).proportion_ci(method="wilson")
        assert (row.sessions, row.n, row.reached, row.unreadable) == (
            len(mine),
            len(ranks),
            reached,
            len(mine) - len(ranks),
        )
        assert (row.share, row.low, row.high) == pytest.approx((reached / len(ranks), limits.low, limits.high))
    parts_of_all = by_version.groupby(["group", "hours"], as_index=False)[["sessions", "n", "reached"]].sum()
    pd.testing.assert_frame_equal(parts_of_all, counted[["group", "hours", "sessions", "n", "reached"]])
    inside = sum(begun_in_hours(row) for row in ROWS)
    whole = share_in_hours(counted, whole=True)
    limits = binomtest(inside, len(ROWS)).proportion_ci(method="wilson")
    assert whole[["group", "n", "reached"]].values.tolist() == [["All", len(ROWS), inside]]
    assert whole[["share", "low", "high"]].values[0] == pytest.approx([inside / len(ROWS), limits.low, limits.high])
    parts = share_in_hours(counted)
    assert parts["group"].tolist() == ["English", "Maths"]
    assert (parts["n"].sum(), parts["reached"].sum()) == (len(ROWS), inside)


@pytest.mark.parametrize(
    ("start", "inside"),
    [
        ("2025-09-08 08:59", False),
        ("2025-09-08 09:00", True),
        ("2025-09-12 16:29", True),
        ("2025-09-12 16:30", False),
        ("2025-09-13 12:00", False),
        ("2025-09-14 12:00", False),
        ("2025-12-08 09:00", True),
        ("2025-12-08 08:59", False),
    ],
)
def test_edges_of_the_hours(start: str, inside: bool) -> None:
    """The first minute is in hours, the last is not, weekends never are; by the clock in summer and in winter."""
    assert share_in_hours(count_by_hours(frame_of([sat(start, 10)]), 40, HOURS))["reached"].tolist() == [int(inside)]


def version_list(*ids: str) -> pd.DataFrame:
    """Versions of one test in order of their first day, as `list_versions` gives them."""
    since = pd.Series([pd.Timestamp(2024, 1, 1 + place) for place in range(len(ids))], dtype="datetime64[us]")
    return pd.DataFrame({"version": pd.Series(ids, dtype="str"), "test": "t", "since": since})


VERSIONS = version_list("z-first", "a-second", "m-third")


def compared(rows: list[Sitting]) -> dict[str, HoursDifference]:
    """The comparison of some sittings at Level 1, by subject."""
    counted = count_versions_by_hours(frame_of(rows), 40, HOURS, VERSIONS, "subject")
    return {found.group: found for found in compare_hours(counted)}


def sat_in(version: str, *, at: str, n: int, reached: int, **changes: Any) -> list[Sitting]:
    """So many sittings of a version at a time of a Monday, of which some reached Level 1."""
    day = {"version": version} | changes
    return [sat(f"{MONDAY} {at}", 10, rank=41 if place < reached else 30, **day) for place in range(n)]


def test_differences_hold_the_check_value() -> None:
    """45 of 60 in hours against 30 of 50 out of hours: +15 points (−2.4 to +31.6), too close to call."""
    rows = sat_in("z-first", at="10:00", n=60, reached=45) + sat_in("z-first", at="18:00", n=50, reached=30)
    found = compared(rows)["Maths"]
    assert found.difference is not None
    assert found.difference.difference == pytest.approx(0.15)
    assert (found.difference.low, found.difference.high) == pytest.approx((-0.024, 0.316), abs=5e-4)
    assert found.difference.verdict == "too close to call"
    assert (found.version, found.sessions, found.sessions_compared, found.versions) == ("z-first", 110, 110, 1)
    alone = compared(rows[:60])["Maths"]
    assert (alone.version, alone.difference, alone.sessions_compared) == (None, None, 0)


def test_no_difference_across_a_change_of_version() -> None:
    """Where the old test was easier and sat by day, the pooled difference of +30 points is none within the version."""
    rows = sat_in("z-first", at="10:00", n=80, reached=72) + sat_in("z-first", at="18:00", n=5, reached=4)
    rows += sat_in("a-second", at="10:00", n=40, reached=16) + sat_in("a-second", at="18:00", n=95, reached=38)
    pooled = [[row["rank"] >= 40 for row in rows if begun_in_hours(row) == inside] for inside in (True, False)]
    naive = sum(pooled[0]) / len(pooled[0]) - sum(pooled[1]) / len(pooled[1])
    assert naive > 0.3
    found = compared(rows)["Maths"]
    assert found.difference is not None
    assert found.difference.difference == pytest.approx(0)
    assert found.difference.verdict == "too close to call"
    assert (found.version, found.sessions_compared, found.sessions, found.versions, found.compared) == (
        ("a-second", 135, 220, 2, 1)
    )


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Maths", "English"]),
            st.sampled_from(list(VERSIONS["version"])),
            st.sampled_from(["10:00", "18:00"]),
            st.integers(0, 25),
            st.integers(0, 25),
        ),
        max_size=9,
    )
)
def test_the_newest_version_with_enough_on_both_sides_counts(parts: list[tuple[str, str, str, int, int]]) -> None:
    """For any sittings: the version is the newest with ten readable levels a side, and its figures are a loop's."""
    rows = [
        sitting
        for subject, version, at, n, reached in parts
        for sitting in sat_in(version, at=at, n=n, reached=min(n, reached), subject=subject)
    ]
    rows += [row | {"rank": None} for row in rows[::3]]
    found = compared(rows)
    assert list(found) == sorted({row["subject"] for row in rows})
    for subject, one in found.items():
        mine = [row for row in rows if row["subject"] == subject]
        sides = {
            version: [
                [
                    row["rank"] >= 40
                    for row in mine
                    if row["version"] == version and row["rank"] is not None and begun_in_hours(row) == inside
                ]
                for inside in (True, False)
            ]
            for version in VERSIONS["version"][::-1]
        }
        enough = [version for version, (day, evening) in sides.items() if min(len(day), len(evening)) >= 10]
        assert (one.sessions, one.compared) == (len(mine), len(enough))
        assert one.versions == len({row["version"] for row in mine})
        assert one.version == (enough[0] if enough else None)
        assert one.sessions_compared == sum(row["version"] == one.version for row in mine)
        assert (one.difference is None) == (not enough)
        if one.difference is not None:
            day, evening = sides[enough[0]]
            shares = [(part.n, part.reached) for part in (one.difference.cohort, one.difference.other)]
            assert shares == [(len(day), sum(day)), (len(evening), sum(evening))]


def test_only_what_is_compared_is_drawn() -> None:
    """The rows for the chart are both sides of the version compared; a subject without one has none."""
    rows = sat_in("z-first", at="10:00", n=12, reached=3) + sat_in("z-first", at="18:00", n=10, reached=5)
    rows += sat_in("m-third", at="10:00", n=30, reached=9)
    rows += sat_in("m-third", at="10:00", n=9, reached=9, subject="English")
    counted = count_versions_by_hours(frame_of(rows), 40, HOURS, VERSIONS, "subject")
    drawn = rows_compared(levels_by_hours(counted), compare_hours(counted))
    assert drawn[["group", "version", "n", "reached"]].values.tolist() == [
        ["Maths, in hours", "z-first", 12, 3],
        ["Maths, out of hours", "z-first", 10, 5],
    ]


def test_hours_that_never_begin_are_refused() -> None:
    """Hours must begin before they end."""
    with pytest.raises(ValueError, match="begin before they end"):
        count_by_hours(frame_of([]), 40, WorkingHours(600, 600))


def test_no_session_gives_empty_hours() -> None:
    """Without a session every table has no row, and nothing is compared."""
    empty = count_by_hours(frame_of([]), 40, HOURS, "subject")
    assert share_in_hours(empty).empty
    assert share_in_hours(empty, whole=True).empty
    none = count_versions_by_hours(frame_of([]), 40, HOURS, VERSIONS, "subject")
    assert levels_by_hours(none).empty
    assert compare_hours(none) == []
    assert rows_compared(levels_by_hours(none), []).empty
