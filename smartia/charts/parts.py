"""Parts: what several charts are put together from. Layout only, no figures are made here."""

from __future__ import annotations

import json
import re
import struct
from typing import TYPE_CHECKING, Any, Final

import altair as alt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from smartia.charts.theme import Theme

ROW_HEIGHT: Final = 46
"""Pixels of a row that carries its group's name above its marks."""

PICKED: Final = "picked"
"""The name of the selection that a click on a mark sets, where a chart has pickable marks."""

PICK_SIZE: Final = 320
"""The size of an unseen point of a line that can be clicked: about 20 pixels across."""

_HEADING_LIMIT: Final = 340
WHOLE_TICKS: Final = "datum.value % 1 ? '' : datum.label"
"""Labels an axis of counts at whole numbers only, where small counts would repeat them."""

_LEGEND_WIDTH: Final = 300
_LEGEND_COLUMNS: Final = 4
_LEGEND_NAME: Final = 39
_NAME_LIMIT: Final = 28
_HEAD: Final = 15
_ROW_LIMIT: Final = 62
_LAST_SCRAP: Final = re.compile(r" \S{1,3}$")
_FIRST_SCRAP: Final = re.compile(r"^\S{1,3} ")
_NAMED: Final = 6
_SIGNS: Final = re.compile(r"[^\w ]", re.ASCII)


def inline(table: pd.DataFrame) -> dict[str, Any]:
    """Put a small table into a chart as plain values, missing ones as null.

    Args:
        table: Rows that have been aggregated.

    Returns:
        Data as Vega-Lite has them; Altair would ask of an object of its own first which kind of table it is.
    """
    text = table.to_json(orient="records", date_format="iso", double_precision=15)
    # A tuple, since Altair copies lists value by value with every chart that it makes of another.
    return {"values": tuple(json.loads(text))}


def where(test: str, value: float | str) -> dict[str, float | str]:
    """Give the condition under which a channel has another value.

    Altair's own `condition` tries every kind of condition until one fits, at the cost of a chart.

    Args:
        test: An expression of Vega.
        value: The value where it holds.
    """
    return {"test": test, "value": value}


def pickable(marks: alt.Chart, *fields: str) -> alt.Chart:
    """Let a click on a mark set the selection `PICKED`.

    Args:
        marks: The layer with the marks.
        fields: The columns of its data that tell the marks apart.
    """
    picked = alt.selection_point(name=PICKED, fields=list(fields), toggle=False, empty=False)
    chosen: alt.Chart = marks.add_params(picked)
    return chosen


def lookup(texts: Mapping[str, str]) -> str:
    r"""Write a mapping as an object of Vega's expressions, in which no text can be read as code.

    JSON alone does not do: Vega-Lite replaces `datum.label` in such an expression, wherever it stands.

    Args:
        texts: Any texts.

    >>> lookup({"a b": "datum.label"})
    '{"a b":"datum\\u002elabel"}'
    """
    return "{" + ",".join(f"{_quoted(key)}:{_quoted(value)}" for key, value in texts.items()) + "}"


def _quoted(text: str) -> str:
    return '"' + _SIGNS.sub(lambda sign: "".join(f"\\u{unit:04x}" for unit in _utf_16(sign[0])), text) + '"'


def _utf_16(character: str) -> tuple[int, ...]:
    units = character.encode("utf-16-be")
    return struct.unpack(f">{len(units) // 2}H", units)


def distinct(values: pd.Series) -> list[str]:
    """List the texts of a column once each, in the order in which they occur.

    Args:
        values: A column of text.
    """
    return list(dict.fromkeys(values.astype("str")))


def short_name(name: str, limit: int = _NAME_LIMIT) -> str:
    """Shorten a long name in the middle, since the ends of names tell them apart.

    Args:
        name: Any text.
        limit: How many characters there is room for, 28 or more.

    Returns:
        The name, or at most so many characters of it, without scraps of the words that were cut.
    """
    if len(name) <= limit:
        return name
    first = limit * _HEAD // _NAME_LIMIT
    tail = limit - first - 1
    head = _LAST_SCRAP.sub("", name[:first]) if name[first] != " " else name[:first]
    end = _FIRST_SCRAP.sub("", name[-tail:]) if name[-tail - 1] != " " else name[-tail:]
    return f"{head.rstrip()}…{end.lstrip()}"


def heading(group: str, n: int) -> str:
    """Name a group together with its base: "Maths · n = 1,234".

    Args:
        group: The group's label; a long one is shortened.
        n: Its base.
    """
    return f"{short_name(group)} · n = {n:,}"


def row_heading(group: str, n: int, more: str = "") -> str:
    """Name a group above its row, where there is room for 62 characters on a telephone.

    Args:
        group: The group's label; shortened where it does not fit beside the rest.
        n: Its base.
        more: What follows.

    >>> row_heading("English Written, over several days", 55, "42% (30%–55%)")
    'English Written, over several days · n = 55 · 42% (30%–55%)'
    """
    rest = f" · n = {n:,}{more and f' · {more}'}"
    return f"{short_name(group, max(_NAME_LIMIT, _ROW_LIMIT - len(rest)))}{rest}"


def listed(texts: Sequence[str]) -> str:
    """Join texts for a sentence, the first few by name.

    Args:
        texts: Any number of texts.
    """
    named = "; ".join(texts[:_NAMED])
    return named if len(texts) <= _NAMED else f"{named}; and {len(texts) - _NAMED} more"


def row_axis(groups: Sequence[str]) -> alt.Y:
    """Give every group a row, in order, without an axis: names stand above the marks.

    Args:
        groups: The groups, in order.
    """
    return alt.Y("group:N", axis=None, sort=None, scale=alt.Scale(domain=list(groups)))


def row_height(groups: Sequence[str]) -> int:
    """Give the height of a chart that has a row a group, in pixels.

    Args:
        groups: The groups.
    """
    return ROW_HEIGHT * max(1, len(groups))


def row_headings(table: pd.DataFrame, groups: Sequence[str]) -> alt.Chart:
    """Write each group's heading above its row, from the left edge: long names fit on a telephone.

    Args:
        table: One row a group: `group`, `heading`.
        groups: The groups, in order.
    """
    names: alt.Chart = (
        alt.Chart(inline(table[["group", "heading"]]))
        .mark_text(align="left", baseline="bottom", dy=-13, limit=_HEADING_LIMIT)
        .encode(y=row_axis(groups), x=alt.XValue(0), text=alt.Text("heading:N"))
    )
    return names


def group_colour(groups: Sequence[str], theme: Theme, labels: Sequence[str] | None = None) -> alt.Color:
    """Colour marks by group, with a legend where there is more than one, or where it says more than names.

    Args:
        groups: The groups, in order.
        theme: The colours.
        labels: What the legend says for each group, where that is not its name.
    """
    scale = alt.Scale(domain=list(groups), range=theme.group_colours(groups))
    if not groups or (labels is None and len(groups) == 1):
        return alt.Color("group:N", scale=scale, legend=None)
    shown = [short_name(group, _LEGEND_NAME) for group in groups] if labels is None else labels
    widths = [26 + 7 * len(label) for label in shown]
    one_row = len(shown) <= _LEGEND_COLUMNS and sum(widths) <= _LEGEND_WIDTH
    legend = alt.Legend(
        title=None,
        labelExpr=f"{lookup(dict(zip(groups, shown, strict=True)))}[datum.value]",
        labelLimit=_LEGEND_WIDTH,
        columns=len(shown) if one_row else max(1, min(_LEGEND_COLUMNS, _LEGEND_WIDTH // max(widths))),
    )
    return alt.Color("group:N", scale=scale, legend=legend)


def minute_ticks(longest_min: float) -> list[int]:
    """Choose ticks for a linear axis of minutes: quarters of an hour, half hours, or hours.

    Args:
        longest_min: The end of the axis.
    """
    step = next((step for step in (5, 15, 30, 60) if longest_min <= 8 * step), 60 * (1 + int(longest_min // 480)))
    return list(range(0, int(longest_min) + 1, step))


def log_minute_ticks(shortest_min: float, longest_min: float) -> list[float]:
    """Choose ticks for a logarithmic axis of minutes.

    Args:
        shortest_min: The start of the axis.
        longest_min: The end of the axis.
    """
    familiar = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 960, 1440]
    return [tick for tick in familiar if shortest_min <= tick <= longest_min]
