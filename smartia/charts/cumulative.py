"""The chart of cumulative counts: academic years laid over each other, day by day."""

from __future__ import annotations

import json
from typing import Final

import altair as alt
import pandas as pd

from smartia.charts.parts import PICK_SIZE, WHOLE_TICKS, distinct, group_colour, inline, listed, pickable
from smartia.charts.theme import COUNT_FORMAT, LIGHT, Chart, Theme, dress

_HEIGHT: Final = 320
_MONTH_STARTS: Final = {
    0: "Aug",
    31: "Sep",
    61: "Oct",
    92: "Nov",
    122: "Dec",
    153: "Jan",
    184: "Feb",
    213: "Mar",
    244: "Apr",
    274: "May",
    305: "Jun",
    335: "Jul",
}
"""The slot of each month's first day, as the column `year_day` counts them."""


def build_cumulative_chart(cumulative: pd.DataFrame, *, weeks: pd.DataFrame, theme: Theme = LIGHT) -> Chart:
    """Draw how many sessions each academic year had by each day; the year under way is stronger, its end hollow.

    Args:
        cumulative: A result of `cumulative_by_year`.
        weeks: A result of `weekly_totals` of it: points on the lines that tell what they count and can be clicked.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows.
    """
    years = distinct(cumulative["period"])[::-1]
    drawn = cumulative.assign(group=cumulative["period"])
    labels = f"{json.dumps(_MONTH_STARTS)}[datum.value]"
    axis = alt.Axis(
        title=None, values=list(_MONTH_STARTS), labelExpr=labels, labelAlign="left", labelOverlap="parity", grid=False
    )
    x = alt.X("slot:Q", axis=axis, scale=alt.Scale(domain=[0, 365], nice=False))
    counts = alt.Axis(title="Sessions so far", format=COUNT_FORMAT, tickCount=5, labelExpr=WHOLE_TICKS)
    y = alt.Y("total:Q", axis=counts)
    colour = group_colour(years, theme)
    over, under_way = drawn[~drawn["running"]], drawn[drawn["running"]]
    ends = under_way.drop_duplicates("period", keep="last")
    layers = [
        _lines(over).mark_line(strokeWidth=1.8, interpolate="step-after"),
        _lines(under_way).mark_line(strokeWidth=3.5, interpolate="step-after"),
        _lines(ends).mark_point(size=70, strokeWidth=2, opacity=1, fill=theme.page),
    ]
    newest = drawn.drop_duplicates("period", keep="last").iloc[::-1]
    said = [f"{row['period']} {row['total']:,}" for row in newest.to_dict("records")]
    sentence = f"Sessions so far by day of the academic year, one line a year; at the end: {listed(said) or 'no data'}."
    encoded = [layer.encode(x=x, y=y, color=colour) for layer in [*layers, _week_points(weeks)]]
    return dress([*encoded[:-1], pickable(encoded[-1], "period", "slot")], theme, sentence, height=_HEIGHT)


def _week_points(weeks: pd.DataFrame) -> alt.Chart:
    """Lay points on the lines that are felt and not seen: one a week, since a point a day would be heavy and narrow."""
    points: alt.Chart = (
        alt.Chart(inline(weeks.drop(columns="day").assign(group=weeks["period"], date=_dates(weeks["day"]))))
        .mark_point(size=PICK_SIZE, opacity=0, filled=True)
        .encode(
            tooltip=[
                alt.Tooltip("group:N", title="Academic year"),
                alt.Tooltip("date:N", title="Up to and on"),
                alt.Tooltip("total:Q", title="Sessions so far", format=COUNT_FORMAT),
                alt.Tooltip("n:Q", title="New since the week before", format=COUNT_FORMAT),
            ]
        )
    )
    return points


def _lines(rows: pd.DataFrame) -> alt.Chart:
    """Put days into a chart as a frame: values inside a chart are checked one by one, and a year has hundreds."""
    chart: alt.Chart = alt.Chart(rows[["group", "slot", "total"]])
    return chart


def _dates(days: pd.Series) -> pd.Series:
    return pd.Series([f"{day.day} {day:%b %Y}" for day in days], index=days.index, dtype="str")
