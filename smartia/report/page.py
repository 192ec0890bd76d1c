"""A report as one HTML file: no script, no link, nothing to load; it opens offline and prints to A4."""

import base64
import re
from dataclasses import dataclass
from typing import Final

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from smartia.charts.still import make_still
from smartia.export.exhibits import Drawing, Exhibit, Field, Format
from smartia.export.images import svg_of
from smartia.report.contents import Report
from smartia.table.calendar import LONDON
from smartia.table.labels import fit_label, printable

WHOLE_ROWS: Final = 18
"""Rows up to which a table is kept on one page with its chart."""
PAGE_ROWS: Final = 36
"""Rows up to which a table is kept on one page; a longer one begins a page, so that its head is never left alone."""
_NUMERIC: Final = frozenset({Format.COUNT, Format.SHARE, Format.NUMBER})
_PUBLISHED_NUMBER: Final = re.compile(r"[\d,.]+%?|\[c\]|–")
_SIZE: Final = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)" height="([\d.]+)"')


def write_report(report: Report) -> bytes:
    """Write a report as an HTML file.

    Every text is escaped and stripped of what does not print or turns the direction of writing; charts are SVG images
    in the file itself, each with its description as alternative text and its table below it.

    Args:
        report: The report.
    """
    template = _environment().get_template("report.html")
    return template.render(report=report, WHOLE_ROWS=WHOLE_ROWS, PAGE_ROWS=PAGE_ROWS).encode()


def cell_text(value: object, kind: Format) -> str:
    """Write a value of a table as a British reader expects it; a missing one as a dash.

    >>> cell_text(1234, Format.COUNT), cell_text(0.4123, Format.SHARE), cell_text(-3.25, Format.NUMBER)
    ('1,234', '41.2%', '−3.2')
    """
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return "–"
    if kind is Format.FLAG:
        return "yes" if value else ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%d/%m/%Y}" if value.tzinfo is None else f"{value.tz_convert(LONDON):%d/%m/%Y %H:%M}"
    form = {Format.COUNT: ",.0f", Format.SHARE: ".1%", Format.NUMBER: ",.1f"}.get(kind)
    return str(value) if form is None else format(value, form).replace("-", "−")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("smartia.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_clean,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"picture": _picture, "rows": _rows, "is_numeric": _is_numeric, "label": fit_label}
    return environment


def _clean(value: object) -> object:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@dataclass(frozen=True)
class _Image:
    width: str
    height: str
    alt: str
    source: str


def _picture(drawing: Drawing) -> _Image:
    """Draw a chart as an image with its description, in the file itself."""
    still = make_still(drawing.draw)
    svg = svg_of(still, fit_label(drawing.title))
    found = _SIZE.search(svg)
    if found is None:
        raise ValueError("a chart was drawn without a size")
    data = base64.b64encode(svg.encode()).decode("ascii")
    return _Image(found[1], found[2], still.description, f"data:image/svg+xml;base64,{data}")


def _rows(exhibit: Exhibit) -> list[list[str]]:
    """The cells of a table as texts, row by row."""
    columns = [
        [cell_text(value, field.format) for value in exhibit.table[field.name].tolist()] for field in exhibit.fields
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _is_numeric(field: Field, exhibit: Exhibit) -> bool:
    """Whether a column is set at the right: numbers, and published ones with their marks."""
    if field.format in _NUMERIC:
        return True
    values = [str(value) for value in exhibit.table[field.name].tolist()]
    return bool(values) and field is not exhibit.fields[0] and all(map(_PUBLISHED_NUMBER.fullmatch, values))
