"""Rooms: how many learners sat at the same time, so that rooms and laptops can be planned."""

from functools import partial

import streamlit as st

from smartia.analysis.comparison import MIN_COHORT
from smartia.analysis.hours import (
    compare_hours,
    count_by_hours,
    count_versions_by_hours,
    levels_by_hours,
    rows_compared,
    share_in_hours,
)
from smartia.analysis.plan_windows import begun_within
from smartia.analysis.room_plan import next_autumn
from smartia.analysis.rooms import busiest_half_hours, day_profile, weekday_profile
from smartia.analysis.seats import count_placed, seat_peaks
from smartia.analysis.versions import list_versions
from smartia.charts.levels import build_share_chart
from smartia.charts.rooms import build_day_chart, build_heatmap_chart
from smartia.table.filters import AttemptRule
from smartia.ui import hours, rooms
from smartia.ui.behind import show_marks
from smartia.ui.controls import choose_level
from smartia.ui.panels import show_folded_table, show_table
from smartia.ui.room_plan import show_plan
from smartia.ui.shell import open_page

view = open_page("Rooms", attempts=AttemptRule.ALL)
window = rooms.choose_window(view.as_of)
sessions = view.sessions.part(begun_within, window)
placed = sessions.of(count_placed)
rooms.show_rule(window, placed)
if not placed.sessions:
    st.info("No session that fits the filters was begun in this period. Choose another.", icon=":material/inbox:")
    st.stop()

st.header("How many at once")
peaks = sessions.of(seat_peaks)
if peaks.empty:
    st.info("None of these sessions has known times, so no seat can be counted.", icon=":material/event_busy:")
else:
    rooms.show_busiest(peaks)
    measure = rooms.choose_measure()
    profile = view.remembered(partial(weekday_profile, peaks))
    rooms.show_days_counted(profile)
    show_marks(
        view,
        partial(build_heatmap_chart, profile, measure=measure),
        rooms.half_hour_marks(sessions, profile),
        title="Learners at once, by weekday and half hour",
        key="heatmap",
        caption="Sessions under way at the time of the week chosen",
        mark="a cell",
    )
    show_folded_table(
        view.remembered(partial(rooms.by_weekday, profile, measure)),
        ["label", *rooms.WEEKDAYS],
        key="heatmap-table",
        labels=rooms.LABELS,
        caption="Learners at once",
    )
    st.subheader("The ten busiest half hours")
    rooms.show_busiest_half_hours(view, peaks)

    st.header("Are the seats enough?")
    seats = rooms.choose_seats()
    rooms.show_shortfall(peaks, seats)
    rooms.show_short_days(peaks, seats)
    busiest = view.remembered(partial(busiest_half_hours, peaks, 1))["date"].iloc[0]
    st.subheader(f"The busiest day: {rooms.long_day(busiest)}")
    st.caption("Bars: that day. Solid lines: typical of the same weekday (median). Dashed line: the seats.")
    day = view.remembered(partial(day_profile, peaks, busiest))
    show_marks(
        view,
        partial(build_day_chart, day, seats=seats),
        rooms.day_marks(sessions, day, busiest),
        title=f"The busiest day: {rooms.long_day(busiest)}",
        key="day",
        caption="Sessions under way in the half hour chosen",
    )
    show_folded_table(
        day, ["label", "peak", "typical", "days"], key="day-table", labels=rooms.LABELS, caption="The busiest day"
    )

carried = next_autumn(view.as_of)
st.header(f"Plan for {carried.name}")
show_plan(view, carried)

st.header("In hours and out of hours")
working_hours = hours.choose_hours()
level, rank = choose_level()
counted = sessions.of(count_by_hours, rank, working_hours, "subject")
hours.show_share_in_hours(view.remembered(partial(share_in_hours, counted, whole=True)), working_hours)
show_table(
    view.remembered(partial(share_in_hours, counted)),
    ["group", "n", "reached", "share", "low", "high"],
    labels={"group": "Subject", "n": "Sessions", "reached": "Begun in hours"},
    caption="Share begun in hours by subject",
    view=view,
)
st.subheader(f"{level} or above, in hours and out of hours")
st.caption(
    "Different learners sit at different times, so a difference says who sat when and nothing about the hour itself. "
    "Every session counts: a learner with several attempts counts with each. A changed test is another scale, so only "
    "sessions of one and the same test version are set against each other, here and in the chart: the newest version "
    f"with at least {MIN_COHORT} readable levels in hours and as many out of hours."
)
versions = view.everything.of(list_versions)
by_version = sessions.of(count_versions_by_hours, rank, working_hours, versions, "subject")
differences, names = compare_hours(by_version), sessions.of(hours.version_names)
hours.show_differences(differences, level, names)
levels = levels_by_hours(by_version)
drawn = rows_compared(levels, differences)
if not drawn.empty:
    show_marks(
        view,
        partial(build_share_chart, drawn, level_label=level, unit="sessions"),
        hours.hours_marks(sessions, drawn, working_hours),
        title=f"{level} or above, in hours and out of hours",
        key="levels",
        caption="Sessions of the subject and time chosen",
    )
show_table(
    levels.assign(version=levels["version"].map(names)),
    ["group", "version", "hours", "sessions", "n", "reached", "share", "low", "high", "unreadable"],
    labels={"group": "Subject", "version": "Test version", "hours": "When"},
    caption=f"Share at {level} or above in hours and out of hours, by subject and test version",
    view=view,
)
