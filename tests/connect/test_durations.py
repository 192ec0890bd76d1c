"""ISO 8601 durations, against an independent computation in fractions."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smartia.connect.durations import parse_duration

UNITS = {"W": 604_800, "D": 86_400, "H": 3_600, "M": 60, "S": 1}
HALF_MICROSECOND = Fraction(1, 2_000_000)
FLOAT_SLACK = Fraction(1, 1_000_000)

numbers = st.tuples(
    st.integers(0, 999), st.one_of(st.none(), st.tuples(st.sampled_from(".,"), st.integers(0, 999_999)))
)


@st.composite
def durations(draw: st.DrawFn) -> tuple[str, Fraction]:
    """Draw a duration of weeks, days, hours, minutes and seconds, and its exact length in seconds."""
    chosen = draw(st.lists(st.sampled_from("WDHMS"), min_size=1, unique=True))
    text, length_s = "P", Fraction(0)
    for unit in (unit for unit in UNITS if unit in chosen):
        whole, fraction = draw(numbers)
        if unit in "HMS" and "T" not in text:
            text += "T"
        text += str(whole)
        value = Fraction(whole)
        if fraction is not None:
            text += f"{fraction[0]}{fraction[1]:06d}"
            value += Fraction(fraction[1], 1_000_000)
        text += unit
        length_s += value * UNITS[unit]
    return text, length_s


@given(durations())
@example(("PT1H30M", Fraction(5400)))
@example(("PT1H30.5M", Fraction(5430)))
@example(("P2W", Fraction(1_209_600)))
def test_length_is_exact(duration: tuple[str, Fraction]) -> None:
    """Weeks, days, hours, minutes and seconds, with fractions after a point or a comma, have their exact length.

    Exact to the microsecond that a timedelta can hold.
    """
    text, length_s = duration
    assert abs(Fraction(parse_duration(text)) - length_s) <= HALF_MICROSECOND + FLOAT_SLACK


@pytest.mark.parametrize(
    "text",
    [
        "P1M",
        "P1Y",
        "P1Y2DT3H",
        "PT",
        "P",
        "P1DT",
        "",
        "-PT1H",
        "-P1D",
        "PT1S1M",
        "PT.5S",
        "pt1h",
        "90",
        "1:30:00",
        "PT1H ",
        " PT1H",
        "PT1H\n",
        "PT\n",
        "P1D1W",
        "PT٣S",
        "PTNaNS",
        "PTinfS",
        "P0001-01-01T00:00:00",
        "P20230101",
        "PT999999999999H",
        "PT" + "9" * 400 + "H",
        "P\x00",
        "PT1H\x00",
        "P1M0D",
        "P0.0001Y",
    ],
)
def test_what_has_no_length_is_refused(text: str) -> None:
    """Years, months, lengths below zero, endless ones and anything malformed are refused, without quoting them."""
    with pytest.raises(ValueError, match=r"^not a") as caught:
        parse_duration(text)
    assert str(caught.value) in {"not an ISO 8601 duration", "not a duration with a length in seconds"}


@given(st.one_of(st.text(), st.from_regex(r"-?P[0-9YMWDTHS.,:+-]*", fullmatch=True)))
def test_any_text_is_a_length_or_a_value_error(text: str) -> None:
    """Whatever the text, it is a length from zero up or a ValueError, and never another exception."""
    try:
        length_s = parse_duration(text)
    except ValueError:
        return
    assert 0 <= length_s < float("inf")
