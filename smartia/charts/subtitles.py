"""Subtitles: what a chart states about the sessions it counts, so that it can stand alone in a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt

from smartia.charts.theme import FONT, Chart, Theme, spec_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_LIMIT_PX: Final = 340


def with_subtitle(chart: Chart, lines: Sequence[str], theme: Theme) -> dict[str, Any]:
    """Write lines above a chart, at its left edge and quieter than its labels.

    Args:
        chart: A chart as `dress` returns it.
        lines: What they say.
        theme: The colours.

    Returns:
        The specification of the chart with the lines.
    """
    title = alt.TitleParams(
        list(lines),
        anchor="start",
        frame="group",
        color=theme.muted,
        font=FONT,
        fontSize=12,
        fontWeight="normal",
        limit=_LIMIT_PX,
        offset=12,
    )
    # Not as a property of the chart, which would copy the whole of it.
    return spec_of(chart) | {"title": title.to_dict(validate=False)}
