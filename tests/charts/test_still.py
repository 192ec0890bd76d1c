"""Charts for paper are the charts of the page, without clicks and with a title."""

import json

import pytest

from smartia.charts.still import still_of
from smartia.charts.theme import LIGHT, spec_of
from tests.charts.test_chart_builders import BUILDERS, each_builder


@each_builder
def test_paper(name: str, request: pytest.FixtureRequest) -> None:
    """On paper a chart has a title, a white ground and its own width; nothing can be clicked, nothing is fetched."""
    fixture, build, extra = BUILDERS[name]
    spec = spec_of(build(request.getfixturevalue(fixture), theme=LIGHT, **extra))
    before = json.dumps(spec)
    still = still_of(spec, "Title", ["Line"])
    assert json.dumps(spec) == before
    assert still["title"]["text"] == "Title"
    assert still["title"]["subtitle"] == ["Line"]
    assert still["background"] == "#FFFFFF"
    assert isinstance(still["width"], int)
    assert '"params"' not in json.dumps(still)
    assert '"url"' not in json.dumps(still)
