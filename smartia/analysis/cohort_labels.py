"""Labels of cohorts: who is compared with whom, by a column of the frame or by the time of completion."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import narwhals as nw
import pandas as pd

from smartia.analysis.grouping import NOT_RECORDED, aggregate, label_keys
from smartia.analysis.measures import SIZE
from smartia.analysis.periods import PERIODS, Period, is_running, period_label, period_start
from smartia.table.levels import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.typing import IntoFrame

_YEAR_OF_WEEKS: Final = timedelta(weeks=52)


def period_of(by: str) -> Period | None:
    """Say which kind of period cohorts are made by; None where they are made by something else than time.

    Args:
        by: A column of the analysis frame, or "week".
    """
    return by if by in PERIODS else None


def label_cohorts(frame: pd.DataFrame, by: str) -> pd.Categorical[str]:
    """Say to which cohort each session belongs.

    Args:
        frame: An analysis frame with the column, or with `completed_on` for periods.
        by: The column that makes the cohorts; "academic_year", "term", "month" or "week" for periods.

    Returns:
        An ordered categorical, row by row, of the labels that the charts have too; its categories are those that
        occur: periods in order of time, others as `label_keys` has them, missing values last.
    """
    period = period_of(by)
    keys = frame["completed_on"] if period else frame[by]
    codes, found = pd.factorize(keys, sort=period is not None, use_na_sentinel=False)
    if period is None:
        labels = label_keys(pd.Series(found), UNREADABLE if by == "level_whole" else NOT_RECORDED)
    else:
        names = [period_label(period_start(day.date(), period), period) for day in found]
        labels = pd.Categorical(names, categories=list(dict.fromkeys(names)), ordered=True)
    return pd.Categorical.from_codes(labels.codes[codes], dtype=labels.dtype)


def list_cohorts(frame: IntoFrame, by: str) -> list[str]:
    """List the cohorts that have sessions, in the order of `label_cohorts`.

    Args:
        frame: As for `label_cohorts`, in any engine.
        by: As for `label_cohorts`.
    """
    return list(label_cohorts(_occurring(frame, "completed_on" if period_of(by) else by), by).categories)


def first_days(frame: IntoFrame, period: Period) -> dict[str, date]:
    """Give the first day of every period that has sessions, by its label, earliest first.

    Args:
        frame: Sessions with `completed_on`.
        period: The kind of period.
    """
    days = sorted(day.date() for day in _occurring(frame, "completed_on")["completed_on"])
    starts = [period_start(day, period) for day in days]
    return {period_label(start, period): start for start in starts}


def usual_pair(frame: IntoFrame, by: str, as_of: date) -> tuple[str, str | None] | None:
    """Choose the two cohorts that a reader most likely wants to see side by side.

    Args:
        frame: The sessions.
        by: As for `label_cohorts`.
        as_of: The last day of the data (Europe/London).

    Returns:
        Of periods, the newest one that is over and the same one a year earlier, or the one before it where there is
        none; of others, the first with the second of two, or with all others (None)
        where there are more. None where there are fewer than two cohorts.
    """
    labels = list_cohorts(frame, by)
    if len(labels) < 2:
        return None
    period = period_of(by)
    if period is None:
        return labels[0], labels[1] if len(labels) == 2 else None
    return _usual_periods(labels, first_days(frame, period), period, as_of)


def _occurring(frame: IntoFrame, column: str) -> pd.DataFrame:
    """Each value of a column once."""
    return aggregate(frame, None, {"n": SIZE}, keys={column: nw.col(column)})[[column]]


def _usual_periods(labels: Sequence[str], starts: dict[str, date], period: Period, as_of: date) -> tuple[str, str]:
    """Of two periods at least, choose the newest that may be compared, and one that came before it."""
    over = [label for label in labels[1:] if not is_running(starts[label], period, as_of)]
    one = [labels[1], *over][-1]
    start = starts[one]
    year_earlier = start - _YEAR_OF_WEEKS if period == "week" else start.replace(year=start.year - 1)
    wanted = period_label(year_earlier, period)
    return one, wanted if wanted in labels else labels[labels.index(one) - 1]
