"""Trends: how cohorts differ by the time at which they completed, and year against year to the same day."""

from functools import partial

import streamlit as st

from smartia.analysis.changes import changes_to_date, latest_changes
from smartia.analysis.cumulative import cumulative_by_year, totals_to_date, weekly_totals
from smartia.analysis.grouping import rows_with, values_held
from smartia.analysis.trends import volume_by_period, year_to_date
from smartia.analysis.versions import list_versions
from smartia.analysis.year_levels import compare_years
from smartia.analysis.year_sessions import YearSessions
from smartia.charts.cumulative import build_cumulative_chart
from smartia.charts.trends import build_volume_chart
from smartia.ui import cohorts, trends
from smartia.ui.behind import period_marks, show_marks
from smartia.ui.compare import show_comparison
from smartia.ui.controls import HALVES_NOTE, choose_detail, choose_level
from smartia.ui.findings import show_mixed_tests, show_version_changes
from smartia.ui.panels import show_folded_table
from smartia.ui.shell import open_page
from smartia.ui.text import day, escape
from smartia.words.changes import DIFFERENCE_NOTE, attempts_note
from smartia.words.sentences import totals_sentence

view = open_page("Trends")
since = view.filters.since
versions = view.everything.of(list_versions)
with st.container(horizontal=True):
    split = cohorts.choose_cohorts(view)
    detail = choose_detail()
level, rank = choose_level()

st.header("The newest year against the year before")
by_year = view.years.of(year_to_date, rank, "subject")
trends.show_change_sentences(view, level, view.years.of(latest_changes, by_year, versions, "subject"))
st.caption(DIFFERENCE_NOTE)

show_mixed_tests(view.sessions)
st.caption(attempts_note(split, view.filters.attempts))
if split != "group":
    st.caption("A dashed outline or line belongs to a period that is not over yet, or that the date filter cuts short.")
if detail == "half":
    st.caption(HALVES_NOTE)

sessions = cohorts.sessions_by(view, split)
for subject in sessions.of(values_held, "subject"):
    rows = sessions.part(rows_with, "subject", subject)
    st.header(escape(subject), anchor=False)
    show_version_changes(rows)
    if split == "group":
        cohorts.show_group_cohorts(view, rows, subject, level, rank, detail)
    else:
        cohorts.show_period_cohorts(view, rows, subject, split, level, rank, detail, versions)

st.header("How many")
period = "academic_year" if split == "group" else split
counted = cohorts.sessions_by(view, period)
volume = counted.of(volume_by_period, period, view.counted_to, "subject", since=since)
show_marks(
    view,
    partial(build_volume_chart, volume),
    period_marks(counted, volume, period, "sessions"),
    title="Sessions by period",
    key="volume",
    caption="Sessions of the period and subject chosen",
)
trends.show_volume_table(volume, caption="Sessions and learners by period and subject")

st.subheader("Year upon year")
cumulative = view.years.of(cumulative_by_year)
totals = view.remembered(partial(totals_to_date, cumulative, view.counted_to))
st.markdown(escape(totals_sentence(totals, view.counted_to, since)))
weeks = view.remembered(partial(weekly_totals, cumulative))
show_marks(
    view,
    partial(build_cumulative_chart, cumulative, weeks=weeks),
    trends.week_marks(view, weeks),
    title="Sessions so far, year upon year",
    key="cumulative",
    caption="Sessions of the academic year that counted on the day chosen",
    mark="a point of a line",
)
st.caption(
    "What counted on each day, from 1 August on: a learner who sits a test again counts once more only with all "
    "attempts. The strong line with the hollow end is the year under way. A point of a line, one a week, counts every "
    "session of the year up to that day."
)
show_folded_table(
    cumulative,
    ["period", "day", "n", "total"],
    key="cumulative-table",
    labels=trends.CUMULATIVE_LABELS,
    caption="Sessions so far by day and year",
)

st.header(f"Every year to the same day ({day(view.counted_to)})")
st.caption(
    "A year that is under way can only be set beside the same part of earlier years: who is assessed in August "
    "is not who is assessed in May. The right half of the first table has the years in full."
)
to_the_day = f"Share at {level} or above to the same day"
trends.show_years_table(view, by_year, caption=f"{to_the_day} and in full")
changes = view.years.of(changes_to_date, by_year, versions, "subject")
trends.show_changes_table(view, changes, caption=f"{to_the_day}, against the year before")

if split != "academic_year":
    st.header("Two cohorts side by side")
    show_comparison(view, view.sessions, split, level, rank)

st.header("Two years side by side")
pair = trends.choose_years(view.years.part(YearSessions.of, "full").of(values_held, "academic_year"))
if pair is not None:
    trends.show_comparisons(view, view.years.of(compare_years, *pair, versions, "subject"))
    st.caption(trends.CHANCE_NOTE)
