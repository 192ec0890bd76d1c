"""Who reads a page, and with which role."""

from smartia.access import Reader
from smartia.settings import Settings


def reader_of(settings: Settings) -> Reader:
    """Say who reads the present page."""
    return Reader(settings.role)
