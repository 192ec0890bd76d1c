"""Durations: how long the tests took, and within which time most learners finish."""

import streamlit as st

from smartia.analysis.durations import (
    LogBins,
    duration_ecdf,
    duration_histogram,
    duration_summary,
    minutes_for_share,
)
from smartia.analysis.levels import count_unit
from smartia.charts.durations import build_duration_histogram_chart, build_ecdf_chart, build_quartile_chart
from smartia.ui.controls import choose_bins, choose_one
from smartia.ui.findings import show_finish_sentences
from smartia.ui.panels import show_chart, show_table
from smartia.ui.shell import open_page

GROUPS = {"subject": "Subject", "level_whole": "Level"}

view = open_page("Durations")
st.caption("Time on the test as the API gives it; pauses are not counted.")
with st.container(horizontal=True):
    by = choose_one("Group by", list(GROUPS), key="by", names=GROUPS.__getitem__, help_text="One row of bars for each.")
    axis = choose_one(
        "Axis",
        ["linear", "log"],
        key="axis",
        names={"linear": "Linear", "log": "Logarithmic"}.__getitem__,
        help_text="On a logarithmic axis every doubling of the time takes the same room, so short sittings show.",
    )
    log = axis == "log"
    bins = LogBins(per_doubling=4) if log else choose_bins()
unit = count_unit(view.frame, by)
group_label = {"group": GROUPS[by]}

st.header("How long it took")
histogram = duration_histogram(view.frame, bins, by)
summary = duration_summary(view.frame, by)
show_chart(
    build_duration_histogram_chart(histogram, summary=summary, log=log, unit=unit, theme=view.theme), key="histogram"
)
with st.expander("Show as a table"):
    show_table(
        histogram,
        ["group", "start_min", "end_min", "n", "share"],
        labels=group_label | {"n": "Sessions"},
        caption="Sessions by duration",
    )

st.header("Median and the middle half")
show_chart(build_quartile_chart(summary, unit=unit, theme=view.theme), key="quartiles")
show_table(
    summary,
    ["group", "n", "shortest_min", "q1_min", "median_min", "q3_min", "p90_min", "longest_min"],
    labels=group_label,
    caption="Quartiles of the durations",
)

st.header("Who has finished by when")
share = choose_one(
    "Share that should finish",
    [0.9, 0.5, 0.75, 0.95],
    key="share",
    names="{:.0%}".format,
    help_text="For planning a slot: choose how many of the learners should be able to finish in it.",
)
finish = minutes_for_share(view.frame, share, by)
show_finish_sentences(finish, share)
ecdf = duration_ecdf(view.frame, by)
show_chart(build_ecdf_chart(ecdf, share=share, finish_within=finish, log=log, unit=unit, theme=view.theme), key="ecdf")
with st.expander("Show as a table"):
    show_table(ecdf, ["group", "minutes", "share"], labels=group_label, caption="Share finished by time")
