"""Charts, tested through the data and the encodings inside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from smartia.analysis.cumulative import weekly_totals
from smartia.charts.cumulative import build_cumulative_chart
from smartia.charts.durations import build_duration_histogram_chart, build_quartile_chart
from smartia.charts.finishing import build_ecdf_chart
from smartia.charts.levels import build_level_mix_chart, build_share_chart
from smartia.charts.parts import PICKED, heading, listed, log_minute_ticks, minute_ticks, row_heading, short_name
from smartia.charts.theme import LIGHT, Chart, Theme
from smartia.charts.trends import build_level_mix_trend_chart, build_share_trend_chart, build_volume_chart


def build_curve(ecdf: pd.DataFrame, **choices: Any) -> Chart:
    """Build the curve with a mark at each of its steps."""
    return build_ecdf_chart(ecdf, marks=ecdf.assign(n=ecdf["share"] * ecdf["n"], base=ecdf["n"]), **choices)


def build_years(cumulative: pd.DataFrame, **choices: Any) -> Chart:
    """Build the lines of years with their marks."""
    return build_cumulative_chart(cumulative, weeks=weekly_totals(cumulative), **choices)


BUILDERS: dict[str, tuple[str, Callable[..., Chart], dict[str, Any]]] = {
    "mix": ("mix", build_level_mix_chart, {}),
    "mix counted": ("mix", build_level_mix_chart, {"show": "count"}),
    "share": ("shares", build_share_chart, {"level_label": "Level 1"}),
    "histogram": ("histogram", build_duration_histogram_chart, {}),
    "histogram, log": ("histogram", build_duration_histogram_chart, {"log": True}),
    "curve": ("ecdf", build_curve, {}),
    "curve, linear": ("ecdf", build_curve, {"log": False}),
    "quartiles": ("summary", build_quartile_chart, {}),
    "quartiles, log": ("summary", build_quartile_chart, {"log": True}),
    "volume": ("volume", build_volume_chart, {}),
    "mix trend": ("mix_trend", build_level_mix_trend_chart, {}),
    "cumulative": ("cumulative", build_years, {}),
    "share trend": ("share_trend", build_share_trend_chart, {"level_label": "Level 1"}),
}
each_builder = pytest.mark.parametrize("name", BUILDERS)


def rows_of(spec: dict[str, Any], layer: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the rows that a layer draws."""
    data = layer["data"]
    rows: list[dict[str, Any]] = spec["datasets"][data["name"]] if "name" in data else data["values"]
    return rows


def layers_with(spec: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    """Give the layers of one kind of mark, lowest first."""
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]


@each_builder
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
    assert sum(len(rows_of(spec, layer)) for layer in spec["layer"]) < 80
    assert "http" not in str({key: value for key, value in spec.items() if key != "$schema"})
    pd.testing.assert_frame_equal(table, before)


@each_builder
def test_tooltips_carry_the_base(name: str, request: pytest.FixtureRequest) -> None:
    """Some layer of every chart says what a mark is, and how many it rests on."""
    fixture, build, extra = BUILDERS[name]
    spec = build(request.getfixturevalue(fixture), **extra).to_dict()
    tooltips = [
        {tip["field"] for tip in layer["encoding"]["tooltip"]}
        for layer in spec["layer"]
        if "tooltip" in layer["encoding"]
    ]
    assert tooltips
    assert all(fields & {"n", "sessions"} and fields & {"group", "period"} for fields in tooltips)


@each_builder
def test_one_group_alone(name: str, request: pytest.FixtureRequest) -> None:
    """A single group or period is drawn too, and validates."""
    fixture, build, extra = BUILDERS[name]
    table = request.getfixturevalue(fixture)
    by = "group" if "group" in table else "period"
    alone = table[table[by] == table[by].iloc[0]]
    assert build(alone, **extra).to_dict()["layer"]


@pytest.mark.parametrize(("show", "column"), [("share", "share"), ("count", "n")])
def test_mix_segments_equal_the_table(mix: pd.DataFrame, show: Any, column: str) -> None:
    """Segments are as long as the table says, lie end to end in ladder order, and none is lost."""
    spec = build_level_mix_chart(mix, show=show).to_dict()
    bars = pd.DataFrame(rows_of(spec, layers_with(spec, "bar")[0]))
    drawn = bars.set_index(["group", "level"])
    assert (drawn["end"] - drawn["start"]).to_dict() == pytest.approx(
        mix[mix["n"] > 0].set_index(["group", "level"])[column].astype(float).to_dict()
    )
    for _, rows in bars.groupby("group"):
        assert rows["rank"].is_monotonic_increasing
        assert rows["start"].tolist() == pytest.approx([0, *rows["end"].tolist()[:-1]])


def test_mix_legend_follows_the_ladder(mix: pd.DataFrame, theme: Theme) -> None:
    """Colours are those of the whole levels, in ladder order, with grey for unreadable ones at the end."""
    spec = build_level_mix_chart(mix.iloc[::-1], theme=theme).to_dict()
    scale = layers_with(spec, "bar")[0]["encoding"]["color"]["scale"]
    assert scale["domain"] == ["Entry 3", "Level 1", "Not readable"]
    assert scale["range"] == [theme.levels[3], theme.levels[4], theme.unreadable]


def test_mix_names_every_bar_with_its_base(mix: pd.DataFrame) -> None:
    """Each group's n stands beside its name, and groups keep the order of the table."""
    spec = build_level_mix_chart(mix, unit="learners").to_dict()
    assert [row["heading"] for row in rows_of(spec, spec["layer"][-1])] == ["Maths · n = 8", "English · n = 10"]
    assert spec["layer"][0]["encoding"]["y"]["scale"]["domain"] == ["Maths", "English"]
    assert spec["description"] == (
        "Mix of levels from lowest to highest, one bar a group: Maths, 8 learners, most often Level 1 Upper (62%); "
        "English, 10 learners, most often Not readable (40%)."
    )


def test_lower_halves_are_paler(mix: pd.DataFrame) -> None:
    """Only the lower half of a level loses some of its colour."""
    spec = build_level_mix_chart(mix).to_dict()
    pale = {row["level"] for row in rows_of(spec, spec["layer"][0]) if row["opacity"] < 1}
    assert pale == {"Level 1 Lower"}


def test_shares_without_a_base_have_no_dot(shares: pd.DataFrame) -> None:
    """A group without a readable level is named with n = 0 and not drawn; the others are as in the table."""
    spec = build_share_chart(shares, level_label="Level 1", unit="learners").to_dict()
    dots = rows_of(spec, layers_with(spec, "point")[0])
    assert [(row["group"], row["share"], row["low"], row["high"]) for row in dots] == [("Maths", 0.4, 0.373, 0.428)]
    texts = [row["heading"] for row in rows_of(spec, layers_with(spec, "text")[0])]
    assert texts == ["Maths · n = 1,200 · 40% (37%–43%)", "English · n = 0"]


@pytest.mark.parametrize("log", [False, True])
def test_histogram_bars_equal_the_table(histogram: pd.DataFrame, summary: pd.DataFrame, log: bool) -> None:
    """Bars are as high as their shares, in one row a group; open and zero ends become drawable."""
    spec = build_duration_histogram_chart(histogram, summary=summary, log=log).to_dict()
    bars = pd.DataFrame(rows_of(spec, layers_with(spec, "bar")[0]))
    height = (bars["y2"] - bars["y"]).to_numpy()
    assert height / height.max() == pytest.approx((histogram["share"] / histogram["share"].max()).to_numpy())
    assert (bars["x2"] > bars["x"]).all()
    assert (bars["x"] > 0).all() or not log
    assert bars["range"].tolist()[:3] == ["0 to under 120", "120 to under 240", "240 and over"]
    assert [row["x"] for row in rows_of(spec, layers_with(spec, "rule")[0])] == [40.0, 35.0]
    assert "240 and over" in str(spec["layer"][0]["encoding"]["x"]["axis"]["title"])


def test_curve_marks_where_the_share_is_reached(ecdf: pd.DataFrame) -> None:
    """The rule stands at the share, and a dot at each group's minutes, where these are known."""
    finish = pd.DataFrame({"group": ["Maths", "English"], "n": [2, 0], "minutes": pd.array([77, None], dtype="Int64")})
    spec = build_curve(ecdf, share=0.9, finish_within=finish).to_dict()
    assert rows_of(spec, layers_with(spec, "rule")[0]) == [{"share": 0.9}]
    dots = rows_of(spec, layers_with(spec, "point")[0])
    assert [(row["group"], row["minutes"]) for row in dots] == [("Maths", 77)]
    lines = rows_of(spec, layers_with(spec, "line")[0])
    assert [(row["minutes"], row["share"]) for row in lines] == list(zip(ecdf["minutes"], ecdf["share"], strict=True))
    legend = names_in(layers_with(spec, "line")[0]["encoding"]["color"]["legend"])
    assert "90% in 77 min" in legend["Maths"]


def test_points_of_the_curve_can_be_picked(ecdf: pd.DataFrame) -> None:
    """Unseen points lie on top, one a mark, tell what they count, and are told apart by group and minutes."""
    marks = pd.DataFrame(
        {"group": ["Maths", "English"], "minutes": [45, 60], "n": [1, 2], "base": [2, 2], "share": [0.5, 1.0]}
    )
    spec = build_ecdf_chart(ecdf, marks=marks).to_dict()
    top = spec["layer"][-1]
    assert list(rows_of(spec, top)) == marks.to_dict("records")
    assert (top["mark"]["type"], top["mark"]["opacity"]) == ("point", 0)
    assert [shown["field"] for shown in top["encoding"]["tooltip"]] == ["group", "minutes", "n", "share", "base"]
    (param,) = spec["params"]
    assert (param["name"], param["select"]["fields"]) == (PICKED, ["group", "minutes"])
    assert param["views"] == [top["name"]]
    assert not [layer for layer in spec["layer"][:-1] if "tooltip" in layer["encoding"]]


def test_quartiles_equal_the_table(summary: pd.DataFrame) -> None:
    """The rows drawn are those of the table."""
    spec = build_quartile_chart(summary).to_dict()
    drawn = pd.DataFrame(rows_of(spec, layers_with(spec, "bar")[0]))
    pd.testing.assert_frame_equal(drawn, summary, check_dtype=False)


def test_volume_stacks_add_up(volume: pd.DataFrame) -> None:
    """Stacks are as high as their counts; periods stay in order of time; only the running one is dashed."""
    spec = build_volume_chart(volume).to_dict()
    bars = pd.DataFrame(rows_of(spec, spec["layer"][0]))
    assert (bars["end"] - bars["start"]).tolist() == volume["sessions"].tolist()
    assert bars.groupby("period")["end"].max().to_dict() == volume.groupby("period")["sessions"].sum().to_dict()
    assert spec["layer"][0]["encoding"]["x"]["scale"]["domain"] == ["2023/24", "2024/25", "2025/26"]
    outline = spec["layer"][1]
    assert outline["mark"]["strokeDash"]
    assert [row["period"] for row in rows_of(spec, outline)] == ["2025/26"]


def test_volume_says_which_periods_are_whole(volume: pd.DataFrame) -> None:
    """The tooltip says of each period in words whether it is whole, and the axis marks the one that is not."""
    layer = build_volume_chart(volume).to_dict()["layer"][0]
    assert {"field": "whole", "title": "Whole period", "type": "nominal"} in layer["encoding"]["tooltip"]
    rows = rows_of(build_volume_chart(volume).to_dict(), layer)
    said = {row["period"]: row["whole"] for row in rows}
    assert said == {"2023/24": "yes", "2024/25": "yes", "2025/26": "no, still running or cut short"}
    assert "[\"2025/26\"], datum.value) >= 0 ? [datum.label, 'in part']" in layer["encoding"]["x"]["axis"]["labelExpr"]


def test_mix_trend_dashes_the_running_period(mix_trend: pd.DataFrame) -> None:
    """Every period's segments fill 100 %, with its n above it; the running one alone is outlined."""
    spec = build_level_mix_trend_chart(mix_trend).to_dict()
    bars = pd.DataFrame(rows_of(spec, spec["layer"][0]))
    assert bars.groupby("period")["end"].max().tolist() == pytest.approx([1, 1])
    assert [row["text"] for row in rows_of(spec, layers_with(spec, "text")[1])] == ["n = 8", "n = 10"]
    assert [row["period"] for row in rows_of(spec, spec["layer"][-1])] == ["2025/26"]


def test_share_trend_dashes_the_way_to_the_running_period(share_trend: pd.DataFrame) -> None:
    """The solid line holds what is over, gaps included; the dashed one its last point and what is running."""
    spec = build_share_trend_chart(share_trend, level_label="Level 1").to_dict()
    solid, dashed = layers_with(spec, "line")
    assert {row["period"] for row in rows_of(spec, solid)} == {"2023/24", "2024/25"}
    assert [row["share"] for row in rows_of(spec, solid) if row["period"] == "2024/25"] == [None]
    assert {row["period"] for row in rows_of(spec, dashed)} == {"2024/25", "2025/26"}
    assert "strokeDash" in dashed["mark"]
    assert {row["period"] for row in rows_of(spec, layers_with(spec, "point")[0])} == {"2023/24", "2025/26"}


def test_a_change_of_version_breaks_the_line_and_is_marked(share_trend: pd.DataFrame, theme: Theme) -> None:
    """Line and band join only periods of a segment; a rule stands at the day, with its date; others are left out."""
    shares = share_trend.assign(segment=[0, 0, 1])
    since = pd.to_datetime(["2020-01-08", "2026-01-08"]).astype("datetime64[us]")
    changes = pd.DataFrame({"since": since, "period": ["2019/20", "2025/26"], "place": [0.44, 0.44]})
    spec = build_share_trend_chart(shares, level_label="Level 1", changes=changes, theme=theme).to_dict()
    assert len(layers_with(spec, "area")) == 1
    for layer in (*layers_with(spec, "line"), *layers_with(spec, "area")):
        assert layer["encoding"]["detail"]["field"] == "segment"
    marks = [layer for layer in spec["layer"] if layer["encoding"]["x"].get("bandPosition") == 0.44]
    assert [layer["mark"]["type"] for layer in marks] == ["rule", "text"]
    assert {(row["period"], row["text"]) for layer in marks for row in rows_of(spec, layer)} == {
        ("2025/26", "test changed 8 Jan 2026")
    }
    assert "broken where the test changed: 8 Jan 2026." in spec["description"]


def test_cumulative_lines_equal_the_table(cumulative: pd.DataFrame) -> None:
    """Lines run through the totals; the running year is stronger and ends where its data do."""
    spec = build_years(cumulative).to_dict()
    over, running = layers_with(spec, "line")
    assert [(row["slot"], row["total"]) for row in rows_of(spec, over)] == [(0, 0), (40, 7), (365, 7)]
    assert [(row["slot"], row["total"]) for row in rows_of(spec, running)] == [(0, 2), (115, 3)]
    assert running["mark"]["strokeWidth"] > over["mark"]["strokeWidth"]
    end = layers_with(spec, "point")[0]
    assert [(row["group"], row["slot"]) for row in rows_of(spec, end)] == [("2025/26", 115)]
    assert over["encoding"]["x"]["scale"]["domain"] == [0, 365]
    assert spec["description"].endswith("at the end: 2025/26 3; 2024/25 7.")


def test_points_of_the_lines_of_years_can_be_picked(cumulative: pd.DataFrame) -> None:
    """Unseen points lie on top, one a week that counts any, name their day, and are told apart by year and day."""
    spec = build_years(cumulative).to_dict()
    top = spec["layer"][-1]
    rows = rows_of(spec, top)
    assert [row["date"] for row in rows if row["period"] == "2024/25"][:2] == ["12 Sep 2024", "19 Sep 2024"]
    assert [(row["total"], row["n"]) for row in rows][:2] == [(7, 7), (7, 0)]
    assert (rows[-1]["date"], rows[-1]["total"]) == ("24 Nov 2025", 3)
    assert (top["mark"]["type"], top["mark"]["opacity"]) == ("point", 0)
    (param,) = spec["params"]
    assert (param["name"], param["select"]["fields"]) == (PICKED, ["period", "slot"])
    assert param["views"] == [top["name"]]


def names_in(legend: dict[str, str]) -> dict[str, str]:
    """Read the names that a legend's expression looks up, as any reader of such a literal does."""
    names: dict[str, str] = json.loads(legend["labelExpr"].removesuffix("[datum.value]"))
    return names


def test_long_and_odd_names_stay_apart() -> None:
    """Names are shortened in the middle, so that both ends stay; nothing of a name can be code in a legend."""
    assert short_name("Essential Skills Wales: Communication") == "Essential Skill…ommunication"
    assert len(short_name("x" * 500)) == 28
    assert short_name("Art and Design Foundation Diploma at UAL") == "Art and Design…ploma at UAL"
    version = "Smart Initial Assessment, Version 1, from 4 Aug 2023"
    assert [short_name(f"{subject} {version}") for subject in ("Maths", "English", "Digital Skills")] == [
        "Maths Smart…4 Aug 2023",
        "English Smart…4 Aug 2023",
        "Digital Skills…4 Aug 2023",
    ]
    assert heading("Maths", 1234) == "Maths · n = 1,234"
    whole = "English Written, over several days · n = 55 · 42% (30%–55%)"
    assert row_heading("English Written, over several days", 55, "42% (30%–55%)") == whole
    assert len(row_heading("x" * 500, 1234, "median 41 min")) == 62
    assert row_heading("x" * 500, 10, "y" * 90).startswith("x" * 15 + "…" + "x" * 12 + " · n = 10 · yy")
    odd = ["a\"'); x", "datum.label", "b\u2028\\👩"]
    table = pd.DataFrame({"group": odd, "minutes": [1.0, 2.0, 3.0], "n": [1, 1, 1], "share": [1.0, 1.0, 1.0]})
    legend = build_curve(table, theme=LIGHT).to_dict()["layer"][1]["encoding"]["color"]["legend"]
    assert names_in(legend) == {name: f"{name} · n = 1" for name in odd}
    # Vega-Lite replaces datum.label even inside a text.
    assert "datum.label" not in legend["labelExpr"]
    assert legend["labelExpr"].isascii()


def test_many_names_are_counted() -> None:
    """Of many texts six are named and the rest counted."""
    assert listed([]) == ""
    assert listed(["a", "b"]) == "a; b"
    assert listed(list("abcdefgh")) == "a; b; c; d; e; f; and 2 more"


@pytest.mark.parametrize("longest", [1.0, 39.0, 61.0, 240.0, 480.0, 5000.0])
def test_ticks_are_few_and_inside(longest: float) -> None:
    """There are at most nine ticks, all within the axis."""
    ticks = minute_ticks(longest)
    assert 1 <= len(ticks) <= 9
    assert max(ticks) <= longest
    assert all(0.5 <= tick <= longest for tick in log_minute_ticks(0.5, longest))
