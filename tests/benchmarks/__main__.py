"""The command line: `python -m tests.benchmarks [ITEM …] [--quick] [--runs N] …`."""

import argparse
import datetime as dt
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.benchmarks import aggregates, decoding, downloading, engines, growth, history, pages, readers
from tests.benchmarks.accounts import account_of
from tests.benchmarks.figures import Outcome
from tests.benchmarks.report import FOLDER, make_report

_QUICK = {
    "runs": 1,
    "decode_sessions": 10_000,
    "download_sessions": 5_000,
    "history_sessions": [1_000, 50_000],
    "sessions": 5_000,
    "growth_sessions": [1_000, 5_000],
    "minutes": 0.5,
    "readers": 5,
}


def main(arguments: Sequence[str]) -> None:
    """Measure what is asked for, print the report and keep it."""
    options = _read_options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))  # so that servers end too
    begun_at, load = dt.datetime.now(dt.UTC), os.getloadavg()[0]
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="smartia-benchmarks-") as name:
        folder = Path(name)
        options.accounts = options.accounts or folder / "accounts"
        for item in options.items:
            sys.stderr.write(f"{item}\n")
            outcomes.append(_ITEMS[item](folder, options))
    report = make_report(begun_at, load, outcomes)
    sys.stdout.write(report.to_markdown())
    sys.stderr.write(f"kept as {report.save(options.out)}\n")


def _decode(folder: Path, options: argparse.Namespace) -> Outcome:
    found = decoding.measure_decoding(folder, sessions=options.decode_sessions, runs=options.runs)
    return Outcome(tuple(found))


def _download(folder: Path, options: argparse.Namespace) -> Outcome:
    sessions, latency_ms = options.download_sessions, options.latency_ms
    found = downloading.measure_downloads(folder, sessions=sessions, latency_ms=latency_ms, runs=options.runs)
    return Outcome(tuple(found))


def _history(folder: Path, options: argparse.Namespace) -> Outcome:
    found = [
        figure
        for size in options.history_sessions
        for figure in history.measure_history(folder, sessions=size, runs=options.runs)
    ]
    return Outcome(tuple(found))


def _pages(folder: Path, options: argparse.Namespace) -> Outcome:
    account = account_of(options.accounts, options.sessions).with_engine(options.page_engine)
    return pages.measure_pages(folder, account, runs=options.runs, charts=options.charts)


def _aggregates(_: Path, options: argparse.Namespace) -> Outcome:
    account = account_of(options.accounts, options.sessions)
    return aggregates.measure_aggregates(account, engines=options.engines, runs=options.runs)


def _readers(folder: Path, options: argparse.Namespace) -> Outcome:
    account = account_of(options.accounts, options.sessions).with_engine(options.page_engine)
    return readers.measure_readers(
        folder,
        account,
        readers=options.readers,
        minutes=options.minutes,
        think_s=options.think_s,
        processes=options.processes,
    )


def _growth(folder: Path, options: argparse.Namespace) -> Outcome:
    return growth.measure_growth(
        folder,
        options.accounts,
        options.out,
        sizes=options.growth_sessions,
        engines=options.engines,
        runs=options.runs,
        charts=options.charts,
        engine=options.page_engine,
    )


_ITEMS: Mapping[str, Callable[[Path, argparse.Namespace], Outcome]] = {
    decoding.ITEM: _decode,
    downloading.ITEM: _download,
    history.ITEM: _history,
    pages.ITEM: _pages,
    aggregates.ITEM: _aggregates,
    readers.ITEM: _readers,
    growth.ITEM: _growth,
}


def _read_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure smartia against the obvious ways to do the same. Nothing passes or fails.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("items", nargs="*", type=_item, default=list(_ITEMS), metavar="ITEM", help=", ".join(_ITEMS))
    add("--quick", action="store_true", help="one run in small, unless other options say otherwise")
    add("--runs", type=int, default=5, help="interleaved runs")
    add("--out", type=Path, default=FOLDER, help="folder that gets the report and the plot")
    add("--accounts", type=Path, help="folder that keeps downloaded accounts for the next time (default: none)")
    add("--decode-sessions", type=int, default=200_000, help="sessions to decode")
    add("--download-sessions", type=int, default=100_000, help="sessions to download, at least")
    add("--latency-ms", type=float, default=50.0, help="what the server waits before an answer")
    add("--history-sessions", type=int, nargs="+", default=[1_000, 1_000_000], help="sizes of history")
    add("--sessions", type=int, default=1_000_000, help="sessions for pages, aggregates and readers, at least")
    add("--charts", nargs="*", choices=("counted", "raw"), default=["counted"], help="what obvious apps beside it draw")
    add(
        "--engines",
        nargs="+",
        choices=engines.NAMES,
        default=list(engines.NAMES),
        help="engines for aggregates and growth",
    )
    add("--page-engine", choices=engines.NAMES, default=engines.NAMES[0], help="engine of pages, readers and growth")
    add("--readers", type=int, default=20, help="readers at once")
    add("--processes", type=int, default=1, help="servers that share the readers")
    add("--minutes", type=float, default=5.0, help="how long they read")
    add("--think-s", type=float, default=2.0, help="seconds that a reader thinks before a click, on average")
    add("--growth-sessions", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="sizes for growth")
    if "--quick" in arguments:
        parser.set_defaults(**_QUICK)
    return parser.parse_args(arguments)


def _item(text: str) -> str:
    if text not in _ITEMS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(_ITEMS)}")
    return text


if __name__ == "__main__":
    main(sys.argv[1:])
