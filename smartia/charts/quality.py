"""Charts of data quality: how often each finding occurs, month by month. A month still running is dashed."""

from __future__ import annotations

import json
from typing import Final, Literal, get_args

import altair as alt
import pandas as pd

from smartia.charts.parts import distinct, inline, listed, pickable, where
from smartia.charts.theme import COUNT_FORMAT, LIGHT, Chart, Theme, dress

Measure = Literal["share", "n"]
"""What the height of a bar stands for."""
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)

_ROW_HEIGHT: Final = 62
_BAND: Final = 0.58
_RUNNING_OPACITY: Final = 0.55
_DASHES: Final = [5, 4]
_HEADING_LIMIT: Final = 345


def build_findings_trend_chart(trend: pd.DataFrame, *, show: Measure = "share", theme: Theme = LIGHT) -> Chart:
    """Draw a row of bars for each finding, a bar a month; a running month is pale and dashed.

    Rows do not share a scale: in each the tallest bar is as high as the row, and its value stands in the heading.

    Args:
        trend: A result of `findings_by_month`, with the names for the screen in `finding`.
        show: Whether bars stand for the share of the month's sessions or for their number.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows.
    """
    findings = distinct(trend["finding"])
    place = -trend["finding"].map({finding: float(place) for place, finding in enumerate(findings)}).astype("float64")
    tallest = trend.groupby("finding")[show].transform("max")
    height = (trend[show] / tallest.where(tallest > 0)).fillna(0) * _BAND
    whole = pd.Series(trend["running"].map({True: "no, still running", False: "yes"}), dtype="str")
    bars = trend.assign(y=place, y2=place + height, whole=whole)[trend["n"] > 0]
    x = _month_axis(trend)
    scale = alt.Scale(domain=[min(0.0, -(len(findings) - 1.0)), 1.0], nice=False)
    y = alt.Y("y:Q", axis=None, scale=scale)
    tooltip = [
        alt.Tooltip("finding:N", title="Finding"),
        alt.Tooltip("period:N", title="Month"),
        alt.Tooltip("n:Q", title="Found", format=COUNT_FORMAT),
        alt.Tooltip("base:Q", title="Of", format=COUNT_FORMAT),
        alt.Tooltip("share:Q", title="Share", format=".1%"),
        alt.Tooltip("whole:N", title="Whole month"),
    ]
    drawn = (
        alt.Chart(inline(bars))
        .mark_bar(color=theme.accent)
        .encode(
            x=x,
            y=y,
            y2=alt.Y2("y2:Q"),
            fillOpacity=alt.FillOpacityValue(1, condition=where("datum.running", _RUNNING_OPACITY)),
            tooltip=tooltip,
        )
    )
    outline = (
        alt.Chart(inline(bars[bars["running"]]))
        .mark_bar(filled=False, stroke=theme.text, strokeWidth=1.5, strokeDash=_DASHES)
        .encode(x=x, y=y, y2=alt.Y2("y2:Q"))
    )
    rows = [_heading(trend[trend["finding"] == finding], show) for finding in findings]
    floors = (
        alt.Chart(alt.InlineData(values=[{"y": -place} for place in range(len(rows))]))
        .mark_rule(color=theme.grid)
        .encode(y=y)
    )
    texts = [{"y": _BAND + 0.06 - place, "heading": heading} for place, heading in enumerate(rows)]
    names = (
        alt.Chart(alt.InlineData(values=texts))
        .mark_text(align="left", baseline="bottom", fontSize=11, limit=_HEADING_LIMIT)
        .encode(x=alt.XValue(0), y=y, text=alt.Text("heading:N"))
    )
    sentence = f"Findings by month, a row of bars each: {listed(rows) or 'no data'}."
    return dress(
        [floors, pickable(drawn, "finding", "period"), outline, names],
        theme,
        sentence,
        height=_ROW_HEIGHT * max(1, len(findings)),
    )


def _heading(rows: pd.DataFrame, show: Measure) -> str:
    finding, total = rows["finding"].iloc[0], int(rows["n"].sum())
    if not total:
        return f"{finding} · none"
    most = rows.sort_values(show, ascending=False, kind="stable").iloc[0]
    value = f"{most['share']:.1%} of {most['base']:,}" if show == "share" else f"{most['n']:,}"
    return f"{finding} · {total:,} · up to {value} ({most['period']})"


def _month_axis(trend: pd.DataFrame) -> alt.X:
    """Put months on the axis in order of time, with "so far" under the one that is running."""
    running = json.dumps(distinct(trend.loc[trend["running"], "period"]))
    labels = f"indexof({running}, datum.value) >= 0 ? [datum.label, 'so far'] : datum.label"
    axis = alt.Axis(title=None, labelAngle=0, labelExpr=labels, labelOverlap="greedy", labelBound=True, grid=False)
    scale = alt.Scale(domain=distinct(trend["period"]), paddingInner=0.15)
    return alt.X("period:N", sort=None, scale=scale, axis=axis)
