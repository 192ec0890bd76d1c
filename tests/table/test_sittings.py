"""How sessions were sat, read off their lengths."""

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.table.sittings import sitting_patterns

LONDON = ZoneInfo("Europe/London")


def patterns(*sessions: tuple[str, str, float]) -> list[str]:
    """The patterns of sessions given as start, end and duration in seconds."""
    started_at, ended_at = (pd.to_datetime([session[place] for session in sessions], utc=True) for place in (0, 1))
    frame = pd.DataFrame(
        {
            "started_at": started_at.as_unit("us"),
            "completed_on": ended_at.tz_convert(LONDON).tz_localize(None).normalize().as_unit("us"),
            "duration_s": [session[2] for session in sessions],
            "elapsed_s": (ended_at - started_at).total_seconds(),
        }
    )
    return sitting_patterns(frame).tolist()


@pytest.mark.parametrize(
    ("start", "end", "duration_s", "pattern"),
    [
        ("2025-09-01T10:00:00Z", "2025-09-01T10:50:00Z", 2_400, "one sitting"),
        ("2025-09-01T10:00:00Z", "2025-09-01T10:50:01Z", 2_400, "paused"),
        ("2025-09-01T22:30:00Z", "2025-09-01T23:30:00Z", 3_600, "one sitting"),
        ("2025-09-01T22:30:00Z", "2025-09-01T23:30:00Z", 1_800, "over several days"),
        ("2025-12-01T22:30:00Z", "2025-12-01T23:30:00Z", 1_800, "paused"),
        ("2025-09-01T10:00:00Z", "2025-09-08T10:00:00Z", 3_600, "over several days"),
        ("2025-09-01T10:00:00Z", "2025-09-01T10:00:00Z", 3_600, "one sitting"),
        ("2025-09-01T10:00:00Z", "2025-09-01T09:00:00Z", 3_600, "not known"),
    ],
)
def test_check_values(start: str, end: str, duration_s: float, pattern: str) -> None:
    """1.25 times the duration is one sitting still; days are those of London, in summer and in winter."""
    assert patterns((start, end, duration_s)) == [pattern]


@given(
    st.lists(
        st.tuples(
            st.integers(1_577_836_800, 1_798_761_600),
            st.integers(-3_600, 300_000),
            st.integers(0, 20_000),
        ),
        max_size=8,
    )
)
def test_every_session_has_one_pattern(drawn: list[tuple[int, int, int]]) -> None:
    """Every session has the pattern that plain Python gives it, whatever stands beside it."""
    sessions = []
    expected = []
    for unix_s, elapsed_s, duration_s in drawn:
        start = dt.datetime.fromtimestamp(unix_s, dt.UTC)
        end = start + dt.timedelta(seconds=elapsed_s)
        sessions.append((start.isoformat(), end.isoformat(), float(duration_s)))
        if elapsed_s < 0:
            expected.append("not known")
        elif elapsed_s <= 1.25 * duration_s:
            expected.append("one sitting")
        else:
            same_day = start.astimezone(LONDON).date() == end.astimezone(LONDON).date()
            expected.append("paused" if same_day else "over several days")
    assert patterns(*sessions) == expected
