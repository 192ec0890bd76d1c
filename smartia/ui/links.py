"""Addresses that open a page as a reader sees it: its page and the choices made there, and nothing else."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final, Protocol
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

Choices = Sequence[tuple[str, str]]
"""Keys of an address, each with a value; a key with several values stands there as often."""

_FILTERS: Final = "age attempts gender reached short since sitting subject test until version year"
_OF_PAGES: Final = (
    "apart as axis bins by by_group columns detail first hours_from hours_to in level long_review measure of period "
    "plan_change plan_from publish room_show rows same_year seats second share short_review show shown slot split "
    "whatif year_a year_b"
)
_KEYS: Final = frozenset(f"{_FILTERS} {_OF_PAGES}".split())
_COHORT: Final = re.compile(r"(one|other)_(?!group$)[a-z_]+")
"""The two cohorts of a comparison, by what makes them; groups of a list may be named after tutors."""


class Parameters(Protocol):
    """Keys of an address with the values of each."""

    def __iter__(self) -> Iterator[str]:
        """The keys, each once."""
        ...

    def get_all(self, key: str) -> list[str]:
        """The values of a key, in order."""
        ...


def is_choice(key: str) -> bool:
    """Whether a key of an address is that of a filter or a choice: what else stands there is passed on to nobody."""
    return key in _KEYS or _COHORT.fullmatch(key) is not None


def choices_of(parameters: Parameters) -> Choices:
    """Take the choices from an address, as Streamlit keeps it: no personal data are among them."""
    return [(key, value) for key in parameters if is_choice(key) for value in parameters.get_all(key)]


def link_of(url: str, choices: Choices) -> str:
    """Join the address of a page and the choices made on it.

    Args:
        url: The address of the page; what it says behind a question mark is replaced.
        choices: The choices.

    Returns:
        The address that opens the page with these choices.
    """
    return urlunsplit(urlsplit(url)._replace(query=urlencode(choices), fragment=""))


def page_address(url: str, here: str, there: str) -> str:
    """Find the address of one page from that of another.

    Args:
        url: The address of the page `here`.
        here: A page's file, such as "app.py" or "pages/levels.py".
        there: The other page's file.
    """
    name = "" if there == "app.py" else PurePosixPath(there).stem
    base = urlsplit(url)._replace(query="", fragment="")
    if here == "app.py" and not base.path.endswith("/"):
        base = base._replace(path=f"{base.path}/")
    return urljoin(urlunsplit(base), name or ".")
