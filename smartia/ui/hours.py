"""What the page on rooms asks and says about the hours of a working week."""

from collections.abc import Mapping, Sequence

import narwhals as nw
import pandas as pd
import streamlit as st

from smartia.analysis.comparison import MIN_COHORT
from smartia.analysis.grouping import aggregate, rows_with
from smartia.analysis.hours import HOURS, HoursDifference, WorkingHours, rows_begun
from smartia.analysis.ladder import rows_at, rows_read
from smartia.analysis.measures import SIZE
from smartia.table.collected import AnyFrame
from smartia.table.versions import without_code
from smartia.ui.behind import Mark, Marks
from smartia.ui.lazy import Lazy
from smartia.ui.text import count, escape, percent
from smartia.words.sentences import difference_decimals, difference_words, points_range

_FROM_MIN = range(6 * 60, 12 * 60 + 1, 30)
_TO_MIN = range(12 * 60 + 30, 22 * 60 + 1, 30)


def choose_hours() -> WorkingHours:
    """Draw the choice of the hours of a working week."""
    default = WorkingHours()
    with st.container(horizontal=True):
        begin = _choose_time("From", _FROM_MIN, default.from_min, "hours_from")
        end = _choose_time("To", _TO_MIN, default.to_min, "hours_to")
    return WorkingHours(begin, end)


def hours_marks(sessions: Lazy[AnyFrame], drawn: pd.DataFrame, hours: WorkingHours) -> Marks:
    """Make the marks of the chart of shares in hours and out of hours.

    Args:
        sessions: The sessions counted.
        drawn: A result of `rows_compared`.
        hours: The working hours.
    """

    def find(mark: Mark) -> AnyFrame:
        subject = str(mark["group"]).removesuffix(f", {mark['hours']}")
        rows = rows_at(rows_read(sessions.value), "subject", subject, None)
        return rows_begun(rows_with(rows, "test_version_id", mark["version"]), hours, mark["hours"])

    return Marks(drawn[drawn["n"] > 0], ("group",), find)


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
        f"{_clock(hours.from_min)}–{_clock(hours.to_min)} (95% interval "
        f"{points_range(row['low'], row['high'])}); the others earlier, later or at a weekend."
    )


def version_names(sessions: AnyFrame) -> dict[str, str]:
    """Name the test versions of some sessions, each with its test.

    Args:
        sessions: An analysis frame.

    Returns:
        Version id → such as "Maths: Version 2, from 7 Jan 2025".
    """
    keys = {name: nw.col(name) for name in ("test_version_id", "test_version", "test_name")}
    each = (
        aggregate(sessions, None, {"n": SIZE}, keys=keys)[list(keys)].astype("str").drop_duplicates("test_version_id")
    )
    names = each["test_name"] + ": " + each["test_version"].map(without_code)
    return dict(zip(each["test_version_id"], names, strict=True))


def show_differences(differences: Sequence[HoursDifference], level: str, names: Mapping[str, str]) -> None:
    """Say for each subject which share is at a level or above it in hours and out of hours, and how far apart they are.

    Args:
        differences: A result of `compare_hours`.
        level: The level's name.
        names: A result of `version_names`.
    """
    for found in differences:
        st.markdown(f"- {_difference_sentence(found, level, names)}")


def _difference_sentence(found: HoursDifference, level: str, names: Mapping[str, str]) -> str:
    group, of_all = escape(found.group), count(found.sessions, "session")
    apart = found.difference
    if found.version is None or apart is None or apart.verdict is None:
        return (
            f"**{group}**: no test version has at least {MIN_COHORT} sessions with a readable level in hours and as "
            f"many out of hours, so nothing is compared ({of_all}, {count(found.versions, 'version')})."
        )
    decimals = difference_decimals(apart)
    said = ", ".join(
        f"{percent(part.share, decimals)} of {count(part.n)} {name}"
        for part, name in zip((apart.cohort, apart.other), HOURS.values(), strict=True)
    )
    words = difference_words(apart, "out of hours")
    which = "the only version that was sat"
    if found.versions > 1:
        enough = "the only one" if found.compared == 1 else f"the newest of {found.compared}"
        which = f"{enough} with enough sessions among {found.versions} versions"
    return (
        f"**{group}**, {level} or above: {said}; {words}. Counted in {escape(names[found.version])}, {which}: "
        f"{count(found.sessions_compared)} of {of_all}."
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
