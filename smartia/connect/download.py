"""The parallel download: cursor chains over windows of endDate, shared out among threads as they become free.

A free thread takes a waiting window, or else the later half of what the busiest chain has left. The chain that
gives it away stops where the other began. So large windows are split as often as it takes, small accounts are read
by one chain, and no request is spent on finding out where the sessions lie.
"""

import datetime as dt
import operator
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from smartia.connect.client import Client
from smartia.connect.models import Misfit
from smartia.connect.records import Page, Records
from smartia.connect.windows import Window
from smartia.errors import DownloadError

MINIMUM_SPLIT = 500
"""Sessions that a chain must have left for half of them to be given away: a split costs about one page."""


class Sink(Protocol):
    """Where a chain's records go. One sink a chain, used by one thread at a time."""

    def add(self, sessions: Records, misfits: Sequence[Misfit], done_until: dt.datetime | None) -> None:
        """Take a page.

        Args:
            sessions: Records that fit.
            misfits: Records set aside.
            done_until: Everything of the chain's window before this instant has been taken; None where that
                cannot be said yet.
        """

    def close(self, end: dt.datetime | None) -> None:
        """The chain is at its end, which may be earlier than planned where a part was given away."""

    def stop(self) -> None:
        """The chain has broken off: keep what is known to be done."""


OnReceived = Callable[[int, int], None]
"""Told after every page how many records have been received, and how many there are by what is known so far."""


@dataclass
class _Chain:
    """A cursor chain on its way.

    Attributes:
        window: What it reads; its end moves when a part is given away.
        asked: What it asks the API for: the window with which it began.
        giver: The chain that gave it away; None for a window that was asked for.
        expected: How many records it was thought to bring when it was given away; its first page tells.
        left: Records still to come, by what is known so far.
        position: The latest endDate so far.
        is_sorted: Whether the server keeps to the order asked for. Where not, nothing is given away and nothing is
            done before the chain's end.
        has_begun: Whether its first page has come.
    """

    window: Window
    giver: "_Chain | None" = None
    expected: int = 0
    left: int = 0
    position: dt.datetime | None = None
    is_sorted: bool = True
    has_begun: bool = False
    asked: Window = field(init=False)

    def __post_init__(self) -> None:
        self.asked = self.window

    def follow(self, ends: Sequence[dt.datetime]) -> None:
        """Note the endDates of a page."""
        path = [*([] if self.position is None else [self.position]), *ends]
        self.is_sorted = self.is_sorted and all(map(operator.le, path, path[1:]))
        self.position = max(path, default=None)

    def split_point(self, newest: dt.datetime) -> dt.datetime | None:
        """Where to split what is left; None where it is not worth it or not possible."""
        begin = self.position or self.window.start
        if self.left < MINIMUM_SPLIT or begin is None or not self.is_sorted:
            return None
        end = self.window.end or newest
        middle = (begin + (end - begin) / 2).replace(microsecond=0)
        return middle if begin < middle < end else None

    def give_away(self, middle: dt.datetime) -> "_Chain":
        """Give away what lies behind an instant; it counts as half of what is left until its first page tells."""
        half = self.left // 2
        taken = _Chain(Window(middle, self.window.end), giver=self, expected=half, left=half)
        self.window = Window(self.window.start, middle)
        self.left -= half
        return taken

    def begin(self, size: int) -> None:
        """Note what the first page says: how many records the window holds that is asked for."""
        self.has_begun = True
        more = size - self.expected
        self.left += more
        if self.giver is not None:
            self.giver.left -= more


class _Board:
    """Which windows wait, which chains run, and who may take what."""

    def __init__(self, windows: Sequence[Window], newest: dt.datetime, on_received: OnReceived) -> None:
        self._waiting = list(windows)
        self._running: list[_Chain] = []
        self._newest = newest
        self._on_received = on_received
        self._changed = threading.Condition()
        self._has_failed = False
        self._received = 0
        self._total = 0

    def chains(self) -> Iterator[_Chain]:
        """Give one thread its chains, one after another, until nothing is left for anybody."""
        while (chain := self._take()) is not None:
            yield chain
            with self._changed:
                self._running.remove(chain)
                self._changed.notify_all()

    @property
    def has_failed(self) -> bool:
        """Whether a chain has broken off, and all others are to stop."""
        return self._has_failed

    def advance(self, chain: _Chain, page: Page) -> tuple[Records, bool]:
        """Note a page of a chain; gives the sessions of its window, and whether the chain is at its end."""
        with self._changed:
            if not chain.has_begun:
                chain.begin(page.total)
                self._total += page.total if chain.giver is None else 0
            chain.follow(page.sessions.ended_at)
            chain.left -= len(page.sessions) + len(page.misfits)
            # What lies behind the chain's end, on its last page, comes with the chain that begins there.
            inside = page.sessions.where([end in chain.window for end in page.sessions.ended_at])
            self._received += len(inside) + len(page.misfits)
            self._on_received(self._received, max(self._total, self._received))
            self._changed.notify_all()
            end = chain.window.end
            is_past_end = end is not None and chain.position is not None and chain.position >= end
            return inside, chain.is_sorted and is_past_end

    def finish(self, chain: _Chain) -> dt.datetime | None:
        """Let nothing more of a chain be given away; says where it ends."""
        with self._changed:
            chain.left = 0
            return chain.window.end

    def fail(self) -> None:
        """Let every thread stop after its present page."""
        with self._changed:
            self._has_failed = True
            self._changed.notify_all()

    def _take(self) -> _Chain | None:
        with self._changed:
            while not self._has_failed:
                if self._waiting:
                    return self._start(_Chain(self._waiting.pop(0)))
                if not self._running:
                    return None
                if (taken := self._take_half()) is not None:
                    return self._start(taken)
                self._changed.wait()
            return None

    def _take_half(self) -> _Chain | None:
        for giver in sorted(self._running, key=lambda chain: -chain.left):
            if (middle := giver.split_point(self._newest)) is not None:
                return giver.give_away(middle)
        return None

    def _start(self, chain: _Chain) -> _Chain:
        self._running.append(chain)
        return chain


def download(
    client: Client,
    windows: Sequence[Window],
    make_sink: Callable[[Window], Sink],
    *,
    threads: int,
    newest: dt.datetime,
    on_received: OnReceived,
) -> None:
    """Read every session of some windows, each once or, where it moves meanwhile, possibly twice.

    Args:
        client: Reads the API; its throttle bounds the requests in flight.
        windows: What to read; they do not overlap.
        make_sink: Makes the sink of the chain that reads a window.
        threads: How many chains may be read at a time.
        newest: About the latest endDate, for splitting a window that has no end.
        on_received: Told after every page.

    Raises:
        DownloadError: A chain could not be read to its end. What the sinks have taken stays taken.
    """
    board = _Board(windows, newest, on_received)

    def work() -> None:
        try:
            for chain in board.chains():
                _read(client, chain, board, make_sink(chain.asked))
        except BaseException:
            board.fail()
            raise

    with ThreadPoolExecutor(threads, thread_name_prefix="download") as pool:
        futures = [pool.submit(work) for _ in range(threads)]
        try:
            for future in futures:
                future.result()
        except BaseException:
            board.fail()
            raise


def _read(client: Client, chain: _Chain, board: _Board, sink: Sink) -> None:
    try:
        for page in client.pages(chain.asked):
            inside, is_finished = board.advance(chain, page)
            sink.add(inside, page.misfits, chain.position if chain.is_sorted else None)
            if is_finished:
                break
            if board.has_failed:
                sink.stop()
                return
    except DownloadError:
        sink.stop()
        raise
    sink.close(board.finish(chain))
