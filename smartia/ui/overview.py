"""Overview: how many, how high, how long, since when, and what needs attention."""

from functools import partial

import streamlit as st

from smartia.analysis.changes import latest_changes
from smartia.analysis.durations import duration_summary
from smartia.analysis.levels import count_unit, counts, days_between, share_at_or_above
from smartia.analysis.quality import duration_findings, unreadable_levels
from smartia.analysis.trends import volume_by_period, year_to_date
from smartia.analysis.versions import list_versions
from smartia.charts.levels import build_share_chart
from smartia.charts.trends import build_volume_chart
from smartia.ui.behind import group_marks, period_marks, show_marks
from smartia.ui.controls import choose_level
from smartia.ui.findings import show_attention, show_mixed_tests, show_mixed_versions
from smartia.ui.panels import show_folded_table
from smartia.ui.shell import open_page
from smartia.ui.text import count, day, minutes
from smartia.ui.trends import show_change_sentences, show_volume_table
from smartia.words.changes import DIFFERENCE_NOTE


def show_overview() -> None:
    """Show the first page."""
    view = open_page("Overview")
    totals = view.sessions.of(counts)
    unit = view.sessions.of(count_unit, "subject")

    with st.container(horizontal=True):
        st.metric(
            "Sessions", count(totals.sessions), help="Completed assessments that count under the filters.", border=True
        )
        st.metric("Learners", count(totals.learners), help="Different accounts that have such a session.", border=True)
        summary = view.sessions.of(duration_summary)
        st.metric(
            "Median time on the test",
            minutes(summary["median_min"].iloc[0]),
            help="Half of the sessions took no longer. Pauses are not counted.",
            border=True,
        )
        days = view.sessions.of(days_between)
        newest = "–" if days is None else day(days[1])
        st.metric("Newest session", newest, help="By its end, in UK time.", border=True)

    level, rank = choose_level()
    st.header(f"{level} or above, by subject")
    versions = view.everything.of(list_versions)
    shares_by_year = view.years.of(year_to_date, rank, "subject")
    show_change_sentences(view, level, view.years.of(latest_changes, shares_by_year, versions, "subject"))
    st.caption(DIFFERENCE_NOTE)
    shares = view.sessions.of(share_at_or_above, rank, "subject")
    show_marks(
        view,
        partial(build_share_chart, shares, level_label=level, unit=unit),
        group_marks(view.sessions, shares, "subject"),
        title=f"Share at {level} or above, by subject",
        key="shares",
        caption="Sessions of the subject chosen",
    )
    show_folded_table(
        shares,
        ["group", "n", "reached", "share", "low", "high", "unreadable"],
        key="shares-table",
        labels={"group": "Subject"},
        caption=f"Share at {level} or above by subject",
    )

    show_mixed_tests(view.sessions)
    show_mixed_versions(view.sessions)

    st.header("Sessions by month")
    volume = view.sessions.of(volume_by_period, "month", view.counted_to, "subject", since=view.filters.since)
    show_marks(
        view,
        partial(build_volume_chart, volume),
        period_marks(view.sessions, volume, "month", "sessions"),
        title="Sessions by month",
        key="volume",
        caption="Sessions of the month and subject chosen",
    )
    show_volume_table(volume, caption="Sessions and learners by month and subject")

    st.header("What needs attention")
    everything = view.everything
    show_attention(view.manifest, everything.of(unreadable_levels), everything.of(duration_findings))
