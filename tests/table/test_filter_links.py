"""Links are read as the app reads them, and what cannot be is refused by name."""

import datetime as dt
from urllib.parse import urlencode

import pandas as pd
import pytest

from smartia.errors import LinkError
from smartia.table.filter_links import asks_to_publish, check_filters, filters_of_link, other_keys
from smartia.table.filters import AttemptRule, Filters

PAIRS = (
    *(("subject", "Maths"), ("subject", "English & more"), ("year", "2024/25"), ("gender", "female"), ("age", "16–18")),
    *(("test", "A test"), ("version", "Version 1, from 3 Aug 2023 (b2b7e345)"), ("reached", "Not readable")),
    *(("sitting", "paused"), ("attempts", "First"), ("short", "Leave out under 25%")),
    *(("since", "2024-09-01"), ("until", "2025-07-31"), ("level", "Level 2"), ("detail", "Whole")),
)


@pytest.mark.parametrize("before", ["https://smartia.college.example/levels?", "?", ""])
def test_every_filter_is_read(before: str) -> None:
    """Each filter is read from a whole address or its query; choices of the page are named and left aside."""
    link = before + urlencode(PAIRS)
    assert filters_of_link(link) == Filters(
        subject=("Maths", "English & more"),
        test_name=("A test",),
        test_version=("Version 1, from 3 Aug 2023 (b2b7e345)",),
        academic_year=("2024/25",),
        gender=("female",),
        age_band=("16–18",),
        level_whole=("Not readable",),
        sitting=("paused",),
        since=dt.date(2024, 9, 1),
        until=dt.date(2025, 7, 31),
        short_share=0.25,
        attempts=AttemptRule.FIRST,
    )
    assert other_keys(link) == ("level", "detail")


@pytest.mark.parametrize(
    "link", ["", "?", "https://smartia.college.example/levels", "short=Count+them&attempts=Latest"]
)
def test_no_filter(link: str) -> None:
    """A link without choices, or with the usual ones, counts what the app counts without any."""
    assert filters_of_link(link) == Filters()


@pytest.mark.parametrize(
    ("link", "key", "allowed"),
    [
        ("attempts=latest", "attempts", ("Latest", "First", "All")),
        ("short=25", "short", ("Count them", *(f"Leave out under {share}%" for share in (10, 25, 33)))),
        ("since=15/09/2025", "since", ("a day such as 2025-09-15",)),
        ("until=", "until", ("a day such as 2025-09-15",)),
        ("attempts=All&attempts=First", "attempts", ("one value",)),
    ],
)
def test_a_value_that_cannot_be_is_refused(link: str, key: str, allowed: tuple[str, ...]) -> None:
    """The error names the filter and what it can have, and does not repeat the link."""
    with pytest.raises(LinkError) as caught:
        filters_of_link(link)
    assert (caught.value.key, caught.value.allowed) == (key, allowed)
    assert "15/09/2025" not in str(caught.value)


def test_a_text_that_is_no_link_is_refused() -> None:
    """A word in place of a link is refused without being repeated: it would count every session."""
    for read in (filters_of_link, other_keys, asks_to_publish):
        with pytest.raises(LinkError, match="a link is none") as caught:
            read("maths.html")
        assert "maths" not in str(caught.value)


def test_values_that_the_data_lack() -> None:
    """A value is looked for in the data; that of levels which cannot be read is always one."""
    columns = ("subject", "academic_year", "gender", "age_band", "test_name", "test_version", "level_whole", "sitting")
    frame = pd.DataFrame({name: pd.Categorical(["a", "b"]) for name in columns})
    check_filters(frame, Filters(subject=("a", "b"), level_whole=("Not readable",)))
    with pytest.raises(LinkError) as caught:
        check_filters(frame, Filters(gender=("a", "c")))
    assert (caught.value.key, caught.value.allowed) == ("gender", ("a", "b"))


@pytest.mark.parametrize(("link", "asks"), [("publish=true", True), ("publish=false", False), ("of=Maths", False)])
def test_the_publish_view(link: str, *, asks: bool) -> None:
    """Whether a link opens the publish view."""
    assert asks_to_publish(link) == asks
