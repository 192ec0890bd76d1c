"""A report as one HTML file: opens without a network, runs nothing, and prints to clean A4 pages."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import jinja2
import pandas as pd
from markupsafe import Markup

from smartia.export.exhibits import Exhibit, Format
from smartia.export.inert import plain
from smartia.export.stamp import DEFINITIONS, Stamp
from smartia.table.calendar import LONDON

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Figure:
    """A chart of a report.

    Attributes:
        svg: The chart, as `smartia.export.images.draw_image` draws it.
        description: What it shows, for screen readers.
    """

    svg: bytes
    description: str


@dataclass(frozen=True)
class Section:
    """A section of a report.

    Attributes:
        heading: Its heading.
        sentences: What it says, in plain text.
        figures: Its charts.
        exhibits: Its tables.
        note: How its figures are to be read.
    """

    heading: str
    sentences: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class _Table:
    title: str
    head: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[tuple[str, bool], ...], ...]


def render_report(title: str, stamp: Stamp, sections: Sequence[Section], *, language: str = "en-GB") -> str:
    """Write a report.

    Args:
        title: Its title, in any language.
        stamp: What it says about itself.
        sections: What it holds, in order.
        language: The language of the title, for screen readers.

    Returns:
        An HTML document without scripts, links and anything that is fetched. Texts of the data are shown as they are.
    """
    return _TEMPLATE.render(
        style=Markup(_STYLE),  # noqa: S704 - a constant
        title=plain(title),
        language=language,
        stamp=[(label, plain(text)) for label, text in stamp.lines()],
        definitions=DEFINITIONS,
        sections=[
            {
                "heading": plain(section.heading),
                "sentences": [plain(sentence) for sentence in section.sentences],
                "note": plain(section.note),
                "figures": [(_data_address(figure.svg), plain(figure.description)) for figure in section.figures],
                "tables": [_table_of(exhibit) for exhibit in section.exhibits],
            }
            for section in sections
        ],
    )


def _data_address(svg: bytes) -> str:
    # As an image, an SVG can neither run anything nor fetch anything, whatever it holds.
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()


def _table_of(exhibit: Exhibit) -> _Table:
    fields = exhibit.fields
    is_number = [field.format in {Format.COUNT, Format.SHARE, Format.NUMBER} for field in fields]
    head = tuple((plain(field.label), number) for field, number in zip(fields, is_number, strict=True))
    columns = [[_spell(value, field.format) for value in exhibit.table[field.name]] for field in fields]
    rows = tuple(tuple(zip(row, is_number, strict=True)) for row in zip(*columns, strict=True))
    return _Table(plain(exhibit.title), head, rows)


def _spell(value: object, kind: Format) -> str:
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return "–"
    if kind is Format.FLAG:
        return "yes" if value else ""
    if isinstance(value, pd.Timestamp):
        return f"{value.tz_convert(LONDON):%d/%m/%Y %H:%M}" if value.tzinfo is not None else f"{value:%d/%m/%Y}"
    if isinstance(value, str):
        return plain(value)
    return format(value, _SPELLINGS.get(kind, ""))


_SPELLINGS: Final = {Format.COUNT: ",d", Format.SHARE: ".1%", Format.NUMBER: ",.1f"}

_STYLE: Final = """
@page { size: A4; margin: 18mm 16mm 20mm;
        @bottom-right { content: counter(page) " / " counter(pages); font-size: 8pt; } }
* { box-sizing: border-box; }
body { font: 10.5pt/1.45 "Source Sans 3", "Segoe UI", Arial, "Liberation Sans", sans-serif; color: #1F2430;
       max-width: 178mm; margin: 0 auto; padding: 8mm 4mm; background: #FFFFFF; }
h1 { font-size: 21pt; line-height: 1.2; margin: 0 0 2mm; overflow-wrap: anywhere; }
h2 { font-size: 14pt; margin: 9mm 0 2mm; break-after: avoid; border-bottom: 0.3mm solid #C9CFDA; padding-bottom: 1mm; }
h3 { font-size: 11pt; margin: 5mm 0 1mm; break-after: avoid; }
p { margin: 0 0 2mm; orphans: 3; widows: 3; }
.counted { color: #5B6270; }
.note { color: #5B6270; font-size: 9.5pt; }
ul { margin: 0 0 3mm; padding-left: 5mm; }
li { margin: 0 0 1mm; break-inside: avoid; }
figure { margin: 3mm 0; break-inside: avoid; }
figure img { width: 100%; height: auto; display: block; }
table { border-collapse: collapse; width: 100%; font-size: 9pt; margin: 1mm 0 4mm; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { text-align: left; padding: 1mm 2mm; border-bottom: 0.2mm solid #E3E6EB; vertical-align: top;
         overflow-wrap: anywhere; }
th { border-bottom: 0.4mm solid #5B6270; }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
dl { display: grid; grid-template-columns: 45mm 1fr; gap: 1mm 4mm; margin: 0; font-size: 9.5pt; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
.about { break-inside: avoid; }
@media print { body { max-width: none; margin: 0; padding: 0; } }
@media (max-width: 600px) { dl { grid-template-columns: 1fr; } .wide { overflow-x: auto; } }
"""

_PAGE: Final = """<!DOCTYPE html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="robots" content="noindex">
<title>{{ title }}</title>
<style>{{ style }}</style>
</head>
<body>
<h1>{{ title }}</h1>
<div lang="en-GB">
<p class="counted">{{ stamp[1][1] }}</p>
<p class="counted">{{ stamp[4][0] }} {{ stamp[4][1] }}</p>
{% for section in sections %}
<section>
<h2>{{ section.heading }}</h2>
{% if section.sentences %}<ul>{% for sentence in section.sentences %}<li>{{ sentence }}</li>{% endfor %}</ul>{% endif %}
{% for address, description in section.figures %}
<figure><img src="{{ address }}" alt="{{ description }}"></figure>
{% endfor %}
{% if section.note %}<p class="note">{{ section.note }}</p>{% endif %}
{% for table in section.tables %}
<h3>{{ table.title }}</h3>
<div class="wide"><table>
<thead><tr>{% for label, number in table.head %}<th scope="col"{% if number %} class="number"{% endif %}>\
{{ label }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in table.rows %}
<tr>{% for cell, number in row %}<td{% if number %} class="number"{% endif %}>{{ cell }}</td>{% endfor %}</tr>\
{% endfor %}
</tbody>
</table></div>
{% endfor %}
</section>
{% endfor %}
<section class="about">
<h2>About these figures</h2>
<dl>{% for label, text in stamp %}<dt>{{ label }}</dt><dd>{{ text }}</dd>{% endfor %}</dl>
</section>
<section class="about">
<h2>What the words mean</h2>
<dl>{% for label, text in definitions %}<dt>{{ label }}</dt><dd>{{ text }}</dd>{% endfor %}</dl>
</section>
</div>
</body>
</html>
"""

_ENVIRONMENT: Final = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
_TEMPLATE: Final = _ENVIRONMENT.from_string(_PAGE)
