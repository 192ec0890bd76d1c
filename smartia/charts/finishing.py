"""The chart of who has finished by when: a rising line a group, with points that tell and lead to what they count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from smartia.charts.parts import (
    PICK_SIZE,
    distinct,
    group_colour,
    heading,
    inline,
    listed,
    log_minute_ticks,
    minute_ticks,
    pickable,
)
from smartia.charts.theme import COUNT_FORMAT, LIGHT, MINUTES_FORMAT, SHARE_FORMAT, Chart, Theme, dress

if TYPE_CHECKING:
    import pandas as pd


def build_ecdf_chart(
    ecdf: pd.DataFrame,
    *,
    marks: pd.DataFrame,
    share: float = 0.9,
    finish_within: pd.DataFrame | None = None,
    log: bool = True,
    theme: Theme = LIGHT,
) -> Chart:
    """Draw the share that had finished after so many minutes, as one rising line a group.

    Args:
        ecdf: A result of `duration_ecdf`.
        marks: A result of `finish_marks` for the same groups: points on the lines that tell what they count, and that
            can be clicked.
        share: The share that a level rule marks.
        finish_within: A result of `minutes_for_share` for the same share and groups: adds a dot on each line,
            and the minutes to the legend.
        log: Whether the axis of minutes is logarithmic.
        theme: The colours.

    Returns:
        The chart; without lines for a table without rows.
    """
    groups = distinct(ecdf["group"])
    known = (
        {} if finish_within is None else finish_within.dropna(subset="minutes").set_index("group")["minutes"].to_dict()
    )
    bases = dict(zip(ecdf["group"], ecdf["n"], strict=True))
    labels = [heading(g, bases[g]) + (f" · {share:.0%} in {known[g]:,} min" if g in known else "") for g in groups]
    low, high = (float(ecdf["minutes"].min()), float(ecdf["minutes"].max())) if len(ecdf) else (1.0, 60.0)
    low, high = (max(low, 0.5), max(high, 1.0)) if log else (0.0, max(high, 1.0))
    ticks = log_minute_ticks(low, high) if log else minute_ticks(high)
    scale = alt.Scale(type="log" if log else "linear", domain=[low, high], nice=False, clamp=True)
    x = alt.X("minutes:Q", scale=scale, axis=alt.Axis(title="Minutes", values=ticks, format=MINUTES_FORMAT))
    axis = alt.Axis(title="Share of sessions finished", format=SHARE_FORMAT, tickCount=5)
    y = alt.Y("share:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)
    colour = group_colour(groups, theme, labels)
    rule = (
        alt.Chart(alt.InlineData(values=[{"share": share}])).mark_rule(color=theme.muted, strokeDash=[5, 4]).encode(y=y)
    )
    lines = alt.Chart(inline(ecdf)).mark_line(interpolate="step-after", strokeWidth=2).encode(x=x, y=y, color=colour)
    places = [{"group": g, "minutes": known[g], "share": share} for g in groups if g in known]
    dots = (
        alt.Chart(alt.InlineData(values=places))
        .mark_point(filled=True, size=90, opacity=1, stroke=theme.page, strokeWidth=1)
        .encode(x=x, y=y, color=colour)
    )
    points = pickable(_finish_points(marks).encode(x=x, y=y, color=colour), "group", "minutes")
    said = [f"{g}, {share:.0%} within {known[g]:,} minutes" if g in known else g for g in groups]
    sentence = f"Share of sessions finished after so many minutes: {listed(said) or 'no data'}."
    return dress([rule, lines, dots, points], theme, sentence, height=320)


def _finish_points(marks: pd.DataFrame) -> alt.Chart:
    """Lay points on the curves that are felt and not seen, wide enough for a finger: a line would tell of its start."""
    points: alt.Chart = (
        alt.Chart(inline(marks))
        .mark_point(filled=True, size=PICK_SIZE, opacity=0)
        .encode(
            tooltip=[
                alt.Tooltip("group:N", title="Group"),
                alt.Tooltip("minutes:Q", title="Finished within minutes", format=COUNT_FORMAT),
                alt.Tooltip("n:Q", title="Sessions", format=COUNT_FORMAT),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
                alt.Tooltip("base:Q", title="All sessions here", format=COUNT_FORMAT),
            ]
        )
    )
    return points
