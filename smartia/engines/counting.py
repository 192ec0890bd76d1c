"""What depends on other sessions, as SQL that DuckDB and Spark read alike.

The rules are those of `smartia.table.frames` and `smartia.analysis.quality.with_reference`, and the results are equal
to the last bit: tests hold all three engines against each other.
"""

from __future__ import annotations

from typing import Final

from smartia.analysis.quality import MINIMUM_N
from smartia.engines.stored_rows import ROWS_SCHEMA

_COUNTED: Final = """
    WITH users AS (
        SELECT user_id, row_number() OVER (ORDER BY min(place)) - 1 AS learner FROM {stored} GROUP BY user_id
    ), coded AS (
        SELECT place, learner, test_id, academic_year, year_day FROM {stored} JOIN users USING (user_id)
    )
    SELECT
        place,
        CAST(learner AS INTEGER) AS learner,
        CAST(row_number() OVER (PARTITION BY learner, test_id ORDER BY place) AS SMALLINT) AS attempt,
        CAST(count(*) OVER (PARTITION BY learner, test_id) AS SMALLINT) AS attempts,
        CAST(row_number() OVER (PARTITION BY learner, test_id, academic_year ORDER BY place) AS SMALLINT)
            AS year_attempt,
        lead(year_day) OVER (PARTITION BY learner, test_id, academic_year ORDER BY place) AS next_year_day
    FROM coded
"""

_MEDIAN: Final = """
    (percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_s)
    - percentile_disc(0.5) WITHIN GROUP (ORDER BY -duration_s)) / 2
"""
"""Half of the two values in the middle, which are one where there is an odd number of values. Both engines have a
median of their own, but that of DuckDB rounds otherwise than pandas'."""

_SESSIONS: Final = """
    WITH versions AS (
        SELECT test_version_id, count(*) AS n, {median} AS median_s FROM {stored} GROUP BY test_version_id
    ), tests AS (
        SELECT test_id, count(*) AS n, {median} AS median_s FROM {stored} GROUP BY test_id
    ), subjects AS (
        SELECT subject, {median} AS median_s FROM {stored} GROUP BY subject
    )
    SELECT {columns}, c.learner, c.attempt, c.attempts, c.year_attempt, c.next_year_day,
        CASE
            WHEN versions.n >= {minimum_n} THEN versions.median_s
            WHEN tests.n >= {minimum_n} THEN tests.median_s
            ELSE subjects.median_s
        END AS reference_s
    FROM {stored} s
    JOIN {counted} c USING (place)
    JOIN versions USING (test_version_id)
    JOIN tests USING (test_id)
    JOIN subjects USING (subject)
"""


def counted_sql(stored: str) -> str:
    """Write the query for learner and attempts of every session; learners are numbered by their first sessions.

    Args:
        stored: The name of a table with the rows of `smartia.engines.stored_rows`.
    """
    return _COUNTED.format(stored=stored)


def sessions_sql(stored: str, counted: str) -> str:
    """Write the query for the analysis frame with `reference_s` and the place of each session, in no order.

    Args:
        stored: As for `counted_sql`.
        counted: The name of a table with the result of that.
    """
    columns = ", ".join(f"s.{name}" for name in ROWS_SCHEMA.names if name != "user_id")
    return _SESSIONS.format(stored=stored, counted=counted, columns=columns, median=_MEDIAN, minimum_n=MINIMUM_N)
