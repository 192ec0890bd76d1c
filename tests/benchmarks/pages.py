"""Pages on the server: what a filter change costs from the click to the last message, beside the obvious app."""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.accounts import Account
from tests.benchmarks.apps import Charts, obvious_app, smartia_app
from tests.benchmarks.figures import Outcome
from tests.benchmarks.page_report import SMARTIA, outcome_of
from tests.benchmarks.steps import ATTEMPTS, FILTERS, Clicks, Step
from tests.benchmarks.visiting import Reader, Run, memory_mb, reading
from tests.running_app import RunningApp

ITEM = "pages"
_SEARCHES = ("an", "jo", "ma", "sam", "lee")
_REPEATS = 5
_LISTED = 20_000
"""Learners on the list that is brought to Groups."""
_AREAS = 12


@dataclass(frozen=True)
class Page:
    """A page and what is clicked on it.

    Attributes:
        title: Its name.
        address: Its address in smartia.
        obvious: Its address in the obvious app; None where that has nothing like it.
        query: With which choices it is opened.
        filters: The filters that are changed.
        searches: What is searched for, on a page with a search and without filters.
        needs_list: Whether it shows something once a list of learners is brought.
    """

    title: str
    address: str
    obvious: str | None = None
    query: str = ""
    filters: tuple[str, ...] = (*FILTERS, ATTEMPTS)
    searches: tuple[str, ...] = ()
    needs_list: bool = False


PAGES = (
    Page("Overview", "", ""),
    Page("Levels", "levels", "levels"),
    Page("Durations", "durations", "durations"),
    Page("Trends", "trends", "trends"),
    # Without the subjects: it has its own choice of two, and a filter for others would leave it empty and quick.
    Page("Profiles", "profiles", "profiles", filters=("Academic year", "Gender", "Age", ATTEMPTS)),
    Page("Groups", "groups", needs_list=True),
    # All dates, since the usual period of two months may have no sessions in an account that ends long before today.
    Page("Rooms", "rooms", query="plan_from=All+dates"),
    Page("Report", "report"),
    Page("Learners", "learners", filters=(), searches=_SEARCHES),
    Page("Data quality", "data_quality", filters=()),
)


@dataclass
class Visits:
    """What pages gave, run by run.

    Attributes:
        first: The first visits, by app and page.
        new: Filter changes never seen before, by app and page.
        repeated: Those back to what was seen before, and runs without any change, by app and page.
        start_s: From the start of the process to the first chart, by app.
        memory: Resident memory after everything, and at most, by app.
        engine: What works out smartia's figures.
    """

    engine: str
    first: defaultdict[tuple[str, str], list[Run]] = field(default_factory=lambda: defaultdict(list))
    new: defaultdict[tuple[str, str], list[Run]] = field(default_factory=lambda: defaultdict(list))
    repeated: defaultdict[tuple[str, str], list[Run]] = field(default_factory=lambda: defaultdict(list))
    start_s: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    memory: defaultdict[str, list[dict[str, float]]] = field(default_factory=lambda: defaultdict(list))


def measure_pages(folder: Path, account: Account, *, runs: int, charts: Sequence[Charts]) -> Outcome:
    """Measure every page beside the obvious app's; see `visit_all`."""
    return outcome_of(visit_all(folder, account, runs=runs, charts=charts), account.sessions)


def visit_all(folder: Path, account: Account, *, runs: int, charts: Sequence[Charts]) -> Visits:
    """Serve both apps, start them afresh for every run, and click through every page of both in turn.

    Args:
        folder: Gets the servers' logs.
        account: Whose sessions are shown.
        runs: How often everything is done.
        charts: What obvious apps beside it draw; none leaves them out.

    Raises:
        RuntimeError: A page of smartia showed an error, or a server did not start.
    """
    visits = Visits(account.engine)
    for run in range(runs):
        sys.stderr.write(f"  run {run + 1} of {runs}\n")
        with ExitStack() as stack:
            apps = {SMARTIA: stack.enter_context(smartia_app(folder / SMARTIA, account))}
            _note_start(visits, SMARTIA, apps[SMARTIA])
            for drawn in charts:
                apps[drawn] = stack.enter_context(obvious_app(folder / drawn, account, drawn))
                _note_start(visits, drawn, apps[drawn])
            visit_pages(visits, apps, PAGES, account)
    return visits


def visit_pages(visits: Visits, apps: Mapping[str, RunningApp], pages: Sequence[Page], account: Account) -> None:
    """Click through pages of apps that run, in turn, and note what each gave.

    Args:
        visits: Gets it.
        apps: The apps by their names, smartia among them; no page of theirs was filtered before.
        pages: The pages.
        account: Whose sessions are shown.

    Raises:
        RuntimeError: A page of smartia showed an error.
    """
    clicks = Clicks()
    for place, page in enumerate(pages):
        _visit(visits, apps, page, clicks, place, account)
    for name, app in apps.items():
        visits.memory[name].append(memory_mb(app.pid))


def _note_start(visits: Visits, name: str, app: RunningApp) -> None:
    with reading(app, "") as reader:
        first_chart_s = reader.visit.first_chart_s
        if first_chart_s is None and name == SMARTIA:
            raise RuntimeError("no chart was drawn on the first page")
        # An app whose charts are too large to be sent is waited for until it gives up.
        seconds = reader.stream.asked_s + (first_chart_s or reader.visit.seconds) - app.begun_s
    visits.start_s[name].append(seconds)
    sys.stderr.write(f"  {name}: first chart after {seconds:.2f} s\n")


def _visit(
    visits: Visits, apps: Mapping[str, RunningApp], page: Page, clicks: Clicks, place: int, account: Account
) -> None:
    with ExitStack() as stack:
        readers: dict[str, Reader] = {}
        for name, app in apps.items():
            address = page.address if name == SMARTIA else page.obvious
            if address is None:
                continue
            query = page.query if name == SMARTIA else ""
            reader = readers[name] = stack.enter_context(reading(app, address, query))
            _note(visits.first, name, page, reader.visit)
        if page.needs_list:
            _note(visits.first, SMARTIA, page, readers[SMARTIA].bring_list("list.csv", list_of(account)))
        for step in _steps_of(page, readers[SMARTIA], clicks, place):
            for name, reader in readers.items():
                kept = visits.new if step is not None and step.is_new else visits.repeated
                _note(kept, name, page, _click(reader, step))
    for name in readers:
        times = ", ".join(
            f"{len(found)} {label} at most {1000 * max(run.seconds for run in found):.0f} ms"
            for label, kept in (("new", visits.new), ("repeated", visits.repeated))
            if (found := kept[name, page.title])
        )
        sys.stderr.write(f"  {page.title}, {name}: {times}\n")


def _steps_of(page: Page, reader: Reader, clicks: Clicks, place: int) -> Iterator[Step | None]:
    """The clicks of a page; None stands for a run without any change."""
    if page.filters:
        yield from clicks.round_of({label: reader.options(label) for label in page.filters}, place)
        return
    for text in page.searches:
        yield Step("Search", (text,), is_new=True)
    for text in page.searches[-2::-1]:
        yield Step("Search", (text,), is_new=False)
    if not page.searches:
        yield from [None] * _REPEATS


def _click(reader: Reader, step: Step | None) -> Run:
    return reader.rerun() if step is None else reader.choose(step.label, step.values)


def _note(kept: defaultdict[tuple[str, str], list[Run]], name: str, page: Page, run: Run) -> None:
    if name == SMARTIA and run.failures:
        raise RuntimeError(f"{page.title} showed an error")
    kept[name, page.title].append(run)


def list_of(account: Account) -> bytes:
    """Make a college's list: references of learners, each with one of a dozen areas."""
    references = account.open().read(["external_id"])["external_id"].drop_null().unique().to_pylist()
    rows = [f"{reference},Area {place % _AREAS + 1}" for place, reference in enumerate(sorted(references)[:_LISTED])]
    return "\n".join(["External ID,Area", *rows]).encode()
