"""The filters and switches that readers set; their values live in the URL and survive a change of page."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from smartia.analysis.durations import LinearBins
from smartia.analysis.grouping import values_offered
from smartia.analysis.levels import Detail, days_between
from smartia.table.collected import AnyFrame
from smartia.table.filter_links import (
    ATTEMPT_LABELS,
    ATTEMPTS_KEY,
    DATES,
    FILTERS,
    MORE_FILTERS,
    SHORT_KEY,
    SHORT_SHARES,
    ValueFilter,
)
from smartia.table.filters import AttemptRule, Filters
from smartia.table.levels import WHOLE_LEVELS, rank_of
from smartia.ui.lazy import Lazy
from smartia.ui.lists import GROUP_FILTER_KEY
from smartia.ui.text import escape

# A group may be named after a tutor, so it stays out of the URL; whoever opens a link has no such list anyway.
_GROUP_FILTER = ValueFilter(GROUP_FILTER_KEY, "group", "Group", "Groups of the list that you uploaded.")
_LEVEL_CHOICES = WHOLE_LEVELS[1:-1]
_DEFAULT_LEVEL = "Level 1"

_DETAILS: tuple[Detail, ...] = ("whole", "half")
HALVES_NOTE = "The paler part of a colour is the lower half of that level."
"""What a page says beside a mix of levels with their halves."""

T = TypeVar("T")


def choose_filters(everything: Lazy[AnyFrame]) -> Filters:
    """Draw the shared filters and return what the reader chose.

    Args:
        everything: The whole analysis frame; its values are what can be chosen. With a column `group` there is a
            filter for the groups of the reader's list.
    """
    first = (*FILTERS, _GROUP_FILTER) if everything.is_private else FILTERS
    chosen = {spec.column: _choose_values(spec, everything) for spec in first}
    rule = st.radio(
        "Attempts",
        list(ATTEMPT_LABELS),
        format_func=ATTEMPT_LABELS.__getitem__,
        horizontal=True,
        key=ATTEMPTS_KEY,
        bind="query-params",
        persist_state="session",
        help="Which of a learner's attempts at the same test count. Attempts are numbered over all data; where "
        "academic years are set against each other, within each year.",
    )
    with st.expander("More filters"):
        chosen |= {spec.column: _choose_values(spec, everything) for spec in MORE_FILTERS}
        days = everything.of(days_between)
        since, until = (_choose_date(key, label, days) for key, label in DATES.items())
        short = st.selectbox(
            "Unusually short sittings",
            list(SHORT_SHARES),
            key=SHORT_KEY,
            bind="query-params",
            persist_state="session",
            help="Leaves out sittings shorter than this share of the median of their test version. A short sitting "
            "is a reason to ask the tutor; it says nothing by itself.",
        )
    st.button("Reset filters", on_click=_reset, icon=":material/restart_alt:", width="stretch")
    return Filters(**chosen, since=since, until=until, short_share=SHORT_SHARES[short], attempts=rule)


def choose_level() -> tuple[str, int]:
    """Draw the choice of the level that counts as reached; returns its name and its rank."""
    level = st.selectbox(
        "Level to reach",
        _LEVEL_CHOICES,
        index=_LEVEL_CHOICES.index(_DEFAULT_LEVEL),
        key="level",
        bind="query-params",
        persist_state="session",
        help="Shares count everyone at this level or above it.",
    )
    return level, rank_of(level)


def choose_one(label: str, options: Sequence[T], *, key: str, help_text: str, names: Callable[[T], str] = str) -> T:
    """Draw a switch of a page; the first option is the default.

    Args:
        label: What is chosen.
        options: What can be chosen.
        key: Its name in the URL.
        help_text: What the choice does.
        names: The name of an option on screen.
    """
    return st.segmented_control(
        label,
        options,
        default=options[0],
        required=True,
        format_func=names,
        key=key,
        bind="query-params",
        persist_state="session",
        help=help_text,
    )


def _choose_values(spec: ValueFilter, everything: Lazy[AnyFrame]) -> tuple[str, ...]:
    options = spec.options(everything.of(values_offered, spec.column))
    is_in_url = spec is not _GROUP_FILTER
    asked = st.query_params.get_all(spec.key) if is_in_url else []
    unknown = [value for value in asked if value not in options]
    if unknown and spec.key not in st.session_state:
        st.warning(
            f"The link asks for {spec.label.lower()} {escape(', '.join(unknown))}, which these data do not have.",
            icon=":material/link_off:",
        )
    return tuple(
        st.multiselect(
            spec.label,
            options,
            key=spec.key,
            bind="query-params" if is_in_url else None,
            persist_state="session",
            placeholder="All",
            help=spec.help,
        )
    )


def _choose_date(key: str, label: str, days: tuple[dt.date, dt.date] | None) -> dt.date | None:
    return st.date_input(
        label,
        value=None,
        min_value=days[0] if days else None,
        max_value=days[1] if days else None,
        key=key,
        format="DD/MM/YYYY",
        bind="query-params",
        persist_state="session",
        help="By the day of completion, in UK time. The day itself counts.",
    )


def _reset() -> None:
    for spec in (*FILTERS, *MORE_FILTERS, _GROUP_FILTER):
        st.session_state[spec.key] = []
    for key in DATES:
        st.session_state[key] = None
    st.session_state[SHORT_KEY] = next(iter(SHORT_SHARES))
    st.session_state[ATTEMPTS_KEY] = AttemptRule.LATEST


def choose_detail() -> Detail:
    """Draw the choice between whole levels and their halves."""
    return choose_one(
        "Levels",
        _DETAILS,
        key="detail",
        names={"whole": "Whole", "half": "Lower and upper"}.__getitem__,
        help_text="Most levels come in a lower and an upper half.",
    )


def choose_bins() -> LinearBins:
    """Draw the choice of the width of a histogram's bars."""
    width_min = choose_one(
        "Bar width",
        [5, 2, 10, 15],
        key="bins",
        names="{} min".format,
        help_text="How many minutes one bar stands for.",
    )
    return LinearBins(width_min)
