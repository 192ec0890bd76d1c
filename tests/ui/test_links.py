"""The address that a reader copies."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.ui.links import choices_of, link_of, page_address


class Choices(dict[str, list[str]]):
    """Choices as Streamlit keeps them."""

    def __iter__(self) -> Iterator[str]:
        return super().__iter__()

    def get_all(self, key: str) -> list[str]:
        """The values of a key."""
        return self[key]


KEYS = st.sampled_from(["subject", "until", "split", "one_gender", "publish", "plan_change"])


@given(st.dictionaries(KEYS, st.lists(st.text(min_size=1, max_size=8), min_size=1)))
def test_a_link_holds_every_choice(choices: dict[str, list[str]]) -> None:
    """Whatever was chosen can be read from the address again; the page and the server stay."""
    link = link_of("https://college.example/app/levels?old=1#part", choices_of(Choices(choices)))
    assert link.startswith("https://college.example/app/levels")
    assert parse_qs(urlsplit(link).query) == choices


@pytest.mark.parametrize("key", ["name", "learner_search", "group", "one_group", "other_group", "Subject", "embed", ""])
def test_a_link_holds_nothing_but_choices(key: str) -> None:
    """What somebody wrote into the address, a search and the groups of a list are passed on to nobody."""
    assert choices_of(Choices({key: ["Jo Bloggs"], "subject": ["Maths"]})) == [("subject", "Maths")]


@pytest.mark.parametrize("root", ["https://college.example/", "https://college.example/app/", "http://127.0.0.1:8501/"])
def test_pages_are_found_from_each_other(root: str) -> None:
    """From every page to every page, below a path too, with or without a slash at its end."""
    levels, overview = f"{root}levels", root
    assert page_address(f"{levels}?a=1#b", "pages/levels.py", "pages/data_quality.py") == f"{root}data_quality"
    assert page_address(levels, "pages/levels.py", "pages/levels.py") == levels
    assert page_address(levels, "pages/levels.py", "app.py") == overview
    assert page_address(overview, "app.py", "app.py") == overview
    assert page_address(overview.rstrip("/"), "app.py", "pages/levels.py") == levels
