"""Durations: how long the tests took, which slot to plan, how they were sat, and which sittings to look at."""

from functools import partial

import streamlit as st

from smartia.analysis.duration_groups import largest_groups, named_versions
from smartia.analysis.durations import (
    LogBins,
    duration_ecdf,
    duration_histogram,
    duration_summary,
    minutes_for_share,
)
from smartia.analysis.finish_marks import finish_marks
from smartia.analysis.levels import count_unit
from smartia.charts.durations import build_duration_histogram_chart, build_quartile_chart
from smartia.charts.finishing import build_ecdf_chart
from smartia.charts.theme import CHART_GROUPS
from smartia.ui import behind, durations
from smartia.ui.behind import group_marks, show_marks
from smartia.ui.controls import choose_one
from smartia.ui.duration_review import show_review
from smartia.ui.findings import show_finish_sentences, show_mixed_tests, show_mixed_versions
from smartia.ui.panels import show_folded_table
from smartia.ui.shell import open_page

view = open_page("Durations")
st.caption(
    "Time on the test as the API gives it; pauses are not counted. Sessions that were never finished are absent."
)
show_mixed_tests(view.sessions)
show_mixed_versions(view.sessions)
with st.container(horizontal=True):
    by = durations.choose_grouping(has_groups=view.has_groups)
    bins = durations.choose_axis()
log = isinstance(bins, LogBins)
sessions = view.sessions.part(named_versions) if by.column == "test_version" else view.sessions
unit = sessions.of(count_unit, by.column)
group_label = {"group": by.label}

st.header("How long it took")
histogram = sessions.of(duration_histogram, bins, by.column)
summary = sessions.of(duration_summary, by.column)
drawn = largest_groups(summary, CHART_GROUPS)
durations.show_groups_left_out(summary, drawn)
bars, quartiles = (table[table["group"].isin(drawn)] for table in (histogram, summary))
show_marks(
    view,
    partial(build_duration_histogram_chart, bars, summary=quartiles, log=log, unit=unit),
    durations.bin_marks(sessions, bars, by.column),
    title="How long it took",
    key="histogram",
    caption="Sessions of the length chosen",
)
show_folded_table(
    histogram,
    ["group", "start_min", "end_min", "n", "share"],
    key="histogram-table",
    labels=group_label | {"n": "Sessions"},
    caption="Sessions by duration",
)

st.header("Median and the middle half")
show_marks(
    view,
    partial(build_quartile_chart, quartiles, log=log, unit=unit),
    group_marks(sessions, quartiles, by.column),
    title="Median and the middle half of the durations",
    key="quartiles",
    caption="Sessions of the group chosen",
)
show_folded_table(
    summary,
    ["group", "n", "shortest_min", "q1_min", "median_min", "q3_min", "p90_min", "longest_min"],
    key="summary-table",
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
finish = sessions.of(minutes_for_share, share, by.column)
finish = finish[finish["group"].isin(drawn)]
show_finish_sentences(finish, share)
ecdf = sessions.of(duration_ecdf, by.column)
lines = ecdf[ecdf["group"].isin(drawn)]
marks = sessions.of(finish_marks, finish, by.column)
show_marks(
    view,
    partial(build_ecdf_chart, lines, share=share, finish_within=finish, marks=marks, log=log),
    behind.finish_marks(sessions, marks, by.column),
    title="Who has finished by when",
    key="ecdf",
    caption="Sessions that had finished within the minutes chosen",
    mark="a point of a line",
)
st.caption("A point of a line counts every session that took so many minutes or less, the shortest ones included.")
show_folded_table(
    ecdf, ["group", "minutes", "share"], key="ecdf-table", labels=group_label, caption="Share finished by time"
)

st.header("Planning a slot")
durations.show_slot(view, share)

st.header("In one go, with pauses, over several days")
durations.show_sittings(view)

st.header("Unusually short and long")
show_review(view)
