"""Counts of findings: how many sessions each has, and in which month. A census: nothing is estimated."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw
import pandas as pd

from smartia.analysis.periods import is_running, period_label, period_start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.typing import IntoDataFrame

SET_ASIDE: Final = "set_aside"
"""The finding of records that do not fit the API's reference; they are no sessions, but counted beside them."""
MONTHS: Final = 60
"""How many months are followed at most."""

_LABEL = "%Y-%m"


def count_findings(frame: IntoDataFrame, findings: Sequence[str], set_aside: int = 0) -> pd.DataFrame:
    """Count the sessions of each finding.

    Args:
        frame: Sessions with `learner` and a Boolean column for each finding.
        findings: The names of these columns.
        set_aside: The records that do not fit the API's reference, which are not in the frame.

    Returns:
        One row a finding, `SET_ASIDE` first, then in the order given: `finding`; `n` (sessions, or records set
        aside); `base` (all sessions; for records set aside also these); `share` (n of base, missing where base is 0);
        `learners` (different ones among n; missing for records set aside). A session may be in several findings.
    """
    rows: nw.DataFrame[Any] = nw.from_native(frame, eager_only=True)
    records: list[tuple[str, int, int, int | None]] = [(SET_ASIDE, set_aside, len(rows) + set_aside, None)]
    for finding in findings:
        learners = rows.select("learner", finding).filter(nw.col(finding))["learner"]
        records.append((finding, len(learners), len(rows), learners.n_unique()))
    table = pd.DataFrame(records, columns=["finding", "n", "base", "learners"]).astype({"learners": "Int64"})
    table.insert(3, "share", table["n"] / table["base"].where(table["base"] > 0))
    return table


def findings_by_month(
    frame: IntoDataFrame, findings: Sequence[str], as_of: date, set_aside: Sequence[str] = ()
) -> pd.DataFrame:
    """Count the sessions of each finding month by month.

    Args:
        frame: Sessions with `month` and a Boolean column for each finding.
        findings: The names of these columns.
        as_of: The day the data were fetched (Europe/London).
        set_aside: The month of each record set aside, such as "2025-09"; one of no known month is left out.

    Returns:
        One row for every finding and month: `finding`, `period` ("Sep 2025"), `start` (its first day), `running` (not
        over on `as_of`), `n`, `base`, `share` as in `count_findings` (share missing where base is 0). Months run
        without a gap from the first to the last that has a session or a record, but for those after `as_of` and those
        more than `MONTHS` before the last. No rows where there is no month.
    """
    rows: nw.DataFrame[Any] = nw.from_native(frame, eager_only=True)
    sessions = _by_month(rows)
    records = pd.Series(list(set_aside), dtype="str").value_counts()
    starts = _month_starts([*sessions.index, *(month for month in records.index if month[:1].isdigit())], as_of)
    labels = [f"{start:{_LABEL}}" for start in starts]
    base = sessions.reindex(labels, fill_value=0)
    aside = records.reindex(labels, fill_value=0)
    counted = {SET_ASIDE: (aside, base + aside)}
    for finding in findings:
        found = _by_month(rows.select("month", finding).filter(nw.col(finding)))
        counted[finding] = (found.reindex(labels, fill_value=0), base)
    axis = pd.DataFrame(
        {
            "period": pd.Series([period_label(start, "month") for start in starts], dtype="str"),
            "start": pd.Series(starts, dtype="datetime64[us]"),
            "running": pd.Series([is_running(start, "month", as_of) for start in starts], dtype="bool"),
        }
    )
    tables = []
    for finding, (n, of) in counted.items():
        numbers = {"n": n.to_numpy(dtype="int64"), "base": of.to_numpy(dtype="int64")}
        tables.append(axis.assign(**numbers).assign(finding=finding))
    table = pd.concat(tables, ignore_index=True)
    table["share"] = table["n"] / table["base"].where(table["base"] > 0)
    return table[["finding", "period", "start", "running", "n", "base", "share"]]


def _by_month(rows: nw.DataFrame[Any]) -> pd.Series:
    counted = rows.group_by("month").agg(nw.len().alias("n"))
    labels = [f"{month:{_LABEL}}" for month in counted["month"].to_list()]
    return pd.Series(counted["n"].to_list(), index=labels, dtype="int64")


def _month_starts(labels: Sequence[str], as_of: date) -> list[date]:
    """List the first days of the months from the first to the last label, the last `MONTHS` of them up to a day."""
    first_days = [date(int(label[:4]), int(label[5:7]), 1) for label in labels]
    known = [day for day in first_days if day <= as_of]
    if not known:
        return []
    first, last = min(known), max(known)
    starts = [last]
    while len(starts) < MONTHS and starts[-1] > first:
        starts.append(period_start(starts[-1] - timedelta(days=1), "month"))
    return starts[::-1]
