"""Profiles: the same learners in two subjects, and how far apart their results lie."""

import streamlit as st

from smartia.analysis.grouping import rows_with, values_held
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
from smartia.ui.panels import when_unfolded
from smartia.ui.profile_pairs import choose_subjects, keep_pairs, show_coverage
from smartia.ui.profile_sentences import agreement_sentence, order_sentence, spiky_sentence
from smartia.ui.profiles import list_learners, show_distances, show_matrix, show_orders
from smartia.ui.shell import open_page
from smartia.ui.text import count

view = open_page("Profiles")
names = choose_subjects(view.everything.of(values_held, "subject"))
if names is None:
    st.stop()
one, other = names
pairs = view.sessions.part(pair_subjects, one, other, view.filters.attempts)
show_coverage(pairs.of(coverage), names, view.filters.attempts)
of_both = view.sessions.part(rows_with, "subject", *names)
show_mixed_tests(of_both)
show_mixed_versions(of_both)

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
compared = keep_pairs(pairs.part(compare_levels, detail), names)
agreement = compared.of(level_agreement, apart)
learners = compared.of(len)
if learners:
    st.markdown(agreement_sentence(agreement, names, apart))
    st.caption(
        "The stronger the colour, the more learners. Outlined: the same level in both subjects. "
        "Dashed: the cell whose learners are listed below."
    )
show_matrix(view, pairs, compared, names)
if not learners:
    st.stop()

st.header("How far apart")
show_distances(view, compared, compared.of(step_differences), agreement, names, apart)

st.header("Spiky profiles")
st.markdown(spiky_sentence(agreement, apart))
spiky = int(agreement.set_index("outcome").at["apart", "reached"])
with when_unfolded(f"The learners with spiky profiles ({count(spiky)})", "spiky-list") as is_open:
    if is_open:
        list_learners(view, compared.part(far_apart, apart), names, key="spiky-learners")

st.header("Which came first, and on which day")
level, rank = choose_level()
st.markdown(order_sentence(compared.of(count_orders), names))
show_orders(view, compared, compared.of(reach_by_order, rank, one, other), names, level)
