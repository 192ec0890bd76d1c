"""The funnel chart: the share of each group over its size, between the lines that chance alone seldom crosses."""

from __future__ import annotations

import math
from typing import Final

import altair as alt
import pandas as pd

from smartia.charts.parts import WHOLE_TICKS, inline, listed, pickable, short_name
from smartia.charts.theme import COUNT_FORMAT, LIGHT, SHARE_FORMAT, Chart, Theme, Unit, dress

_HEIGHT: Final = 380
_SHAPES: Final = {"inside": "circle", "outside 95%": "triangle-up", "outside 99.8%": "diamond"}
_LINES: Final = {"low_95": "95%", "high_95": "95%", "low_998": "99.8%", "high_998": "99.8%"}
_DASHES: Final = {"95%": [5, 4], "99.8%": [1, 0]}


def build_funnel_chart(
    placed: pd.DataFrame, lines: pd.DataFrame, *, level_label: str, unit: Unit = "sessions", theme: Theme = LIGHT
) -> Chart:
    """Draw a point a group, n across and share up, with the whole and its limits as lines.

    Groups outside are filled, of another shape and carry their names. A click on a point selects its group.

    Args:
        placed: A result of `place_in_funnel`; groups too small to place are not drawn.
        lines: A result of `funnel_lines` for the same whole.
        level_label: The level reached, such as "Level 1".
        unit: What is counted.
        theme: The colours.

    Returns:
        The chart; empty for a table without groups that can be placed.
    """
    drawn = placed[placed["verdict"].isin(list(_SHAPES))]
    outside = drawn[drawn["verdict"] != "inside"]
    largest = int(drawn["n"].max()) if len(drawn) else 1
    title = f"Number of {unit} with a readable level"
    x = alt.X(
        "n:Q",
        axis=alt.Axis(title=title, format=COUNT_FORMAT, tickCount=6, labelExpr=WHOLE_TICKS, grid=False),
        scale=alt.Scale(domain=[0, largest * 1.06], nice=False),
    )
    axis = alt.Axis(title=f"Share at {level_label} or above", format=SHARE_FORMAT, tickCount=5)
    scale = alt.Scale(domain=_share_domain(drawn))
    limits = lines.melt("n", list(_LINES), var_name="line", value_name="limit")
    limits = limits.assign(within=limits["line"].map(_LINES).astype("str"))
    legend = alt.Legend(title=None, symbolType="stroke", columns=1, labelExpr="datum.label + ' limits'")
    funnel = (
        alt.Chart(inline(limits))
        .mark_line(stroke=theme.muted, strokeWidth=1.5, interpolate="monotone", clip=True)
        .encode(
            x=x,
            y=alt.Y("limit:Q", axis=axis, scale=scale),
            detail=alt.Detail("line:N"),
            strokeDash=alt.StrokeDash(
                "within:N",
                scale=alt.Scale(domain=list(_DASHES), range=list(_DASHES.values())),
                legend=legend if len(drawn) else None,
            ),
        )
    )
    middle = (
        alt.Chart(inline(drawn[["whole"]].head(1)))
        .mark_rule(stroke=theme.text, strokeWidth=1)
        .encode(y=alt.Y("whole:Q", axis=axis, scale=scale), tooltip=[_share("whole", "The whole")])
    )
    colours = {"inside": theme.muted, "outside 95%": theme.groups[0], "outside 99.8%": theme.groups[1]}
    place_legend = alt.Legend(title=None, columns=1) if len(drawn) else None
    colour = alt.Color(
        "verdict:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=place_legend
    )
    points = (
        alt.Chart(inline(drawn))
        .mark_point(filled=True, size=110, opacity=0.9, stroke=theme.page, strokeWidth=0.8, cursor="pointer")
        .encode(
            x=x,
            y=alt.Y("share:Q", axis=axis, scale=scale),
            color=colour,
            shape=alt.Shape(
                "verdict:N", scale=alt.Scale(domain=list(_SHAPES), range=list(_SHAPES.values())), legend=place_legend
            ),
            tooltip=[
                alt.Tooltip("group:N", title="Group"),
                _share("share", f"{level_label} or above"),
                alt.Tooltip("reached:Q", title="Reached it", format=COUNT_FORMAT),
                alt.Tooltip("n:Q", title=title, format=COUNT_FORMAT),
                _share("whole", "The whole"),
                _share("low_95", "Chance alone (95%) from"),
                _share("high_95", "to"),
                alt.Tooltip("verdict:N", title="Its place"),
            ],
        )
    )
    # Names of points in the right half stand to their left, where there is room.
    texts = [short_name(str(group)) for group in outside["group"]]
    named = outside.assign(text=pd.Series(texts, index=outside.index, dtype="str"))
    in_left_half = named["n"] <= largest / 2
    left, right = (alt.Chart(inline(part)) for part in (named[in_left_half], named[~in_left_half]))
    at = {"x": x, "y": alt.Y("share:Q", axis=axis, scale=scale), "text": alt.Text("text:N")}
    names = [left.mark_text(align="left", dx=10).encode(**at), right.mark_text(align="right", dx=-10).encode(**at)]
    said = [f"{row['group']} {row['share']:.0%} of {row['n']:,} ({row['verdict']})" for row in _records(outside)]
    sentence = "Share by group and its size: no data."
    if len(drawn):
        sentence = (
            f"Share at {level_label} or above of {len(drawn)} groups over their number of {unit}, around "
            f"{float(drawn['whole'].iloc[0]):.0%} of the whole; outside the limits: {listed(said) or 'none'}."
        )
    return dress([funnel, middle, pickable(points, "group"), *names], theme, sentence, height=_HEIGHT)


def _share_domain(drawn: pd.DataFrame) -> list[float]:
    """Whole tenths around every point and around the limits of the smallest group."""
    if drawn.empty:
        return [0.0, 1.0]
    low, high = drawn[["share", "low_998"]].min().min(), drawn[["share", "high_998"]].max().max()
    return [max(math.floor(low * 10) / 10, 0.0), min(math.ceil(high * 10) / 10, 1.0)]


def _share(name: str, title: str) -> alt.Tooltip:
    return alt.Tooltip(f"{name}:Q", title=title, format=".1%")


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
