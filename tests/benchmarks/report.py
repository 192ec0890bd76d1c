"""The report: a Markdown table for people and JSON for programs, with the machine and the versions beside it."""

import datetime as dt
import importlib.metadata
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.benchmarks.figures import Figure, Outcome, Table

FOLDER = Path("build") / "benchmarks"
"""Where reports are kept unless a folder is named, below the working folder."""
_PACKAGES = ("smartia", "pandas", "pyarrow", "msgspec", "httpx", "isodate", "streamlit", "altair", "duckdb", "dlt")


class Report(msgspec.Struct, frozen=True):
    """What was measured, when, and on what.

    Attributes:
        begun_at: The moment at which the benchmarks began.
        machine: Facts of the machine, by what they are.
        versions: Version by package; packages that are not installed are left out.
        figures: What was found out.
        tables: Some of it side by side.
    """

    begun_at: dt.datetime
    machine: dict[str, str]
    versions: dict[str, str]
    figures: list[Figure]
    tables: list[Table] = []

    def to_markdown(self) -> str:
        """Write the tables, the list of all figures, and below it the machine and the versions."""
        rows = [_row(figure) for figure in self.figures]
        below = [
            f"{name}: {text}"
            for name, text in {"measured": f"{self.begun_at:%Y-%m-%d %H:%M} UTC", **self.machine}.items()
        ]
        below.append(", ".join(f"{name} {version}" for name, version in self.versions.items()))
        tables = [line for table in self.tables for line in (table.to_markdown(), "")]
        return "\n".join([*tables, _HEAD, *rows, "", *(f"* {line}" for line in [*below, _NOTE]), ""])

    def save(self, folder: Path = FOLDER) -> Path:
        """Write both files into a folder; returns the path of the Markdown one."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.begun_at:%Y%m%dT%H%M%SZ}.md"
        path.write_text(self.to_markdown(), encoding="utf-8")
        path.with_suffix(".json").write_bytes(msgspec.json.format(msgspec.json.encode(self)))
        return path


def read_report(path: Path) -> Report:
    """Read a report that was saved, from its JSON."""
    return msgspec.json.decode(path.read_bytes(), type=Report)


def make_report(begun_at: dt.datetime, load: float, outcomes: Sequence[Outcome]) -> Report:
    """Put figures beside the machine they were measured on.

    Args:
        begun_at: When the benchmarks began.
        load: The load average over a minute at that moment: what else the machine was doing.
        outcomes: What was found out.
    """
    machine = {
        "processors": f"{len(os.sched_getaffinity(0))} × {_processor()}, load {load:.2f} before",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.1f} GB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
    }
    figures = [figure for outcome in outcomes for figure in outcome.figures]
    tables = [table for outcome in outcomes for table in outcome.tables]
    return Report(begun_at, machine, _versions(), figures, tables)


_HEAD = "| benchmark | figure | sessions | median | lowest – highest | runs | aim |\n|---|---|---:|---:|---:|---:|---|"
_NOTE = (
    "Ways that are compared take turns; ratios are taken run by run. Servers and clients share the processors. "
    "Decoding, downloads and histories: every run is a fresh process, and times leave imports out. MB are 10⁶ bytes."
)


def _versions() -> dict[str, str]:
    found = {distribution.name.lower() for distribution in importlib.metadata.distributions()}
    return {name: importlib.metadata.version(name) for name in _PACKAGES if name in found}


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _spell(value: float, unit: str) -> str:
    digits = {"s": 2, "×": 2, "a second": 1}.get(unit, 0)
    return f"{value:,.{digits}f} {unit}"


def _row(figure: Figure) -> str:
    sessions = "" if figure.sessions is None else f"{figure.sessions:,}"
    median = _spell(figure.median, figure.unit)
    cells = (figure.item, figure.name, sessions, median, _span(figure), f"{len(figure.runs)}", figure.aim)
    return f"| {' | '.join(cells)} |"


def _span(figure: Figure) -> str:
    if len(figure.runs) == 1:
        return ""
    return f"{_spell(min(figure.runs), figure.unit)} – {_spell(max(figure.runs), figure.unit)}"
