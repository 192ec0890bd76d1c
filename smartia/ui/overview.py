"""Overview: how many, how high, how long, since when, and what needs attention."""

from functools import partial

import streamlit as st

from smartia.analysis.changes import latest_changes
from smartia.analysis.durations import duration_summary
from smartia.analysis.levels import count_unit, counts, share_at_or_above
from smartia.analysis.quality import duration_findings, unreadable_levels
from smartia.analysis.trends import volume_by_period
from smartia.analysis.versions import list_versions
from smartia.charts.levels import build_share_chart
from smartia.charts.trends import build_volume_chart
from smartia.ui.behind import group_marks, period_marks, show_marks
from smartia.ui.cohorts import years_of
from smartia.ui.controls import choose_level
from smartia.ui.findings import show_attention, show_mixed_tests, show_mixed_versions
from smartia.ui.panels import show_table
from smartia.ui.shell import open_page
from smartia.ui.text import count, day, minutes
from smartia.ui.trends import show_change_sentences
from smartia.words.changes import DIFFERENCE_NOTE


def show_overview() -> None:
    """Show the first page."""
    view = open_page("Overview")
    totals = counts(view.frame)
    unit = count_unit(view.frame, "subject")

    with st.container(horizontal=True):
        st.metric(
            "Sessions", count(totals.sessions), help="Completed assessments that count under the filters.", border=True
        )
        st.metric("Learners", count(totals.learners), help="Different accounts that have such a session.", border=True)
        summary = duration_summary(view.frame)
        st.metric(
            "Median time on the test",
            minutes(summary["median_min"].iloc[0]),
            help="Half of the sessions took no longer. Pauses are not counted.",
            border=True,
        )
        st.metric("Newest session", day(view.frame["completed_on"].max()), help="By its end, in UK time.", border=True)

    level, rank = choose_level()
    st.header(f"{level} or above, by subject")
    versions = list_versions(view.whole)
    years = years_of(view)
    show_change_sentences(years, level, latest_changes(years, rank, versions, "subject"))
    st.caption(DIFFERENCE_NOTE)
    shares = share_at_or_above(view.frame, rank, "subject")
    show_marks(
        view,
        partial(build_share_chart, shares, level_label=level, unit=unit),
        group_marks(view.frame, shares, "subject"),
        title=f"Share at {level} or above, by subject",
        key="shares",
        caption="Sessions of the subject chosen",
    )
    show_table(
        shares,
        ["group", "n", "reached", "share", "low", "high", "unreadable"],
        labels={"group": "Subject"},
        caption=f"Share at {level} or above by subject",
    )

    show_mixed_tests(view.frame)
    show_mixed_versions(view.frame)

    st.header("Sessions by month")
    volume = volume_by_period(view.frame, "month", years.as_of, "subject", since=view.filters.since)
    show_marks(
        view,
        partial(build_volume_chart, volume),
        period_marks(view.frame, volume, "month", "sessions"),
        title="Sessions by month",
        key="volume",
        caption="Sessions of the month and subject chosen",
    )
    with st.expander("Show as a table"):
        show_table(
            volume,
            ["period", "group", "sessions", "learners", "running"],
            labels={"group": "Subject"},
            caption="Sessions and learners by month and subject",
        )

    st.header("What needs attention")
    show_attention(view.manifest, unreadable_levels(view.whole), duration_findings(view.whole))
