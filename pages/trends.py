"""Trends: how cohorts differ by the time at which they completed, and year against year to the same day."""

import streamlit as st

from smartia.analysis.changes import changes_to_date, latest_changes
from smartia.analysis.cumulative import cumulative_by_year, totals_to_date
from smartia.analysis.trends import volume_by_period, year_to_date
from smartia.analysis.versions import list_versions
from smartia.analysis.year_levels import compare_years
from smartia.charts.cumulative import build_cumulative_chart
from smartia.charts.trends import build_volume_chart
from smartia.ui import cohorts, trends
from smartia.ui.compare import show_comparison
from smartia.ui.controls import HALVES_NOTE, choose_detail, choose_level
from smartia.ui.findings import show_mixed_tests, show_version_changes
from smartia.ui.panels import show_chart, show_table
from smartia.ui.sentences import totals_sentence
from smartia.ui.shell import open_page
from smartia.ui.text import day, escape

view = open_page("Trends")
as_of, since = cohorts.last_day(view), view.filters.since
versions = list_versions(view.whole)
with st.container(horizontal=True):
    split = cohorts.choose_cohorts(view.frame)
    detail = choose_detail()
level, rank = choose_level()

st.header("The newest year against the year before")
trends.show_change_sentences(view, level, latest_changes(view.frame, rank, as_of, versions, "subject", since=since))
st.caption(trends.DIFFERENCE_NOTE)

show_mixed_tests(view.frame)
if split != "group":
    st.caption("A dashed outline or line belongs to a period that is not over yet, or that the date filter cuts short.")
if detail == "half":
    st.caption(HALVES_NOTE)

for subject, rows in view.frame.groupby("subject", observed=True):
    st.header(escape(str(subject)))
    show_version_changes(rows)
    if split == "group":
        cohorts.show_group_cohorts(view, rows, str(subject), level, rank, detail)
    else:
        cohorts.show_period_cohorts(view, rows, str(subject), split, level, rank, detail, versions)

st.header("How many")
volume = volume_by_period(view.frame, "academic_year" if split == "group" else split, as_of, "subject")
show_chart(build_volume_chart(volume, theme=view.theme), key="volume")
with st.expander("Show as a table"):
    columns = ["period", "group", "sessions", "learners", "running"]
    show_table(volume, columns, labels={"group": "Subject"}, caption="Sessions and learners by period and subject")

st.subheader("Year upon year")
cumulative = cumulative_by_year(view.frame, as_of)
st.markdown(escape(totals_sentence(totals_to_date(cumulative, as_of), as_of)))
show_chart(build_cumulative_chart(cumulative, theme=view.theme), key="cumulative")
st.caption(
    "All sessions under the filters, added up from 1 August. The strong line with the hollow end is the year under way."
)
with st.expander("Show as a table"):
    columns = ["period", "day", "n", "total"]
    show_table(cumulative, columns, labels=trends.CUMULATIVE_LABELS, caption="Sessions so far by day and year")

st.header(f"Every year to the same day ({day(as_of)})")
st.caption(
    "A year that is under way can only be set beside the same part of earlier years: who is assessed in August "
    "is not who is assessed in May. The right half of the first table has the years in full."
)
to_the_day = f"Share at {level} or above to the same day"
trends.show_years_table(year_to_date(view.frame, rank, as_of, "subject"), caption=f"{to_the_day} and in full")
changes = changes_to_date(view.frame, rank, as_of, versions, "subject", since=since)
trends.show_changes_table(changes, caption=f"{to_the_day}, against the year before")

if split != "academic_year":
    st.header("Two cohorts side by side")
    show_comparison(view, view.frame, split, level, rank)

st.header("Two years side by side")
years = trends.choose_years(view.frame)
if years is not None:
    trends.show_comparisons(view, compare_years(view.frame, *years, as_of, versions, "subject", since=since))
    st.caption(trends.CHANCE_NOTE)
