"""Charts for paper: light, of a fixed width, without clicks, and with a title that says what they show."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from smartia.charts.theme import FONT, LIGHT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH_PX: Final = 680
"""Width of a chart on paper; a page of A4 between its margins, at the size in which its labels are easy to read."""


def still_of(spec: Mapping[str, Any], title: str, lines: Sequence[str]) -> dict[str, Any]:
    """Make a chart's specification one for paper.

    Args:
        spec: What `spec_of` gives of a chart in light colours.
        title: What it shows.
        lines: What stands below the title: which sessions count, n, how uncertain it is, when the data were pulled.

    Returns:
        A specification that needs nothing but itself.
    """
    still = copy.deepcopy(dict(spec))
    for part in _parts(still):
        part.pop("params", None)
    return still | {
        "width": WIDTH_PX,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "background": LIGHT.page,
        "padding": 16,
        "title": {
            "text": title,
            "subtitle": list(lines),
            "anchor": "start",
            "frame": "group",
            "color": LIGHT.text,
            "font": FONT,
            "fontSize": 16,
            "subtitleColor": LIGHT.muted,
            "subtitleFont": FONT,
            "subtitleFontSize": 12,
            "limit": WIDTH_PX,
            "offset": 14,
        },
    }


def _parts(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [spec, *(part for layer in spec.get("layer", []) for part in _parts(layer))]
