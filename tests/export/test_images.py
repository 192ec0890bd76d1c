"""Pictures of charts are light, named, stated and harmless, whatever the page and the data are."""

import doctest
import io
import zipfile
from functools import partial
from xml.etree import ElementTree

import pandas as pd
import pytest
from PIL import Image

from smartia.charts.levels import build_level_mix_chart, build_share_chart
from smartia.charts.still import INTERVAL_NOTE
from smartia.charts.theme import DARK, LIGHT
from smartia.export import images
from smartia.export.exhibits import Drawing
from smartia.export.images import picture_of, pictures_zip
from smartia.table.labels import fit_label
from tests.hostile import TEXTS

ABOUT = ["Maths · 2025/26", "n = 140 sessions of 120 learners · pulled 25 November 2026, 09:00"]


@pytest.fixture
def shares() -> Drawing:
    """A chart with intervals, whose groups are hostile."""
    groups = [fit_label(text) for text in TEXTS.values()]
    counts = {"n": 100, "reached": 40, "share": 0.4, "low": 0.31, "high": 0.5, "unreadable": 0}
    table = pd.DataFrame({"group": groups, **counts})
    draw = partial(build_share_chart, table, level_label="Level 1")
    return Drawing(f"Share: {TEXTS['html']}", draw, ("Counted: all attempts;", "short sittings included"))


def words_of(svg: bytes) -> str:
    """Every text of a picture; fails if it is not well-formed."""
    return " | ".join("".join(element.itertext()) for element in ElementTree.fromstring(svg).iter() if element.text)


def test_a_picture_says_what_it_is(shares: Drawing) -> None:
    """Title, filters, n, date, rule and the note on intervals stand on it as text; it describes itself as well."""
    said = words_of(picture_of(shares, ABOUT, "svg"))
    for text in (*ABOUT, "Counted: all attempts; short sittings included", INTERVAL_NOTE):
        assert text in said
    assert "Share: <img" in said
    assert "Share of sessions at Level 1 or above with 95% intervals" in said


def test_a_note_on_intervals_only_where_there_are_some() -> None:
    """A mix of levels has no interval, and no note on one."""
    mix = pd.DataFrame({"group": ["Maths"], "level": ["Level 1"], "whole": ["Level 1"], "rank": [40]})
    mix = mix.assign(n=[5], base=[5], share=[1.0])
    said = words_of(picture_of(Drawing("Mix", partial(build_level_mix_chart, mix), ()), ABOUT, "svg"))
    assert "Level 1" in said
    assert INTERVAL_NOTE not in said


def test_a_png_is_light_with_every_text_drawn(shares: Drawing) -> None:
    """On whatever page it was, the picture is on white, at print size, and its title is drawn in ink."""
    with Image.open(io.BytesIO(picture_of(shares, ABOUT, "png"))) as opened:
        assert [round(ppi) for ppi in opened.info["dpi"]] == [200, 200]
        picture = opened.convert("RGB")
    assert picture.getpixel((2, picture.height - 3)) == (255, 255, 255)
    title = picture.crop((0, 0, picture.width, 60))
    darkest, _ = title.convert("L").getextrema()
    assert darkest < 90
    assert DARK.page != LIGHT.page


def test_pictures_of_a_page_are_one_file(shares: Drawing) -> None:
    """A ZIP holds each chart under a name of the page and a number, without a word of the data."""
    content = pictures_zip([shares, shares], ABOUT, ["svg"], "levels-2026-11-25")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["smartia-levels-2026-11-25-01.svg", "smartia-levels-2026-11-25-02.svg"]
        assert archive.read(archive.namelist()[1]) == picture_of(shares, ABOUT, "svg")


def test_examples_are_true() -> None:
    """The examples in the docstrings give what they say."""
    assert doctest.testmod(images).failed == 0
