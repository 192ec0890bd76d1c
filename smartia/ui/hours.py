"""What the page on rooms asks and says about the hours of a working week."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from smartia.analysis.comparison import ShareDifference
from smartia.analysis.hours import HOURS, WorkingHours
from smartia.ui.sentences import difference_decimals, difference_words
from smartia.ui.text import count, escape, percent

_FROM_MIN = range(6 * 60, 12 * 60 + 1, 30)
_TO_MIN = range(12 * 60 + 30, 22 * 60 + 1, 30)


def choose_hours() -> WorkingHours:
    """Draw the choice of the hours of a working week."""
    default = WorkingHours()
    with st.container(horizontal=True):
        begin = _choose_time("From", _FROM_MIN, default.from_min, "hours_from")
        end = _choose_time("To", _TO_MIN, default.to_min, "hours_to")
    return WorkingHours(begin, end)


def _choose_time(label: str, minutes: range, default: int, key: str) -> int:
    chosen: int = st.selectbox(
        label,
        minutes,
        index=minutes.index(default),
        format_func=_clock,
        key=key,
        bind="query-params",
        persist_state="session",
        width=140,
        help="Monday to Friday, UK time. A test begun at the first time counts as in hours, one begun at the last "
        "does not. Bank holidays are not known.",
    )
    return chosen


def show_share_in_hours(whole: pd.DataFrame, hours: WorkingHours) -> None:
    """Say which share of the sessions was begun within working hours.

    Args:
        whole: A result of `share_in_hours` for the whole.
        hours: The working hours.
    """
    row = whole.iloc[0]
    st.markdown(
        f"**{percent(row['share'])}** of {count(int(row['n']), 'session')} {'was' if row['n'] == 1 else 'were'} begun "
        f"Monday to Friday, "
        f"{_clock(hours.from_min)}–{_clock(hours.to_min)} (95% interval {percent(row['low'])} to "
        f"{percent(row['high'])}); the others earlier, later or at a weekend."
    )


def show_differences(differences: Mapping[str, ShareDifference], level: str) -> None:
    """Say for each subject which share is at a level or above it in hours and out of hours, and how far apart they are.

    Args:
        differences: A result of `compare_hours`.
        level: The level's name.
    """
    for group, found in differences.items():
        decimals = 0 if found.verdict is None else difference_decimals(found)
        said = ", ".join(
            f"{percent(part.share, decimals)} of {count(part.n)} {name}"
            for part, name in zip((found.cohort, found.other), HOURS.values(), strict=True)
        )
        words = "nothing to compare"
        if found.verdict is not None:
            words = difference_words(found, "out of hours")
        st.markdown(f"- **{escape(group)}**, {level} or above: {said}; {words}.")


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
