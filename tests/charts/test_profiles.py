"""Charts of profiles, tested through the data and the encodings inside them."""

from __future__ import annotations

import pandas as pd
import pytest

from smartia.charts.parts import PICKED
from smartia.charts.profiles import build_profile_matrix_chart, build_step_difference_chart, step_name
from smartia.charts.theme import Theme, contrast
from tests.charts.test_chart_builders import layers_with, rows_of

LEVELS = {"Entry 3": 30, "Level 1": 40, "Not readable": 99}
COUNTS = {("Entry 3", "Level 1"): 4, ("Level 1", "Level 1"): 1200, ("Level 1", "Not readable"): 1}
NAMES = {"one": "English", "other": "Maths"}


@pytest.fixture
def matrix() -> pd.DataFrame:
    """Three levels in each subject, most cells empty."""
    rows = [
        {
            "level_one": a,
            "rank_one": LEVELS[a],
            "level_other": b,
            "rank_other": LEVELS[b],
            "n": COUNTS.get((a, b), 0),
            "base": sum(COUNTS.values()),
            "share": COUNTS.get((a, b), 0) / sum(COUNTS.values()),
            "same": a == b != "Not readable",
        }
        for a in LEVELS
        for b in LEVELS
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def totals() -> pd.DataFrame:
    """The sums of these cells, written out by hand."""
    rows = [("Entry 3", "All", 4), ("Level 1", "All", 1201), ("Not readable", "All", 0)]
    rows += [("All", "Entry 3", 0), ("All", "Level 1", 1204), ("All", "Not readable", 1), ("All", "All", 1205)]
    return pd.DataFrame(rows, columns=["level_one", "level_other", "n"])


@pytest.fixture
def steps() -> pd.DataFrame:
    """Differences from two below to two above."""
    reached = [3, 0, 5000, 1, 2]
    n = sum(reached)
    shares = [k / n for k in reached]
    table = pd.DataFrame({"steps": [-2, -1, 0, 1, 2], "n": n, "reached": reached, "share": shares})
    return table.assign(low=table["share"] * 0.9, high=table["share"])


@pytest.mark.parametrize("empty", [False, True])
def test_both_charts_are_whole(
    matrix: pd.DataFrame, totals: pd.DataFrame, steps: pd.DataFrame, theme: Theme, empty: bool
) -> None:
    """Filled or empty, in both themes, a chart validates, fits its container and says what it shows."""
    if empty:
        matrix, totals, steps = matrix.iloc[:0], totals.iloc[:0], steps.iloc[:0]
    before = matrix.copy(deep=True)
    charts = [
        build_profile_matrix_chart(matrix, totals, theme=theme, **NAMES),
        build_step_difference_chart(steps, apart=2, theme=theme, **NAMES),
    ]
    for spec in (chart.to_dict() for chart in charts):
        assert spec["width"] == "container"
        assert spec["config"]["background"] == "transparent"
        assert spec["description"].endswith(".")
        assert ("no data" in spec["description"]) == empty
        assert "http" not in str({key: value for key, value in spec.items() if key != "$schema"})
    pd.testing.assert_frame_equal(matrix, before)


def test_the_matrix_shows_every_count_and_total(matrix: pd.DataFrame, totals: pd.DataFrame) -> None:
    """Each cell with learners has its n; totals stand in the last row and column; both axes run up the ladder."""
    spec = build_profile_matrix_chart(matrix, totals, **NAMES).to_dict()
    cells, *sums = layers_with(spec, "text")
    assert {(row["level_one"], row["level_other"]): row["n"] for row in rows_of(spec, cells)} == COUNTS
    drawn = [(row["level_one"], row["level_other"], row["n"]) for layer in sums for row in rows_of(spec, layer)]
    assert sorted(drawn) == sorted(totals.itertuples(index=False, name=None))
    for channel in ("x", "y"):
        assert cells["encoding"][channel]["scale"]["domain"] == [*LEVELS, "All"]


def test_a_stronger_colour_is_more_learners_and_ink_is_readable(
    matrix: pd.DataFrame, totals: pd.DataFrame, theme: Theme
) -> None:
    """Contrast with the page grows with the count; the n in a cell is 4.5:1 on it (WCAG 1.4.3)."""
    spec = build_profile_matrix_chart(matrix, totals, theme=theme, **NAMES).to_dict()
    rows = sorted(rows_of(spec, layers_with(spec, "rect")[0]), key=lambda row: row["n"])
    strengths = [contrast(row["fill"], theme.page) for row in rows]
    assert strengths == sorted(strengths)
    assert all(contrast(row["ink"], row["fill"]) >= 4.5 for row in rows)


def test_equal_levels_are_outlined_and_unreadable_ones_are_not(matrix: pd.DataFrame, totals: pd.DataFrame) -> None:
    """The diagonal has an outline; two levels that cannot be read are not called the same."""
    spec = build_profile_matrix_chart(matrix, totals, **NAMES).to_dict()
    outlined = [row["level_one"] for row in rows_of(spec, layers_with(spec, "rect")[1])]
    assert outlined == ["Entry 3", "Level 1"]


def test_a_click_selects_a_cell_and_the_chosen_one_is_marked(matrix: pd.DataFrame, totals: pd.DataFrame) -> None:
    """Only the cells carry the selection, by the ranks of both levels; the cell chosen before is marked."""
    spec = build_profile_matrix_chart(matrix, totals, selected=(40, 99), **NAMES).to_dict()
    (selection,) = spec["params"]
    assert selection["name"] == PICKED
    assert selection["select"]["fields"] == ["rank_one", "rank_other"]
    cells, _, marked = layers_with(spec, "rect")
    assert selection["views"] == [cells["name"]]
    assert [(row["rank_one"], row["rank_other"]) for row in rows_of(spec, marked)] == [(40, 99)]
    tips = {tip["field"] for tip in cells["encoding"]["tooltip"]}
    assert tips == {"level_one", "level_other", "n", "base", "share"}


def test_bars_are_the_counts_and_spiky_ones_are_full(steps: pd.DataFrame) -> None:
    """Bars equal the table, with n and share above; those far apart have the full colour; tooltips carry the base."""
    spec = build_step_difference_chart(steps, apart=2, **NAMES).to_dict()
    bars = rows_of(spec, layers_with(spec, "bar")[0])
    assert [(row["difference"], row["reached"]) for row in bars] == [
        ("−2", 3),
        ("−1", 0),
        ("same", 5000),
        ("+1", 1),
        ("+2", 2),
    ]
    assert [row["opacity"] == 1 for row in bars] == [True, False, False, False, True]
    assert [row["label"] for row in bars] == ["3\n0.1%", "0\n0.0%", "5,000\n99.9%", "1\n<0.1%", "2\n<0.1%"]
    tips = {tip["field"]: tip for tip in layers_with(spec, "bar")[0]["encoding"]["tooltip"]}
    assert {"n", "reached", "share", "low", "high"} <= set(tips)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (0, "the same whole level"),
        (1, "1 whole level higher in English"),
        (-3, "3 whole levels higher in Maths"),
    ],
)
def test_a_difference_has_words(step: int, words: str) -> None:
    """The sign says which subject is higher."""
    assert step_name(step, "English", "Maths") == words


def test_names_of_many_columns_stand_upright() -> None:
    """With many levels the names of the columns and their totals are turned, so that they stay apart."""
    names = [f"Level {place}" for place in range(12)]
    cells = pd.DataFrame(
        [
            {"level_one": a, "rank_one": i, "level_other": b, "rank_other": j, "n": 1, "base": 144, "share": 1 / 144}
            for i, a in enumerate(names)
            for j, b in enumerate(names)
        ]
    )
    cells = cells.assign(same=cells["rank_one"] == cells["rank_other"])
    sides = [(name, "All", 12) for name in names] + [("All", name, 12) for name in names]
    totals = pd.DataFrame([*sides, ("All", "All", 144)], columns=["level_one", "level_other", "n"])
    spec = build_profile_matrix_chart(cells, totals, **NAMES).to_dict()
    assert spec["layer"][0]["encoding"]["x"]["axis"]["labelAngle"] == -90
    assert [layer["mark"].get("angle") for layer in layers_with(spec, "text")[1:]] == [0, 270]
