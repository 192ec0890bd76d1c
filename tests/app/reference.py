"""Every figure of the app once more, by loops over plain Python values: nothing here uses smartia's analysis."""

import datetime as dt
import math
import statistics
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import pandas as pd
from scipy.stats import binomtest

LADDER = ["Pre-Entry", "Entry 1", "Entry 2", "Entry 3", "Level 1", "Level 2", "Level 3"]
LEVEL_1 = 40


@dataclass(frozen=True, eq=False)
class Row:
    """What the figures need of one session, which equals itself alone."""

    user: str
    test_id: str
    test: str
    version: str
    subject: str
    ended_at: dt.datetime
    day: dt.date
    year: str
    gender: str
    age: str
    whole: str | None
    half: str | None
    rank: int | None
    level: str
    seconds: float
    elapsed: float


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """Take the sessions frame apart, with local dates and academic years worked out anew."""
    rows = []
    for record in frame.to_dict("records"):
        day = record["ended_at"].to_pydatetime().astimezone(ZoneInfo("Europe/London")).date()
        start = day.year if day.month >= 8 else day.year - 1
        rows.append(
            Row(
                user=record["user_id"],
                test_id=record["test_id"],
                test=record["test_name"],
                version=record["test_version_id"],
                subject=record["subject"],
                ended_at=record["ended_at"].to_pydatetime(),
                day=day,
                year=f"{start}/{str(start + 1)[-2:]}",
                gender=record["gender"],
                age=_age_band(record["date_of_birth"], start),
                whole=None if pd.isna(record["level_whole"]) else record["level_whole"],
                half=None if pd.isna(record["level_half"]) else record["level_half"],
                rank=None if pd.isna(record["level_rank"]) else int(record["level_rank"]),
                level=record["level"],
                seconds=record["duration_s"],
                elapsed=(record["ended_at"] - record["started_at"]).total_seconds(),
            )
        )
    return rows


def _age_band(born: pd.Timestamp, start: int) -> str:
    if pd.isna(born):
        return "unknown"
    age = start - born.year - ((born.month, born.day) > (8, 31))
    return "under 16" if age < 16 else "16–18" if age <= 18 else "19+"


def chosen(rows: Sequence[Row], attempts: str = "latest", **wanted: Iterable[str]) -> list[Row]:
    """Keep the attempts that count, numbered over all rows, and of those the rows with a wanted value."""
    counted = _counted(tuple(rows), attempts)
    for name, values in wanted.items():
        kept = set(values)
        counted = [row for row in counted if getattr(row, name) in kept]
    return list(counted)


@lru_cache(maxsize=20)
def _counted(rows: tuple[Row, ...], attempts: str) -> Sequence[Row]:
    order: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.ended_at):
        order[row.user, row.test_id].append(row)
    pick: Callable[[list[Row]], list[Row]] = {
        "latest": lambda group: group[-1:],
        "first": lambda group: group[:1],
        "all": lambda group: group,
    }[attempts]
    return [row for group in order.values() for row in pick(group)]


def chosen_by_year(
    rows: Sequence[Row], day: dt.date | None, attempts: str = "latest", **wanted: Iterable[str]
) -> list[Row]:
    """Keep what each academic year showed on the same day (or, for None, shows in full): attempts chosen within it."""
    found: list[Row] = []
    for part in groups(rows, lambda row: row.year).values():
        so_far = [row for row in part if day is None or within_year_to_date(row.day, day)]
        found += chosen(so_far, attempts, **wanted)
    return found


def groups(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    """Sort rows into groups, in alphabetical order of their names."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(sorted(found.items()))


def mix(rows: Iterable[Row], *, halves: bool = False) -> Counter[str]:
    """Count sessions by level."""
    return Counter(
        "Not readable" if row.whole is None else f"{row.whole} {row.half}" if halves and row.half else row.whole
        for row in rows
    )


def share(rows: Sequence[Row], rank: int = LEVEL_1) -> tuple[int, int, float, float, float]:
    """Readable sessions, those at the rank or above, their share, and its Wilson interval by scipy."""
    readable = [row for row in rows if row.rank is not None]
    reached = sum(row.rank >= rank for row in readable if row.rank is not None)
    if not readable:
        return 0, 0, math.nan, math.nan, math.nan
    return len(readable), reached, reached / len(readable), *wilson(reached, len(readable))


@cache
def wilson(reached: int, of: int) -> tuple[float, float]:
    """The Wilson interval of a share."""
    limits = binomtest(reached, of).proportion_ci(method="wilson")
    return limits.low, limits.high


def minutes_quantile(rows: Sequence[Row], share_below: float) -> float:
    """A quantile of the durations in minutes, interpolated linearly."""
    values = sorted(row.seconds / 60 for row in rows)
    place = (len(values) - 1) * share_below
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def finish_minutes(rows: Sequence[Row], wanted: float) -> int:
    """The smallest whole number of minutes within which at least the wanted share finished."""
    times = sorted(row.seconds for row in rows)
    for limit in range(1, 100_000):
        if finished(times, limit * 60) >= wanted * len(rows):
            return limit
    raise AssertionError("no such number of minutes")


def finished(times: Sequence[float], limit_s: float) -> int:
    """How many of some durations, which are in order, are no longer than a limit."""
    return bisect_right(times, limit_s)


def flagged(rows: Sequence[Row]) -> dict[str, int]:
    """Count the odd durations by the rules of the Data quality page."""
    by_version, by_test, by_subject = (
        groups(rows, key) for key in (lambda r: r.version, lambda r: r.test_id, lambda r: r.subject)
    )
    medians: dict[tuple[str, str, str], float] = {}
    found: Counter[str] = Counter()
    for row in rows:
        key = (row.version, row.test_id, row.subject)
        if key not in medians:
            pool = next(
                pool
                for pool, minimum in ((by_version[key[0]], 30), (by_test[key[1]], 30), (by_subject[key[2]], 0))
                if len(pool) >= minimum
            )
            medians[key] = statistics.median(other.seconds for other in pool)
        found["Longer than from start to end"] += row.seconds > row.elapsed + 1
        found["Ended before the start"] += row.elapsed < 0
        found["Unusually short"] += row.seconds < medians[key] / 4
        found["Unusually long"] += row.seconds > medians[key] * 4
    return dict(found)


def term(day: dt.date) -> str:
    """The term of a day: autumn August–December, spring January–March, summer April–July."""
    start = day.year if day.month >= 8 else day.year - 1
    name = "Autumn" if day.month >= 8 else "Spring" if day.month <= 3 else "Summer"
    return f"{start}/{str(start + 1)[-2:]} {name}"


def week(day: dt.date) -> str:
    """The Monday of the ISO week of a day."""
    monday = dt.date.fromisocalendar(*day.isocalendar()[:2], 1)
    return f"{monday.day} {monday:%b %Y}"


def within_year_to_date(day: dt.date, as_of: dt.date) -> bool:
    """Whether a day lies in its academic year no later than the calendar date of `as_of` lies in its own."""

    def place(date: dt.date) -> tuple[int, int]:
        return ((date.month - 8) % 12, date.day)

    return place(day) <= place(as_of)
