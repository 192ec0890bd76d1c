"""Pictures: the charts of a page as PNG and SVG, each with a title and what it counts, for a document or a slide."""

from __future__ import annotations

import io
import re
import zipfile
from html import escape
from typing import TYPE_CHECKING, Final, Literal

from smartia.charts.still import Still, make_still
from smartia.table.labels import fit_label, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smartia.export.exhibits import Drawing

Kind = Literal["png", "svg"]
KINDS: Final[tuple[Kind, ...]] = ("png", "svg")
MIME_TYPES: Final[dict[Kind, str]] = {"png": "image/png", "svg": "image/svg+xml"}
PPI: Final = 200
"""Pixels an inch of a PNG: enough for print."""

_ROOT: Final = re.compile(r"<svg\b[^>]*>")
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
"""What no XML document may hold, however it is written."""


def picture_of(drawing: Drawing, about: Sequence[str], kind: Kind) -> bytes:
    """Draw a chart as a file of its own.

    Args:
        drawing: The chart.
        about: Lines on which sessions count, how many they are and when they were pulled.
        kind: The format.

    Returns:
        The bytes of a PNG of `PPI` pixels an inch, or of an SVG whose texts stay texts.
    """
    title = fit_label(drawing.title)
    still = make_still(drawing.draw, title, [printable(line) for line in (*about, *_on_one_line(drawing.lines))])
    if kind == "svg":
        return svg_of(still, title).encode()
    import vl_convert  # 60 MB that a page without pictures does without

    drawn: bytes = vl_convert.vegalite_to_png(still.spec, ppi=PPI, allowed_base_urls=[])
    return drawn


def svg_of(still: Still, title: str) -> str:
    """Draw a chart as SVG that names and describes itself to a screen reader; it loads nothing.

    Args:
        still: The chart.
        title: What it shows.
    """
    import vl_convert  # as above

    drawn: str = vl_convert.vegalite_to_svg(still.spec, allowed_base_urls=[])
    named = f"<title>{escape(title)}</title><desc>{escape(printable(still.description))}</desc>"
    return _NOT_XML.sub(" ", _ROOT.sub(lambda root: root[0] + named, drawn, count=1))


def pictures_zip(drawings: Sequence[Drawing], about: Sequence[str], kinds: Sequence[Kind], page: str) -> bytes:
    """Draw charts as one ZIP file.

    Args:
        drawings: The charts.
        about: As for `picture_of`.
        kinds: The formats, each a file a chart.
        page: The name of the page, in small letters.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, drawing in enumerate(drawings, start=1):
            for kind in kinds:
                archive.writestr(picture_name(page, place, kind), picture_of(drawing, about, kind))
    return buffer.getvalue()


def picture_name(page: str, place: int, kind: Kind) -> str:
    """Name the file of a chart by its page and its place there: a title may hold words of the data.

    >>> picture_name("levels", 2, "png")
    'smartia-levels-02.png'
    """
    return f"smartia-{page}-{place:02d}.{kind}"


def _on_one_line(lines: Sequence[str]) -> list[str]:
    """Join lines that were broken for a telephone."""
    return [" ".join(lines)] if lines else []
