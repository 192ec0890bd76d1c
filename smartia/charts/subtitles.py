"""Subtitles: what a chart states about the sessions it counts, so that it can stand alone in a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from smartia.charts.theme import FONT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smartia.charts.theme import Chart, Theme

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
    title = {
        "text": list(lines),
        "anchor": "start",
        "frame": "group",
        "color": theme.muted,
        "font": FONT,
        "fontSize": 12,
        "fontWeight": "normal",
        "limit": _LIMIT_PX,
        "offset": 12,
    }
    return chart.to_dict(validate=False) | {"title": title}
