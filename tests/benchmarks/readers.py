"""Many readers at once: each opens pages and changes filters at random, and thinks in between.

Where several servers share them, each reader comes back to the same one, as behind `deploy/nginx.conf`.
"""

import random
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
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
class Log:
    """What readers saw.

    Attributes:
        lasted_s: How long they read.
        runs: What was done, and the seconds it took.
        errors: Which page failed, and how.
    """

    lasted_s: float = 0.0
    runs: list[tuple[str, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def measure_readers(
    folder: Path, account: Account, *, readers: int, minutes: float, think_s: float, processes: int
) -> Outcome:
    """Let readers loose on one server or several for some minutes.

    Args:
        folder: Gets the servers' logs.
        account: Whose sessions are shown.
        readers: How many read at once.
        minutes: How long.
        think_s: For how long a reader looks at a page on average before the next click: half to one and a half times
            as long, at random.
        processes: How many servers share them.
    """
    used_before_s = _used_s()
    with ExitStack() as stack:
        apps = [stack.enter_context(smartia_app(folder / f"{ITEM}-{place}", account)) for place in range(processes)]
        for app in apps:
            with reading(app, ""):
                pass  # the first visit of all reads the data, which is measured elsewhere
        log = read_together(apps, readers, 60 * minutes, think_s)
        memory_taken_mb = sum(memory_mb(app.pid)["VmHWM"] for app in apps)
    share = (_used_s() - used_before_s) / log.lasted_s
    name = f"{readers} readers" + (f", {processes} processes" if processes > 1 else "")
    return _outcome(log, account.sessions, name, think_s, memory_taken_mb, share)


def read_together(apps: Sequence[RunningApp], readers: int, seconds: float, think_s: float) -> Log:
    """Let readers read for a while, each over websockets of their own, from threads of this process."""
    log, begun_s = Log(), time.monotonic()
    with ThreadPoolExecutor(readers) as pool:
        every = [
            pool.submit(_read, apps[seed % len(apps)], random.Random(seed), begun_s + seconds, think_s, log)
            for seed in range(readers)
        ]
        pending = set(every)
        while pending:
            _, pending = wait(pending, timeout=_REPORT_EVERY_S)
            sys.stderr.write(f"  {time.monotonic() - begun_s:.0f} s: {len(log.runs):,} runs\n")
    for one in every:
        one.result()
    log.lasted_s = time.monotonic() - begun_s
    return log


def _read(app: RunningApp, dice: random.Random, until: float, think_s: float, log: Log) -> None:
    time.sleep(think_s * dice.uniform(0.0, 1.5))  # nobody begins at the same instant as all others
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
            log.errors.append(f"{page.title}: {type(error).__name__}")
        time.sleep(think_s * dice.uniform(0.5, 1.5))


def _note(log: Log, page: Page, what: str, seconds: float, failures: int) -> None:
    log.runs.append((what, seconds))
    if failures:
        log.errors.append(f"{page.title}: an error was shown")


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


def _outcome(log: Log, sessions: int, name: str, think_s: float, memory_taken_mb: float, share: float) -> Outcome:
    taken: defaultdict[str, list[float]] = defaultdict(list)
    for what, seconds in log.runs:
        taken[what].append(seconds)
    every = [seconds for runs in taken.values() for seconds in runs]
    if not every:
        raise RuntimeError(f"no page could be opened: {'; '.join(sorted(set(log.errors)))}")
    rows = [
        (what, f"{len(runs):,}", f"{statistics.median(runs):.2f}", f"{_percentile(runs, 95):.2f}", f"{max(runs):.2f}")
        for what, runs in [*sorted(taken.items()), ("all of them", every)]
    ]
    figures = (
        Figure(ITEM, f"{name}: median", "s", (statistics.median(every),), "below 0.8 for 1,000,000", sessions),
        Figure(ITEM, f"{name}: 95th percentile", "s", (_percentile(every, 95),), "below 2 for 1,000,000", sessions),
        Figure(ITEM, f"{name}: errors", "errors", (len(log.errors),), "none", sessions),
        Figure(ITEM, f"{name}: runs a second", "a second", (len(every) / log.lasted_s,), "", sessions),
        Figure(ITEM, f"{name}: memory at most", "MB", (memory_taken_mb,), "", sessions),
    )
    notes = (
        f"{log.lasted_s / 60:.1f} minutes, {think_s:g} s to think, a page and a filter at random.",
        f"{len(log.errors)} errors{''.join(f'; {text}' for text in sorted(set(log.errors)))}.",
        f"The readers' own process used {share:.0%} of one of the processors.",
        f"The memory of all servers was at most {memory_taken_mb:,.0f} MB.",
    )
    title = f"{name} at once over {sessions:,} sessions"
    table = Table(title, ("run", "how many", "median, s", "95th percentile, s", "worst, s"), tuple(rows), notes)
    return Outcome(figures, (table,))


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def _used_s() -> float:
    """The processor time that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
