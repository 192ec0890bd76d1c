"""Pictures are drawn on this computer, of nothing but the chart."""

import struct
from typing import Any

import pytest

from smartia.export.images import draw_image

BARS: dict[str, Any] = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "data": {"values": [{"x": "Maths", "y": 3}]},
    "mark": "bar",
    "width": 300,
    "title": "Sessions by subject",
    "encoding": {"x": {"field": "x", "type": "nominal"}, "y": {"field": "y", "type": "quantitative"}},
}


def test_png() -> None:
    """A PNG has the size of the chart at print resolution."""
    content = draw_image(BARS, "png")
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    assert width > 300 * 200 / 72
    assert height > 0


def test_svg() -> None:
    """An SVG holds the texts of the chart, and neither a script nor an address to fetch anything from."""
    text = draw_image(BARS, "svg").decode()
    assert "Sessions by subject" in text
    assert "<script" not in text
    assert "href" not in text


def test_nothing_is_fetched() -> None:
    """A specification that names an address is refused."""
    with pytest.raises(ValueError, match=r"(?i)allowed|denied|access"):
        draw_image(BARS | {"data": {"url": "http://127.0.0.1:9/data.json"}}, "svg")
