"""Looks: the colours, fonts and number formats that all charts share, for a light and a dark page.

Levels carry one ramp: ordered in lightness from the lowest level to the highest, every step at least 3:1
against the page (WCAG 2.2, 1.4.11), and neighbours apart also for the three kinds of colour blindness. Since no
seven colours are 3:1 from each other, gaps, labels and a table carry what colour alone cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import altair as alt

from smartia.table.levels import WHOLE_LEVELS

# Altair would validate every part of a chart when it is made, for half of the time that a page takes. The tests
# validate every chart as a whole.
alt.utils.schemapi.disable_debug_mode()

if TYPE_CHECKING:
    from collections.abc import Sequence

Unit = Literal["learners", "sessions"]
"""What a chart counts."""

FONT: Final = '"Source Sans", sans-serif'
"""The app's own font where it is loaded."""

COUNT_FORMAT: Final = ",d"
SHARE_FORMAT: Final = ".0%"
MINUTES_FORMAT: Final = ",.0f"

LOWER_OPACITY: Final = 0.72
"""How much of its colour the lower half of a level keeps."""


@dataclass(frozen=True)
class Chart:
    """What every builder returns: layers over each other.

    Altair's own chart of layers copies every part of each layer, and once more for its specification, which takes
    longer than all that goes before.

    Attributes:
        layers: Charts without configuration, the lowest first.
        properties: What the chart has besides, as Vega-Lite calls it.
    """

    layers: tuple[alt.Chart, ...]
    properties: dict[str, Any]

    def to_dict(self, *, validate: bool = True) -> dict[str, Any]:
        """Give the Vega-Lite specification that a browser draws, its rows under `datasets`.

        Args:
            validate: Whether it is held against the schema of Vega-Lite.

        Raises:
            jsonschema.ValidationError: The chart does not fit the schema.
        """
        datasets: dict[str, tuple[dict[str, Any], ...]] = {}
        context = {"top_level": False, "datasets": datasets, "pre_transform": False}
        layers = [layer.to_dict(validate=False, context=context) for layer in self.layers]
        # Selections belong to the chart as a whole and say by name which layer they are made in.
        params = []
        for place, layer in enumerate(layers):
            made_here = layer.pop("params", [])
            if made_here:
                layer["name"] = f"layer_{place}"
                params += [param | {"views": [layer["name"]]} for param in made_here]
        spec = {"$schema": alt.SCHEMA_URL, **self.properties, "layer": layers}
        spec["datasets"] = {name: list(rows) for name, rows in datasets.items()}
        spec |= {"params": params} if params else {}
        if validate:
            alt.LayerChart.validate(spec)
        return spec

    def to_altair(self) -> alt.LayerChart:
        """Give the same as Altair's own chart, for notebooks and to be saved."""
        return alt.LayerChart.from_dict(self.to_dict())


class Draw(Protocol):
    """Draws one chart in the colours of a page: a builder whose figures are given already."""

    def __call__(self, *, theme: Theme) -> Chart:
        """Draw it."""
        ...


@dataclass(frozen=True)
class Theme:
    """The colours of charts on one kind of page.

    Attributes:
        name: "light" or "dark".
        page: The page's background; charts themselves are transparent.
        text: Labels and titles.
        muted: Secondary marks and axis lines.
        grid: Grid lines.
        levels: One colour a whole level, lowest first.
        unreadable: The grey of levels that cannot be read.
        accent: Marks of a chart without groups.
        groups: Marks of groups, in order; used again from the start where there are more groups.
    """

    name: Literal["light", "dark"]
    page: str
    text: str
    muted: str
    grid: str
    levels: tuple[str, ...]
    unreadable: str
    accent: str
    groups: tuple[str, ...]

    def level_colour(self, whole: str) -> str:
        """Give the colour of a whole level.

        Args:
            whole: Its label; anything that is not on the ladder is grey.
        """
        return self.levels[WHOLE_LEVELS.index(whole)] if whole in WHOLE_LEVELS else self.unreadable

    def group_colours(self, groups: Sequence[str]) -> list[str]:
        """Give each group a colour; one group alone gets the accent.

        Args:
            groups: The groups, in order.
        """
        if len(groups) == 1:
            return [self.accent]
        return [self.groups[place % len(self.groups)] for place in range(len(groups))]


_GROUPS: Final = ("#0072B2", "#D55E00", "#009171", "#B8609A", "#9A7D0A", "#7C6BD6", "#7F7F7F", "#2A93C9")
CHART_GROUPS: Final = len(_GROUPS)
"""Groups drawn at most: there are no more colours that can be told apart."""

LIGHT: Final = Theme(
    name="light",
    page="#FFFFFF",
    text="#1F2430",
    muted="#5B6270",
    grid="#E3E6EB",
    levels=("#E46D76", "#C67F09", "#916840", "#5F5050", "#303656", "#041557", "#000000"),
    unreadable="#8A8F98",
    accent="#0072B2",
    groups=_GROUPS,
)

DARK: Final = Theme(
    name="dark",
    page="#0E1117",
    text="#E8EAED",
    muted="#A4ABB6",
    grid="#2B313B",
    levels=("#B9445E", "#B1741E", "#B79359", "#B4AD9F", "#94C4FF", "#C1DEF7", "#F0F4F7"),
    unreadable="#6B7280",
    accent="#4C9FD6",
    groups=_GROUPS,
)


def relative_luminance(colour: str) -> float:
    """Give the relative luminance of a colour, as WCAG 2.2 defines it.

    Args:
        colour: "#RRGGBB".
    """
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of two colours, as WCAG 2.2 defines it: 1 to 21.

    Args:
        one: "#RRGGBB".
        other: "#RRGGBB".
    """
    darker, lighter = sorted((relative_luminance(one), relative_luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def blend(colour: str, opacity: float, background: str) -> str:
    """Give the colour that shows where a translucent colour lies on a background.

    Args:
        colour: "#RRGGBB".
        opacity: 0 to 1.
        background: "#RRGGBB".
    """
    pairs = ((int(colour[at : at + 2], 16), int(background[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(top * opacity + under * (1 - opacity)):02X}" for top, under in pairs)


def ink_on(colour: str) -> str:
    """Give black or white, whichever is easier to read on a colour.

    Args:
        colour: "#RRGGBB".
    """
    return max("#000000", "#FFFFFF", key=lambda ink: contrast(ink, colour))


def dress(layers: Sequence[alt.Chart], theme: Theme, description: str, *, height: int) -> Chart:
    """Lay layers over each other, and give the chart its looks and its words for screen readers.

    Args:
        layers: Charts without configuration, the lowest first.
        theme: The colours.
        description: One sentence that says what the chart shows.
        height: Pixels.

    Returns:
        The chart, as wide as its container, on a transparent background.
    """
    axis: dict[str, Any] = {
        "labelColor": theme.text,
        "titleColor": theme.text,
        "domainColor": theme.muted,
        "tickColor": theme.muted,
        "gridColor": theme.grid,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 180,
        "titleLimit": 320,
        "labelOverlap": "greedy",
        "labelSeparation": 6,
    }
    legend: dict[str, Any] = {
        "orient": "top",
        "direction": "horizontal",
        "columns": 4,
        "symbolLimit": 0,
        "symbolType": "square",
        "symbolOpacity": 1,
        "labelColor": theme.text,
        "titleColor": theme.text,
        "labelFontSize": 12,
        "labelLimit": 140,
        "columnPadding": 10,
    }
    return Chart(
        tuple(layers),
        {
            "width": "container",
            "height": height,
            "description": description,
            # On the chart, not in its configuration: Streamlit squeezes heights where the chart itself is silent.
            "autosize": {"type": "fit-x", "contains": "padding"},
            "config": {
                "font": FONT,
                "background": "transparent",
                "view": {"stroke": None},
                "axis": axis,
                "legend": legend,
                "text": {"color": theme.text, "font": FONT, "fontSize": 12},
            },
        },
    )
