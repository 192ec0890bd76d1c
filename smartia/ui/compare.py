"""Two cohorts side by side: the choice of the two, and what the comparison says, subject by subject."""

from collections.abc import Sequence

import streamlit as st

from smartia.analysis.cohort_labels import list_cohorts, period_of, usual_pair
from smartia.analysis.cohort_pairs import Pair, PairComparison, compare_cohorts, pairs_table
from smartia.analysis.comparison import MIN_COHORT
from smartia.analysis.versions import list_versions
from smartia.table.collected import AnyFrame
from smartia.ui.lazy import Lazy
from smartia.ui.pair_sentences import ALL_OTHERS, cohort_names, obstacle_words, pair_sentence
from smartia.ui.panels import show_folded_table
from smartia.ui.shell import View
from smartia.ui.splits import Split
from smartia.ui.text import escape

_SCALES = {"test_name", "test_version"}
_NOTE = (
    "In brackets: the range in which the figure may plausibly lie (95% interval); too close to call where it takes in "
    "0 points, or 50 of 100 pairs. Only the same version of a test is compared: where a test "
    f"changed meanwhile, that is the newest version that at least {MIN_COHORT} of each sat; periods are then not "
    "compared. Groups differ in who is in them: a difference says nothing about why."
)


def show_comparison(view: View, rows: Lazy[AnyFrame], by: str, level: str, rank: int) -> None:
    """Ask for two cohorts; say subject by subject how far they are apart, and show the figures as a table.

    Args:
        view: The page's view.
        rows: The sessions that the page shows.
        by: What makes the cohorts: a column, or a kind of period.
        level: The level to reach.
        rank: Its rank.
    """
    pair = _choose_pair(view, rows, by)
    if pair is None:
        return
    versions = view.everything.of(list_versions)
    found = rows.of(compare_cohorts, pair, rank, view.counted_to, versions, since=view.filters.since)
    st.markdown("\n".join(f"- {pair_sentence(comparison, level)}" for comparison in found))
    st.caption(escape(_NOTE))
    if any(comparison.unit == "sessions" for comparison in found):
        st.caption("Where sessions are counted a learner may count more than once, and the intervals are too narrow.")
    _show_table(found, pair, level)


def show_split_comparison(view: View, split: Split | None, level: str, rank: int) -> None:
    """Compare two values of a split, or one with all others, where the page is split.

    Args:
        view: The page's view.
        split: What the reader splits by.
        level: The name of the level.
        rank: Its rank.
    """
    if split is None:
        st.info(
            "Choose something under “Split by” at the top, such as Gender, to compare two of its groups.",
            icon=":material/compare_arrows:",
        )
        return
    if split.column in _SCALES:
        st.info("Tests and their versions are scales of their own, so they are not compared with each other.")
        return
    if split.column == "academic_year":
        st.page_link(
            "pages/trends.py",
            label="Years are set side by side on Trends, to the same day of each.",
            icon=":material/trending_up:",
        )
        return
    st.caption(f"By {split.label.lower()}, at {level} or above as chosen under “Level to reach”.")
    show_comparison(view, view.sessions, split.column, level, rank)


def _choose_pair(view: View, rows: Lazy[AnyFrame], by: str) -> Pair | None:
    """Draw the two choices; None, with a word why, where there are not two cohorts to compare."""
    usual = rows.of(usual_pair, by, view.counted_to)
    if usual is None:
        st.info("All sessions chosen belong to one of these, so there is nothing to compare it with.")
        return None
    labels = rows.of(list_cohorts, by)
    # A group of a list may have this very name.
    everyone = f"({ALL_OTHERS})" if ALL_OTHERS in labels else ALL_OTHERS
    options = labels[::-1] if period_of(by) else labels
    with st.container(horizontal=True):
        one = _choose("Compare", options, usual[0], f"one_{by}", by, "Who is compared.")
        beside = options if period_of(by) else [everyone, *options]
        other = _choose(
            "with", beside, everyone if usual[1] is None else usual[1], f"other_{by}", by, "Whom they are set against."
        )
    if one == other:
        st.info("Choose two different ones.")
        return None
    return Pair(by, one, None if other == everyone else other)


def _choose(label: str, options: Sequence[str], usual: str, key: str, by: str, help_text: str) -> str:
    """Draw a choice; it is in the URL, but for the groups of a list, which may be named after tutors."""
    return st.selectbox(
        label,
        options,
        index=options.index(usual),
        key=key,
        bind=None if by == "group" else "query-params",
        persist_state="session",
        help=help_text,
    )


def _show_table(found: Sequence[PairComparison], pair: Pair, level: str) -> None:
    table = pairs_table(found)
    said = [
        words or (f"not compared: {obstacle_words(comparison)}" if comparison.obstacle else "too alike to judge")
        for words, comparison in zip(table["verdict"], found, strict=True)
    ]
    one, other = cohort_names(pair)
    names = {"n": "n", "reached": "Reached", "share": "Share", "low": "From (95%)", "high": "To (95%)"}
    show_folded_table(
        table.assign(verdict=said),
        list(table.columns),
        key=f"pair-table-{pair.by}",
        labels={
            "group": "Subject",
            **{name: f"{label}, {one}" for name, label in names.items()},
            **{f"{name}_other": f"{label}, {other}" for name, label in names.items()},
            "points": "Difference (points)",
            "points_low": "From (points, 95%)",
            "points_high": "To (points, 95%)",
            "share_verdict": "Difference in words",
            "chance": "Higher level in 100 pairs",
            "chance_low": "Pairs from (95%)",
            "chance_high": "Pairs to (95%)",
            "verdict": "In words",
        },
        caption=f"Two cohorts side by side, by subject: share at {level} or above, and chance of a higher level",
    )
