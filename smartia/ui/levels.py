"""What the Levels page shows beside the mix: shares without short sittings, the ladder, who is behind a bar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from smartia.analysis.duration_groups import largest_groups
from smartia.analysis.ladder import rows_at, shares_on_ladder, shares_without_short
from smartia.analysis.levels import Detail, count_unit, level_mix
from smartia.charts.ladder import build_ladder_chart
from smartia.charts.levels import SEGMENT
from smartia.charts.parts import distinct
from smartia.charts.theme import Chart
from smartia.ui.durations import CHART_GROUPS, show_groups_left_out
from smartia.ui.level_sentences import ladder_sentence, rule_line, without_short_sentence
from smartia.ui.panels import show_chart, show_table
from smartia.ui.people import show_sessions
from smartia.ui.shell import View
from smartia.ui.splits import Split
from smartia.ui.text import escape

_BAR = "behind_bar"
_LEVEL = "behind_level"
_ALL_LEVELS = "All levels"
_WITHOUT_LABELS = {
    "short": "Unusually short",
    "n_without": "n without",
    "reached_without": "Reached without",
    "share_without": "Share without",
    "low_without": "From (95%) without",
    "high_without": "To (95%) without",
}


@dataclass(frozen=True)
class Section:
    """A chart of the page, with the sessions that it counts.

    Attributes:
        title: Its heading, from the data where the page is split.
        label: What its bars are called.
        rows: The sessions.
        column: What makes the bars.
        mix: Their `level_mix`.
    """

    title: str
    label: str
    rows: pd.DataFrame
    column: str
    mix: pd.DataFrame


def cut_sections(frame: pd.DataFrame, split: Split | None, detail: Detail) -> list[Section]:
    """Cut the sessions into the charts of the page: one of all subjects, or one a subject with the bars of a split.

    Args:
        frame: The sessions that count.
        split: What the reader splits by.
        detail: How finely the ladder is read.
    """
    if split is None:
        return [Section("By subject", "Subject", frame, "subject", level_mix(frame, "subject", detail=detail))]
    return [
        Section(str(subject), split.label, rows, split.column, level_mix(rows, split.column, detail=detail))
        for subject, rows in frame.groupby("subject", observed=True)
    ]


def show_clickable(chart: Chart, section: Section, place: int) -> None:
    """Show the chart of a section; a click on a segment chooses it under "Who is behind a bar".

    Args:
        chart: Its chart, made to be clicked.
        section: The section.
        place: Its place on the page.
    """
    chosen = st.session_state.get(_BAR)
    # A key of its own for each choice: a chart that remembers its last click would not report the same one again.
    is_here = chosen is not None and chosen[0] == section.title
    key = f"mix-{place}-{chosen}-{st.session_state.get(_LEVEL)}" if is_here else f"mix-{place}"
    st.altair_chart(chart, theme=None, key=key, width="stretch", on_select=lambda: _take_click(key, section.title))


def show_without_short(view: View, sections: Sequence[Section], level: str, rank: int, percentage: int) -> None:
    """Say bar by bar which share reached a level with and without the unusually short sittings.

    Args:
        view: The page's view.
        sections: The charts of the page.
        level: The name of the level.
        rank: Its rank.
        percentage: Unusually short is a sitting below this percentage of the median of its version.
    """
    st.caption(
        f"Unusually short: under {percentage}% of the median of the same test version (of the test where a version "
        "has few sessions). A short sitting is a reason to ask the tutor; it says nothing by itself. Levels that "
        "cannot be read are left out. In brackets: 95% interval."
    )
    left_out = view.filters.short_share
    if left_out is not None:
        st.info(
            f"The filter “Unusually short sittings” leaves out those under {left_out:.0%} already: the figures here "
            "start from the rest.",
            icon=":material/filter_alt:",
        )
        if percentage <= round(left_out * 100):
            return
    for place, section in enumerate(sections):
        _name_section(section, sections)
        table = shares_without_short(section.rows, rank, percentage / 100, section.column)
        noun = count_unit(section.rows, section.column).removesuffix("s")
        st.markdown("\n".join(f"- {without_short_sentence(row, level, noun)}" for row in table.to_dict("records")))
        shown = st.expander("Show as a table", key=f"without-short-table-{place}", on_change="rerun")
        if shown.open:
            with shown:
                show_table(
                    table,
                    list(table.columns),
                    labels=_WITHOUT_LABELS | {"group": section.label},
                    caption=f"Share at {level} or above with and without unusually short sittings: {section.title}",
                )


def show_ladder(view: View, sections: Sequence[Section]) -> None:
    """Show bar by bar which share is at or above each level, as sentences, a chart a section and a table.

    Args:
        view: The page's view.
        sections: The charts of the page.
    """
    st.caption(
        "Each dot counts everyone at its level or above it, so the shares never rise from left to right. Levels "
        "that cannot be read are left out. In brackets: 95% interval."
    )
    for place, section in enumerate(sections):
        _name_section(section, sections)
        table = shares_on_ladder(section.rows, section.column)
        if table.empty:
            st.info("No level can be read under these filters.", icon=":material/stairs:")
            continue
        unit = count_unit(section.rows, section.column)
        parts = [rows for _, rows in table.groupby("group", sort=False)]
        st.markdown("\n".join(f"- {ladder_sentence(rows, unit.removesuffix('s'))}" for rows in parts))
        bars = table.drop_duplicates("group")
        drawn = largest_groups(bars, CHART_GROUPS)
        show_groups_left_out(bars, drawn)
        chart = build_ladder_chart(
            table[table["group"].isin(drawn)], unit=unit, subtitle=rule_line(view.filters.attempts), theme=view.theme
        )
        show_chart(chart, key=f"ladder-{place}")
        shown = st.expander("Show as a table", key=f"ladder-table-{place}", on_change="rerun")
        if shown.open:
            with shown:
                show_table(
                    table,
                    list(table.columns),
                    labels={"group": section.label, "level": "Level or above"},
                    caption=f"Share at or above each level: {section.title}",
                )


def show_behind(view: View, sections: Sequence[Section], detail: Detail) -> None:
    """Show the sessions behind a bar or a segment of it, chosen by a click or in two select boxes.

    The boxes are not in the URL: a group may be named after a tutor.

    Args:
        view: The page's view.
        sections: The charts of the page.
        detail: How finely they read the ladder.
    """
    at = {(section.title, group): section for section in sections for group in distinct(section.mix["group"])}
    if st.session_state.get(_BAR) not in at:
        st.session_state[_BAR] = None
    bar: tuple[str, str] | None = st.selectbox(
        "Show the sessions of a bar",
        list(at),
        format_func=lambda chosen: chosen[1] if len(sections) == 1 else f"{chosen[0]}, {chosen[1]}",
        index=None,
        key=_BAR,
        placeholder="Click a part of a bar, or choose here",
    )
    mix = sections[0].mix.iloc[:0] if bar is None else at[bar].mix
    levels = [_ALL_LEVELS, *distinct(mix["level"])]
    if st.session_state.get(_LEVEL) not in levels:
        st.session_state[_LEVEL] = _ALL_LEVELS
    level: str = st.selectbox("Level of the bar", levels, key=_LEVEL, disabled=bar is None)
    if bar is None:
        return
    section = at[bar]
    rows = rows_at(section.rows, section.column, bar[1], None if level == _ALL_LEVELS else level, detail)
    show_sessions(view, rows, key="behind", caption="Sessions behind the chosen part of a bar")


def _name_section(section: Section, sections: Sequence[Section]) -> None:
    """Write whose figures follow, where the page is split."""
    if len(sections) > 1 or section.column != "subject":
        st.subheader(escape(section.title))


def _take_click(chart_key: str, title: str) -> None:
    """Hand the segment that was clicked to the select boxes, which decide what is listed."""
    clicked: Sequence[Mapping[str, str]] = st.session_state[chart_key].selection[SEGMENT]
    if clicked:
        st.session_state[_BAR] = (title, clicked[0]["group"])
        st.session_state[_LEVEL] = clicked[0]["level"]
