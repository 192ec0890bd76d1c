"""What the Levels page shows beside the mix: shares without short sittings, and the ladder."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from smartia.analysis.duration_groups import largest_groups
from smartia.analysis.grouping import rows_with, values_held
from smartia.analysis.ladder import rows_at, rows_reaching, shares_on_ladder, shares_without_short
from smartia.analysis.levels import Detail, count_unit, level_mix
from smartia.analysis.quality import MINIMUM_N
from smartia.charts.ladder import build_ladder_chart
from smartia.charts.theme import CHART_GROUPS
from smartia.export.exhibits import Picture
from smartia.table.collected import AnyFrame
from smartia.table.levels import rank_of
from smartia.ui.behind import Mark, Marks, show_marks
from smartia.ui.durations import show_groups_left_out
from smartia.ui.lazy import Lazy
from smartia.ui.level_sentences import ladder_sentence, without_short_sentence
from smartia.ui.panels import show_folded_table
from smartia.ui.shell import View
from smartia.ui.splits import Split
from smartia.ui.text import escape

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
    rows: Lazy[AnyFrame]
    column: str
    mix: pd.DataFrame


def cut_sections(sessions: Lazy[AnyFrame], split: Split | None, detail: Detail) -> list[Section]:
    """Cut the sessions into the charts of the page: one of all subjects, or one a subject with the bars of a split.

    Args:
        sessions: The sessions that count.
        split: What the reader splits by.
        detail: How finely the ladder is read.
    """
    if split is None:
        mix = sessions.of(level_mix, "subject", detail=detail)
        return [Section("By subject", "Subject", sessions, "subject", mix)]
    parts = {subject: sessions.part(rows_with, "subject", subject) for subject in sessions.of(values_held, "subject")}
    return [
        Section(subject, split.label, rows, split.column, rows.of(level_mix, split.column, detail=detail))
        for subject, rows in parts.items()
    ]


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
        f"Unusually short: under {percentage}% of the median of the same test version; of the test where the version "
        f"has fewer than {MINIMUM_N} sessions, and of the subject where the test has fewer too. A short sitting is a "
        "reason to ask the tutor; it says nothing by itself. Levels that cannot be read are left out. In brackets: "
        "95% interval."
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
        table = section.rows.of(shares_without_short, rank, percentage / 100, section.column)
        noun = section.rows.of(count_unit, section.column).removesuffix("s")
        st.markdown("\n".join(f"- {without_short_sentence(row, level, noun)}" for row in table.to_dict("records")))
        show_folded_table(
            table,
            list(table.columns),
            key=f"without-short-table-{place}",
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
        table = section.rows.of(shares_on_ladder, section.column)
        if table.empty:
            st.info("No level can be read under these filters.", icon=":material/stairs:")
            continue
        unit = section.rows.of(count_unit, section.column)
        parts = [rows for _, rows in table.groupby("group", sort=False)]
        st.markdown("\n".join(f"- {ladder_sentence(rows, unit.removesuffix('s'))}" for rows in parts))
        bars = table.drop_duplicates("group")
        drawn = largest_groups(bars, CHART_GROUPS)
        show_groups_left_out(bars, drawn)
        steps = table[table["group"].isin(drawn)]
        chart = partial(build_ladder_chart, steps, unit=unit)
        marks = Marks(steps[steps["reached"] > 0], ("group", "level"), partial(_at_or_above, section))
        title = f"Share at or above each level: {section.title}"
        caption = "Sessions at the level chosen or above it"
        show_marks(view, chart, marks, title=title, key=f"ladder-{place}", caption=caption)
        show_folded_table(
            table,
            list(table.columns),
            key=f"ladder-table-{place}",
            labels={"group": section.label, "level": "Level or above"},
            caption=title,
            picture=Picture("line", "level", ("share",), "group"),
        )


def _name_section(section: Section, sections: Sequence[Section]) -> None:
    """Write whose figures follow, where the page is split."""
    if len(sections) > 1 or section.column != "subject":
        st.subheader(escape(section.title), anchor=False)


def _at_or_above(section: Section, mark: Mark) -> AnyFrame:
    rows = rows_at(section.rows.value, section.column, mark["group"], None)
    return rows_reaching(rows, rank_of(mark["level"]))
