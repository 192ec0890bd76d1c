"""Numbers, dates and lengths of time as British readers expect them."""

import datetime as dt

from smartia.table.calendar import LONDON


def count(number: int, noun: str = "") -> str:
    """A count with thousands separated, and with its noun in the right number.

    >>> count(1234, "session")
    '1,234 sessions'
    """
    figure = f"{number:,}"
    if not noun:
        return figure
    return f"{figure} {noun}" if number == 1 else f"{figure} {noun}s"


def verb(number: int, of: int, one: str, several: str) -> str:
    """The verb after "number of … learners", in the right number.

    >>> [f"{count(1)} of {count(n, 'learner')} {verb(1, n, 'has', 'have')}" for n in (1, 5)]
    ['1 of 1 learner has', '1 of 5 learners has']
    >>> verb(0, 1, "has", "have"), verb(0, 5, "has", "have")
    ('has', 'have')
    """
    return one if 1 in (number, of) else several


def percent(share: float, decimals: int = 0) -> str:
    """A share as a percentage; a dash where there is none.

    >>> percent(0.412), percent(0.412, 1)
    ('41%', '41.2%')
    """
    return "–" if share != share else f"{share:.{decimals}%}"


def minutes(value: float) -> str:
    """A length of time in minutes as whole minutes; a dash where there is none.

    >>> minutes(95.4)
    '95 min'
    """
    return "–" if value != value else f"{value:,.0f} min"


def day(date: dt.date) -> str:
    """A date such as "7 January 2026"."""
    return f"{date.day} {date:%B %Y}"


def moment(instant: dt.datetime) -> str:
    """An instant in Europe/London, such as "7 January 2026, 14:05"."""
    local = instant.astimezone(LONDON)
    return f"{day(local.date())}, {local:%H:%M}"


def time_left(seconds: float) -> str:
    """How long something will still take, roughly, in words."""
    if seconds < 60:
        return "less than a minute left"
    return f"about {count(round(seconds / 60), 'minute')} left"
