"""Levels: how the learners of each subject spread over the ladder."""

import streamlit as st

from smartia.analysis.levels import count_unit, level_mix
from smartia.charts.levels import build_level_mix_chart
from smartia.ui.controls import choose_one, choose_split
from smartia.ui.findings import show_mixed_tests
from smartia.ui.panels import show_chart, show_level_table
from smartia.ui.shell import open_page
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
    detail = choose_one(
        "Levels",
        ["whole", "half"],
        key="detail",
        names={"whole": "Whole", "half": "Lower and upper"}.__getitem__,
        help_text="Most levels come in a lower and an upper half.",
    )
split = choose_split()
if detail == "half":
    st.caption("The paler part of a colour is the lower half of that level.")
show_mixed_tests(view.frame)

if split is None:
    sections = [("By subject", "Subject", view.frame, "subject")]
else:
    sections = [
        (str(subject), split.label, rows, split.column)
        for subject, rows in view.frame.groupby("subject", observed=True)
    ]
for title, group_label, rows, column in sections:
    st.header(escape(title))
    mix = level_mix(rows, column, detail=detail)
    chart = build_level_mix_chart(mix, show=show, unit=count_unit(rows, column), theme=view.theme)
    show_chart(chart, key=f"mix-{title}")
    show_level_table(mix, "group", "share" if show == "share" else "n", label=group_label, caption=f"Levels: {title}")
