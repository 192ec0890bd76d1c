"""Tables of published counts as exhibits: made of the very texts that the publish view shows, and of nothing else."""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

from smartia.export.exhibits import Exhibit, Field, Format

_COUNT: Final = re.compile(r"\d{1,3}(,\d{3})*")
_SHARE: Final = re.compile(r"\d{1,3}\.\d%")


def published_exhibit(title: str, table: pd.DataFrame) -> Exhibit:
    """Make an exhibit of a table as the publish view shows it.

    Args:
        title: What it holds.
        table: Texts. The first column names the rows; the others hold counts such as "1,235", shares such as "41.2%",
            and marks.

    Returns:
        The table with counts and shares as numbers. Marks such as "[c]", and names of rows, stay texts.
    """
    first, *others = (str(name) for name in table.columns)
    # As objects, so that pandas makes no numbers with decimals of counts beside marks.
    numbers = {name: pd.Series([_number(text) for text in table[name]], table.index, "object") for name in others}
    shown = table.assign(**numbers)
    kinds = {name: Format.SHARE if table[name].str.endswith("%").any() else Format.COUNT for name in others}
    fields = (Field(first, first, Format.TEXT), *(Field(name, name, kinds[name]) for name in others))
    return Exhibit(title, shown, fields)


def _number(text: str) -> int | float | str:
    if _COUNT.fullmatch(text):
        return int(text.replace(",", ""))
    # As many decimals as the screen shows.
    return round(float(text[:-1]) / 100, 3) if _SHARE.fullmatch(text) else text
