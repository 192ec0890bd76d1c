"""Charts of profiles: learners by their levels in two subjects, and the distance between the two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import altair as alt
import pandas as pd

from smartia.charts.parts import WHOLE_TICKS, distinct, inline, listed, pickable, short_name
from smartia.charts.theme import COUNT_FORMAT, LIGHT, Chart, Theme, blend, dress, ink_on

if TYPE_CHECKING:
    from collections.abc import Hashable

_ROW_PX: Final = 34
_BARS_PX: Final = 260
_FEW_LEVELS: Final = 10
_GAP: Final = 0.06
_TWO_LINES_PX: Final = 18
_PLAIN_AXIS: Final[dict[str, Any]] = {"ticks": False, "domain": False, "grid": False, "labelOverlap": False}
_FAINTEST: Final = 0.12
_STRONGEST: Final = 0.85
_EMPTY_OPACITY: Final = 0.3
_NEAR_OPACITY: Final = 0.35


def build_profile_matrix_chart(
    matrix: pd.DataFrame,
    totals: pd.DataFrame,
    *,
    one: str,
    other: str,
    selected: tuple[int, int] | None = None,
    theme: Theme = LIGHT,
) -> Chart:
    """Draw learners by their levels in two subjects, laid out as the table is, with totals at the right and below.

    The more learners a cell has, the stronger its colour; the cells of equal levels have an outline. A click on a
    cell sets the selection `PICKED`.

    Args:
        matrix: A result of `profile_matrix`.
        totals: Its `matrix_totals`.
        one: The subject in rows.
        other: The subject in columns.
        selected: `rank_one` and `rank_other` of the cell to mark.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows.
    """
    names = distinct(totals["level_one"])
    x, y = _column_axis(names, other), _row_axis(names, one)
    cells = _shade(matrix, theme)
    tooltip = [
        alt.Tooltip("level_one:N", title=one),
        alt.Tooltip("level_other:N", title=other),
        alt.Tooltip("n:Q", title="Learners", format=COUNT_FORMAT),
        alt.Tooltip("base:Q", title="of all with both", format=COUNT_FORMAT),
        alt.Tooltip("share:Q", title="Share", format=".1%"),
    ]
    squares = (
        alt.Chart(inline(cells))
        .mark_rect(cursor="pointer")
        .encode(x=x, y=y, color=alt.Color("fill:N", scale=None), tooltip=tooltip)
    )
    diagonal = (
        alt.Chart(inline(cells[cells["same"]]))
        .mark_rect(filled=False, stroke=theme.muted, strokeWidth=2, aria=False)
        .encode(x=x, y=y)
    )
    is_selected = [pair == selected for pair in zip(cells["rank_one"], cells["rank_other"], strict=True)]
    mark = (
        alt.Chart(inline(cells[pd.Series(is_selected, index=cells.index, dtype="bool")]))
        .mark_rect(filled=False, stroke=theme.text, strokeWidth=3, strokeDash=[5, 3], aria=False)
        .encode(x=x, y=y)
    )
    labels = (
        alt.Chart(inline(cells[cells["n"] > 0]))
        .mark_text(fontSize=11)
        .encode(x=x, y=y, text=alt.Text("n:Q", format=COUNT_FORMAT), color=alt.Color("ink:N", scale=None))
    )
    below = totals["level_one"] == names[-1] if names else totals["n"] > 0
    sums = [
        alt.Chart(inline(part))
        .mark_text(fontSize=11, fontWeight="bold", angle=angle)
        .encode(x=x, y=y, text=alt.Text("n:Q", format=COUNT_FORMAT))
        for part, angle in ((totals[~below], 0), (totals[below], 0 if len(names) <= _FEW_LEVELS else 270))
    ]
    largest = matrix[matrix["n"] > 0].sort_values("n", ascending=False, kind="stable")
    said = [
        f"{one} {row['level_one']} and {other} {row['level_other']} {row['n']:,}" for row in largest.to_dict("records")
    ]
    sentence = f"Learners by their levels in {one} (rows) and {other} (columns), most first: {listed(said)}."
    if not said:
        sentence = f"Learners by their levels in {one} (rows) and {other} (columns): no data."
    layers = [pickable(squares, "rank_one", "rank_other"), diagonal, mark, labels, *sums]
    return dress(layers, theme, sentence, height=_ROW_PX * max(len(names), 1))


def build_step_difference_chart(
    steps: pd.DataFrame, *, one: str, other: str, apart: int, theme: Theme = LIGHT
) -> Chart:
    """Draw how many whole levels lie between learners' two subjects, one bar a difference.

    Args:
        steps: A result of `step_differences`.
        one: The subject from which the other is subtracted.
        other: The other subject.
        apart: From how many whole levels on bars have their full colour.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows.
    """
    bars = steps.assign(
        difference=[f"+{step}" if step > 0 else f"−{-step}" if step else "same" for step in steps["steps"]],
        direction=[step_name(step, one, other) for step in steps["steps"]],
        opacity=steps["steps"].abs().ge(apart).map({True: 1.0, False: _NEAR_OPACITY}).astype("float64"),
        label=[_share_label(row) for row in steps.to_dict("records")],
    )
    title = [f"Whole levels apart: {short_name(one)} minus {short_name(other)}"]
    x = alt.X(
        "difference:N",
        sort=None,
        scale=alt.Scale(domain=distinct(bars["difference"]), paddingInner=0.2),
        axis=alt.Axis(title=title, labelAngle=0, grid=False, labelOverlap=False),
    )
    columns = (
        alt.Chart(inline(bars))
        .mark_bar(color=theme.accent, stroke=theme.accent, strokeWidth=1)
        .encode(
            x=x,
            y=alt.Y(
                "reached:Q", axis=alt.Axis(title="Learners", format=COUNT_FORMAT, tickCount=4, labelExpr=WHOLE_TICKS)
            ),
            fillOpacity=alt.FillOpacity("opacity:Q", scale=None, legend=None),
            tooltip=[
                alt.Tooltip("direction:N", title="Profile"),
                alt.Tooltip("reached:Q", title="Learners", format=COUNT_FORMAT),
                alt.Tooltip("n:Q", title="of all with both levels readable", format=COUNT_FORMAT),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
                alt.Tooltip("low:Q", title="95% interval from", format=".1%"),
                alt.Tooltip("high:Q", title="to", format=".1%"),
            ],
        )
    )
    texts = (
        alt.Chart(inline(bars[["difference", "reached", "label"]]))
        .mark_text(baseline="bottom", dy=-16, lineBreak="\n", fontSize=11)
        .encode(x=x, y=alt.Y("reached:Q"), text=alt.Text("label:N"))
    )
    said = [f"{row['direction']} {row['reached']:,} ({row['share']:.1%})" for row in bars.to_dict("records")]
    sentence = f"Learners by the whole levels between {one} and {other}: {listed(said) or 'no data'}."
    return dress([pickable(columns, "steps"), texts], theme, sentence, height=_BARS_PX)


def _row_axis(names: list[str], subject: str) -> alt.Y:
    axis = alt.Axis(title=_axis_title(subject), **_PLAIN_AXIS)
    return alt.Y("level_one:N", sort=None, scale=alt.Scale(domain=names, paddingInner=_GAP), axis=axis)


def _column_axis(names: list[str], subject: str) -> alt.X:
    few = len(names) <= _FEW_LEVELS
    axis = alt.Axis(
        title=_axis_title(subject),
        orient="top",
        labelAngle=0 if few else -90,
        labelExpr="split(replace(datum.label, 'Pre-', 'Pre- '), ' ')" if few else "datum.label",
        # Lines of a label grow downwards, into the cells: two of them need room.
        labelPadding=_TWO_LINES_PX if few else 4,
        labelFontSize=11,
        **_PLAIN_AXIS,
    )
    return alt.X("level_other:N", sort=None, scale=alt.Scale(domain=names, paddingInner=_GAP), axis=axis)


def _axis_title(subject: str) -> str:
    return f"Level in {short_name(subject)}"


def _shade(matrix: pd.DataFrame, theme: Theme) -> pd.DataFrame:
    """Give each cell its colour by the square root of its count, so that small counts show, and readable ink."""
    most = max(int(matrix["n"].max()), 1) if len(matrix) else 1
    strength = (matrix["n"] / most) ** 0.5
    nobody = blend(theme.grid, _EMPTY_OPACITY, theme.page)
    fills = [
        blend(theme.accent, _FAINTEST + (_STRONGEST - _FAINTEST) * part, theme.page) if part else nobody
        for part in strength
    ]
    shaded: pd.DataFrame = matrix.assign(fill=fills, ink=[ink_on(fill) for fill in fills])
    return shaded


def step_name(step: int, one: str, other: str) -> str:
    """Say in words how far one subject lies above the other.

    Args:
        step: Whole levels; negative where the other subject is higher.
        one: The one subject.
        other: The other subject.
    """
    if not step:
        return "the same whole level"
    levels = "1 whole level" if abs(step) == 1 else f"{abs(step)} whole levels"
    return f"{levels} higher in {one if step > 0 else other}"


def _share_label(row: dict[Hashable, Any]) -> str:
    share = "<0.1%" if 0 < row["share"] < 0.0005 else f"{row['share']:.1%}"
    return f"{row['reached']:,}\n{share}"
