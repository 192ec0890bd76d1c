"""Charts of trends: volume, mix of levels and shares, period by period.

A period still running, or cut short by the reader's dates, is dashed.
"""

from __future__ import annotations

import json
from typing import Any, Final

import altair as alt
import pandas as pd

from smartia.charts.levels import level_cells, level_colour, level_tooltip, most_frequent, share_tooltip, whole_spans
from smartia.charts.parts import WHOLE_TICKS, distinct, group_colour, inline, listed, pickable, where
from smartia.charts.theme import COUNT_FORMAT, LIGHT, SHARE_FORMAT, Chart, Theme, Unit, dress

_HEIGHT: Final = 300
_RUNNING_OPACITY: Final = 0.55
_FEW_PERIODS: Final = 8
_DASHES: Final = [5, 4]


def build_volume_chart(volume: pd.DataFrame, *, theme: Theme = LIGHT) -> Chart:
    """Draw how many sessions each period has, stacked by group; a running period is pale and dashed.

    Sessions alone: stacked counts of learners would count a learner of two groups twice.

    Args:
        volume: A result of `volume_by_period`.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows.
    """
    groups = distinct(volume["group"])
    x = _period_axis(volume)
    y = alt.Y(
        "end:Q", axis=alt.Axis(title="Number of sessions", format=COUNT_FORMAT, tickCount=5, labelExpr=WHOLE_TICKS)
    )
    end = volume.groupby("period", sort=False)["sessions"].cumsum()
    whole = ["no, still running or cut short" if running else "yes" for running in volume["running"]]
    stacked = volume.assign(
        end=end, start=end - volume["sessions"], whole=pd.Series(whole, index=volume.index, dtype="str")
    )
    bars = (
        alt.Chart(inline(stacked))
        .mark_bar(stroke=theme.page, strokeWidth=1)
        .encode(
            x=x,
            y=y,
            y2=alt.Y2("start:Q"),
            color=group_colour(groups, theme),
            fillOpacity=alt.FillOpacityValue(1, condition=where("datum.running", _RUNNING_OPACITY)),
            tooltip=[
                alt.Tooltip("period:N", title="Period"),
                alt.Tooltip("group:N", title="Group"),
                alt.Tooltip("sessions:Q", title="Sessions", format=COUNT_FORMAT),
                alt.Tooltip("learners:Q", title="Learners", format=COUNT_FORMAT),
                alt.Tooltip("whole:N", title="Whole period"),
            ],
        )
    )
    tops = stacked[stacked["running"]].groupby("period", sort=False, as_index=False)["end"].max()
    layers = [pickable(bars, "period", "group"), _outline(tops.assign(start=0.0), x, theme)]
    totals = volume.groupby("period", sort=False)["sessions"].sum()
    said = [f"{period} {total:,}" for period, total in totals.items()]
    sentence = f"Number of sessions by period: {listed(said) or 'no data'}."
    return dress(layers, theme, sentence, height=_HEIGHT)


def build_level_mix_trend_chart(mix: pd.DataFrame, *, unit: Unit = "sessions", theme: Theme = LIGHT) -> Chart:
    """Draw the mix of levels period by period, as stacked bars of 100 %; a running period is dashed.

    Args:
        mix: A result of `level_mix_by_period`.
        unit: What is counted.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows. A period without sessions has no bar.
    """
    cells = level_cells(mix, "share", theme, ["period"])
    x = _period_axis(mix)
    few = len(set(mix["period"])) <= _FEW_PERIODS
    axis = alt.Axis(title=f"Share of {unit}", format=SHARE_FORMAT, tickCount=5, grid=False)
    y = alt.Y("start:Q", axis=axis, scale=alt.Scale(domain=[0, 1]))
    bars = (
        alt.Chart(inline(cells))
        .mark_bar(stroke=theme.page, strokeWidth=0.8 if few else 0.3)
        .encode(
            x=x,
            y=y,
            y2=alt.Y2("end:Q"),
            color=level_colour(mix, theme),
            fillOpacity=alt.FillOpacity("opacity:Q", scale=None, legend=None),
            tooltip=level_tooltip(unit, alt.Tooltip("period:N", title="Period")),
        )
    )
    gaps = (
        alt.Chart(inline(whole_spans(cells, ["period"])))
        .mark_bar(filled=False, stroke=theme.page, strokeWidth=2 if few else 0.8)
        .encode(x=x, y=y, y2=alt.Y2("end:Q"))
    )
    layers = [pickable(bars, "period", "level"), gaps]
    periods = mix.drop_duplicates("period")
    if few:
        layers.append(
            alt.Chart(inline(cells[cells["share"] >= 0.07]))
            .mark_text(fontSize=11)
            .encode(x=x, y=alt.Y("middle:Q"), text=alt.Text("text:N"), color=alt.Color("ink:N", scale=None))
        )
        layers.append(
            alt.Chart(inline(periods.assign(top=1, text=[f"n = {n:,}" for n in periods["base"]])))
            .mark_text(baseline="bottom", dy=-4, fontSize=11)
            .encode(x=x, y=alt.Y("top:Q"), text=alt.Text("text:N"))
        )
    running = periods[periods["running"] & (periods["base"] > 0)].assign(start=0.0, end=1.0)
    layers.append(_outline(running, x, theme))
    said = [
        f"{row['period']} most often {row['level']} ({row['share']:.0%} of {row['base']:,})"
        for row in most_frequent(mix, "period")
    ]
    sentence = f"Mix of levels by period, lowest at the bottom: {listed(said) or 'no data'}."
    return dress(layers, theme, sentence, height=_HEIGHT)


def build_share_trend_chart(
    shares: pd.DataFrame,
    *,
    level_label: str,
    changes: pd.DataFrame | None = None,
    unit: Unit = "sessions",
    theme: Theme = LIGHT,
) -> Chart:
    """Draw the share at or above a level period by period, as a line with 95 % intervals that make a band.

    The way to a running period is dashed and its dot hollow; a period without sessions interrupts the line, and so
    does a change of test version, which a rule marks.

    Args:
        shares: A result of `mark_segments`: lines join the periods of one segment.
        level_label: The level reached, such as "Level 1".
        changes: A result of `version_changes`, or None to mark none.
        unit: What is counted.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows.
    """
    x = _period_axis(shares)
    axis = alt.Axis(title=f"Share of {unit} at {level_label} or above", format=SHARE_FORMAT, tickCount=5)
    scale = alt.Scale(domain=[0, 1])
    y, low = alt.Y("share:Q", axis=axis, scale=scale), alt.Y("low:Q", axis=axis, scale=scale)
    tooltip = share_tooltip(unit, level_label, alt.Tooltip("period:N", title="Period"))
    over, under_way = _split_at_running(shares)
    detail: dict[str, Any] = {"x": x, "color": alt.ColorValue(theme.accent), "detail": alt.Detail("segment:N")}
    drawn = alt.Chart(inline(shares[shares["n"] > 0]))
    band = alt.Chart(inline(shares)).mark_area(opacity=0.18).encode(y=low, y2=alt.Y2("high:Q"), **detail)
    intervals = drawn.mark_rule(strokeWidth=1.5, opacity=0.5).encode(
        y=low, y2=alt.Y2("high:Q"), tooltip=tooltip, **detail
    )
    line = alt.Chart(inline(over)).mark_line(strokeWidth=2).encode(y=y, **detail)
    dashed = alt.Chart(inline(under_way)).mark_line(strokeWidth=2, strokeDash=_DASHES).encode(y=y, **detail)
    dots = drawn.mark_point(size=70, opacity=1, strokeWidth=2).encode(
        y=y,
        fill=alt.FillValue(theme.accent, condition=where("datum.running", theme.page)),
        tooltip=tooltip,
        **detail,
    )
    last = shares[shares["n"] > 0].tail(1)
    said = [f"{row['share']:.0%} of {row['n']:,} in {row['period']}" for row in last.to_dict("records")]
    sentence = f"Share of {unit} at {level_label} or above by period; latest: {listed(said) or 'no data'}."
    layers = [band, intervals, line, dashed, pickable(dots, "period")]
    if changes is not None and not (inside := changes[changes["period"].isin(shares["period"])]).empty:
        layers = [*_change_marks(inside, shares, theme), *layers]
        sentence += f" The line is broken where the test changed: {listed(_change_days(inside))}."
    return dress(layers, theme, sentence, height=_HEIGHT)


def _period_axis(table: pd.DataFrame) -> alt.X:
    """Put periods on the axis in order of time, with "in part" under those that are running."""
    periods = distinct(table["period"])
    running = json.dumps(distinct(table.loc[table["running"], "period"]))
    labels = f"indexof({running}, datum.value) >= 0 ? [datum.label, 'in part'] : datum.label"
    axis = alt.Axis(title=None, labelAngle=0, labelExpr=labels, labelOverlap="greedy", labelBound=True, grid=False)
    return alt.X("period:N", sort=None, scale=alt.Scale(domain=periods, paddingInner=0.15), axis=axis)


def _outline(bars: pd.DataFrame, x: alt.X, theme: Theme) -> alt.Chart:
    """Draw a dashed line around the bars of running periods."""
    outline: alt.Chart = (
        alt.Chart(inline(bars))
        .mark_bar(filled=False, stroke=theme.text, strokeWidth=1.5, strokeDash=_DASHES)
        .encode(x=x, y=alt.Y("start:Q"), y2=alt.Y2("end:Q"))
    )
    return outline


def _change_days(changes: pd.DataFrame) -> list[str]:
    return [f"{since.day} {since:%b %Y}" for since in changes["since"]]


def _change_marks(changes: pd.DataFrame, shares: pd.DataFrame, theme: Theme) -> list[alt.Chart]:
    """Draw a rule with its day for each change of test version."""
    periods = distinct(shares["period"])
    marks: list[alt.Chart] = []
    for row, day in zip(changes.to_dict("records"), _change_days(changes), strict=True):
        # Labels turn inwards at the right edge, and each takes a line of its own.
        is_right = periods.index(row["period"]) + row["place"] > len(periods) / 2
        x = _period_axis(shares).bandPosition(row["place"])
        drawn = alt.Chart(inline(pd.DataFrame({"period": [row["period"]], "text": [f"test changed {day}"]}))).encode(
            x=x
        )
        marks.append(drawn.mark_rule(color=theme.muted, strokeDash=[2, 3], strokeWidth=1.5))
        marks.append(
            drawn.mark_text(
                align="right" if is_right else "left",
                baseline="top",
                dx=-5 if is_right else 5,
                fontSize=11,
                color=theme.muted,
            ).encode(y=alt.YValue(2 + 14 * (len(marks) // 2)), text=alt.Text("text:N"))
        )
    return marks


def _split_at_running(shares: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split the line into the part that is over, and the last point of it with what is still running."""
    over = shares[~shares["running"]]
    return over, pd.concat([over.tail(1), shares[shares["running"]]])
