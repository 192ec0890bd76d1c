"""ISO 8601 durations, read by `isodate` once per distinct text."""

import datetime as dt
from functools import lru_cache

import isodate


@lru_cache(maxsize=65_536)
def parse_duration(text: str) -> float:
    """Read an ISO 8601 duration such as `PT1H30M` as seconds (`5400.0`).

    A duration in years or months has no length in seconds, one below zero is no length of time, and a
    designator with nothing behind it (`PT`) states nothing: none of them is accepted.

    Raises:
        ValueError: The text is no such duration. The message does not repeat the text.

    >>> parse_duration("PT1H30.5M")
    5430.0
    """
    try:
        value = isodate.parse_duration(text)
    except (ValueError, OverflowError) as error:
        raise ValueError("not an ISO 8601 duration") from error
    if not isinstance(value, dt.timedelta) or value < dt.timedelta(0) or text.endswith(("P", "T", "\n")):
        raise ValueError("not a duration with a length in seconds")
    return value.total_seconds()
