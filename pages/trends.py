"""Trends: how cohorts differ by the time at which they completed."""

import streamlit as st

from smartia.analysis.levels import count_unit
from smartia.analysis.periods import PERIODS
from smartia.analysis.trends import level_mix_by_period, share_by_period, volume_by_period, year_to_date
from smartia.charts.trends import build_level_mix_trend_chart, build_share_trend_chart, build_volume_chart
from smartia.ui.controls import choose_level, choose_one
from smartia.ui.findings import show_mixed_tests, show_version_changes
from smartia.ui.panels import show_chart, show_level_table, show_table
from smartia.ui.shell import open_page
from smartia.ui.text import day, escape

PERIOD_NAMES = {"academic_year": "Academic year", "term": "Term", "month": "Month"}
SUBJECT = {"group": "Subject"}

view = open_page("Trends")
period = choose_one(
    "Cohorts by",
    list(PERIODS),
    key="period",
    names=PERIOD_NAMES.__getitem__,
    help_text="By the day of completion. Terms: autumn August–December, spring January–March, summer April–July.",
)
level, rank = choose_level()
st.caption("A dashed outline or line belongs to a period that is not over yet.")

show_mixed_tests(view.frame)

for subject, rows in view.frame.groupby("subject", observed=True):
    st.header(escape(str(subject)))
    show_version_changes(rows)
    unit = count_unit(rows, period)
    shares = share_by_period(rows, period, rank, view.as_of)
    mix = level_mix_by_period(rows, period, view.as_of)
    left, right = st.columns(2)
    with left:
        st.markdown(f"**Share at {level} or above**")
        show_chart(
            build_share_trend_chart(shares, level_label=level, unit=unit, theme=view.theme), key=f"shares-{subject}"
        )
    with right:
        st.markdown("**Mix of levels**")
        show_chart(build_level_mix_trend_chart(mix, unit=unit, theme=view.theme), key=f"mix-{subject}")
    with st.expander("Show as tables"):
        show_table(
            shares,
            ["period", "n", "reached", "share", "low", "high", "unreadable", "running"],
            caption=f"Share at {level} or above by period: {subject}",
        )
        show_level_table(mix, "period", "share", label="Period", caption=f"Mix of levels by period: {subject}")

st.header("How many")
volume = volume_by_period(view.frame, period, view.as_of, "subject")
show_chart(build_volume_chart(volume, unit="sessions", theme=view.theme), key="volume")
with st.expander("Show as a table"):
    show_table(
        volume,
        ["period", "group", "sessions", "learners", "running"],
        labels=SUBJECT,
        caption="Sessions and learners by period and subject",
    )

st.header(f"Every year to the same day ({day(view.as_of)})")
st.caption(
    "A year that is under way can only be set beside the same part of earlier years: who is assessed in August "
    "is not who is assessed in May. The right half of the table has the years in full."
)
years = year_to_date(view.frame, rank, view.as_of, "subject").sort_values(["group", "start"])
show_table(
    years,
    [
        "group",
        "academic_year",
        "sessions_to_date",
        "n_to_date",
        "reached_to_date",
        "share_to_date",
        "low_to_date",
        "high_to_date",
        "sessions_full",
        "n_full",
        "reached_full",
        "share_full",
        "low_full",
        "high_full",
        "running",
    ],
    labels=SUBJECT
    | {
        "sessions_to_date": "Sessions to date",
        "n_to_date": "n to date",
        "reached_to_date": "Reached to date",
        "share_to_date": "Share to date",
        "low_to_date": "From (95%)",
        "high_to_date": "To (95%)",
        "sessions_full": "Sessions in full",
        "n_full": "n in full",
        "reached_full": "Reached in full",
        "share_full": "Share in full",
        "low_full": "In full, from (95%)",
        "high_full": "In full, to (95%)",
    },
    caption=f"Share at {level} or above to the same day and in full",
)
