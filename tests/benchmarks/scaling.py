"""What docs/scaling.md says in figures: `python -m tests.benchmarks.scaling REPORT.json …`.

Puts them between the two marks in that page: what the reports measured, what each further session costs, and what
that makes for a national data set. What no report has measured is left out.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.growth_steps import series_of, steps_of
from tests.benchmarks.page_report import SMARTIA
from tests.benchmarks.report import read_report
from tests.running_app import ROOT

PAGE = ROOT / "docs" / "scaling.md"
NATIONAL = 100_000_000
_FROM = 1_000_000
"""Sessions of the largest account measured, at least, for anything to be calculated from it."""
_BEGIN, _END = "<!-- measured -->", "<!-- /measured -->"
_LEFT_OUT = (
    *("obvious", "SQL by hand", "first visit", "the same again", "after all pages", "open the ", "memory added by"),
    "peak memory of its process",  # a download holds a few parts and one month at a time, whatever the account
)
"""Parts of names that are not about what more sessions cost, or say it twice."""
_NOTHING = "Nothing has been measured yet."
_HEAD = (
    "| what | measured | each further 1,000 sessions | calculated for 100,000,000 |",
    "|---|---:|---:|---:|",
)
_DIGITS = {"s": 2, "ms": 0, "MB": 0}
_CALCULATED = {"s": ("s", 1), "ms": ("s", 1000), "MB": ("GB", 1000)}
"""Units of what is calculated, and by what they are divided."""


def main(arguments: Sequence[str]) -> None:
    """Read saved reports and write what they say into the page; later reports win over earlier ones."""
    figures = [figure for path in arguments for figure in read_report(Path(path)).figures]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    text = f"{before}{_BEGIN}\n{measured_table(figures)}\n{_END}{after}"
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{PAGE} is up to date\n")


def measured_table(figures: Sequence[Figure]) -> str:
    """Lay out what depends on the number of sessions, each with its cost and what that makes for the nation.

    Args:
        figures: Figures of one or more reports. Of those with the same name, unit and sessions the last one counts.

    Returns:
        Lines of Markdown, or a sentence where nothing fits. The cost of a further session is that of the step from
        the last size but one to the largest; where nothing can be calculated from it, it is left out.
    """
    rows = [_row(name, unit, points) for (name, unit), points in series_of(figures).items() if _belongs(name, unit)]
    return "\n".join([*_HEAD, *rows]) if rows else _NOTHING


def calculated(points: Mapping[int, float], sessions: int) -> float | None:
    """Carry what was measured on to more sessions: the largest size, and the cost of each session beyond it.

    Args:
        points: What was measured, by sessions.
        sessions: How many there would be.

    Returns:
        None where fewer than two sizes were measured or the largest was under a million sessions, where it was no
        dearer than the one before, or where its step was worse than linear, so that nothing can be said.

    >>> calculated({1_000_000: 2.0, 2_000_000: 3.0}, 10_000_000)
    11.0
    """
    steps = steps_of(points.items())
    if not steps or steps[-1].large < _FROM or steps[-1].marginal <= 0 or not steps[-1].is_linear:
        return None
    last = steps[-1]
    return points[last.large] + last.marginal * (sessions - last.large) / 1000


def _belongs(name: str, unit: str) -> bool:
    return unit in _DIGITS and not any(part in name for part in _LEFT_OUT)


def _row(name: str, unit: str, points: Mapping[int, float]) -> str:
    digits = _DIGITS[unit]
    measured = "; ".join(f"{value:,.{digits}f} {unit} at {sessions:,}" for sessions, value in sorted(points.items()))
    beyond = calculated(points, NATIONAL)
    if beyond is None:
        cells = ("", "")
    else:
        larger, divisor = _CALCULATED[unit]
        marginal = steps_of(points.items())[-1].marginal
        cells = (f"{_rounded(marginal)} {unit}", f"{_rounded(beyond / divisor)} {larger}")
    return f"| {' | '.join((name.removesuffix(f': {SMARTIA}'), measured, *cells))} |"


def _rounded(value: float) -> str:
    """A number above 0 to three digits: more of what is calculated mean nothing."""
    digits = 2 - math.floor(math.log10(value))
    return f"{round(value, digits):,.{max(digits, 0)}f}"


if __name__ == "__main__":
    main(sys.argv[1:])
