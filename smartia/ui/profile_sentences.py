"""What the figures of the Profiles page say, in one sentence of Markdown each; names from the data are escaped."""

from collections.abc import Mapping

import pandas as pd

from smartia.analysis.profile_order import Gaps
from smartia.charts.profiles import step_name
from smartia.ui.text import count, escape, percent

Pair = tuple[str, str]
"""The names of two subjects."""

_EDGE = 0.1
_WORDS = {2: "two", 3: "three"}


def gap_sentence(gaps: Gaps, elsewhere: int, names: Pair, *, is_one_year: bool) -> str:
    """Say in Markdown how many days lie between the two sittings, and how many pairs lie in different years.

    Args:
        gaps: A result of `sitting_gaps` for the pairs shown.
        elsewhere: Pairs whose two sittings lie in different academic years.
        names: The two subjects.
        is_one_year: Whether these are left out.
    """
    one, other = map(escape, names)
    apart = f"{count(elsewhere, 'pair')} in different academic years"
    if not gaps.pairs:
        none = f"No learner has both {one} and {other}"
        return f"{none} in one academic year; left out: {apart}." if elsewhere else f"{none} under these filters."
    median = f"{gaps.median_days:,g} {'day' if gaps.median_days == 1 else 'days'}"
    return (
        f"Days between the two sittings: **{median}** at the median, {count(gaps.longest_days)} at the longest, over "
        f"{count(gaps.pairs, 'pair')}. {'Left out' if is_one_year else 'Among them'}: {apart}."
    )


def agreement_sentence(agreement: pd.DataFrame, names: Pair, apart: int) -> str:
    """Say in Markdown how many learners are at the same whole level, higher in either subject, and far apart.

    Args:
        agreement: A result of `level_agreement`.
        names: The two subjects.
        apart: From how many whole levels on a profile counts as far apart.
    """
    one, other = map(escape, names)
    rows = {str(row["outcome"]): row for row in agreement.to_dict("records")}
    n, unreadable = int(rows["same"]["n"]), int(rows["same"]["unreadable"])
    left_out = f" ({count(unreadable, 'further learner')} with a level that cannot be read left out)"
    if not n:
        return f"No learner has a readable level in both subjects{left_out if unreadable else ''}."
    return (
        f"Of **{count(n, 'learner')}** with a readable level in both{left_out if unreadable else ''}, "
        f"**{_share(rows['same'])}** are at the same whole level, {_share(rows['one'])} higher in {one}, "
        f"{_share(rows['other'])} higher in {other}. {_WORDS[apart].capitalize()} or more whole levels apart: "
        f"{count(int(rows['apart']['reached']), 'learner')}, {_share(rows['apart'])}."
    )


def outcome_names(names: Pair, apart: int) -> dict[str, str]:
    """The outcomes of `level_agreement` in words.

    Args:
        names: The two subjects.
        apart: From how many whole levels on a profile counts as far apart.
    """
    one, other = names
    return {
        "same": "Same whole level",
        "one": f"Higher in {one}",
        "other": f"Higher in {other}",
        "apart": f"{_WORDS[apart].capitalize()} or more whole levels apart",
    }


def spiky_sentence(agreement: pd.DataFrame, apart: int) -> str:
    """Say in Markdown how many profiles are spiky.

    Args:
        agreement: A result of `level_agreement`.
        apart: From how many whole levels on a profile counts as spiky.
    """
    row = agreement.set_index("outcome").loc["apart"].to_dict()
    if not row["n"]:
        return "No learner has a readable level in both subjects."
    return (
        f"A profile is called spiky here where the two levels lie {_WORDS[apart]} or more whole levels apart: "
        f"**{count(int(row['reached']))} of {count(int(row['n']), 'learner')}**, {_share(row)}."
    )


def difference_sentence(steps: pd.DataFrame, names: Pair) -> str:
    """Say in Markdown which distance between the two levels is the most frequent.

    Args:
        steps: A result of `step_differences`.
        names: The two subjects.
    """
    if steps.empty:
        return "No learner has a readable level in both subjects."
    row = steps.sort_values("reached", ascending=False, kind="stable").iloc[0].to_dict()
    return (
        f"Most often the two lie at **{step_name(0, *names)}**"
        if not row["steps"]
        else f"Most often learners are **{escape(step_name(int(row['steps']), *names))}**"
    ) + f": {count(int(row['reached']))} of {count(int(row['n']), 'learner')}, {_share(row)}."


def order_sentence(orders: pd.DataFrame, names: Pair) -> str:
    """Say in Markdown which subject was completed first, and how often both on one day.

    Args:
        orders: A result of `count_orders`.
        names: The two subjects.
    """
    one, other = map(escape, names)
    rows = {str(row["outcome"]): row for row in orders.to_dict("records")}
    return (
        f"Of **{count(int(rows['same day']['n']), 'learner')}** with both, {_share(rows['same day'])} completed them "
        f"on the same day; {_share(rows['one first'])} completed {one} first, {_share(rows['other first'])} "
        f"{other} first."
    )


def _share(row: Mapping[object, float]) -> str:
    """A share with its interval, to one decimal where whole percentages would say too little."""
    if row["share"] < _EDGE or 1 - _EDGE < row["share"] < 1:
        return f"{row['share']:.1%} ({row['low'] * 100:.1f}–{row['high'] * 100:.1f})"
    return f"{percent(row['share'])} ({row['low'] * 100:.0f}–{row['high'] * 100:.0f})"
