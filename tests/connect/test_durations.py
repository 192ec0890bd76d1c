"""ISO 8601 durations, against an independent computation in fractions."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smartia.connect.durations import parse_duration
from smartia.connect.protocol import Reply, read_page
from tests.handmade import NOW, Record, flatten, make_records, page_body

UNITS = {"W": 604_800, "D": 86_400, "H": 3_600, "M": 60, "S": 1}
HALF_MICROSECOND = Fraction(1, 2_000_000)
FLOAT_SLACK = Fraction(1, 1_000_000)
OTHER = make_records(seed=1, size=1)[0]

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
    length_us = parse_duration(text) // dt.timedelta(microseconds=1)
    assert abs(Fraction(length_us, 1_000_000) - length_s) <= HALF_MICROSECOND + FLOAT_SLACK


def lasting(text: str) -> Record:
    """Make a record with a duration."""
    return OTHER | {"result": OTHER["result"] | {"duration": text}}


@given(durations(), st.booleans())
@example(("PT1H30M", Fraction(5400)), True)
@example(("PT1H30.5M", Fraction(5430)), True)
@example(("P2W", Fraction(1_209_600)), False)
@example(("PT1,5S", Fraction(3, 2)), False)
def test_a_page_has_every_form(duration: tuple[str, Fraction], has_misfit: bool) -> None:
    """On a page, beside records that fit and beside one that does not, every form of a duration has its length."""
    text, length_s = duration
    body = page_body([lasting(text), OTHER, *([7] if has_misfit else [])])
    page = read_page(Reply(200, {}, body), page=1, now=NOW)
    assert (len(page.sessions), len(page.misfits)) == (2, int(has_misfit))
    found = flatten(page.sessions)["duration_s"][0].as_py()
    assert abs(Fraction(found) - length_s) <= HALF_MICROSECOND + FLOAT_SLACK


@given(st.one_of(st.text(), st.from_regex(r"-?P[0-9YMWDTHS.,:+-]*", fullmatch=True)), st.booleans())
@example("-PT1S", False)
@example("PT-1S", False)
@example("pt1h", True)
def test_what_fits_depends_on_the_record_alone(text: str, has_misfit: bool) -> None:
    """Whether a duration fits, and what its length is, does not depend on the other records of its page.

    Whatever has a length by `parse_duration` fits, and nothing is below zero.
    """
    alone = read_page(Reply(200, {}, page_body([lasting(text)])), page=1, now=NOW)
    body = page_body([lasting(text), OTHER, *([7] if has_misfit else [])])
    among_others = read_page(Reply(200, {}, body), page=1, now=NOW)
    assert len(alone.sessions) == len(among_others.sessions) - 1
    spans = alone.sessions.fields["duration_s"]
    assert spans == among_others.sessions.fields["duration_s"][: len(spans)]
    assert all(span >= dt.timedelta(0) for span in spans)
    try:
        length = parse_duration(text)
    except ValueError:
        return
    assert abs(spans[0] - length) <= dt.timedelta(microseconds=1)


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
        length = parse_duration(text)
    except ValueError:
        return
    assert length >= dt.timedelta(0)
