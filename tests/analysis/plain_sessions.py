"""Frames of sessions for tests: made row by row from plain Python values, with the types the app has."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pandas as pd

from smartia.analysis.year_sessions import YearSessions
from smartia.table.attempts import Attempts
from smartia.table.filters import AttemptRule, Filters

WHOLES = ["Pre-Entry", "Entry 1", "Entry 2", "Entry 3", "Level 1", "Level 2", "Level 3"]
HALVES = ["Lower", "Upper"]
BANDS = ["under 16", "16–18", "19+", "unknown"]
YEARS = ["2023/24", "2024/25", "2025/26"]
TERMS = [f"{year} {term}" for year in YEARS for term in ("Autumn", "Spring", "Summer")]


def session(**changes: Any) -> dict[str, Any]:
    """Make one session as plain values; `rank`, `day` and `seconds` drive the derived columns."""
    base: dict[str, Any] = {"learner": 0, "subject": "Maths", "band": "16–18", "gender": "female", "rank": 41}
    base |= {"day": dt.date(2024, 10, 1), "seconds": 2400.0, "elapsed": None, "test": "t", "version": "v", "sent": None}
    return base | changes


def frame_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Turn plain sessions into an analysis frame with all its categoricals and nullable types."""

    def column(name: str) -> list[Any]:
        return [row[name] for row in rows]

    ranks, days = column("rank"), column("day")
    first = [day.year if day.month >= 8 else day.year - 1 for day in days]
    years = [f"{year}/{(year + 1) % 100:02d}" for year in first]
    names = ["Autumn" if day.month >= 8 else "Spring" if day.month <= 3 else "Summer" for day in days]
    slots = [(dt.date(1999 if d.month >= 8 else 2000, d.month, d.day) - dt.date(1999, 8, 1)).days for d in days]
    wholes = [None if rank is None else WHOLES[rank // 10] for rank in ranks]
    halves = [None if not rank or not rank % 10 else HALVES[rank % 10 - 1] for rank in ranks]
    sent = [row["sent"] if row["sent"] is not None else f"rank {row['rank']}" for row in rows]
    frame = pd.DataFrame(
        {
            "learner": pd.Series(column("learner"), dtype="int64"),
            "duration_s": pd.Series(column("seconds"), dtype="float64"),
            "elapsed_s": pd.Series(
                [row["seconds"] if row["elapsed"] is None else row["elapsed"] for row in rows], dtype="float64"
            ),
            "gender": pd.Categorical(column("gender"), categories=["male", "female", "other", "unknown"]),
            "test_id": pd.Categorical(column("test")),
            "test_version_id": pd.Categorical(column("version")),
            "subject": pd.Categorical(column("subject"), categories=["Maths", "English", "digital", "Unused"]),
            "level": pd.Categorical(sent),
            "level_whole": pd.Categorical(wholes, categories=WHOLES, ordered=True),
            "level_half": pd.Categorical(halves, categories=HALVES),
            "level_rank": pd.array(ranks, dtype="Int16"),
            "academic_year": pd.Categorical(years, categories=YEARS, ordered=True),
            "term": pd.Categorical(
                [f"{y} {n}" for y, n in zip(years, names, strict=True)], categories=TERMS, ordered=True
            ),
            "completed_on": pd.Series(days, dtype="datetime64[us]"),
            "month": pd.Series([day.replace(day=1) for day in days], dtype="datetime64[us]"),
            "week": pd.Series([day - dt.timedelta(days=day.weekday()) for day in days], dtype="datetime64[us]"),
            "year_day": pd.array(slots, dtype="Int16"),
            "age_band": pd.Categorical(column("band"), categories=BANDS, ordered=True),
        }
    )
    numbered = Attempts.of(frame["learner"], frame["test_id"]).count_by_year(frame["academic_year"], frame["year_day"])
    return frame.assign(year_attempt=numbered[0], next_year_day=numbered[1])


def years_of(
    frame: pd.DataFrame, as_of: dt.date, attempts: AttemptRule = AttemptRule.ALL, **chosen: Any
) -> YearSessions:
    """Take a frame as the sessions of years; by default every attempt counts."""
    return YearSessions(frame, Filters(attempts=attempts, **chosen), as_of)


def random_sessions(count: int, seed: int = 7) -> list[dict[str, Any]]:
    """Make sessions at random, with every kind of missing value, over three academic years."""
    dice = random.Random(seed)
    return [
        session(
            learner=dice.randrange(max(1, count * 2 // 3)),
            subject=dice.choice(["Maths", "English", "digital", None]),
            band=dice.choice(BANDS),
            gender=dice.choice(["male", "female"]),
            rank=dice.choice([None, 0, 10, 11, 12, 20, 31, 32, 40, 41, 42, 51, 52, 60]),
            day=dt.date(2023, 8, 1) + dt.timedelta(days=dice.randrange(1000)),
            seconds=float(dice.choice([0, 59, 60, 300, 600, dice.randrange(1, 20000), dice.random() * 5000])),
            elapsed=dice.choice([None, -5.0, 100.0, 50000.0]),
            test=dice.choice("ab"),
            version=dice.choice(["a1", "a2", "b1"]),
            sent=None,
        )
        for _ in range(count)
    ]
