"""Many readers at once: each opens pages and changes filters at random, and thinks in between."""

import queue
import random
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from websockets.exceptions import WebSocketException

from tests.benchmarks.accounts import Account
from tests.benchmarks.apps import smartia_app
from tests.benchmarks.figures import Figure, Outcome, Table
from tests.benchmarks.pages import PAGES, Page
from tests.benchmarks.steps import ATTEMPTS
from tests.benchmarks.visiting import Reader, memory_mb, reading
from tests.running_app import RunningApp

ITEM = "readers"
_CLICKS_A_PAGE = 5
"""How often a reader changes a filter, on average, before going to another page."""
_PAGES = tuple(page for page in PAGES if not page.needs_list)
_REPORT_EVERY_S = 30.0
_OPENING, _CLICK = "opening a page", "a filter change or search"


@dataclass
class _Log:
    """What the readers saw, from all their threads: what was done, the seconds, and whether it failed."""

    runs: "queue.SimpleQueue[tuple[str, float]]" = field(default_factory=queue.SimpleQueue)
    errors: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)


def measure_readers(folder: Path, account: Account, *, readers: int, minutes: float, think_s: float) -> Outcome:
    """Let readers loose on one server for some minutes.

    Args:
        folder: Gets the server's log.
        account: Whose sessions are shown.
        readers: How many read at once, each over a websocket of their own, from threads of this one process.
        minutes: How long.
        think_s: For how long a reader looks at a page on average before the next click: half to one and a half times
            as long, at random.
    """
    log, used_before_s = _Log(), _used_s()
    with smartia_app(folder / ITEM, account) as app:
        with reading(app, ""):
            pass  # the first visit of all reads the data, which is measured elsewhere
        begun_s = time.monotonic()
        until = begun_s + 60 * minutes
        with ThreadPoolExecutor(readers) as pool:
            read = [pool.submit(_read, app, random.Random(seed), until, think_s, log) for seed in range(readers)]
            pending = set(read)
            while pending:
                _, pending = wait(pending, timeout=_REPORT_EVERY_S)
                sys.stderr.write(f"  {time.monotonic() - begun_s:.0f} s: {log.runs.qsize():,} runs\n")
        for one in read:
            one.result()
        memory = memory_mb(app.pid)
    lasted_s = time.monotonic() - begun_s
    share = (_used_s() - used_before_s) / lasted_s
    return _outcome(log, account.sessions, readers, think_s, lasted_s, memory, share)


def _read(app: RunningApp, dice: random.Random, until: float, think_s: float, log: _Log) -> None:
    while time.monotonic() < until:
        page = dice.choice(_PAGES)
        try:
            with reading(app, page.address, page.query) as reader:
                _note(log, page, _OPENING, reader.visit.seconds, reader.visit.failures)
                for label, values in _clicks(page, reader, dice):
                    time.sleep(think_s * dice.uniform(0.5, 1.5))
                    if time.monotonic() >= until:
                        return
                    run = reader.choose(label, values)
                    _note(log, page, _CLICK, run.seconds, run.failures)
        except (OSError, httpx.HTTPError, WebSocketException) as error:  # TimeoutError is an OSError
            log.errors.put(f"{page.title}: {type(error).__name__}")
        time.sleep(think_s * dice.uniform(0.5, 1.5))


def _note(log: _Log, page: Page, what: str, seconds: float, failures: int) -> None:
    log.runs.put((what, seconds))
    if failures:
        log.errors.put(f"{page.title}: an error was shown")


def _clicks(page: Page, reader: Reader, dice: random.Random) -> Iterator[tuple[str, list[str]]]:
    labels = list(page.filters) or ["Search"] * bool(page.searches)
    while labels and dice.random() > 1 / (_CLICKS_A_PAGE + 1):
        label = dice.choice(labels)
        if label == "Search":
            yield label, [dice.choice(page.searches)]
        elif label == ATTEMPTS:
            yield label, [dice.choice(reader.options(label))]
        else:
            options = reader.options(label)
            yield label, dice.sample(options, dice.randrange(len(options)))


def _outcome(
    log: _Log, sessions: int, readers: int, think_s: float, lasted_s: float, memory: dict[str, float], share: float
) -> Outcome:
    taken: defaultdict[str, list[float]] = defaultdict(list)
    while not log.runs.empty():
        what, seconds = log.runs.get()
        taken[what].append(seconds)
    errors = [log.errors.get() for _ in range(log.errors.qsize())]
    every = [seconds for runs in taken.values() for seconds in runs]
    name = f"{readers} readers"
    rows = [
        (what, f"{len(runs):,}", f"{statistics.median(runs):.2f}", f"{_percentile(runs, 95):.2f}", f"{max(runs):.2f}")
        for what, runs in [*sorted(taken.items()), ("all of them", every)]
    ]
    figures = (
        Figure(ITEM, f"{name}: median", "s", (statistics.median(every),), "below 0.8 for 1,000,000", sessions),
        Figure(ITEM, f"{name}: 95th percentile", "s", (_percentile(every, 95),), "below 2 for 1,000,000", sessions),
        Figure(ITEM, f"{name}: errors", "errors", (len(errors),), "none", sessions),
        Figure(ITEM, f"{name}: runs a second", "a second", (len(every) / lasted_s,), "", sessions),
        Figure(ITEM, f"{name}: memory of the server at most", "MB", (memory["VmHWM"],), "", sessions),
    )
    notes = (
        f"{lasted_s / 60:.1f} minutes, {think_s:g} s to think, a page and a filter at random; {len(errors)} errors"
        + "".join(f"; {text}" for text in sorted(set(errors))),
        f"The readers' own process used {share:.0%} of one of the processors.",
        f"The server's memory was at most {memory['VmHWM']:,.0f} MB.",
    )
    title = f"{readers} readers at once over {sessions:,} sessions"
    table = Table(title, ("run", "how many", "median, s", "95th percentile, s", "worst, s"), tuple(rows), notes)
    return Outcome(figures, (table,))


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def _used_s() -> float:
    """The processor time that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
