"""Profiles: the same learners in two subjects, and how far apart their results lie."""

import streamlit as st

from smartia.analysis.profile_matrix import profile_matrix
from smartia.analysis.profile_order import count_orders, reach_by_order
from smartia.analysis.profiles import (
    compare_levels,
    coverage,
    far_apart,
    level_agreement,
    pair_subjects,
    step_differences,
)
from smartia.ui.controls import choose_detail, choose_level, choose_one
from smartia.ui.findings import show_mixed_tests, show_mixed_versions
from smartia.ui.profile_pairs import choose_subjects, keep_pairs, show_coverage
from smartia.ui.profile_sentences import agreement_sentence, order_sentence, spiky_sentence
from smartia.ui.profiles import list_learners, show_distances, show_matrix, show_orders
from smartia.ui.shell import open_page

view = open_page("Profiles")
names = choose_subjects(list(view.whole["subject"].cat.categories))
if names is None:
    st.stop()
one, other = names
pairs = pair_subjects(view.frame, one, other, view.filters.attempts)
show_coverage(coverage(pairs), names, view.filters.attempts)
show_mixed_tests(view.frame[view.frame["subject"].isin(names)])
show_mixed_versions(view.frame[view.frame["subject"].isin(names)])

st.header("Levels in both subjects")
with st.container(horizontal=True):
    detail = choose_detail()
    apart = choose_one(
        "Far apart means",
        [2, 3],
        key="apart",
        names="{} whole levels or more".format,
        help_text="Steps between whole levels: Entry 3 and Level 2 are two apart.",
    )
compared = keep_pairs(compare_levels(pairs, detail), names)
agreement = level_agreement(compared, apart)
if not compared.empty:
    st.markdown(agreement_sentence(agreement, names, apart))
    st.caption(
        "The stronger the colour, the more learners. Outlined: the same level in both subjects. "
        "Dashed: the cell whose learners are listed below."
    )
show_matrix(view, pairs, compared, profile_matrix(compared), names)
if compared.empty:
    st.stop()

st.header("How far apart")
show_distances(view, compared, step_differences(compared), agreement, names, apart)

st.header("Spiky profiles")
st.markdown(spiky_sentence(agreement, apart))
list_learners(view, far_apart(compared, apart), names, key="spiky-learners")

st.header("Which came first, and on which day")
level, rank = choose_level()
st.markdown(order_sentence(count_orders(compared), names))
show_orders(view, compared, reach_by_order(compared, rank, one, other), names, level)
