"""What the page on durations asks and says: its switches, the slot planner, and how the sessions were sat."""

from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from smartia.analysis.durations import LinearBins, LogBins, rows_within
from smartia.analysis.ladder import rows_at, rows_read
from smartia.analysis.sittings import count_by_sitting, levels_by_sitting, sitting_shares
from smartia.analysis.slots import plan_slot
from smartia.charts.levels import build_share_chart
from smartia.table.collected import AnyFrame
from smartia.ui.behind import Mark, Marks, show_marks
from smartia.ui.controls import choose_bins, choose_level, choose_one
from smartia.ui.lazy import Lazy
from smartia.ui.panels import show_folded_table
from smartia.ui.shell import View
from smartia.ui.text import count, escape, percent
from smartia.words.figures import slot_sentence
from smartia.words.sentences import points_range

_GROUPS = {
    "subject": "Subject",
    "level_whole": "Level reached",
    "test_version": "Test version",
    "sitting": "Sitting",
    "group": "Group",
}
_SLOT_MIN = 60
_LONGEST_SLOT_MIN = 24 * 60
_PATTERNS = {
    "one sitting": "in one go",
    "paused": "with pauses",
    "over several days": "over several days",
    "not known": "in a way that is not known",
}


@dataclass(frozen=True)
class Grouping:
    """By what the durations are split.

    Attributes:
        column: The grouping column.
        label: Its name on screen.
    """

    column: str
    label: str


def choose_grouping(*, has_groups: bool) -> Grouping:
    """Draw the choice of what the durations are split by; groups of a list only where the reader has one.

    Args:
        has_groups: Whether the reader has a list.
    """
    column = choose_one(
        "Split by",
        [name for name in _GROUPS if name != "group" or has_groups],
        key="by",
        names=_GROUPS.__getitem__,
        help_text="One row of bars and one line for each. Sitting: one sitting means at most 1.25 times as long by the "
        "clock as on the test; otherwise paused, or over several days.",
    )
    return Grouping(column, _GROUPS[column])


def choose_axis() -> LinearBins | LogBins:
    """Draw the choice of the axis of minutes, and of the width of bars on a linear one; gives the bars' bins."""
    axis = choose_one(
        "Axis",
        ["log", "linear"],
        key="axis",
        names={"linear": "Linear", "log": "Logarithmic"}.__getitem__,
        help_text="On a logarithmic axis every doubling of the time takes the same room, so short and very long "
        "sittings show beside the others.",
    )
    return LogBins(per_doubling=4) if axis == "log" else choose_bins()


def bin_marks(sessions: Lazy[AnyFrame], bars: pd.DataFrame, column: str) -> Marks:
    """Make the marks of a histogram: its bars.

    Args:
        sessions: The sessions counted.
        bars: The rows of `duration_histogram` that are drawn.
        column: The grouping column.
    """

    def find(mark: Mark) -> AnyFrame:
        rows = rows_at(sessions.value, column, mark["group"], None)
        return rows_within(rows, mark["start_min"], None if mark["open_ended"] else mark["end_min"])

    def name(mark: Mark) -> str:
        return f"{mark['group']} · from {mark['start_min']:,.4g} min"

    return Marks(bars[bars["n"] > 0], ("group", "start_min"), find, name)


def _sat_like(frame: AnyFrame, mark: Mark) -> AnyFrame:
    return rows_at(rows_at(rows_read(frame), "subject", mark["of_group"], None), "sitting", mark["sitting"], None)


def show_groups_left_out(summary: pd.DataFrame, drawn: list[str]) -> None:
    """Say that the charts show the largest groups alone; nothing where they show all.

    Args:
        summary: A result of `duration_summary`.
        drawn: The groups of the charts.
    """
    if len(drawn) < len(summary):
        st.caption(f"The charts show the {len(drawn)} largest of {count(len(summary), 'group')}; the tables show all.")


def show_slot(view: View, share: float) -> None:
    """Ask for the length of a slot; say what it is enough for, and how long a slot a share of the learners needs.

    Args:
        view: The page's view.
        share: The share that should finish.
    """
    slot_min = _choose_slot()
    plan = view.sessions.of(plan_slot, slot_min, share, "subject")
    _show_slot_sentences(plan, slot_min, share)
    st.caption(
        "Counts the time on the test of sessions that were finished: add time to settle, to log in and for pauses. "
        "Where a test has changed, choose its present version under More filters to plan for that one alone."
    )
    show_folded_table(
        plan,
        ["group", "n", "reached", "share", "low", "high", "plan_min"],
        key="plan-table",
        labels={
            "group": "Subject",
            "n": "Sessions",
            "reached": f"Within {slot_min} min",
            "plan_min": f"{percent(share)} within (min)",
        },
        caption="Sessions that would have finished within the slot, by subject",
    )


def show_sittings(view: View) -> None:
    """Show how the sessions of each subject were sat, and the levels of those who sat in either way.

    Args:
        view: The page's view.
    """
    patterns = st.container()
    st.subheader("Levels, by how it was sat")
    level, rank = choose_level()
    counted = view.sessions.of(count_by_sitting, rank, "subject")
    with patterns:
        _show_patterns(counted)
    levels = levels_by_sitting(counted)
    _show_level_sentences(levels, level)
    st.caption("This describes who sat how, not what a pause does: different learners sit in different ways.")
    show_marks(
        view,
        partial(build_share_chart, levels, level_label=level, unit="sessions"),
        Marks(levels[levels["n"] > 0], ("group",), lambda mark: _sat_like(view.sessions.value, mark)),
        title=f"Share at {level} or above, by how it was sat",
        key="levels",
        caption="Sessions of the subject and sitting chosen",
    )
    show_folded_table(
        levels,
        ["group", "sessions", "n", "reached", "share", "low", "high", "unreadable"],
        key="sittings-table",
        labels={"group": "Subject and sitting"},
        caption=f"Share at {level} or above by how it was sat",
    )


def _choose_slot() -> int:
    slot: int = st.number_input(
        "Length of the slot (minutes)",
        min_value=1,
        max_value=_LONGEST_SLOT_MIN,
        value=_SLOT_MIN,
        step=5,
        key="slot",
        bind="query-params",
        persist_state="session",
        width=240,
        help="How long learners would have for the test itself. Add the time to settle, to log in and for pauses.",
    )
    return slot


def _show_slot_sentences(plan: pd.DataFrame, slot_min: int, share: float) -> None:
    for row in plan.to_dict("records"):
        st.markdown(f"- {escape(slot_sentence(row, slot_min, share))}")


def _show_patterns(counted: pd.DataFrame) -> None:
    whole = sitting_shares(counted, whole=True)
    parts = [
        f"{percent(row['share'])} {_PATTERNS[row['sitting']]} ({points_range(row['low'], row['high'])})"
        for row in whole.to_dict("records")
    ]
    st.markdown(f"How {count(int(whole['n'].iloc[0]), 'session')} were sat: {', '.join(parts)}.")
    st.caption(
        "One sitting: at most 1.25 times as long by the clock as on the test. Otherwise over several days where it "
        "ended on a later date than it began (UK time), or else paused."
    )
    show_folded_table(
        sitting_shares(counted),
        ["group", "sitting", "n", "reached", "share", "low", "high"],
        key="patterns-table",
        labels={"group": "Subject", "sitting": "Sitting", "n": "Sessions", "reached": "Sat like this"},
        caption="How the sessions of each subject were sat",
    )


def _show_level_sentences(levels: pd.DataFrame, level: str) -> None:
    for subject, rows in levels[levels["n"] > 0].groupby("of_group", sort=False):
        parts = [
            f"{percent(row['share'])} of {row['n']:,} {_PATTERNS[row['sitting']]} "
            f"({points_range(row['low'], row['high'])})"
            for row in rows.to_dict("records")
        ]
        st.markdown(f"- **{escape(str(subject))}**, {level} or above: {', '.join(parts)}.")
