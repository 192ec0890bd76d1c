"""The chart of findings by month, tested through the data and the encodings inside it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from smartia.charts.quality import MEASURES, Measure, build_findings_trend_chart
from smartia.charts.theme import Theme

PERIODS = ["Sep 2025", "Oct 2025", "Nov 2025"]


@pytest.fixture
def trend() -> pd.DataFrame:
    """Two findings in three months, the middle one without sessions and the last one running."""
    numbers = {"Unusually short": [4, 0, 2], "Unusually long": [0, 0, 0]}
    rows = [
        {"finding": finding, "period": period, "running": period == "Nov 2025", "n": n, "base": base}
        for finding, ns in numbers.items()
        for period, n, base in zip(PERIODS, ns, [100, 0, 10], strict=True)
    ]
    table = pd.DataFrame(rows)
    return table.assign(share=table["n"] / table["base"].where(table["base"] > 0))


def rows_of(spec: dict[str, Any], layer: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the rows that a layer draws."""
    data = layer["data"]
    rows: list[dict[str, Any]] = spec["datasets"][data["name"]] if "name" in data else data["values"]
    return rows


@pytest.mark.parametrize("show", MEASURES)
@pytest.mark.parametrize("rows", [6, 3, 0])
def test_the_chart_is_whole(trend: pd.DataFrame, theme: Theme, show: Measure, rows: int) -> None:
    """Filled, with one finding or empty, in both themes, it validates and says what it shows."""
    before = trend.copy(deep=True)
    spec = build_findings_trend_chart(trend.iloc[:rows], show=show, theme=theme).to_dict()
    assert (spec["width"], spec["config"]["background"]) == ("container", "transparent")
    assert ("no data" in spec["description"]) == (rows == 0)
    assert "nan" not in spec["description"]
    pd.testing.assert_frame_equal(trend, before)


@pytest.mark.parametrize(("show", "ratio"), [("share", 0.2), ("n", 0.5)])
def test_bars_are_as_high_as_the_table_says(trend: pd.DataFrame, show: Measure, ratio: float) -> None:
    """Heights within a row are in proportion; nothing is drawn for a month without the finding."""
    spec = build_findings_trend_chart(trend, show=show).to_dict()
    bars = rows_of(spec, spec["layer"][1])
    assert [(bar["finding"], bar["period"]) for bar in bars] == [
        ("Unusually short", "Sep 2025"),
        ("Unusually short", "Nov 2025"),
    ]
    heights = [bar["y2"] - bar["y"] for bar in bars]
    low, high = sorted(heights)
    assert low / high == pytest.approx(ratio)
    tips = {tip["field"] for tip in spec["layer"][1]["encoding"]["tooltip"]}
    assert {"finding", "period", "n", "base", "share"} <= tips


def test_rows_are_named_with_what_their_tallest_bar_stands_for(trend: pd.DataFrame) -> None:
    """Each row's total, its peak, the base of the peak and its month stand above it, and in the description."""
    shares, counts = (build_findings_trend_chart(trend, show=show).to_dict() for show in MEASURES)
    names = [row["heading"] for row in rows_of(shares, shares["layer"][-1])]
    assert names == ["Unusually short · 6 · up to 20.0% of 10 (Nov 2025)", "Unusually long · none"]
    assert rows_of(counts, counts["layer"][-1])[0]["heading"] == "Unusually short · 6 · up to 4 (Sep 2025)"
    assert all(name in shares["description"] for name in names)


def test_months_stand_in_order_and_the_running_one_is_dashed(trend: pd.DataFrame) -> None:
    """All months have their place on the axis; the running one alone is outlined and called "so far"."""
    spec = build_findings_trend_chart(trend).to_dict()
    x = spec["layer"][1]["encoding"]["x"]
    assert x["scale"]["domain"] == PERIODS
    assert '["Nov 2025"]' in x["axis"]["labelExpr"]
    outline = spec["layer"][2]
    assert outline["mark"]["strokeDash"]
    assert {row["period"] for row in rows_of(spec, outline)} == {"Nov 2025"}
    said = {row["period"]: row["whole"] for row in rows_of(spec, spec["layer"][1])}
    assert said == {"Sep 2025": "yes", "Nov 2025": "no, still running"}
