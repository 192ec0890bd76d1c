"""Charts of rooms: learners at once by weekday and half hour, and one day half hour by half hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import altair as alt

from smartia.charts.parts import WHOLE_TICKS, distinct, inline, pickable
from smartia.charts.theme import COUNT_FORMAT, LIGHT, Chart, Theme, blend, dress, ink_on

if TYPE_CHECKING:
    import pandas as pd

Measure = Literal["busiest", "typical"]
"""What the cells of a heat map say: the most on any date, or the median over the dates."""

_CELL_HEIGHT: Final = 22
_PALEST: Final = 0.12
_DAY_HEIGHT: Final = 260
_HALF_HOUR_MIN: Final = 30
_SEATS_IN_SIGHT: Final = 2
"""The line of the seats is drawn up to so many times the tallest bar; farther off it would flatten the bars."""


def build_heatmap_chart(profile: pd.DataFrame, *, measure: Measure = "busiest", theme: Theme = LIGHT) -> Chart:
    """Draw the learners at once as one cell a weekday and half hour, stronger in colour for more; empty for none.

    Args:
        profile: A result of `weekday_profile`.
        measure: What the cells say.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows.
    """
    taken = profile[profile[measure] > 0]
    most = float(taken[measure].max()) if len(taken) else 1.0
    fills = [blend(theme.accent, _PALEST + (1 - _PALEST) * value / most, theme.page) for value in taken[measure]]
    cells = taken.assign(fill=fills, ink=[ink_on(fill) for fill in fills], text=[f"{v:g}" for v in taken[measure]])
    x = alt.X(
        "day:N",
        sort=None,
        scale=alt.Scale(domain=distinct(profile["day"])),
        axis=alt.Axis(
            title=None, orient="top", labelAngle=0, labelExpr="slice(datum.label, 0, 3)", domain=False, ticks=False
        ),
    )
    halves = distinct(profile["label"])
    y = alt.Y(
        "label:N",
        sort=None,
        scale=alt.Scale(domain=halves),
        axis=alt.Axis(title=None, domain=False, ticks=False, labelOverlap=False),
    )
    tooltip = [
        alt.Tooltip("day:N", title="Weekday"),
        alt.Tooltip("label:N", title="Half hour"),
        alt.Tooltip("busiest:Q", title="Busiest: learners at once", format=COUNT_FORMAT),
        alt.Tooltip("typical:Q", title="Typical (median)", format=",.1f"),
        alt.Tooltip("days:Q", title="Days counted", format=COUNT_FORMAT),
    ]
    ground = (
        alt.Chart(inline(profile))
        .mark_rect(filled=False, stroke=theme.grid, strokeWidth=0.5)
        .encode(x=x, y=y, tooltip=tooltip)
    )
    boxes = pickable(
        alt.Chart(inline(cells))
        .mark_rect(stroke=theme.page, strokeWidth=1)
        .encode(x=x, y=y, fill=alt.Fill("fill:N", scale=None, legend=None), tooltip=tooltip),
        "day",
        "label",
    )
    words = (
        alt.Chart(inline(cells))
        .mark_text(baseline="middle", tooltip=None)
        .encode(x=x, y=y, text=alt.Text("text:N"), color=alt.Color("ink:N", scale=None, legend=None))
    )
    said = "no data"
    if len(taken):
        top = taken.iloc[int(taken[measure].argmax())]
        said = f"{top[measure]:g} on {top['day']}s, {top['label']}, over {top['days']:,} days"
    kind = "Most learners at once on any date" if measure == "busiest" else "Median of the learners at once"
    sentence = f"{kind}, by weekday and half hour: at the highest {said}."
    return dress([ground, boxes, words], theme, sentence, height=_CELL_HEIGHT * max(1, len(halves)) + 24)


def build_day_chart(day: pd.DataFrame, *, seats: int, theme: Theme = LIGHT) -> Chart:
    """Draw one day as a bar a half hour, beside what is typical of its weekday, and the seats as a dashed line.

    Args:
        day: A result of `day_profile`.
        seats: The seats there are; the line is left out where it lies far above the bars.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows.
    """
    spans = day.assign(end=day["minute"] + _HALF_HOUR_MIN)
    first, last = (int(spans["minute"].min()), int(spans["end"].max())) if len(spans) else (8 * 60, 17 * 60)
    clock = "pad(floor(datum.value / 60), 2, '0', 'left') + ':' + pad(datum.value % 60, 2, '0', 'left')"
    hours = list(range(-(-first // 60) * 60, last + 1, 60 if last - first <= 6 * 60 else 120))
    x = alt.X(
        "minute:Q",
        scale=alt.Scale(domain=[first, last], nice=False),
        axis=alt.Axis(title=None, values=hours, labelExpr=clock, grid=False),
    )
    axis = alt.Axis(title="Learners at once", format=COUNT_FORMAT, tickCount=5, labelExpr=WHOLE_TICKS)
    y = alt.Y("peak:Q", axis=axis)
    tooltip = [
        alt.Tooltip("label:N", title="Half hour"),
        alt.Tooltip("peak:Q", title="Learners at once", format=COUNT_FORMAT),
        alt.Tooltip("typical:Q", title="Typical (median)", format=",.1f"),
        alt.Tooltip("days:Q", title="Days counted", format=COUNT_FORMAT),
    ]
    bars = (
        alt.Chart(inline(spans))
        .mark_bar(color=theme.accent, stroke=theme.page, strokeWidth=1)
        .encode(x=x, x2=alt.X2("end:Q"), y=y, y2=alt.Y2(datum=0), tooltip=tooltip)
    )
    usual = (
        alt.Chart(inline(spans))
        .mark_rule(color=theme.text, strokeWidth=2.5)
        .encode(x=x, x2=alt.X2("end:Q"), y=alt.Y("typical:Q", axis=axis), tooltip=tooltip)
    )
    layers = [pickable(bars, "label"), usual]
    tallest = int(day["peak"].max()) if len(day) else 0
    if seats <= _SEATS_IN_SIGHT * tallest:
        values = alt.InlineData(values=[{"seats": seats, "text": f"{seats:,} seats"}])
        line = alt.Chart(values).encode(y=alt.Y("seats:Q", axis=axis))
        words = line.mark_text(align="right", baseline="bottom", dy=-3).encode(
            x=alt.XValue("width"), text=alt.Text("text:N")
        )
        layers += [line.mark_rule(color=theme.text, strokeDash=[6, 4]), words]
    said = "no data"
    if len(day):
        top = day.iloc[int(day["peak"].argmax())]
        said = f"{top['peak']:,} at {top['label']}, where {top['typical']:g} is typical of {top['days']:,} days"
    sentence = f"Learners at once on one day, half hour by half hour: at the most {said}."
    return dress(layers, theme, sentence, height=_DAY_HEIGHT)
