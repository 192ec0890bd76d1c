"""The text form of faults: `NAME[=VALUE][@WHEN][;OPTION=VALUE]…`, several joined by commas.

WHEN is the number of an authorised request to the endpoint, counted from 1: `5`, `5-9`, `5-` (from the fifth on) or
`*10` (every tenth). Without it the fault happens at every request. A comma or a semicolon in a value is not possible;
in an address they are written %2C and %3B.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from smartia.sandbox.faults import (
    Clock,
    Drip,
    Drop,
    Fault,
    Html,
    Redirect,
    Reset,
    Short,
    Stall,
    Status,
    When,
)
from smartia.sandbox.page_faults import Duplicates, Empty, Fewer, Loop, Total

__all__ = ["parse_faults"]

_HEAD: Final = re.compile(r"(?P<name>[a-z0-9]+)(=(?P<value>[^@]*))?(@(?P<when>.*))?", re.ASCII)
_WHEN: Final = re.compile(
    r"(?P<first>[1-9]\d{0,8})(?P<range>-(?P<last>[1-9]\d{0,8})?)?|\*(?P<every>[1-9]\d{0,8})", re.ASCII
)
_SIGNED: Final = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,9}", re.ASCII)
_SECONDS: Final = re.compile(r"\d{1,6}([.]\d{1,6})?", re.ASCII)

Options = dict[str, str]


def parse_faults(text: str) -> tuple[Fault, ...]:
    """Read the text form of faults.

    Args:
        text: The faults; a blank text for none.

    Returns:
        The faults in the order written.

    Raises:
        ValueError: A fault is not known, or its time or an option is malformed; the message says which and what is
            accepted.
    """
    return tuple(_parse_fault(part.strip()) for part in text.split(",")) if text.strip() else ()


def _parse_fault(text: str) -> Fault:
    head, *rest = text.split(";")
    parts = _HEAD.fullmatch(head)
    if parts is None or parts["name"] not in _BUILDERS:
        raise ValueError(f"{head!r} is not a fault; known are {', '.join(_BUILDERS)}")
    options = {"=": parts["value"]} if parts["value"] is not None else {}
    for option in rest:
        name, _, value = option.partition("=")
        if name in options:
            raise ValueError(f"{text!r} has the option {name} twice")
        options[name] = value
    try:
        fault = _BUILDERS[parts["name"]](_parse_when(parts["when"]), options)
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}") from None
    if options:
        unknown = ", ".join("a value" if name == "=" else name or "an option without a name" for name in options)
        raise ValueError(f"{text!r}: {parts['name']} does not take {unknown}")
    return fault


def _parse_when(text: str | None) -> When:
    if text is None:
        return When()
    parts = _WHEN.fullmatch(text)
    if parts is None:
        raise ValueError("after @ comes the number of a request from 1 (5), a range (5-9 or 5-) or every n-th (*10)")
    if parts["every"]:
        return When(first=int(parts["every"]), every=int(parts["every"]))
    first = int(parts["first"])
    if parts["range"] is None:
        return When(first, first)
    if parts["last"] is None:
        return When(first)
    if int(parts["last"]) < first:
        raise ValueError("the range ends before it begins")
    return When(first, int(parts["last"]))


def _plain(kind: type[Fault]) -> Callable[[When, Options], Fault]:
    return lambda when, _: kind(when)


def _status(status: int) -> Callable[[When, Options], Fault]:
    """Return what builds an error status; 429 has a Retry-After of 1 s unless told otherwise, the others have none."""

    def build(when: When, options: Options) -> Fault:
        after = options.pop("retry-after", "1" if status == 429 else "none")
        match after:
            case "none":
                return Status(when, status)
            case "date":
                seconds = _take(options, "seconds", _WHOLE, "a whole number of seconds", "1")
                return Status(when, status, int(seconds), as_date=True)
            case _ if _WHOLE.fullmatch(after):
                return Status(when, status, int(after))
            case _:
                raise ValueError(
                    "retry-after is a whole number of seconds, date (with seconds=2: in 2 seconds) or none"
                )

    return build


def _stall(when: When, options: Options) -> Fault:
    return Stall(when, float(_take(options, "seconds", _SECONDS, "a number of seconds", str(Stall.seconds))))


def _drip(when: When, options: Options) -> Fault:
    return Drip(when, float(_take(options, "seconds", _SECONDS, "a number of seconds", str(Drip.seconds))))


def _redirect(when: When, options: Options) -> Fault:
    return Redirect(when, _take(options, "to", re.compile(r"[!-~]+"), "an address, as in redirect@2;to=http://host/"))


def _total(when: When, options: Options) -> Fault:
    accepted = "+3 or -2, added to the true total, or fixed:7"
    text = _take(options, "=", re.compile(r"[+-]\d{1,9}|fixed:\d{1,9}", re.ASCII), accepted)
    if text.startswith("fixed:"):
        return Total(when, fixed=int(text.removeprefix("fixed:")))
    return Total(when, shift=int(text))


def _clock(when: When, options: Options) -> Fault:
    if when != When():
        raise ValueError("a clock differs at every request, so it takes no @")
    return Clock(when, int(_take(options, "=", _SIGNED, "a whole number of seconds, as in clock=-3600")))


def _take(options: Options, name: str, form: re.Pattern[str], accepted: str, default: str | None = None) -> str:
    """Take an option out of those that are left."""
    text = options.pop(name, default)
    if text is None or not form.fullmatch(text):
        raise ValueError(f"{'the value' if name == '=' else name} must be {accepted}")
    return text


_BUILDERS: Final[Mapping[str, Callable[[When, Options], Fault]]] = {
    "429": _status(429),
    "500": _status(500),
    "502": _status(502),
    "503": _status(503),
    "reset": _plain(Reset),
    "drop": _plain(Drop),
    "stall": _stall,
    "drip": _drip,
    "short": _plain(Short),
    "html": _plain(Html),
    "redirect": _redirect,
    "empty": _plain(Empty),
    "loop": _plain(Loop),
    "fewer": _plain(Fewer),
    "duplicates": _plain(Duplicates),
    "total": _total,
    "clock": _clock,
}
