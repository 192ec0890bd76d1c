"""Small tables, written out by hand, for the charts to draw."""

from __future__ import annotations

import pandas as pd
import pytest

from smartia.charts.theme import DARK, LIGHT, Theme

WHOLES = ["Entry 3", "Level 1", "Level 1", "Not readable"]
LEVELS = ["Entry 3", "Level 1 Lower", "Level 1 Upper", "Not readable"]
RANKS = [30, 41, 42, 99]
PERIODS = ["2023/24", "2024/25", "2025/26"]


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> Theme:
    """Each of the two themes."""
    chosen: Theme = request.param
    return chosen


@pytest.fixture
def mix() -> pd.DataFrame:
    """Half levels of two groups, one level missing in the first."""
    counts = {"Maths": [2, 0, 5, 1], "English": [1, 2, 3, 4]}
    rows = [
        {"group": group, "level": level, "whole": whole, "rank": rank, "n": n, "base": sum(ns), "share": n / sum(ns)}
        for group, ns in counts.items()
        for level, whole, rank, n in zip(LEVELS, WHOLES, RANKS, ns, strict=True)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def shares() -> pd.DataFrame:
    """Shares of two groups, the second without a readable level."""
    nothing = float("nan")
    return pd.DataFrame(
        {
            "group": ["Maths", "English"],
            "n": [1200, 0],
            "reached": [480, 0],
            "share": [0.4, nothing],
            "low": [0.373, nothing],
            "high": [0.428, nothing],
            "unreadable": [3, 1],
        }
    )


@pytest.fixture
def histogram() -> pd.DataFrame:
    """Two groups in three bins, the last one open-ended."""
    return pd.DataFrame(
        {
            "group": ["Maths"] * 3 + ["English"] * 3,
            "start_min": [0.0, 120.0, 240.0] * 2,
            "end_min": [120.0, 240.0, float("nan")] * 2,
            "open_ended": [False, False, True] * 2,
            "n": [3, 1, 0, 2, 1, 1],
            "base": [4] * 6,
            "share": [0.75, 0.25, 0.0, 0.5, 0.25, 0.25],
        }
    )


@pytest.fixture
def summary() -> pd.DataFrame:
    """Quartiles of two groups."""
    names = ["shortest_min", "q1_min", "median_min", "q3_min", "p90_min", "longest_min"]
    values = pd.DataFrame([[5.0, 20.0, 40.0, 60.0, 90.0, 300.0], [4.0, 18.0, 35.0, 50.0, 70.0, 90.0]], columns=names)
    return pd.concat([pd.DataFrame({"group": ["Maths", "English"], "n": [4, 4]}), values], axis=1)


@pytest.fixture
def ecdf() -> pd.DataFrame:
    """A curve of two groups."""
    return pd.DataFrame(
        {
            "group": ["Maths", "Maths", "English", "English"],
            "minutes": [0.0, 80.0, 10.0, 70.5],
            "n": [2, 2, 2, 2],
            "share": [0.5, 1.0, 0.5, 1.0],
        }
    )


@pytest.fixture
def volume() -> pd.DataFrame:
    """Three years of two groups, the last one running."""
    starts = pd.to_datetime(["2023-08-01", "2024-08-01", "2025-08-01"]).astype("datetime64[us]")
    rows = pd.DataFrame({"period": PERIODS, "start": starts, "running": [False, False, True]})
    table = rows.merge(pd.DataFrame({"group": ["Maths", "English"]}), how="cross")
    return table.assign(sessions=[10, 5, 0, 0, 7, 3], learners=[9, 5, 0, 0, 7, 3])


@pytest.fixture
def share_trend(volume: pd.DataFrame) -> pd.DataFrame:
    """Shares of the same years; nothing in the middle year."""
    table = volume[volume["group"] == "English"].drop(columns=["group", "sessions", "learners"]).reset_index(drop=True)
    n = pd.Series([10, 0, 3])
    share = (n // 2 / n.where(n > 0)).astype("float64")
    return table.assign(n=n, reached=n // 2, share=share, low=share * 0.8, high=share * 1.1, unreadable=0, segment=0)


@pytest.fixture
def mix_trend(mix: pd.DataFrame) -> pd.DataFrame:
    """A mix for two years, the second one running."""
    years = mix["group"].map({"Maths": "2024/25", "English": "2025/26"})
    starts = pd.to_datetime(years.str[:4] + "-08-01").astype("datetime64[us]")
    return mix.assign(period=years, start=starts, running=years == "2025/26", group="All")


@pytest.fixture
def cumulative() -> pd.DataFrame:
    """Two years day by day, the second one running."""
    days = pd.to_datetime(["2024-08-01", "2024-09-10", "2025-07-31", "2025-08-01", "2025-11-24"])
    return pd.DataFrame(
        {
            "period": ["2024/25"] * 3 + ["2025/26"] * 2,
            "running": [False] * 3 + [True] * 2,
            "slot": [0, 40, 365, 0, 115],
            "day": days.astype("datetime64[us]"),
            "n": [0, 7, 0, 2, 1],
            "total": [0, 7, 7, 2, 3],
        }
    )
