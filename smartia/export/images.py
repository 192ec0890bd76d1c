"""Charts as pictures, drawn by Vega itself on this computer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import vl_convert

if TYPE_CHECKING:
    from collections.abc import Mapping

PPI: Final = 200
"""Dots per inch of PNG pictures: sharp in print at the width of a page."""


def draw_image(still: Mapping[str, Any], kind: Literal["png", "svg"]) -> bytes:
    """Draw a chart as a picture.

    Args:
        still: A specification for paper, as `smartia.charts.still.still_of` makes it.
        kind: "png" for documents, "svg" for what is still to be set.

    Raises:
        ValueError: The specification cannot be drawn, or asks for anything outside itself.
    """
    # No address is allowed: a chart draws the values that it carries.
    if kind == "png":
        return bytes(vl_convert.vegalite_to_png(dict(still), ppi=PPI, allowed_base_urls=[]))
    return str(vl_convert.vegalite_to_svg(dict(still), allowed_base_urls=[])).encode()
