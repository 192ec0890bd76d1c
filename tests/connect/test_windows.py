"""Windows of endDate, against plain Python over all instants of a small span."""

import datetime as dt
import itertools
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from smartia.connect.windows import EVERYTHING, Window, month_window, months_between, spell_instant

START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
SPAN = 14
HALVES = [START + dt.timedelta(hours=number / 2) for number in range(-2, 2 * SPAN + 2)]
"""Instants on and between all bounds that are drawn, and beyond them on both sides."""

bounds = st.one_of(st.none(), st.integers(0, SPAN - 1).map(lambda hour: START + dt.timedelta(hours=hour)))
windows = st.builds(Window, bounds, bounds)


def instants(window: Window) -> set[dt.datetime]:
    """List the instants inside, by the definition of a half-open span."""
    return {
        moment
        for moment in HALVES
        if (window.start is None or window.start <= moment) and (window.end is None or moment < window.end)
    }


@given(windows)
def test_inside(window: Window) -> None:
    """The start is inside and the end is not; an open side has no limit; a window is empty where nothing fits."""
    assert {moment for moment in HALVES if moment in window} == instants(window)
    assert window.is_empty == (not instants(window))


@given(windows, windows)
def test_intersection(one: Window, other: Window) -> None:
    """What two windows share is what lies in both; without anything shared there is no window."""
    shared = one.intersection(other)
    assert (set() if shared is None else instants(shared)) == instants(one) & instants(other)
    assert one.overlaps(other) == other.overlaps(one) == bool(instants(one) & instants(other))


@given(windows, st.lists(windows, max_size=5))
def test_without(window: Window, done: list[Window]) -> None:
    """What is left of a window lies in no window taken out, is in order, and comes once."""
    left = window.without(done)
    taken = {moment for one in done for moment in instants(one)}
    pieces = [instants(piece) for piece in left if not window.is_empty]
    assert {moment for piece in pieces for moment in piece} == instants(window) - taken
    assert sum(map(len, pieces)) == len(instants(window) - taken)
    assert all(pieces)
    assert [min(piece) for piece in pieces] == sorted(min(piece) for piece in pieces)


@given(windows, st.sampled_from([dt.timedelta(0), dt.timedelta(hours=5, minutes=30), dt.timedelta(hours=-3)]))
def test_the_query(window: Window, offset: dt.timedelta) -> None:
    """A window is spelled as the bounds that the API reads, in UTC wherever its instants come from."""
    zone = dt.timezone(offset)
    moved = Window(*(None if moment is None else moment.astimezone(zone) for moment in (window.start, window.end)))
    spelled: Mapping[str, str] = dict(moved.query)
    read = {name: dt.datetime.fromisoformat(text) for name, text in spelled.items()}
    assert (read.get("endDate[gte]"), read.get("endDate[lt]")) == (window.start, window.end)
    assert len(read) == len(moved.query)
    assert all(text.endswith("Z") for text in spelled.values())
    assert EVERYTHING.query == ()


@given(st.timedeltas(dt.timedelta(days=-20_000), dt.timedelta(days=60_000)))
def test_an_instant_is_spelled_whole(since: dt.timedelta) -> None:
    """No microsecond is lost between an instant and its spelling; whole milliseconds are spelled as such."""
    moment = START + since
    text = spell_instant(moment)
    assert dt.datetime.fromisoformat(text) == moment
    assert len(text.partition(".")[2]) == (len("000000Z") if moment.microsecond % 1000 else len("000Z"))


@given(st.dates(dt.date(1970, 1, 1), dt.date(2199, 11, 30)), st.integers(0, 40))
def test_months(first: dt.date, more: int) -> None:
    """Months follow each other without a gap, each in its window from its first instant to the next month's."""
    numbers = range(
        first.year * 12 + first.month - 1, min(first.year * 12 + first.month - 1 + more + 1, 2199 * 12 + 12)
    )
    expected = [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in numbers]
    months = months_between(expected[0], expected[-1])
    assert months == expected
    spans = [month_window(month) for month in months]
    assert all(one.end == following.start for one, following in itertools.pairwise(spans))
    for month, span in zip(months, spans, strict=True):
        assert span.start == dt.datetime(int(month[:4]), int(month[5:]), 1, tzinfo=dt.UTC)
        assert span.end is not None
        assert (span.end - dt.timedelta(microseconds=1)).strftime("%Y-%m") == month
        assert span.end.day == 1
