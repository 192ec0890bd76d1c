"""The chart of cumulative shares: which share of each group is at or above each level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt

from smartia.charts.parts import distinct, group_colour, inline, listed, pickable
from smartia.charts.theme import COUNT_FORMAT, LIGHT, SHARE_FORMAT, Chart, Theme, Unit, dress

if TYPE_CHECKING:
    import pandas as pd

_HEIGHT_PX: Final = 300


def build_ladder_chart(ladder: pd.DataFrame, *, unit: Unit = "sessions", theme: Theme = LIGHT) -> Chart:
    """Draw the share at or above each level as a line with dots a group, with 95 % intervals as upright strokes.

    At each level the groups stand side by side, so that their dots and intervals do not hide each other.

    Args:
        ladder: A result of `shares_on_ladder`.
        unit: What is counted.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows. Groups without a readable level are not drawn.
    """
    drawn = ladder[ladder["n"] > 0]
    groups = distinct(drawn["group"])
    x = alt.X(
        "level:N",
        sort=None,
        scale=alt.Scale(domain=distinct(drawn["level"]), paddingInner=0.3),
        axis=alt.Axis(
            title="Level or above",
            labelAngle=0,
            grid=False,
            labelOverlap=False,
            labelExpr="split(replace(datum.label, 'Pre-', 'Pre- '), ' ')",
        ),
    )
    side_by_side = alt.XOffset("group:N", sort=None, scale=alt.Scale(domain=groups))
    axis = alt.Axis(title=f"Share of {unit} (strokes: 95% interval)", format=SHARE_FORMAT, tickCount=5)
    scale = alt.Scale(domain=[0, 1])
    share = alt.Y("share:Q", axis=axis, scale=scale)
    colour = group_colour(groups, theme)
    tooltip = [
        alt.Tooltip("group:N", title="Group"),
        alt.Tooltip("level:N", title="Level or above"),
        alt.Tooltip("share:Q", title="Share", format=".1%"),
        alt.Tooltip("low:Q", title="95% interval from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip("reached:Q", title="Reached it", format=COUNT_FORMAT),
        alt.Tooltip("n:Q", title=f"{unit.capitalize()} with a readable level", format=COUNT_FORMAT),
    ]
    base = alt.Chart(inline(drawn)).encode(x=x, xOffset=side_by_side, color=colour)
    lines = base.mark_line(strokeWidth=1.5, opacity=0.5).encode(y=share)
    intervals = base.mark_rule(strokeWidth=3, opacity=0.55).encode(
        y=alt.Y("low:Q", axis=axis, scale=scale), y2=alt.Y2("high:Q"), tooltip=tooltip
    )
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(y=share, tooltip=tooltip)
    said = [
        f"{row['group']} {row['level']} or above {row['share']:.0%} of {row['n']:,}" for row in drawn.to_dict("records")
    ]
    sentence = f"Share of {unit} at or above each level with 95% intervals: {listed(said) or 'no data'}."
    return dress([lines, intervals, pickable(dots, "group", "level")], theme, sentence, height=_HEIGHT_PX)
