"""The command line: `python -m tests.benchmarks [ITEM …] [--quick] [--runs N] …`."""

import argparse
import datetime as dt
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import decoding, downloading, history
from tests.benchmarks.figures import Figure
from tests.benchmarks.report import make_report

ITEMS = (decoding.ITEM, downloading.ITEM, history.ITEM)
_QUICK = {"runs": 1, "decode_sessions": 10_000, "download_sessions": 5_000, "history_sessions": [1_000, 50_000]}


def main(arguments: Sequence[str]) -> None:
    """Measure what is asked for, print the report and keep it."""
    options = _read_options(arguments)
    begun_at, load = dt.datetime.now(dt.UTC), os.getloadavg()[0]
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="smartia-benchmarks-") as name:
        for item in options.items:
            sys.stderr.write(f"{item}\n")
            figures += _measure(item, Path(name), options)
    report = make_report(begun_at, load, figures)
    sys.stdout.write(report.to_markdown())
    sys.stderr.write(f"kept as {report.save()}\n")


def _measure(item: str, folder: Path, options: argparse.Namespace) -> list[Figure]:
    runs = options.runs
    if item == decoding.ITEM:
        return decoding.measure_decoding(folder, sessions=options.decode_sessions, runs=runs)
    if item == downloading.ITEM:
        sessions, latency_ms = options.download_sessions, options.latency_ms
        return downloading.measure_downloads(folder, sessions=sessions, latency_ms=latency_ms, runs=runs)
    sizes = options.history_sessions
    return [figure for size in sizes for figure in history.measure_history(folder, sessions=size, runs=runs)]


def _read_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure smartia against the obvious ways to do the same. Nothing passes or fails.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("items", nargs="*", type=_item, default=list(ITEMS), metavar="ITEM", help=", ".join(ITEMS))
    parser.add_argument("--quick", action="store_true", help="one run in small, unless other options say otherwise")
    parser.add_argument("--runs", type=int, default=5, help="interleaved runs")
    parser.add_argument("--decode-sessions", type=int, default=200_000, help="sessions to decode")
    parser.add_argument("--download-sessions", type=int, default=100_000, help="sessions to download, at least")
    parser.add_argument("--latency-ms", type=float, default=50.0, help="what the server waits before an answer")
    parser.add_argument("--history-sessions", type=int, nargs="+", default=[1_000, 1_000_000], help="sizes of history")
    if "--quick" in arguments:
        parser.set_defaults(**_QUICK)
    return parser.parse_args(arguments)


def _item(text: str) -> str:
    if text not in ITEMS:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(ITEMS)}")
    return text


if __name__ == "__main__":
    main(sys.argv[1:])
