"""Charts of durations: how they spread, and their quartiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt

from smartia.charts.parts import (
    distinct,
    inline,
    listed,
    log_minute_ticks,
    minute_ticks,
    pickable,
    row_axis,
    row_heading,
    row_headings,
    row_height,
    where,
)
from smartia.charts.theme import COUNT_FORMAT, LIGHT, MINUTES_FORMAT, Chart, Theme, Unit, dress

if TYPE_CHECKING:
    import pandas as pd

_BAND = 0.72
_BAND_HEIGHT = 92
_NARROW = 8
_NARROW_TICKS = (0.5, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 60, 75, 90, 120, 150, 180, 240, 300, 360, 480, 720)


def build_duration_histogram_chart(
    histogram: pd.DataFrame,
    *,
    summary: pd.DataFrame | None = None,
    log: bool = False,
    unit: Unit = "sessions",
    theme: Theme = LIGHT,
) -> Chart:
    """Draw how durations spread: a row of bars for each group, all on the same scales.

    Args:
        histogram: A result of `duration_histogram`; bar heights are shares of each group.
        summary: A result of `duration_summary` for the same groups: adds each median.
        log: Whether the axis of minutes is logarithmic (for logarithmic bins).
        unit: What is counted.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows.
    """
    groups = distinct(histogram["group"])
    bars = _lay_out_bins(histogram, groups, log=log)
    low, high = (float(bars["x"].min()), float(bars["x2"].max())) if len(bars) else (1.0 if log else 0.0, 60.0)
    ticks = log_minute_ticks(low, high) if log else minute_ticks(high)
    more = bars[bars["open_ended"] & (bars["n"] > 0)]
    title = "Minutes" if more.empty else f"Minutes (last bar: {more['start_min'].iloc[0]:,.0f} and over)"
    scale = alt.Scale(type="log" if log else "linear", domain=[low, high], nice=False)
    x = alt.X("x:Q", scale=scale, axis=alt.Axis(title=title, values=ticks, format=MINUTES_FORMAT, grid=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-len(groups) + 1 if groups else 0, 1], nice=False))
    drawn = (
        alt.Chart(inline(bars))
        .mark_bar(stroke=theme.page, strokeWidth=1, color=theme.accent)
        .encode(
            x=x,
            x2=alt.X2("x2:Q"),
            y=y,
            y2=alt.Y2("y2:Q"),
            opacity=alt.OpacityValue(1, condition=where("datum.open_ended", 0.55)),
            tooltip=[
                alt.Tooltip("group:N", title="Group"),
                alt.Tooltip("range:N", title="Minutes"),
                alt.Tooltip("n:Q", title=unit.capitalize(), format=COUNT_FORMAT),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
                alt.Tooltip("base:Q", title=f"All {unit} here", format=COUNT_FORMAT),
            ],
        )
    )
    bases = dict(zip(histogram["group"], histogram["base"], strict=True))
    medians = {} if summary is None else dict(zip(summary["group"], summary["median_min"], strict=True))
    layers: list[Any] = [pickable(drawn, "group", "start_min")]
    if medians and groups:
        places = [{"x": medians[g], "y": -i, "y2": -i + _BAND + 0.06} for i, g in enumerate(groups) if g in medians]
        layers.append(
            alt.Chart(alt.InlineData(values=places))
            .mark_rule(color=theme.text, strokeWidth=2)
            .encode(x=x, y=y, y2=alt.Y2("y2:Q"))
        )
    names = [
        {
            "y": -i + _BAND + 0.08,
            "heading": row_heading(g, bases[g], f"median {medians[g]:,.0f} min" if g in medians else ""),
        }
        for i, g in enumerate(groups)
    ]
    layers.append(
        alt.Chart(alt.InlineData(values=names))
        .mark_text(align="left", baseline="bottom", limit=330)
        .encode(x=alt.XValue(0), y=y, text=alt.Text("heading:N"))
    )
    height = _BAND_HEIGHT * max(1, len(groups)) if len(groups) > 1 else 180
    tallest = histogram.sort_values("n", ascending=False, kind="stable").drop_duplicates("group").sort_index()
    ranges = dict(zip(bars.index, bars["range"], strict=True))
    said = [f"{row.group}, {row.base:,} {unit}, most often {ranges[row.Index]} minutes" for row in tallest.itertuples()]
    sentence = f"How long assessments took, as shares of each group: {listed(said) or 'no data'}."
    return dress(layers, theme, sentence, height=height)


def build_quartile_chart(
    summary: pd.DataFrame, *, log: bool = False, unit: Unit = "sessions", theme: Theme = LIGHT
) -> Chart:
    """Draw the middle half of the durations as a bar a group, with the median and the time in which 90 % finish.

    Args:
        summary: A result of `duration_summary`.
        log: Whether the axis of minutes is logarithmic.
        unit: What is counted.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows. Groups without sessions have a name but no marks.
    """
    groups = distinct(summary["group"])
    drawn = summary[summary["n"] > 0]
    low, high = (float(drawn["q1_min"].min()), float(drawn["p90_min"].max()) * 1.04) if len(drawn) else (1.0, 60.0)
    low, high = max(low * 0.9, 0.5) if log else 0.0, max(high, 1.0)
    y = row_axis(groups)
    title = "Minutes (bar: middle half; line: median; dot: 90% finish)"
    ticks = _quartile_ticks(low, high) if log else minute_ticks(high)
    axis = alt.Axis(title=title, values=ticks, format=MINUTES_FORMAT)
    scale = alt.Scale(type="log" if log else "linear", domain=[low, high], nice=False, clamp=True)
    x = alt.X("q1_min:Q", axis=axis, scale=scale)
    names = {
        "q1_min": "A quarter finish within",
        "median_min": "Half finish within",
        "q3_min": "Three quarters finish within",
        "p90_min": "90% finish within",
    }
    tooltip = [
        alt.Tooltip("group:N", title="Group"),
        *(alt.Tooltip(f"{name}:Q", title=f"{text} (min)", format=",.1f") for name, text in names.items()),
        alt.Tooltip("n:Q", title=unit.capitalize(), format=COUNT_FORMAT),
    ]
    base = alt.Chart(inline(drawn)).encode(y=y, tooltip=tooltip)
    tails = base.mark_rule(color=theme.muted).encode(x=x, x2=alt.X2("p90_min:Q"))
    bars = base.mark_bar(size=16, color=theme.accent).encode(x=x, x2=alt.X2("q3_min:Q"))
    medians = base.mark_tick(color=theme.page, thickness=3, size=16).encode(x=alt.X("median_min:Q"))
    dots = base.mark_point(filled=True, size=60, opacity=1, color=theme.muted).encode(x=alt.X("p90_min:Q"))
    texts = [
        row_heading(row["group"], row["n"], f"median {row['median_min']:,.0f} min" if row["n"] else "")
        for row in summary.to_dict("records")
    ]
    layers = [tails, pickable(bars, "group"), medians, dots, row_headings(summary.assign(heading=texts), groups)]
    said = [f"{row['group']} {row['median_min']:,.0f} ({row['n']:,} {unit})" for row in drawn.to_dict("records")]
    sentence = f"Median minutes of each group, with the middle half around it: {listed(said) or 'no data'}."
    return dress(layers, theme, sentence, height=row_height(groups))


def _quartile_ticks(low: float, high: float) -> list[float]:
    """Choose ticks for a logarithmic axis of quartiles, which often spans little more than a doubling."""
    if high > _NARROW * low:
        return log_minute_ticks(low, high)
    return [tick for tick in _NARROW_TICKS if low <= tick <= high]


def _lay_out_bins(histogram: pd.DataFrame, groups: list[str], *, log: bool) -> pd.DataFrame:
    """Place bins: a bar an open end, a start above 0 on a logarithmic axis, and each group's own base line."""
    start, end = histogram["start_min"], histogram["end_min"]
    width = (end - start).max() if len(histogram) else 1.0
    ratio = (end / start.where(start > 0)).min() if len(histogram) else 2.0
    x2 = end.fillna(start * ratio if log else start + width)
    x = start.where(start > 0, x2 / ratio) if log else start
    place = -histogram["group"].map({group: place for place, group in enumerate(groups)}).astype("float64")
    tallest = histogram["share"].max() if len(histogram) else 1.0
    ranges = [
        f"{row.start_min:,.4g} and over" if row.open_ended else f"{row.start_min:,.4g} to under {row.end_min:,.4g}"
        for row in histogram.itertuples()
    ]
    height = histogram["share"] / tallest * _BAND
    return histogram.assign(x=x, x2=x2, y=place, y2=place + height, range=ranges)
