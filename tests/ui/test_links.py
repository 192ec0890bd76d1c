"""The address that a reader copies."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from smartia.ui.links import link_of


class Choices(dict[str, list[str]]):
    """Choices as Streamlit keeps them."""

    def __iter__(self) -> Iterator[str]:
        return super().__iter__()

    def get_all(self, key: str) -> list[str]:
        """The values of a key."""
        return self[key]


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.lists(st.text(min_size=1, max_size=8), min_size=1)))
def test_a_link_holds_every_choice(choices: dict[str, list[str]]) -> None:
    """Whatever was chosen can be read from the address again; the page and the server stay."""
    link = link_of("https://college.example/app/levels?old=1#part", Choices(choices))
    assert link.startswith("https://college.example/app/levels")
    assert parse_qs(urlsplit(link).query) == choices
