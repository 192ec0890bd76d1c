"""Subtitles: what a chart states about the sessions it counts, so that it can stand alone in a document."""

from __future__ import annotations

from typing import Final

import altair as alt

from smartia.charts.theme import FONT, Chart, Theme

_LIMIT_PX: Final = 340


def with_subtitle(chart: Chart, subtitle: str | None, theme: Theme) -> Chart:
    """Write a line above a chart, at its left edge and quieter than its labels.

    Args:
        chart: A chart as `dress` returns it.
        subtitle: The line; None for none.
        theme: The colours.

    Returns:
        A chart with the line, or the chart itself.
    """
    if subtitle is None:
        return chart
    title = alt.TitleParams(
        subtitle,
        anchor="start",
        frame="group",
        color=theme.muted,
        font=FONT,
        fontSize=12,
        fontWeight="normal",
        limit=_LIMIT_PX,
        offset=8,
    )
    titled: Chart = chart.properties(title=title)
    return titled
