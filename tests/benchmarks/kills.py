"""kill -9 at random moments of a first download and of refreshes: what each leaves, and what the next makes of it.

python -m tests.benchmarks.kills --times 50 --seed 1

Prints a line for each kill and for each refresh that was let alone. The exit code is 1 where something was lost or
doubled, or could not be opened.
"""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from smartia.sandbox.changes import Arrive, Erase
from tests.benchmarks import ways
from tests.benchmarks.colleges import college_of
from tests.benchmarks.measure import measure, start
from tests.benchmarks.serving import Server, serving
from tests.benchmarks.states import BETWEEN, WRONG, State, look, state_of_college

ARRIVING, ERASED = 200, 30
MOST_IN_A_ROW = 3
"""How many refreshes are killed, one after the other, before one is let alone."""
_REFRESH = "tests.benchmarks.ways:refresh"


class _At(TypedDict):
    base_url: str
    key: str
    cache_dir: str


@dataclass(frozen=True)
class Scene:
    """What is killed: a refresh that leads from one state to another.

    Attributes:
        name: What it is called.
        mode: How to refresh.
        base: The cache folder before; None where there is none.
        old: What is held before; None for nothing.
        new: What the API has.
        may_be_between: Whether what is new may be in place before what was erased is out of it, as in an
            incremental refresh, which looks for the latter afterwards.
    """

    name: str
    mode: str
    base: Path | None
    old: State | None
    new: State
    may_be_between: bool = False


@dataclass(frozen=True)
class Finding:
    """What is on disk after a refresh.

    Attributes:
        killed_at_s: When it was killed; None where it came to its end.
        found: The state on disk, in words.
        is_wrong: Whether it should be another.
    """

    killed_at_s: float | None
    found: str
    is_wrong: bool


def main(arguments: Sequence[str]) -> int:
    """Kill as often as asked, print what was found, and return the exit code."""
    options = _read_options(arguments)
    rng = random.Random(options.seed)
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="smartia-kills-") as name:
        folder = Path(name)
        with serving(options.sessions, latency_ms=options.latency_ms) as server:
            for scene in _scenes(server, folder, options.sessions):
                for finding in _play(scene, server, folder, options.times, rng):
                    findings.append(finding)
                    sys.stdout.write(f"{scene.name}: {_describe(finding)}\n")
                    sys.stdout.flush()
    kills = sum(finding.killed_at_s is not None for finding in findings)
    wrong = sum(finding.is_wrong for finding in findings)
    sys.stdout.write(f"{kills} kills, {len(findings) - kills} refreshes let alone, {wrong} wrong states\n")
    return 1 if wrong else 0


def _scenes(server: Server, folder: Path, sessions: int) -> list[Scene]:
    before = college_of(sessions)
    after = Erase(ERASED).apply(Arrive(ARRIVING).apply(before))
    old, new = state_of_college(before), state_of_college(after)
    base = folder / "base"
    measure(_REFRESH, **_at(server, base))
    if (found := look(ways.settings(**_at(server, base)), None, old)) != "the new":
        raise RuntimeError(f"a first download that nobody disturbs leaves what is not right: {found}")
    server.arrive(ARRIVING)
    server.erase(ERASED)
    return [
        Scene("first download", "auto", None, None, new),
        Scene("refresh", "auto", base, old, new, may_be_between=True),
        Scene("full refresh", "full", base, old, new),
    ]


def _play(scene: Scene, server: Server, folder: Path, times: int, rng: random.Random) -> Iterator[Finding]:
    """Kill a scene as often as asked; each time begins anew, is killed some times in a row, and then let alone."""
    work_s = _undisturbed_s(scene, server, folder)
    kills = 0
    while kills < times:
        cache_dir = _fresh_cache(scene, folder)
        for _ in range(rng.randint(1, MOST_IN_A_ROW)):
            finding = _kill(scene, _at(server, cache_dir), rng.uniform(0, work_s))
            yield finding
            if finding.killed_at_s is None:
                break
            kills += 1
            if kills == times:
                break
        yield _let_alone(scene, _at(server, cache_dir))
        shutil.rmtree(cache_dir)


def _undisturbed_s(scene: Scene, server: Server, folder: Path) -> float:
    cache_dir = _fresh_cache(scene, folder)
    seconds = measure(_REFRESH, **_at(server, cache_dir), mode=scene.mode).seconds
    shutil.rmtree(cache_dir)
    return seconds


def _fresh_cache(scene: Scene, folder: Path) -> Path:
    cache_dir = folder / "cache"
    if scene.base is not None:
        shutil.copytree(scene.base, cache_dir)
    return cache_dir


def _kill(scene: Scene, at: _At, moment_s: float) -> Finding:
    process = start(_REFRESH, **at, mode=scene.mode)
    time.sleep(moment_s)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    if process.returncode not in (0, -signal.SIGKILL):
        raise RuntimeError(f"the refresh failed with exit code {process.returncode}")
    is_killed = process.returncode != 0
    found = look(ways.settings(**at), scene.old, scene.new)
    is_wrong = found.startswith(WRONG) or (found == BETWEEN and not scene.may_be_between)
    return Finding(moment_s if is_killed else None, found, is_wrong or (not is_killed and found != "the new"))


def _let_alone(scene: Scene, at: _At) -> Finding:
    measure(_REFRESH, **at)
    found = look(ways.settings(**at), scene.old, scene.new)
    return Finding(None, found, found != "the new")


def _at(server: Server, cache_dir: Path) -> _At:
    return {"base_url": server.base_url, "key": server.key, "cache_dir": str(cache_dir)}


def _describe(finding: Finding) -> str:
    what = "let alone" if finding.killed_at_s is None else f"killed after {finding.killed_at_s:.3f} s"
    return f"{what}, found {finding.found}"


def _read_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.kills",
        description="Kill downloads and refreshes at random moments, and look at what is left.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--times", type=int, default=50, help="kills of each of the three: first, refresh, full")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--sessions", type=int, default=20_000, help="sessions to download, at least")
    parser.add_argument("--latency-ms", type=float, default=10.0, help="what the server waits before an answer")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
