"""The same figures from another engine: over the same rows DuckDB gives what pandas gives."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import duckdb
import pandas as pd
import pytest

from smartia.analysis import durations, finish_marks, ladder, levels, quality, sittings, slots, trends, versions
from smartia.analysis.periods import PERIODS
from smartia.table.frames import analysis_frame
from tests.handmade import decode, flatten, make_records

AS_OF = dt.date(2026, 3, 16)
FIGURES: dict[str, Callable[[Any], Any]] = {
    "counts": levels.counts,
    "unit": lambda frame: levels.count_unit(frame, "subject"),
    "whole levels": lambda frame: levels.level_mix(frame, "subject"),
    "half levels": lambda frame: levels.level_mix(frame, "subject", detail="half"),
    "shares": lambda frame: levels.share_at_or_above(frame, 40, "gender"),
    "ladder": lambda frame: ladder.shares_on_ladder(frame, "subject"),
    "without short sittings": lambda frame: ladder.shares_without_short(frame, 40, 0.25, "subject"),
    "histogram": lambda frame: durations.duration_histogram(frame, None, "subject"),
    "quartiles": lambda frame: durations.duration_summary(frame, "subject"),
    "finished by": lambda frame: durations.duration_ecdf(frame, "subject"),
    "marks of minutes": lambda frame: finish_marks.finish_marks(
        frame, durations.minutes_for_share(frame, 0.9, "subject"), "subject"
    ),
    "minutes for a share": lambda frame: durations.minutes_for_share(frame, 0.9, "subject"),
    "slots": lambda frame: slots.plan_slot(frame, 60, 0.9, "subject"),
    "sittings": lambda frame: sittings.count_by_sitting(frame, 40, "subject"),
    "versions": versions.list_versions,
    "unreadable levels": quality.unreadable_levels,
    "findings on durations": quality.duration_findings,
    **{f"volume by {p}": lambda frame, p=p: trends.volume_by_period(frame, p, AS_OF, "subject") for p in PERIODS},
    **{f"levels by {p}": lambda frame, p=p: trends.level_mix_by_period(frame, p, AS_OF) for p in PERIODS},
    **{f"shares by {p}": lambda frame, p=p: trends.share_by_period(frame, p, 40, AS_OF) for p in PERIODS},
}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """An analysis frame of 400 sessions."""
    rows = flatten(decode(make_records(21, 400)))
    return quality.with_reference(
        analysis_frame(rows.sort_by([("ended_at", "ascending"), ("session_id", "ascending")]))
    )


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES.keys())
def test_duckdb_gives_the_same(frame: pd.DataFrame, figure: Callable[[Any], Any]) -> None:
    """A figure over a DuckDB relation equals the one over pandas, to the last session."""
    texts = {name: "str" for name in frame.columns if isinstance(frame[name].dtype, pd.CategoricalDtype)}
    with duckdb.connect() as connection:
        expected, found = figure(frame), figure(connection.from_df(frame.astype(texts)))
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    else:
        assert found == expected
