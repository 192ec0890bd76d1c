"""What a snapshot must hold, and what it holds: compared session by session."""

from collections import Counter
from dataclasses import dataclass

import msgspec
import pandas as pd

import smartia
from smartia.errors import NoSnapshotError, StoreError
from smartia.loading import open_account
from smartia.sandbox.college import College, Misfit
from tests.benchmarks.colleges import records_of

NOTHING = "nothing"
WRONG = "WRONG"
BETWEEN = "between old and new"

Row = tuple[str, ...]
_TELLING = ("session_id", "started_at", "ended_at", "user_id", "full_name", "test_id", "level")


@dataclass(frozen=True)
class State:
    """All that is held: how often each session, by some telling fields, and each record set aside, as text."""

    held: Counter[Row]

    def compare(self, old: "State | None", new: "State") -> str:
        """Say which of two states this is, whether it lies between them, or what is wrong with it.

        Between lies what holds all that is in both, nothing that is in neither, and nothing twice.
        """
        if self == new:
            return "the new"
        if self == old:
            return "the old"
        before = Counter[Row]() if old is None else old.held
        once = Counter(set(self.held))
        doubled = self.held - once
        lost = (before & new.held) - self.held
        unknown = once - (before | new.held)
        if old is not None and not doubled and not lost and not unknown:
            return BETWEEN
        numbers = ((doubled, "doubled"), (lost if old else new.held - self.held, "lost"), (unknown, "unknown"))
        return f"{WRONG}: " + ", ".join(f"{rows.total():,} {what}" for rows, what in numbers)


def state_of_college(college: College) -> State:
    """Say what a snapshot of a college must hold, from the sandbox's own records."""
    held: Counter[Row] = Counter()
    for record, misfit in zip(records_of(college), college.misfit.tolist(), strict=True):
        content = msgspec.json.encode(record, order="sorted")
        held[_row(content) if misfit == Misfit.NONE else (content.decode(),)] += 1
    return State(held)


def look(settings: smartia.Settings, old: State | None, new: State) -> str:
    """Open the snapshot as any later start does, and say which state it is."""
    try:
        snapshot = open_account(settings)
        held = Counter(_rows(snapshot.sessions))
        held.update(_set_aside(text) for text in snapshot.rejected["content"])
    except NoSnapshotError:
        return NOTHING if old is None else f"{WRONG}: the snapshot is gone"
    except StoreError as error:
        return f"{WRONG}: {error}"
    return State(held).compare(old, new)


class _User(msgspec.Struct, rename="camel"):
    user_id: str
    full_name: str


class _Test(msgspec.Struct, rename="camel"):
    test_id: str


class _Result(msgspec.Struct):
    level: str


class _Record(msgspec.Struct, rename="camel"):
    session_id: str
    start_date: str
    end_date: str
    user: _User
    test: _Test
    result: _Result


def _row(content: bytes) -> Row:
    record = msgspec.json.decode(content, type=_Record)
    user = record.user
    return (
        record.session_id,
        record.start_date,
        record.end_date,
        user.user_id,
        user.full_name,
        record.test.test_id,
        record.result.level,
    )


def _rows(sessions: pd.DataFrame) -> list[Row]:
    texts = sessions[list(_TELLING)]
    for name in ("started_at", "ended_at"):
        texts = texts.assign(**{name: sessions[name].dt.strftime("%Y-%m-%dT%H:%M:%S.%f").str[:-3] + "Z"})
    return list(texts.itertuples(index=False, name=None))


def _set_aside(content: str) -> Row:
    return (msgspec.json.encode(msgspec.json.decode(content), order="sorted").decode(),)
