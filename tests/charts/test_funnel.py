"""The funnel chart, through the data and the encodings inside it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from smartia.analysis.funnel import funnel_lines, place_in_funnel
from smartia.charts.funnel import build_funnel_chart
from smartia.charts.parts import PICKED
from smartia.charts.theme import Theme, contrast
from tests.charts.test_chart_builders import rows_of

COUNTS = {"Art": (200, 100), "Business": (60, 40), "Care": (9, 9), "Sport": (100, 90)}


@pytest.fixture
def placed() -> pd.DataFrame:
    """Four groups: one inside, two outside, one too small."""
    table = pd.DataFrame([(group, *pair) for group, pair in COUNTS.items()], columns=["group", "n", "reached"])
    return place_in_funnel(table.assign(share=table["reached"] / table["n"]))


def spec_of(placed: pd.DataFrame, theme: Theme) -> dict[str, Any]:
    """Build the chart over the lines that belong to it."""
    whole = float(placed["whole"].iloc[0]) if len(placed) else float("nan")
    lines = funnel_lines(whole, int(placed["n"].max()) if len(placed) else 0)
    spec: dict[str, Any] = build_funnel_chart(placed, lines, level_label="Level 1", theme=theme).to_dict()
    return spec


def test_the_chart_is_whole(placed: pd.DataFrame, theme: Theme) -> None:
    """Only groups that can be placed are points, those outside have names, and the words say the same."""
    spec = spec_of(placed, theme)
    funnel, middle, points, left, right = (rows_of(spec, layer) for layer in spec["layer"])
    assert {row["group"] for row in points} == {"Art", "Business", "Sport"}
    assert {row["text"] for row in left + right} == {"Art", "Sport"}
    assert len(middle) == 1
    assert {row["line"] for row in funnel} == {"low_998", "low_95", "high_95", "high_998"}
    assert spec["description"].endswith(".")
    assert "Sport 90% of 100 (outside 99.8%)" in spec["description"]
    assert spec["width"] == "container"


def test_not_colour_alone(placed: pd.DataFrame, theme: Theme) -> None:
    """Verdicts differ by shape too, in colours that stand out from the page; lines by their dashes."""
    spec = spec_of(placed, theme)
    encoding = spec["layer"][2]["encoding"]
    assert len(set(encoding["shape"]["scale"]["range"])) == 3
    assert all(contrast(colour, theme.page) >= 3 for colour in encoding["color"]["scale"]["range"])
    assert {"n", "share", "reached"} <= {tooltip["field"] for tooltip in encoding["tooltip"]}
    dashes = spec["layer"][0]["encoding"]["strokeDash"]["scale"]["range"]
    assert dashes[0] != dashes[1]


def test_every_point_lies_on_the_axis(placed: pd.DataFrame, theme: Theme) -> None:
    """The axis of shares holds every point and the limits of the smallest group drawn."""
    low, high = spec_of(placed, theme)["layer"][2]["encoding"]["y"]["scale"]["domain"]
    drawn = placed[placed["n"] >= 10]
    assert low <= drawn[["share", "low_998"]].min().min()
    assert high >= drawn[["share", "high_998"]].max().max()


def test_a_click_selects_a_group(placed: pd.DataFrame, theme: Theme) -> None:
    """Points carry one selection, by group."""
    (param,) = spec_of(placed, theme)["params"]
    assert param["name"] == PICKED
    assert param["select"] == {"type": "point", "fields": ["group"], "toggle": False}


def test_nothing_to_draw(placed: pd.DataFrame, theme: Theme) -> None:
    """Without groups, or with none large enough, the chart is empty and says so."""
    for rows in (placed.iloc[:0], placed[placed["group"] == "Care"]):
        assert "no data" in spec_of(rows, theme)["description"]
