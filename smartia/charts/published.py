"""Charts of published counts: they are given rounded numbers and shares alone, and mark what is hidden.

A hidden number is a dashed outline with the marker "[c]"; the legend under the table says what it means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import altair as alt
import pandas as pd

from smartia.charts.parts import distinct, inline, listed, row_axis, row_headings, row_height, short_name
from smartia.charts.theme import LIGHT, SHARE_FORMAT, Chart, Theme, blend, dress, ink_on

if TYPE_CHECKING:
    from collections.abc import Hashable

Show = Literal["n", "share"]
"""What a mark stands for: a count to the nearest 5, or a share."""

HIDDEN_MARK: Final = "[c]"
"""Stands in place of a hidden number."""
NO_SHARE_MARK: Final = "–"
"""Stands in place of a share that is not made, as its base is too small or it would take a hidden number."""

_BAR_SIZE: Final = 18
_CELL_PX: Final = 34
_LABEL_PX: Final = 118
_FEW_COLUMNS: Final = 6
_FAINTEST: Final = 0.10
_STRONGEST: Final = 0.85
_DASHES: Final = [3, 3]


def build_published_bars_chart(table: pd.DataFrame, *, show: Show, title: str, theme: Theme = LIGHT) -> Chart:
    """Draw one bar a row.

    Args:
        table: `row` (each once), `n` and `share`, as `smartia.analysis.published_tables` gives them.
        show: What the length of a bar stands for.
        title: What is counted, for the axis and the description.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows. A row without a number has its mark in place of a bar.
    """
    rows = _marked(table, show).rename(columns={"row": "group"})
    groups = distinct(rows["group"])
    rows = rows.assign(
        heading=[f"{short_name(group)} · {text}" for group, text in zip(groups, rows["text"], strict=True)]
    )
    y = row_axis(groups)
    scale = alt.Scale(domain=[0, 1]) if show == "share" else alt.Scale(domainMin=0)
    axis = alt.Axis(title=title, format=SHARE_FORMAT if show == "share" else ",d", tickCount=4)
    bars = (
        alt.Chart(inline(rows[rows["value"].notna()]))
        .mark_bar(size=_BAR_SIZE, color=theme.accent)
        .encode(
            y=y,
            x=alt.X("value:Q", axis=axis, scale=scale),
            tooltip=[alt.Tooltip("group:N", title="Row"), alt.Tooltip("text:N", title=title)],
        )
    )
    said = [f"{group} {text}" for group, text in zip(groups, rows["spoken"], strict=True)]
    sentence = f"{title}: {listed(said) or 'no data'}."
    return dress([bars, row_headings(rows, groups)], theme, sentence, height=row_height(groups))


def build_published_grid_chart(
    table: pd.DataFrame, *, show: Show, rows: str, columns: str, title: str, theme: Theme = LIGHT
) -> Chart:
    """Draw one cell for every row and column, the stronger in colour the larger its number.

    Args:
        table: `row`, `column`, `n` and `share`, as `smartia.analysis.published_tables` gives them.
        show: What a cell says.
        rows: What the rows are.
        columns: What the columns are.
        title: What is counted, for the description.
        theme: The colours.

    Returns:
        The chart; empty for a table without rows. A cell without a number has a dashed outline and its mark.
    """
    cells = _marked(table, show)
    values = cells["value"]
    most = max(float(values.max()) if values.notna().any() else 1.0, 1e-9)
    strength = (values.fillna(0) / most) ** 0.5
    fills = [
        blend(theme.accent, _FAINTEST + (_STRONGEST - _FAINTEST) * part, theme.page) if part else theme.page
        for part in strength
    ]
    cells = cells.assign(fill=fills, ink=[ink_on(fill) for fill in fills])
    lines, names = distinct(cells["row"]), distinct(cells["column"])
    x, y = _column_axis(names, columns), _row_axis(lines)
    tooltip = [
        alt.Tooltip("row:N", title=rows),
        alt.Tooltip("column:N", title=columns),
        alt.Tooltip("text:N", title=title),
    ]
    known, missing = cells[values.notna()], cells[values.isna()]
    squares = (
        alt.Chart(inline(known))
        .mark_rect(stroke=theme.grid, strokeWidth=1)
        .encode(x=x, y=y, color=alt.Color("fill:N", scale=None), tooltip=tooltip)
    )
    outlines = (
        alt.Chart(inline(missing))
        .mark_rect(fill=theme.page, stroke=theme.muted, strokeWidth=1, strokeDash=_DASHES)
        .encode(x=x, y=y, tooltip=tooltip)
    )
    texts = (
        alt.Chart(inline(cells))
        .mark_text(fontSize=11)
        .encode(x=x, y=y, text=alt.Text("brief:N"), color=alt.Color("ink:N", scale=None))
    )
    largest = known.sort_values("value", ascending=False, kind="stable")
    said = [f"{row['row']}, {row['column']}: {row['spoken']}" for row in largest.to_dict("records")]
    unknown = f" {len(missing)} cells have no number." if len(missing) else ""
    what = f"{title} by {_in_sentence(rows)} and {_in_sentence(columns)}"
    sentence = f"{what}, most first: {listed(said) or 'no data'}.{unknown}"
    return dress([squares, outlines, texts], theme, sentence, height=_CELL_PX * max(1, len(lines)))


def number_text(n: int | None) -> str:
    """Write a published count: with thousands separated, or the mark of a hidden one.

    Args:
        n: The count to the nearest 5; None where it is hidden.
    """
    return HIDDEN_MARK if n is None else f"{n:,}"


def share_text(share: float | None, n: int | None) -> str:
    """Write a published share, to one decimal.

    Args:
        share: The share; None where there is none.
        n: The count that it is made of, or None where that is hidden.
    """
    if share is not None:
        return f"{share:.1%}"
    return HIDDEN_MARK if n is None else NO_SHARE_MARK


def _marked(table: pd.DataFrame, show: Show) -> pd.DataFrame:
    """Give each row its number as `value` (missing where there is none), and in words: `text`, `brief`, `spoken`."""
    rows: list[dict[Hashable, Any]] = table.astype(object).where(table.notna(), None).to_dict("records")
    texts = [number_text(row["n"]) if show == "n" else share_text(row["share"], row["n"]) for row in rows]
    briefs = [
        f"{row['share']:.0%}" if show == "share" and row["share"] is not None else text
        for row, text in zip(rows, texts, strict=True)
    ]
    spoken = [{HIDDEN_MARK: "hidden", NO_SHARE_MARK: "no percentage"}.get(text, text) for text in texts]
    return pd.DataFrame(
        {
            "row": table["row"].astype("str"),
            "column": table["column"].astype("str"),
            "value": table[show].astype("Float64"),
            "text": texts,
            "brief": briefs,
            "spoken": spoken,
        }
    )


def _in_sentence(name: str) -> str:
    """A name within a sentence; what follows its first letter, such as a subject, stays as it is."""
    return name[:1].lower() + name[1:]


def _row_axis(names: list[str]) -> alt.Y:
    axis = alt.Axis(title=None, ticks=False, domain=False, grid=False, labelOverlap=False, labelLimit=_LABEL_PX)
    return alt.Y("row:N", sort=None, scale=alt.Scale(domain=names, paddingInner=0.04), axis=axis)


def _column_axis(names: list[str], title: str) -> alt.X:
    few = len(names) <= _FEW_COLUMNS
    axis = alt.Axis(
        title=short_name(title),
        orient="top",
        labelAngle=0 if few else -90,
        labelExpr="split(replace(datum.label, 'Pre-', 'Pre- '), ' ')" if few else "datum.label",
        labelPadding=18 if few else 4,
        labelFontSize=11,
        labelOverlap=False,
        ticks=False,
        domain=False,
        grid=False,
    )
    return alt.X("column:N", sort=None, scale=alt.Scale(domain=names, paddingInner=0.04), axis=axis)
