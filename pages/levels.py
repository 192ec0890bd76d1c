"""Levels: how the learners of each subject spread over the ladder."""

from functools import partial

import streamlit as st

from smartia.analysis.levels import count_unit
from smartia.charts.levels import build_level_mix_chart
from smartia.ui.behind import level_marks, show_marks
from smartia.ui.compare import show_split_comparison
from smartia.ui.controls import HALVES_NOTE, choose_detail, choose_level, choose_one
from smartia.ui.findings import show_mixed_tests, show_mixed_versions
from smartia.ui.levels import cut_sections, show_ladder, show_without_short
from smartia.ui.panels import show_level_table
from smartia.ui.shell import open_page
from smartia.ui.splits import choose_split
from smartia.ui.text import escape

view = open_page("Levels")
with st.container(horizontal=True):
    show = choose_one(
        "Show",
        ["share", "count"],
        key="show",
        names={"share": "Percent", "count": "Counts"}.__getitem__,
        help_text="Percent makes groups of different size comparable.",
    )
    detail = choose_detail()
split = choose_split(has_groups=view.has_groups)
if detail == "half":
    st.caption(HALVES_NOTE)
show_mixed_tests(view.sessions)
show_mixed_versions(view.sessions)

sections = cut_sections(view.sessions, split, detail)
for place, section in enumerate(sections):
    st.header(escape(section.title), anchor=False)
    chart = partial(build_level_mix_chart, section.mix, show=show, unit=section.rows.of(count_unit, section.column))
    marks = level_marks(section.rows, section.mix, section.column, detail)
    title = f"Levels: {section.title}"
    show_marks(view, chart, marks, title=title, key=f"mix-{place}", caption="Sessions of the part of a bar chosen")
    value = "share" if show == "share" else "n"
    show_level_table(view, section.mix, "group", value, label=section.label, caption=title)

st.header("Without unusually short sittings")
with st.container(horizontal=True):
    level, rank = choose_level()
    percentage = choose_one(
        "Unusually short means",
        [25, 10, 33],
        key="whatif",
        names="under {}%".format,
        help_text="Shorter than this share of the median of the same test version. It changes only this section.",
    )
show_without_short(view, sections, level, rank, percentage)

st.header("At or above each level")
show_ladder(view, sections)

st.header("Compare two groups")
show_split_comparison(view, split, level, rank)
