"""The settings of the app's look and safety in .streamlit/config.toml."""

import tomllib
from pathlib import Path

import pytest

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3: the least contrast of text of ordinary size."""


def relative_luminance(colour: str) -> float:
    """Return the relative luminance of a colour "#RRGGBB", 0 to 1. Source: WCAG 2.2, definitions."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21. Source: WCAG 2.2, definitions."""
    dark, light = sorted((relative_luminance(one), relative_luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def mixed(colour: str, background: str, opacity: float) -> str:
    """Return the colour "#RRGGBB" that a partly opaque colour makes on a background."""
    pairs = ((int(colour[i : i + 2], 16), int(background[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(opacity * over + (1 - opacity) * under):02X}" for over, under in pairs)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#FFFFFF", 21.0), ("#777777", "#FFFFFF", 4.48), ("#abcdef", "#ABCDEF", 1)],
)
def test_contrast_has_the_known_values(one: str, other: str, expected: float) -> None:
    """The contrast of well-known pairs is what WCAG's examples give, in either order."""
    assert contrast(one, other) == pytest.approx(expected, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("background", ["backgroundColor", "secondaryBackgroundColor"])
@pytest.mark.parametrize("text", ["textColor", "linkColor"])
def test_text_stands_out_from_its_background(theme: str, background: str, text: str) -> None:
    """Text and links have a contrast of at least 4.5 with the page and with the sidebar."""
    colours = CONFIG["theme"][theme]
    assert contrast(colours[text], colours[background]) >= LEAST_CONTRAST


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("background", ["backgroundColor", "secondaryBackgroundColor"])
def test_caption_stands_out_from_its_background(theme: str, background: str) -> None:
    """Captions, which Streamlit draws at 60 % of the text's colour, have a contrast of at least 4.5."""
    colours = CONFIG["theme"][theme]
    assert contrast(mixed(colours["textColor"], colours[background], 0.6), colours[background]) >= LEAST_CONTRAST


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_chosen_switch_can_be_read(theme: str) -> None:
    """A chosen switch of a page, drawn in the primary colour on a tenth of it, has a contrast of at least 4.5."""
    colours = CONFIG["theme"][theme]
    tint = mixed(colours["primaryColor"], colours["backgroundColor"], 0.1)
    assert contrast(colours["primaryColor"], tint) >= LEAST_CONTRAST


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_chosen_filter_can_be_read(theme: str) -> None:
    """A value chosen in a filter, white on the sidebar's primary colour, has a contrast of at least 4.5."""
    colours = CONFIG["theme"][theme]
    primary = colours.get("sidebar", {}).get("primaryColor", colours["primaryColor"])
    assert contrast("#FFFFFF", primary) >= LEAST_CONTRAST


@pytest.mark.parametrize(
    ("section", "option", "value"),
    [
        ("browser", "gatherUsageStats", False),
        ("client", "disableDataExport", True),
        ("client", "showErrorDetails", "none"),
        ("client", "showErrorLinks", False),
        ("server", "enableXsrfProtection", True),
    ],
)
def test_safety_setting_is_on(section: str, option: str, value: object) -> None:
    """Nothing is reported elsewhere, no data leave unescaped, no error shows code or data, forms are protected."""
    assert CONFIG[section][option] == value


def test_first_start_asks_nothing() -> None:
    """The first start on a new computer opens the app instead of asking for an e-mail address in the terminal."""
    assert CONFIG["server"].get("showEmailPrompt") is False
