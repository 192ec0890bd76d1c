"""Findings: every rule against plain loops over the public sessions frame, and their counts by kind and month."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartia.analysis.finding_counts import MONTHS, SET_ASIDE, count_findings, findings_by_month
from smartia.analysis.findings import (
    CHANGE_FINDINGS,
    DETAIL_FINDINGS,
    FINDINGS,
    SESSION_FINDINGS,
    UPN_FINDINGS,
    first_plausible_start,
    flag_changes,
    flag_details,
    flag_real_upns,
    flag_sessions,
)
from smartia.analysis.quality import with_reference
from smartia.table.frames import analysis_frame, sessions_frame
from tests.analysis.odd_sessions import Row, odd_records, plain_findings, plain_month, plain_rows
from tests.handmade import NOW, Record, decode, flatten


def frames_of(records: list[Record]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the public sessions frame, and the analysis frame with `reference_s`, of records."""
    stored = flatten(decode(records)).sort_by([("ended_at", "ascending"), ("session_id", "ascending")])
    return sessions_frame(stored), with_reference(analysis_frame(stored))


def flags_of(sessions: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Mark every session with every finding."""
    details = sessions.drop(columns="user_id").assign(learner=whole["learner"])
    parts = [flag_sessions(whole, NOW), flag_changes(details), flag_details(details), flag_real_upns(details)]
    return pd.concat([whole[["learner", "month"]], *parts], axis=1)


@pytest.fixture(scope="module")
def odd() -> tuple[pd.DataFrame, pd.DataFrame]:
    """240 odd sessions, as both frames."""
    return frames_of(odd_records(3, 240))


@pytest.fixture(scope="module")
def flags(odd: tuple[pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
    """The 240 sessions with their findings."""
    return flags_of(*odd)


@pytest.fixture(scope="module")
def expected(odd: tuple[pd.DataFrame, pd.DataFrame]) -> dict[str, list[int]]:
    """The places of the sessions of each finding, by plain loops."""
    return plain_findings(plain_rows(odd[0]), NOW)


@pytest.mark.parametrize("finding", FINDINGS)
def test_every_finding_equals_its_rule(finding: str, flags: pd.DataFrame, expected: dict[str, list[int]]) -> None:
    """Each finding marks the very sessions that a loop over the rule finds, and there are some."""
    assert flags.index[flags[finding]].tolist() == expected[finding]
    assert 0 < len(expected[finding]) < len(flags)


@given(st.integers(0, 10**6), st.integers(1, 40))
@settings(max_examples=15)
def test_any_sessions(seed: int, size: int) -> None:
    """Whatever the sessions, all findings equal those of the loops, and no value is missing."""
    sessions, whole = frames_of(odd_records(seed, size))
    flagged = flags_of(sessions, whole)
    found = plain_findings(plain_rows(sessions), NOW)
    assert {name: flagged.index[flagged[name]].tolist() for name in FINDINGS} == {
        name: found.get(name, []) for name in FINDINGS
    }
    assert not flagged[list(FINDINGS)].isna().any(axis=None)


def test_frames_are_left_as_they_are(odd: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Flags carry the labels of the frame, in the declared order, and the frame is not changed."""
    sessions, whole = odd
    before = whole.copy(deep=True)
    shifted = whole.set_axis(whole.index + 7)
    flagged = flag_sessions(shifted, NOW)
    assert tuple(flagged.columns) == SESSION_FINDINGS
    assert flagged.index.tolist() == shifted.index.tolist()
    pd.testing.assert_frame_equal(whole, before)
    assert tuple(flag_changes(sessions.assign(learner=whole["learner"])).columns) == CHANGE_FINDINGS
    assert tuple(flag_details(sessions).columns) == DETAIL_FINDINGS
    assert tuple(flag_real_upns(sessions).columns) == UPN_FINDINGS


def test_no_session_and_one_session() -> None:
    """No session has no finding and no month; one session alone is never set against another."""
    nothing = flags_of(*frames_of([]))
    assert count_findings(nothing, FINDINGS)["n"].sum() == 0
    assert count_findings(nothing, FINDINGS)["share"].isna().all()
    assert findings_by_month(nothing, FINDINGS, NOW.date()).empty
    one = flags_of(*frames_of(odd_records(1, 1)))
    alone = ["several_attempts", "older_version", "overlapping", "overlapping_unpaused", "started_too_early"]
    assert not one[[*alone, "gender_changed", "birth_date_changed", "name_changed"]].any(axis=None)


def test_real_upns_are_found_as_texts_and_as_categories() -> None:
    """The shape of a UPN is a letter, eleven digits and a digit or letter; missing values have none."""
    values = ["A123456789012", "z12345678901b", "A12345678901", None, "S123456-DEMO", ""]
    frame = pd.DataFrame({"upn": values, "external_id": [None] * 6, "username": pd.Categorical(values)})
    flagged = flag_real_upns(frame)
    assert flagged["real_upn_in_upn"].tolist() == [True, True, False, False, False, False]
    assert not flagged["real_upn_in_external_id"].any()
    assert flagged["real_upn_in_username"].tolist() == flagged["real_upn_in_upn"].tolist()


@pytest.mark.parametrize(
    ("early", "days", "found"),
    [(4, 366, True), (4, 365, False), (5, 366, False), (0, 366, False)],
    ids=["few and long before", "gap of a year", "5 % are not few", "none before"],
)
def test_few_sessions_long_before_are_too_early(early: int, days: int, found: bool) -> None:
    """Of 100 sessions, up to 4 that lie more than 365 days before the others are before the first plausible start."""
    first = dt.datetime(2025, 9, 1, 9, tzinfo=dt.UTC)
    starts = [first - dt.timedelta(days=days)] * early + [first + dt.timedelta(hours=i) for i in range(100 - early)]
    frame = pd.DataFrame({"started_at": pd.Series(starts[::-1], dtype="datetime64[us, UTC]")})
    assert first_plausible_start(frame) == (first if found else None)


def test_counts_by_kind(odd: tuple[pd.DataFrame, pd.DataFrame], flags: pd.DataFrame, expected: dict[str, Any]) -> None:
    """A row a finding in the order given, records set aside first and with a base of their own."""
    users = odd[0]["user_id"].tolist()
    table = count_findings(flags, FINDINGS, set_aside=10)
    assert table["finding"].tolist() == [SET_ASIDE, *FINDINGS]
    first = table.iloc[0]
    assert (first["n"], first["base"], first["share"]) == (10, 250, pytest.approx(10 / 250))
    assert pd.isna(first["learners"])
    for row in table.iloc[1:].to_dict("records"):
        places = expected[row["finding"]]
        assert (row["n"], row["base"], row["share"]) == (len(places), 240, pytest.approx(len(places) / 240))
        assert row["learners"] == len({users[place] for place in places})


def test_counts_by_month(odd: tuple[pd.DataFrame, pd.DataFrame], flags: pd.DataFrame, expected: dict[str, Any]) -> None:
    """Each month holds the sessions that ended in it, gaps included, and the running month alone is marked."""
    rows: list[Row] = plain_rows(odd[0])
    as_of = max(row["ended_at"] for row in rows).date()
    recent = findings_by_month(flags, FINDINGS, as_of, ["2025-09", "2025-09", "unknown", "2099-01"])
    assert recent.groupby("finding").size().nunique() == 1
    assert recent["period"].nunique() == MONTHS
    months = [plain_month(row) for row in rows]
    for row in recent[recent["finding"] != SET_ASIDE].to_dict("records"):
        assert row["n"] == sum(months[place] == row["period"] for place in expected[row["finding"]])
        assert row["base"] == months.count(row["period"])
        assert row["running"] == (row["period"] == f"{as_of:%b %Y}")
        assert row["share"] == pytest.approx(row["n"] / row["base"] if row["base"] else float("nan"), nan_ok=True)
    aside = recent[recent["finding"] == SET_ASIDE].set_index("period")
    assert (aside.loc["Sep 2025", "n"], aside["n"].sum()) == (2, 2)
    assert aside.loc["Sep 2025", "base"] == months.count("Sep 2025") + 2


def test_months_of_records_alone() -> None:
    """Where every record was set aside, their months are followed all the same."""
    nothing = flags_of(*frames_of([]))
    table = findings_by_month(nothing, FINDINGS, dt.date(2026, 3, 16), ["2026-01", "2026-03"])
    aside = table[table["finding"] == SET_ASIDE]
    assert aside["period"].tolist() == ["Jan 2026", "Feb 2026", "Mar 2026"]
    assert aside["n"].tolist() == [1, 0, 1]
    assert aside["base"].tolist() == [1, 0, 1]
    assert aside["running"].tolist() == [False, False, True]
    assert table.loc[table["finding"] != SET_ASIDE, "n"].sum() == 0
