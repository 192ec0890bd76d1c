"""The sessions behind a time of the week and behind a bar of a histogram, against plain loops."""

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from smartia.analysis.durations import LinearBins, LogBins, duration_histogram, rows_within
from smartia.analysis.periods import PERIODS, Period, period_label, period_start, rows_of_period
from smartia.analysis.seats import rows_seated
from tests.analysis.plain_sittings import minute_of_week

LONDON = ZoneInfo("Europe/London")


def make_sessions(seed: int, size: int = 300) -> pd.DataFrame:
    """Make sessions over two weeks at any hour, some of them over midnight."""
    rng = random.Random(seed)
    first = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)
    starts = [first + dt.timedelta(seconds=rng.randrange(14 * 86_400)) for _ in range(size)]
    minutes = [rng.choice([5, 45, 90, 240]) for _ in starts]
    return pd.DataFrame(
        {
            "started_at": pd.Series(starts, dtype="datetime64[us, UTC]"),
            "start_minute": pd.array([minute_of_week(start) for start in starts], dtype="Int16"),
            "completed_on": pd.to_datetime([start.astimezone(LONDON).date() for start in starts]),
            "duration_s": [minute * 60.0 for minute in minutes],
            "elapsed_s": [minute * 60.0 for minute in minutes],
            "sitting": rng.choices(["one sitting", "paused", "over several days", "not known"], k=size),
        }
    )


@pytest.mark.parametrize("seed", range(3))
def test_who_had_a_seat(seed: int) -> None:
    """A session is behind a half hour of a weekday where the learner had a seat at some instant of it."""
    sessions = make_sessions(seed)
    for weekday, opening in ((0, 0), (0, 9 * 60), (3, 13 * 60 + 30), (6, 23 * 60 + 30)):
        expected = []
        for row in sessions.itertuples():
            start = row.started_at.to_pydatetime().astimezone(LONDON).replace(tzinfo=None)
            end = start + dt.timedelta(seconds=row.duration_s)
            day = dt.datetime.combine(start.date(), dt.time.min)
            spans = [
                (begin, begin + dt.timedelta(minutes=30))
                for begin in (day + dt.timedelta(days=step, minutes=opening) for step in (0, 1))
                if begin.weekday() == weekday
            ]
            if row.sitting in {"one sitting", "paused"} and any(start < last and end > begin for begin, last in spans):
                expected.append(row.Index)
        found = rows_seated(sessions, weekday, opening, opening + 30)
        assert found.index.tolist() == expected


@pytest.mark.parametrize("bins", [LinearBins(), LogBins(per_doubling=4)], ids=["linear", "logarithmic"])
def test_bars_hold_what_they_count(bins: LinearBins | LogBins) -> None:
    """Behind each bar of a histogram are as many sessions as it counts, and together they are all of them."""
    sessions = make_sessions(7)
    bars = duration_histogram(sessions, bins)
    sizes = [
        len(rows_within(sessions, row.start_min, None if row.open_ended else row.end_min)) for row in bars.itertuples()
    ]
    assert sizes == bars["n"].tolist()
    assert sum(sizes) == len(sessions)


@pytest.mark.parametrize("period", PERIODS)
def test_periods_hold_their_days(period: Period) -> None:
    """Behind a period are the sessions whose day lies in it."""
    sessions = make_sessions(11)
    start = period_start(dt.date(2025, 9, 10), period)
    named = [period_label(period_start(day.date(), period), period) for day in sessions["completed_on"]]
    expected = [place for place, name in enumerate(named) if name == period_label(start, period)]
    assert rows_of_period(sessions, period, start).index.tolist() == expected
