"""ISO 8601 durations in the forms that `msgspec` does not read: weeks, a decimal comma, a fraction before the last."""

import datetime as dt

import isodate


def parse_duration(text: str) -> dt.timedelta:
    """Read an ISO 8601 duration such as `P2W` or `PT1H30,5M`, to the nearest microsecond.

    A duration in years or months has no length in seconds, one below zero is no length of time, and a
    designator with nothing behind it (`PT`) states nothing: none of them is accepted.

    Raises:
        ValueError: The text is no such duration. The message does not repeat the text.

    >>> parse_duration("PT1H30,5M").total_seconds()
    5430.0
    """
    try:
        value = isodate.parse_duration(text)
    except (ValueError, OverflowError) as error:
        raise ValueError("not an ISO 8601 duration") from error
    if not isinstance(value, dt.timedelta) or value < dt.timedelta(0) or text.endswith(("P", "T", "\n")):
        raise ValueError("not a duration with a length in seconds")
    return value
