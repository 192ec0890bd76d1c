"""Five aggregates, each as smartia makes it of a frame and as hand-written SQL over the same Parquet files.

What the SQL gives is counted in the same shape, so that both can be compared group by group.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd

from smartia.analysis.durations import duration_histogram
from smartia.analysis.levels import level_mix
from smartia.analysis.profile_matrix import profile_matrix
from smartia.analysis.profiles import compare_levels, pair_subjects
from smartia.analysis.trends import level_mix_by_period
from smartia.loading import account_folder
from smartia.store.snapshot import sessions_name
from smartia.table.filters import Filters, apply_filters
from smartia.table.levels import UNREADABLE
from tests.benchmarks.accounts import Account

AS_OF = dt.date(2025, 10, 31)

Counts = Mapping[tuple[Any, ...], int]
"""How many there are in each group that has any."""


@dataclass(frozen=True)
class Aggregate:
    """One aggregate in both ways.

    Attributes:
        name: What it counts.
        make: Makes it of an analysis frame, as smartia does.
        keys: The columns of the result that name a group, in the order of the SQL's.
        sql: Makes it of the view `sessions`; the last column is the count.
    """

    name: str
    make: Callable[[Any], pd.DataFrame]
    keys: tuple[str, ...]
    sql: str

    def counts(self, table: pd.DataFrame) -> Counts:
        """Read a result of `make`."""
        found = table[table["n"] > 0]
        keys = [found[key].map(_plain) for key in self.keys]
        return dict(zip(zip(*keys, strict=True), found["n"].tolist(), strict=True))

    def fetch(self, connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
        """Run the SQL and fetch its small result."""
        return connection.execute(self.sql).fetchall()


def counts_of(rows: list[tuple[Any, ...]]) -> Counts:
    """Read a result of `Aggregate.fetch`."""
    return {tuple(map(_plain, row[:-1])): row[-1] for row in rows}


def connect(account: Account) -> duckdb.DuckDBPyConnection:
    """Open a connection with the view `sessions` over the account's Parquet files.

    It has one column more, `whole`: the whole level, or the word for levels that cannot be read.
    """
    snapshot = account.open()
    months = snapshot.manifest.months.items()
    account_dir = account_folder(account.settings)
    files = [str(account_dir / sessions_name(name, month.generation)) for name, month in months if month.rows]
    connection = duckdb.connect()
    rows = connection.read_parquet(files, hive_partitioning=False)
    rows.project(f"*, coalesce(level_whole, '{UNREADABLE}') AS whole").create_view("sessions")
    return connection


def _plain(value: Any) -> Any:
    return value.date() if isinstance(value, dt.datetime) else value


def _latest_mix(frame: Any) -> pd.DataFrame:
    return level_mix(apply_filters(frame, Filters()), "subject")


def _matrix(frame: Any) -> pd.DataFrame:
    return profile_matrix(compare_levels(pair_subjects(apply_filters(frame, Filters()), "Maths", "English")))


AGGREGATES = (
    Aggregate(
        "level mix by subject",
        lambda frame: level_mix(frame, "subject"),
        ("group", "level"),
        "SELECT subject, whole, count(*) FROM sessions GROUP BY ALL",
    ),
    Aggregate(
        "duration histogram by subject",
        lambda frame: duration_histogram(frame, None, "subject"),
        ("group", "start_min"),
        "SELECT subject, least(floor(duration_s / 300) * 5, 240), count(*) FROM sessions GROUP BY ALL",
    ),
    Aggregate(
        "month × level",
        lambda frame: level_mix_by_period(frame, "month", AS_OF),
        ("start", "level"),
        "SELECT date_trunc('month', completed_on), whole, count(*) FROM sessions GROUP BY ALL",
    ),
    Aggregate(
        "latest attempt of each learner at each test, by subject and level",
        _latest_mix,
        ("group", "level"),
        """
        SELECT subject, level, count(*)
        FROM (
            SELECT any_value(subject) AS subject, arg_max(whole, ended_at) AS level
            FROM sessions GROUP BY user_id, test_id
        ) GROUP BY ALL
        """,
    ),
    Aggregate(
        "matrix of levels in two subjects",
        _matrix,
        ("level_one", "level_other"),
        """
        SELECT one, other, count(*)
        FROM (
            SELECT
                arg_max(whole, ended_at) FILTER (WHERE subject = 'Maths') AS one,
                arg_max(whole, ended_at) FILTER (WHERE subject = 'English') AS other
            FROM sessions WHERE subject IN ('Maths', 'English') GROUP BY user_id
        ) WHERE one IS NOT NULL AND other IS NOT NULL GROUP BY ALL
        """,
    ),
)
