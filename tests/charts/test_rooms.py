"""Charts of rooms, tested through the data and the encodings inside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from smartia.charts.rooms import build_day_chart, build_heatmap_chart
from smartia.charts.theme import Chart, Theme, contrast

DAYS = ["Monday", "Tuesday"]
HALVES = ["before 07:00", "07:00–07:30", "07:30 or later"]


@pytest.fixture
def profile() -> pd.DataFrame:
    """Two weekdays of three half hours; nobody ever sat on a Tuesday."""
    rows = pd.DataFrame({"weekday": [0, 1], "day": DAYS}).merge(
        pd.DataFrame({"minute": [390, 420, 450], "label": HALVES}), how="cross"
    )
    nothing = float("nan")
    return rows.assign(
        busiest=[0, 12, 1, 0, 0, 0], typical=[0.0, 2.5, 0.0, nothing, nothing, nothing], days=[4, 4, 4, 0, 0, 0]
    )


@pytest.fixture
def day() -> pd.DataFrame:
    """Three half hours of a day."""
    labels = ["09:00–09:30", "09:30–10:00", "10:00–10:30"]
    return pd.DataFrame(
        {"minute": [540, 570, 600], "label": labels, "peak": [3, 12, 0], "typical": [2.0, 3.5, 1.0], "days": [9, 9, 9]}
    )


BUILDERS: dict[str, tuple[str, Callable[..., Chart], dict[str, Any]]] = {
    "heat map": ("profile", build_heatmap_chart, {}),
    "heat map, typical": ("profile", build_heatmap_chart, {"measure": "typical"}),
    "day": ("day", build_day_chart, {"seats": 10}),
    "day, many seats": ("day", build_day_chart, {"seats": 500}),
}


def rows_of(spec: dict[str, Any], place: int) -> list[dict[str, Any]]:
    """Give the rows that a layer draws."""
    data = spec["layer"][place]["data"]
    rows: list[dict[str, Any]] = spec["datasets"][data["name"]] if "name" in data else data["values"]
    return rows


@pytest.mark.parametrize("name", BUILDERS)
@pytest.mark.parametrize("empty", [False, True])
def test_every_chart_is_whole(name: str, empty: bool, theme: Theme, request: pytest.FixtureRequest) -> None:
    """Filled or empty, in both themes, a chart validates, is as wide as its container and says what it shows."""
    fixture, build, extra = BUILDERS[name]
    table: pd.DataFrame = request.getfixturevalue(fixture)
    before = table.copy(deep=True)
    spec = build(table.iloc[:0] if empty else table, theme=theme, **extra).to_dict()
    assert spec["width"] == "container"
    assert spec["config"]["background"] == "transparent"
    assert spec["description"].endswith(".")
    assert ("no data" in spec["description"]) == empty
    assert "nan" not in spec["description"]
    tooltips = [layer["encoding"]["tooltip"] for layer in spec["layer"] if "tooltip" in layer["encoding"]]
    assert all({"label", "days"} <= {tip["field"] for tip in tooltip} for tooltip in tooltips)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(("measure", "texts"), [("busiest", ["12", "1"]), ("typical", ["2.5"])])
def test_cells_say_what_the_table_says(profile: pd.DataFrame, theme: Theme, measure: Any, texts: list[str]) -> None:
    """Only cells with somebody are filled, the number in each can be read on its colour, and the frame is whole."""
    spec = build_heatmap_chart(profile, measure=measure, theme=theme).to_dict()
    cells = rows_of(spec, 1)
    assert [cell["text"] for cell in cells] == texts
    assert all(contrast(cell["fill"], cell["ink"]) >= 4.5 for cell in cells)
    assert cells == rows_of(spec, 2)
    assert len(rows_of(spec, 0)) == len(profile)
    scales = {name: spec["layer"][0]["encoding"][name]["scale"]["domain"] for name in ("x", "y")}
    assert scales == {"x": DAYS, "y": HALVES}


@pytest.mark.parametrize("most", range(1, 60, 7))
def test_every_number_can_be_read(profile: pd.DataFrame, theme: Theme, most: int) -> None:
    """Whatever its share of the highest number, a cell's number has a contrast of 4.5 to 1 with the cell."""
    table = profile.assign(busiest=[most, 60, 0, 1, 2, 59])
    cells = rows_of(build_heatmap_chart(table, theme=theme).to_dict(), 1)
    assert len(cells) == 5
    assert all(contrast(cell["fill"], cell["ink"]) >= 4.5 for cell in cells)


def test_heat_map_says_its_highest_cell(profile: pd.DataFrame) -> None:
    """The description names the highest cell with the number of days behind it."""
    assert build_heatmap_chart(profile).to_dict()["description"] == (
        "Most learners at once on any date, by weekday and half hour: at the highest 12 on Mondays, 07:00–07:30, over "
        "4 days."
    )
    nobody = profile.assign(busiest=0)
    assert "no data" in build_heatmap_chart(nobody).to_dict()["description"]


def test_day_draws_bars_medians_and_seats(day: pd.DataFrame) -> None:
    """Bars stand on 0 and are half an hour wide, and the seats are a line where it is in sight of the bars."""
    spec = build_day_chart(day, seats=10).to_dict()
    bars = rows_of(spec, 0)
    assert [(bar["minute"], bar["end"], bar["peak"], bar["typical"]) for bar in bars] == [
        (540, 570, 3, 2.0),
        (570, 600, 12, 3.5),
        (600, 630, 0, 1.0),
    ]
    assert spec["layer"][0]["encoding"]["y2"] == {"datum": 0}
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["bar", "rule", "rule", "text"]
    assert rows_of(spec, 2) == [{"seats": 10, "text": "10 seats"}]
    assert len(build_day_chart(day, seats=25).to_dict()["layer"]) == 2
    assert spec["description"] == (
        "Learners at once on one day, half hour by half hour: at the most 12 at 09:30–10:00, where 3.5 is typical of 9 "
        "days."
    )
