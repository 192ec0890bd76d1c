"""Addresses that open a page as a reader sees it."""

from collections.abc import Iterator
from typing import Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit


class Parameters(Protocol):
    """Keys of an address with the values of each."""

    def __iter__(self) -> Iterator[str]:
        """The keys, each once."""
        ...

    def get_all(self, key: str) -> list[str]:
        """The values of a key, in order."""
        ...


def link_of(url: str, parameters: Parameters) -> str:
    """Join the address of a page and the choices made on it.

    Args:
        url: The address of the page; what it says behind a question mark is replaced.
        parameters: The choices, as Streamlit keeps them in the address: no personal data are among them.

    Returns:
        The address that opens the page with these choices.
    """
    query = urlencode([(key, value) for key in parameters for value in parameters.get_all(key)])
    return urlunsplit(urlsplit(url)._replace(query=query, fragment=""))
