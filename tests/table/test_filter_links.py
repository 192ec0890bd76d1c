"""A copied link restricts elsewhere what it restricts in the app."""

import datetime as dt
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.errors import LinkError
from smartia.table.filter_links import ATTEMPT_LABELS, LINK_KEYS, SHORT_SHARES, filters_of_link
from smartia.table.filters import AttemptRule, Filters

DAYS = st.dates(dt.date(1970, 1, 1), dt.date(2199, 12, 31))


@given(
    st.fixed_dictionaries({}, optional={key: st.lists(st.text(min_size=1), max_size=3) for key in LINK_KEYS}),
    st.none() | DAYS,
    st.none() | DAYS,
    st.sampled_from(list(ATTEMPT_LABELS)),
    st.sampled_from(list(SHORT_SHARES)),
)
def test_round(
    values: dict[str, list[str]], since: dt.date | None, until: dt.date | None, rule: AttemptRule, short: str
) -> None:
    """Whatever is chosen, the link that holds it gives it back."""
    pairs = [(key, value) for key, chosen in values.items() for value in chosen]
    pairs += [(key, day.isoformat()) for key, day in (("since", since), ("until", until)) if day]
    pairs += [("attempts", ATTEMPT_LABELS[rule]), ("short", short), ("show", "Counts")]
    restrictions = {LINK_KEYS[key]: tuple(chosen) for key, chosen in values.items()}
    wanted = Filters(**restrictions, since=since, until=until, short_share=SHORT_SHARES[short], attempts=rule)  # type: ignore[arg-type]
    assert filters_of_link(f"https://smartia.example/levels?{urlencode(pairs)}") == wanted
    assert filters_of_link(urlencode(pairs)) == wanted


def test_nothing_chosen() -> None:
    """A link without choices restricts nothing."""
    assert filters_of_link("https://smartia.example/levels") == Filters()
    assert filters_of_link("") == Filters()


@pytest.mark.parametrize("query", ["attempts=Last", "short=10", "since=yesterday", "until=2025-13-01"])
def test_what_cannot_be_read(query: str) -> None:
    """A choice that cannot be read is refused without being repeated: nothing is counted that was not asked for."""
    with pytest.raises(LinkError) as refused:
        filters_of_link(f"https://smartia.example/?{query}")
    assert query.split("=")[1] not in str(refused.value).replace("under 10%", "")
