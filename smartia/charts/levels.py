"""Charts of levels: the mix of levels by group, and the share that reached one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import altair as alt
import pandas as pd

from smartia.charts.parts import (
    WHOLE_TICKS,
    distinct,
    inline,
    listed,
    pickable,
    row_axis,
    row_heading,
    row_headings,
    row_height,
)
from smartia.charts.theme import (
    COUNT_FORMAT,
    LIGHT,
    LOWER_OPACITY,
    SHARE_FORMAT,
    Chart,
    Theme,
    Unit,
    blend,
    dress,
    ink_on,
)

if TYPE_CHECKING:
    from collections.abc import Hashable

_BAR_SIZE: Final = 22
_ROOM_FOR_SHARE: Final = 0.07
_ROOM_FOR_COUNT: Final = 0.1


def build_level_mix_chart(
    mix: pd.DataFrame,
    *,
    show: Literal["share", "count"] = "share",
    unit: Unit = "sessions",
    theme: Theme = LIGHT,
) -> Chart:
    """Draw the mix of levels as one stacked bar a group, lowest level left, unreadable ones right in grey.

    Whole levels differ by colour; the lower half of a level is paler than the upper one and set off by a thin
    line.

    Args:
        mix: A result of `level_mix`, with whole or half levels.
        show: The length of the bars: shares of each group, or counts.
        unit: What is counted.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows.
    """
    groups = distinct(mix["group"])
    cells = level_cells(mix, show, theme, ["group"])
    room = _ROOM_FOR_SHARE if show == "share" else _ROOM_FOR_COUNT
    longest = float(cells["end"].max()) if len(cells) else 1.0
    title = f"Share of {unit}" if show == "share" else f"Number of {unit}"
    form = SHARE_FORMAT if show == "share" else COUNT_FORMAT
    words = "datum.label" if show == "share" else WHOLE_TICKS
    axis = alt.Axis(title=title, format=form, grid=False, tickCount=4, labelExpr=words)
    y = row_axis(groups)
    x = alt.X("start:Q", axis=axis, scale=alt.Scale(domain=[0, longest], nice=False))
    bars = (
        alt.Chart(inline(cells))
        .mark_bar(size=_BAR_SIZE, stroke=theme.page, strokeWidth=0.8)
        .encode(
            y=y,
            x=x,
            x2=alt.X2("end:Q"),
            color=level_colour(mix, theme),
            fillOpacity=alt.FillOpacity("opacity:Q", scale=None, legend=None),
            tooltip=level_tooltip(unit, alt.Tooltip("group:N", title="Group")),
        )
    )
    gaps = (
        alt.Chart(inline(whole_spans(cells, ["group"])))
        .mark_bar(size=_BAR_SIZE, filled=False, stroke=theme.page, strokeWidth=2)
        .encode(y=y, x=x, x2=alt.X2("end:Q"))
    )
    labels = (
        alt.Chart(inline(cells[cells["end"] - cells["start"] >= room * longest]))
        .mark_text(fontSize=11)
        .encode(y=y, x=alt.X("middle:Q"), text=alt.Text("text:N"), color=alt.Color("ink:N", scale=None))
    )
    bases = mix.drop_duplicates("group")
    names = bases.assign(heading=[row_heading(g, n) for g, n in zip(bases["group"], bases["base"], strict=True)])
    layers = [pickable(bars, "group", "level"), gaps, labels, row_headings(names, groups)]
    return dress(layers, theme, _describe_mix(mix, unit), height=row_height(groups))


def build_share_chart(
    shares: pd.DataFrame, *, level_label: str, unit: Unit = "sessions", theme: Theme = LIGHT
) -> Chart:
    """Draw the share at or above a level as a dot a group, with its 95 % interval as a line.

    Args:
        shares: A result of `share_at_or_above`.
        level_label: The level reached, such as "Level 1".
        unit: What is counted.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows. Groups without a readable level have a name but no dot.
    """
    groups = distinct(shares["group"])
    y = row_axis(groups)
    title = f"Share of {unit} at {level_label} or above (line: 95% interval)"
    axis = alt.Axis(title=title, format=SHARE_FORMAT, tickCount=5)
    x = alt.X("share:Q", axis=axis, scale=alt.Scale(domain=[0, 1]))
    drawn = shares[shares["n"] > 0]
    base = alt.Chart(inline(drawn))
    tooltip = share_tooltip(unit, level_label, alt.Tooltip("group:N", title="Group"))
    colour = alt.ColorValue(theme.accent)
    intervals = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        y=y, x=alt.X("low:Q", axis=axis), x2=alt.X2("high:Q"), color=colour, tooltip=tooltip
    )
    dots = base.mark_point(filled=True, size=110, opacity=1).encode(y=y, x=x, color=colour, tooltip=tooltip)
    texts = [_name_share(row) for row in shares.to_dict("records")]
    layers = [intervals, pickable(dots, "group"), row_headings(shares.assign(heading=texts), groups)]
    said = [f"{row['group']} {row['share']:.0%} of {row['n']:,}" for row in drawn.to_dict("records")]
    sentence = f"Share of {unit} at {level_label} or above with 95% intervals: {listed(said) or 'no data'}."
    return dress(layers, theme, sentence, height=row_height(groups))


def level_cells(mix: pd.DataFrame, show: Literal["share", "count"], theme: Theme, within: list[str]) -> pd.DataFrame:
    """Lay out the segments of stacked bars: where each starts and ends, its label and the label's ink.

    Args:
        mix: A result of `level_mix` or `level_mix_by_period`.
        show: What the length of a segment stands for.
        theme: The colours.
        within: The columns that tell the bars apart.

    Returns:
        The rows with sessions, and `start`, `end`, `middle`, `opacity`, `text`, `ink`.
    """
    cells = mix[mix["n"] > 0].sort_values("rank", kind="stable")
    size = cells["share"] if show == "share" else cells["n"].astype("float64")
    end = size.groupby([cells[name] for name in within], sort=False).cumsum()
    lower = cells["level"].str.endswith("Lower") & (cells["level"] != cells["whole"])
    opacity = lower.map({True: LOWER_OPACITY, False: 1.0}).astype("float64")
    inks = [
        ink_on(blend(theme.level_colour(whole), part, theme.page))
        for whole, part in zip(cells["whole"], opacity, strict=True)
    ]
    texts = [f"{value:.0%}" if show == "share" else f"{value:,.0f}" for value in size]
    return cells.assign(
        start=end - size, end=end, middle=end - size / 2, opacity=opacity, text=texts, ink=inks
    ).sort_index()


def whole_spans(cells: pd.DataFrame, within: list[str]) -> pd.DataFrame:
    """Lay out the outline of whole levels over the segments of their halves.

    Args:
        cells: A result of `level_cells`.
        within: The columns that tell the bars apart.

    Returns:
        The columns of `within`, `whole`, `start`, `end`.
    """
    spans: dict[tuple[Any, ...], tuple[float, float]] = {}
    for *span, start, end in zip(*(cells[name] for name in [*within, "whole", "start", "end"]), strict=True):
        first, last = spans.get(tuple(span), (start, end))
        spans[tuple(span)] = (min(first, start), max(last, end))
    rows = [(*span, *ends) for span, ends in spans.items()]
    return pd.DataFrame(rows, columns=[*within, "whole", "start", "end"])


def level_colour(mix: pd.DataFrame, theme: Theme) -> alt.Color:
    """Colour segments by whole level, with a legend in the order of the ladder.

    Args:
        mix: Rows with `whole` and `rank`.
        theme: The colours.
    """
    wholes = distinct(mix.sort_values("rank", kind="stable")["whole"])
    scale = alt.Scale(domain=wholes, range=[theme.level_colour(whole) for whole in wholes])
    return alt.Color("whole:N", scale=scale, legend=alt.Legend(title=None) if wholes else None)


def level_tooltip(unit: Unit, bar: alt.Tooltip) -> list[alt.Tooltip]:
    """Say what a segment of a bar holds.

    Args:
        unit: What is counted.
        bar: What the bar stands for.
    """
    return [
        bar,
        alt.Tooltip("level:N", title="Level"),
        alt.Tooltip("n:Q", title=unit.capitalize(), format=COUNT_FORMAT),
        alt.Tooltip("share:Q", title="Share", format=".1%"),
        alt.Tooltip("base:Q", title=f"All {unit} here", format=COUNT_FORMAT),
    ]


def share_tooltip(unit: Unit, level_label: str, *about: alt.Tooltip) -> list[alt.Tooltip]:
    """Say what a share is made of, and how sure it is.

    Args:
        unit: What is counted.
        level_label: The level reached.
        about: What the mark stands for.
    """
    return [
        *about,
        alt.Tooltip("share:Q", title=f"{level_label} or above", format=".1%"),
        alt.Tooltip("low:Q", title="95% interval from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip(
            "reached:Q",
            title="Reached it",
            format=COUNT_FORMAT,
        ),
        alt.Tooltip("n:Q", title=f"{unit.capitalize()} with a readable level", format=COUNT_FORMAT),
        alt.Tooltip("unreadable:Q", title="Left out: not readable", format=COUNT_FORMAT),
    ]


def most_frequent(mix: pd.DataFrame, bar: str) -> list[dict[Hashable, Any]]:
    """Find the level that most sessions of each bar are at; of equals the lower one.

    Args:
        mix: A result of `level_mix` or `level_mix_by_period`.
        bar: The column that tells the bars apart.
    """
    most: dict[Hashable, dict[Hashable, Any]] = {}
    for row in mix.to_dict("records"):
        if row["n"] > most.get(row[bar], {"n": 0})["n"]:
            most[row[bar]] = row
    return list(most.values())


def _describe_mix(mix: pd.DataFrame, unit: Unit) -> str:
    said = [
        f"{row['group']}, {row['base']:,} {unit}, most often {row['level']} ({row['share']:.0%})"
        for row in most_frequent(mix, "group")
    ]
    return f"Mix of levels from lowest to highest, one bar a group: {listed(said) or 'no data'}."


def _name_share(row: dict[Hashable, Any]) -> str:
    share = f"{row['share']:.0%} ({row['low']:.0%}–{row['high']:.0%})" if row["n"] else ""
    return row_heading(row["group"], row["n"], share)
