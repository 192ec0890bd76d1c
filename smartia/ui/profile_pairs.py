"""What the Profiles page asks: the two subjects, and which pairs of results count."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from smartia.analysis.profile_order import in_one_year, sitting_gaps
from smartia.analysis.profiles import Coverage, default_subjects
from smartia.table.filters import AttemptRule
from smartia.ui.lazy import Lazy
from smartia.ui.profile_sentences import Pair, gap_sentence
from smartia.ui.text import count, escape

_HELP = "A profile sets the results of the same learner in two subjects side by side."


def choose_subjects(subjects: Sequence[str]) -> Pair | None:
    """Draw the choice of two subjects; says why, and returns None, where there are no two different ones.

    Args:
        subjects: The subjects in the data, whatever the filters.
    """
    default = default_subjects(subjects)
    if default is None:
        st.info("Profiles compare two subjects; these data have only one.", icon=":material/grid_off:")
        return None
    with st.container(horizontal=True):
        one, other = (
            st.selectbox(
                label,
                subjects,
                index=list(subjects).index(subject),
                key=key,
                bind="query-params",
                persist_state="session",
                help=_HELP,
            )
            for label, key, subject in zip(
                ("Subject in rows", "Subject in columns"), ("rows", "columns"), default, strict=True
            )
        )
    if one == other:
        st.info("Choose two different subjects.", icon=":material/grid_off:")
        return None
    return one, other


def show_coverage(found: Coverage, names: Pair, attempts: AttemptRule) -> None:
    """Show how many learners have both subjects, and how many only one of them.

    Args:
        found: The counts.
        names: The two subjects.
        attempts: The attempt rule.
    """
    one, other = map(escape, names)
    metrics = {
        "Learners": (found.learners, f"Learners with a session in {one} or {other} under the filters."),
        "Both": (
            found.both,
            "Learners with a session in each. The rest of this page is about them; with “Same academic year only”, "
            "about those who sat both in one year.",
        ),
        f"Only {one}": (found.only_one, f"Learners without a session in {other} under the filters."),
        f"Only {other}": (found.only_other, f"Learners without a session in {one} under the filters."),
    }
    with st.container(horizontal=True):
        for label, (number, help_text) in metrics.items():
            st.metric(label, count(number), help=help_text, border=True)
    several = f"{count(found.several, 'learner')} had several" if found.several else "nobody had several"
    st.caption(
        "Each learner counts once, with one session in each subject. Attempts are kept test by test, and a subject may "
        f"have several tests: where more than one session in a subject is left, the one that ended "
        f"{'first' if attempts is AttemptRule.FIRST else 'last'} counts ({several} under these filters)."
    )


def keep_pairs(compared: Lazy[pd.DataFrame], names: Pair) -> Lazy[pd.DataFrame]:
    """Draw the choice whether both sittings must lie in one academic year, and say how far apart they lie.

    Args:
        compared: A result of `compare_levels`.
        names: The two subjects.

    Returns:
        The pairs that the rest of the page is about.
    """
    one_year = st.toggle(
        "Same academic year only",
        value=True,
        key="same_year",
        bind="query-params",
        persist_state="session",
        help="Leaves out learners who sat the two subjects in different academic years: their levels may have changed "
        "in between. 1 August to 31 July, by the day of completion.",
    )
    within = compared.part(in_one_year)
    kept = within if one_year else compared
    left_out = compared.of(len) - within.of(len)
    said = gap_sentence(kept.of(sitting_gaps), left_out, names, is_one_year=one_year)
    if not kept.of(len):
        st.info(said, icon=":material/grid_off:")
    else:
        st.markdown(said)
    return kept
