"""Stills: charts as they stand in a document, where nobody can point at a mark or ask the page what is counted."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from smartia.charts.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smartia.charts.theme import Draw

WIDTH_PX: Final = 680
"""The width of a still: that of a column of text on A4, at 96 pixels an inch."""
FONT: Final = "Arial, Liberation Sans, Helvetica, sans-serif"
"""Fonts of one and the same width, of which every computer and the drawing library have one."""
INTERVAL_NOTE: Final = "Lines and bands: 95% interval."

_TITLE_CHARACTERS: Final = 74
_LINE_CHARACTERS: Final = 108
_MOST_LINES: Final = 3
_POSITIONS: Final = ("x", "x2", "y", "y2")
_LIMITS: Final = frozenset({"low", "high"})


@dataclass(frozen=True)
class Still:
    """A chart for a document.

    Attributes:
        spec: Its Vega-Lite specification: light, of fixed width, without anything to click.
        description: What it shows, in one sentence.
    """

    spec: dict[str, Any]
    description: str


def make_still(draw: Draw, title: str = "", lines: Sequence[str] = ()) -> Still:
    """Draw a chart for a document, on a light page whatever the reader's theme is.

    Args:
        draw: Draws the chart.
        title: What stands above it; nothing where it stands in a text that says so.
        lines: What stands below the title; where the chart has intervals, a note on them is added.
    """
    spec = draw(theme=LIGHT).to_dict(validate=False)
    spec.pop("params", None)
    spec.pop("title", None)
    spec |= {"width": WIDTH_PX, "background": LIGHT.page, "padding": 6}
    config = spec["config"]
    config["font"] = FONT
    config["text"] = config.get("text", {}) | {"font": FONT}
    if title:
        said = [*lines, *([INTERVAL_NOTE] if _has_intervals(spec) else [])]
        spec["title"] = {
            "text": _wrapped(title, _TITLE_CHARACTERS),
            "subtitle": [part for line in said for part in _wrapped(line, _LINE_CHARACTERS)],
            "anchor": "start",
            "frame": "bounds",
            "color": LIGHT.text,
            "subtitleColor": LIGHT.muted,
            "font": FONT,
            "subtitleFont": FONT,
            "fontSize": 15,
            "subtitleFontSize": 12,
            "subtitlePadding": 5,
            "limit": WIDTH_PX - 20,
            "offset": 14,
        }
    return Still(spec, str(spec.get("description", "")))


def _has_intervals(spec: dict[str, Any]) -> bool:
    return any(
        isinstance(channel, dict) and channel.get("field") in _LIMITS
        for layer in _layers(spec)
        for name, channel in layer.get("encoding", {}).items()
        if name in _POSITIONS
    )


def _layers(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield spec
    for layer in spec.get("layer", ()):
        yield from _layers(layer)


def _wrapped(text: str, characters: int) -> list[str]:
    return textwrap.wrap(text, characters, max_lines=_MOST_LINES, placeholder=" …")
