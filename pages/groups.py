"""Groups: the figures by the groups of a list that the reader brings, and who on it has no session."""

from functools import partial

import streamlit as st

from smartia.analysis.grouping import rows_with, values_held
from smartia.analysis.levels import count_unit, level_mix, share_at_or_above
from smartia.charts.levels import build_level_mix_chart
from smartia.ui.behind import level_marks, show_marks
from smartia.ui.compare import show_comparison
from smartia.ui.controls import HALVES_NOTE, choose_detail, choose_level, choose_one
from smartia.ui.coverage import show_coverage
from smartia.ui.findings import show_mixed_tests, show_mixed_versions
from smartia.ui.groups import join_list, show_completion, show_funnel, show_group
from smartia.ui.lists import kept_list
from smartia.ui.panels import show_level_table, show_table, when_unfolded
from smartia.ui.shell import open_page
from smartia.ui.text import escape
from smartia.ui.upload import show_upload

view = open_page("Groups")
if not view.sees_learners:
    st.info(
        "A list names learners, so this page needs learner access. Whoever set up the app can give it: see the README.",
        icon=":material/lock:",
    )
    st.stop()
kept = kept_list()
if kept is None:
    show_upload(view)
    st.stop()
listed = join_list(view, kept)

st.header("Coverage")
show_coverage(view, listed)

st.header("Completion")
show_completion(view, listed)

subjects = listed.sessions.of(values_held, "subject")
if not subjects:
    st.info("No session of anybody on the list fits these filters.", icon=":material/filter_alt_off:")
    st.stop()
st.header("Levels by group")
subject = choose_one(
    "Subject shown",
    subjects,
    key="shown",
    help_text="Levels of different subjects are not mixed.",
    names=escape,
)
with st.container(horizontal=True):
    detail = choose_detail()
    level, rank = choose_level()
if detail == "half":
    st.caption(HALVES_NOTE)
rows = listed.sessions.part(rows_with, "subject", subject)
show_mixed_tests(rows)
show_mixed_versions(rows)
mix = rows.of(level_mix, "group", detail=detail)
show_marks(
    view,
    partial(build_level_mix_chart, mix, unit=rows.of(count_unit, "group")),
    level_marks(rows, mix, "group", detail),
    title=f"{subject}: levels by group",
    key="mix",
    caption="Sessions of the group and level chosen",
)
with when_unfolded("Show as a table", "mix-table") as is_drawn:
    show_level_table(view, mix, "group", "share", label=listed.label, caption="Levels by group", is_drawn=is_drawn)

st.header(escape(f"{subject}: share at {level} or above"), anchor=False)
shares = rows.of(share_at_or_above, rank, "group")
show_funnel(view, listed, shares, rows, level)
show_table(
    shares,
    ["group", "n", "reached", "share", "low", "high", "unreadable"],
    labels={"group": listed.label},
    caption=f"Share at {level} or above by group",
)

st.header("Compare two groups")
show_comparison(view, rows, "group", level, rank)

st.header("Who is in a group")
show_group(view, listed, rows)
