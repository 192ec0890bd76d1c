"""Sittings for the tests of rooms, as plain values, and a look at every second of them."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from smartia.analysis.seats import seat_peaks

LONDON = ZoneInfo("Europe/London")
PATTERNS = ["one sitting", "paused", "over several days", "not known"]
MONDAY = "2025-09-08"

Sitting = dict[str, Any]


def sat(start: str, minutes: float, **changes: Any) -> Sitting:
    """One sitting that starts at a UK time, as plain values."""
    began = dt.datetime.fromisoformat(start).replace(tzinfo=LONDON, fold=changes.pop("fold", 0)).astimezone(dt.UTC)
    base = {"learner": None, "began": began, "seconds": minutes * 60, "elapsed": None, "sitting": "one sitting"}
    return base | {"subject": "Maths", "rank": 41, "version": "z-first"} | changes


def minute_of_week(instant: dt.datetime) -> int:
    """The minute of the week in London, from Monday at 00:00, by plain Python."""
    local = instant.astimezone(LONDON)
    return (local.weekday() * 24 + local.hour) * 60 + local.minute


def frame_of(rows: list[Sitting]) -> pd.DataFrame:
    """Turn plain sittings into the columns of an analysis frame; a sitting without a learner is one's only one."""
    return pd.DataFrame(
        {
            "learner": pd.Series(
                [1000 + place if row["learner"] is None else row["learner"] for place, row in enumerate(rows)],
                dtype="int32",
            ),
            "started_at": pd.Series([row["began"] for row in rows], dtype="datetime64[us, UTC]"),
            "start_minute": pd.array([minute_of_week(row["began"]) for row in rows], dtype="Int16"),
            "duration_s": pd.Series([row["seconds"] for row in rows], dtype="float64"),
            "elapsed_s": pd.Series(
                [row["seconds"] if row["elapsed"] is None else row["elapsed"] for row in rows], dtype="float64"
            ),
            "sitting": pd.Categorical([row["sitting"] for row in rows], categories=PATTERNS, ordered=True),
            "subject": pd.Categorical([row["subject"] for row in rows], categories=["Maths", "English", "Unused"]),
            "level_rank": pd.array([row["rank"] for row in rows], dtype="Int16"),
            "test_version_id": pd.Categorical([row["version"] for row in rows]),
        }
    )


def by_the_second(rows: list[Sitting], step_s: int = 1) -> dict[dt.datetime, int]:
    """The most learners in any one second of each half hour, by looking at every second; or step, if all are whole."""
    seated: dict[int, set[Any]] = defaultdict(set)
    for place, row in enumerate(rows):
        if row["sitting"] not in ("one sitting", "paused"):
            continue
        elapsed = row["seconds"] if row["elapsed"] is None else row["elapsed"]
        first = int(row["began"].timestamp())
        for second in range(first, first + int(min(row["seconds"], elapsed)), step_s):
            seated[second].add(("only", place) if row["learner"] is None else row["learner"])
    found: Counter[dt.datetime] = Counter()
    for second, learners in seated.items():
        half_hour = dt.datetime.fromtimestamp(second - second % 1800, dt.UTC)
        found[half_hour] = max(found[half_hour], len(learners))
    return dict(found)


def random_sittings(count: int) -> list[Sitting]:
    """Sittings of ten weeks across the end of summer time, mostly by day."""
    rng = np.random.default_rng(11)
    first = dt.datetime(2025, 9, 22, tzinfo=LONDON)
    return [
        sat(
            (first + dt.timedelta(days=int(day), minutes=int(minute))).strftime("%Y-%m-%d %H:%M"),
            int(length),
            subject=["Maths", "English"][place % 2],
            rank=[None, 30, 41, 51][place % 4],
            version=["z-first", "a-second", "m-third"][place % 3],
        )
        for place, (day, minute, length) in enumerate(
            zip(rng.integers(0, 70, count), rng.integers(300, 1430, count), rng.integers(1, 200, count), strict=True)
        )
    ]


ROWS = random_sittings(300)
PEAKS = seat_peaks(frame_of(ROWS))
BY_THE_MINUTE = by_the_second(ROWS, 60)
