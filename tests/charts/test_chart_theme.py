"""The palettes: contrast by WCAG, and neighbours apart for three kinds of colour blindness."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from smartia.charts.theme import DARK, LIGHT, LOWER_OPACITY, Theme, blend, contrast, ink_on, relative_luminance
from smartia.table.levels import WHOLE_LEVELS

# G. M. Machado, M. M. Oliveira, L. A. F. Fernandes (2009), "A physiologically-based model for simulation of color
# vision deficiency", IEEE TVCG 15(6), table 1, severity 1.0; they apply to linear RGB.
VISIONS = {
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
WHITE = [0.95047, 1.0, 1.08883]
LEAST_DIFFERENCE = 10.0
"""In CIE 1976 ΔE*ab; about 2.3 is just noticeable."""


def lab(colour: str, vision: str = "normal") -> np.ndarray:
    """Give CIELAB (D65) of a colour as somebody sees it."""
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(VISIONS[vision]) @ linear, 0, 1)
    ratio = np.array(TO_XYZ) @ seen / WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISIONS)
def test_neighbouring_levels_differ_for_everybody(theme: Theme, vision: str) -> None:
    """Neighbours on the ladder differ by ΔE 10 or more for each kind of colour vision."""
    differences = [np.linalg.norm(lab(a, vision) - lab(b, vision)) for a, b in pairwise(theme.levels)]
    assert min(differences) >= LEAST_DIFFERENCE


def test_levels_are_ordered_in_lightness(theme: Theme) -> None:
    """Each level is further from the page's lightness than the one below it, and there is one colour a level."""
    lightness = [lab(colour)[0] for colour in theme.levels]
    assert lightness == sorted(lightness, reverse=theme is LIGHT)
    assert len(theme.levels) == len(WHOLE_LEVELS)


def test_marks_stand_out_from_the_page(theme: Theme) -> None:
    """Levels, grey, accent and groups are 3:1 against the page; texts 4.5:1 (WCAG 1.4.11, 1.4.3)."""
    marks = [*theme.levels, theme.unreadable, theme.accent, *theme.groups]
    assert min(contrast(mark, theme.page) for mark in marks) >= 3
    assert min(contrast(theme.text, theme.page), contrast(theme.muted, theme.page)) >= 4.5


def test_labels_are_readable_on_every_segment(theme: Theme) -> None:
    """Black or white ink is 4.5:1 on each level's colour, whole or paler."""
    for colour in (*theme.levels, theme.unreadable):
        for shown in (colour, blend(colour, LOWER_OPACITY, theme.page)):
            assert contrast(ink_on(shown), shown) >= 4.5


def test_contrast_agrees_with_known_values() -> None:
    """Black on white is 21:1, equal colours are 1:1, and #767676 is the known border of 4.5:1."""
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#123456", "#123456") == 1
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)
    assert relative_luminance("#FFFFFF") == pytest.approx(1)


def test_groups_have_different_colours_until_they_run_out() -> None:
    """One group has the accent; eight have eight colours; the ninth has the first again."""
    assert DARK.group_colours(["a"]) == [DARK.accent]
    colours = LIGHT.group_colours([str(place) for place in range(9)])
    assert len(set(colours[:8])) == 8
    assert colours[8] == colours[0]


def test_unknown_levels_are_grey(theme: Theme) -> None:
    """What is not on the ladder has the grey of unreadable levels."""
    assert theme.level_colour("Not readable") == theme.unreadable
    assert theme.level_colour("Level 3") == theme.levels[-1]
