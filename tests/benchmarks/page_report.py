"""What the benchmark of pages says: every figure, and a table of the pages with the obvious app beside them."""

import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from smartia.settings import Engine
from tests.benchmarks.figures import Figure, Outcome, Table, ratios

if TYPE_CHECKING:
    from tests.benchmarks.pages import Visits
    from tests.benchmarks.visiting import Run

ITEM = "pages"
SMARTIA = "smartia"
_NAMES = {
    SMARTIA: "smartia",
    "counted": "the obvious app, counting with pandas",
    "raw": "the obvious app, with raw rows in its charts",
}
_HEADS = {"counted": "obvious app", "raw": "obvious app, raw rows"}
_AIMS = {
    "new": "at most 200 for 1,000,000",
    "repeated": "at most 80 for 1,000,000",
    "first": "at most 300",
    "start": "at most 3 for 1,000,000",
    "memory": "at most 450 for 1,000,000",
    "times": "5 or more on each page, 10 on most",
}


def outcome_of(visits: "Visits", sessions: int) -> Outcome:
    """Make figures and a table of what pages gave.

    Args:
        visits: What they gave.
        sessions: How many sessions the account has.
    """
    table = _table(visits, _pages(visits), sessions)
    return Outcome(tuple(figures_of(ITEM, visits, sessions)), (table,))


def figures_of(item: str, visits: "Visits", sessions: int) -> list[Figure]:
    """Make figures of what pages gave.

    Args:
        item: Which benchmark they belong to.
        visits: What the pages gave.
        sessions: How many sessions the account has.
    """
    figures = [*_start_figures(visits, sessions)]
    for title in _pages(visits):
        figures += _page_figures(visits, title, sessions)
    return [replace(figure, item=item) for figure in figures]


def name_of(app: str) -> str:
    """What an app is called in a report."""
    return _NAMES[app]


def _name(visits: "Visits", app: str) -> str:
    is_other = app == SMARTIA and visits.engine != Engine.PANDAS
    return f"{_NAMES[app]}, {visits.engine} engine" if is_other else _NAMES[app]


def _pages(visits: "Visits") -> list[str]:
    return list(dict.fromkeys(title for _, title in visits.first))


def _start_figures(visits: "Visits", sessions: int) -> list[Figure]:
    figures = []
    for app, found in visits.start_s.items():
        aims = _AIMS if app == SMARTIA else {}
        title = f"start of a process to the first chart: {_name(visits, app)}"
        figures.append(Figure(ITEM, title, "s", tuple(found), aims.get("start", ""), sessions))
        for field, label in (("VmHWM", "at most"), ("VmRSS", "after all pages")):
            title = f"memory of the server {label}: {_name(visits, app)}"
            values = tuple(memory[field] for memory in visits.memory[app])
            figures.append(Figure(ITEM, title, "MB", values, aims.get("memory", ""), sessions))
    return figures


def _page_figures(visits: "Visits", title: str, sessions: int) -> list[Figure]:
    figures, labels = [], {"new": "a filter change never seen before", "repeated": "the same again"}
    for app in visits.start_s:
        first = visits.first[app, title]
        if not first:
            continue
        aims = _AIMS if app == SMARTIA else {}
        sent = tuple(1000 * run.sent_mb for run in first)
        name = f"{title}, first visit: {_name(visits, app)}"
        figures.append(Figure(ITEM, name, "ms", _ms(first), "", sessions))
        figures.append(Figure(ITEM, name, "kB", sent, aims.get("first", ""), sessions))
        for key, label in labels.items():
            found = getattr(visits, key)
            if not found[app, title]:
                continue
            name = f"{title}, {label}: {_name(visits, app)}"
            figures.append(Figure(ITEM, name, "ms", _ms(found[app, title]), aims.get(key, ""), sessions))
            failed = sum(run.failures > 0 for run in found[app, title])
            if failed:
                figures.append(Figure(ITEM, f"{name}: runs that ended in an error", "runs", (failed,), "", sessions))
            elif app != SMARTIA:
                times = ratios(_ms(found[app, title]), _ms(found[SMARTIA, title]))
                name = f"{title}, {label}: times as fast as {_name(visits, app)}"
                figures.append(Figure(ITEM, name, "×", times, _AIMS["times"], sessions))
    return figures


def _table(visits: "Visits", pages: Sequence[str], sessions: int) -> Table:
    others = [app for app in visits.start_s if app != SMARTIA]
    columns = ["page", "filter change never seen before, ms", "the same again, ms", "first visit sends, kB"]
    for app in others:
        columns += [f"{_HEADS[app]}: never seen before, ms", "again, ms", "first visit sends, kB", "times as fast"]
    rows = []
    for title in pages:
        row = [title, *_cells(visits, SMARTIA, title)]
        for app in others:
            row += [*_cells(visits, app, title), _times(visits, app, title)]
        rows.append(tuple(row))
    beside = (
        "Times as fast: the medians of the ratios click by click, never seen before and again.",
        "The obvious app shows less on each page: one to five charts and a table. Where a column is empty, it has no "
        "such page.",
    )
    notes = [
        "Median (worst) of all clicks of all runs, from the click to the last message of the run, in milliseconds.",
        *(beside if others else ()),
        "Groups is measured with a list of learners. Learners and Data quality have no filters: on the one a search "
        "changes, the other runs again unchanged.",
        *(
            f"{_name(visits, app)}: first chart {statistics.median(found):.2f} s after the start of its process; "
            f"memory of its server at most {max(memory['VmHWM'] for memory in visits.memory[app]):,.0f} MB, "
            f"{statistics.median(memory['VmRSS'] for memory in visits.memory[app]):,.0f} MB after all pages."
            for app, found in visits.start_s.items()
        ),
    ]
    title = f"Pages over {sessions:,} sessions, {visits.engine} engine"
    return Table(title, tuple(columns), tuple(rows), tuple(notes))


def _cells(visits: "Visits", app: str, title: str) -> list[str]:
    kinds = (visits.new, visits.repeated)
    times = [
        f"{statistics.median(ms):,.0f} ({max(ms):,.0f})" if (ms := _ms(kind[app, title])) else "" for kind in kinds
    ]
    sent = [1000 * run.sent_mb for run in visits.first[app, title]]
    return [*times, f"{max(sent):,.0f}" if sent else ""]


def _spell(runs: "Sequence[Run]") -> str:
    """The median and the worst, or how many failed."""
    failed = sum(run.failures > 0 for run in runs)
    if failed:
        return f"{failed} of {len(runs)} failed"
    return f"{statistics.median(ms):,.0f} ({max(ms):,.0f})" if (ms := _ms(runs)) else ""


def _times(visits: "Visits", app: str, title: str) -> str:
    kinds = (visits.new, visits.repeated)
    found = [
        ratios(_ms(kind[app, title]), _ms(kind[SMARTIA, title]))
        for kind in kinds
        if kind[app, title] and not any(run.failures for run in kind[app, title])
    ]
    return ", ".join(f"{statistics.median(times):.1f}" for times in found)


def _ms(runs: "Sequence[Run]") -> tuple[float, ...]:
    return tuple(1000 * run.seconds for run in runs)
