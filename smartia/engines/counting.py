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

_MEDIANS: Final = """
    SELECT {key}, max(total) AS n, (
        min(CASE WHEN 2 * so_far >= total THEN duration_s END) + min(CASE WHEN 2 * so_far > total THEN duration_s END)
    ) / 2 AS median_s
    FROM (
        SELECT {key}, duration_s,
            sum(n) OVER (PARTITION BY {key} ORDER BY duration_s) AS so_far,
            sum(n) OVER (PARTITION BY {key}) AS total
        FROM counts
    )
    GROUP BY {key}
"""
"""Half of the two values in the middle, which are one where the number of values is odd. Both engines have a median of
their own, but they keep every value in memory for it, and that of DuckDB rounds otherwise than pandas'."""

_REFERENCES: Final = """
    WITH counts AS (
        SELECT test_version_id, test_id, subject, duration_s, count(*) AS n
        FROM {stored} GROUP BY test_version_id, test_id, subject, duration_s
    ), versions AS ({versions}), tests AS ({tests}), subjects AS ({subjects})
    SELECT test_version_id, test_id, subject,
        CASE
            WHEN versions.n >= {minimum_n} THEN versions.median_s
            WHEN tests.n >= {minimum_n} THEN tests.median_s
            ELSE subjects.median_s
        END AS reference_s
    FROM (SELECT DISTINCT test_version_id, test_id, subject FROM counts)
    JOIN versions USING (test_version_id)
    JOIN tests USING (test_id)
    JOIN subjects USING (subject)
"""

_SESSIONS: Final = """
    SELECT {columns}, c.learner, c.attempt, c.attempts, c.year_attempt, c.next_year_day, r.reference_s
    FROM {stored} s
    JOIN {counted} c USING (place)
    JOIN {references} r USING (test_version_id, test_id, subject)
"""


def counted_sql(stored: str) -> str:
    """Write the query for learner and attempts of every session; learners are numbered by their first sessions.

    Args:
        stored: The name of a table with the rows of `smartia.engines.stored_rows`.
    """
    return _COUNTED.format(stored=stored)


def references_sql(stored: str) -> str:
    """Write the query for the median that sessions are set against, of each combination of version, test and subject.

    Args:
        stored: As for `counted_sql`.
    """
    keys = {"versions": "test_version_id", "tests": "test_id", "subjects": "subject"}
    medians = {name: _MEDIANS.format(key=key) for name, key in keys.items()}
    return _REFERENCES.format(stored=stored, minimum_n=MINIMUM_N, **medians)


def sessions_sql(stored: str, counted: str, references: str) -> str:
    """Write the query for the analysis frame with `reference_s` and the place of each session, in no order.

    Args:
        stored: As for `counted_sql`.
        counted: The name of a table with the result of that.
        references: The same of `references_sql`.
    """
    columns = ", ".join(f"s.{name}" for name in ROWS_SCHEMA.names if name != "user_id")
    return _SESSIONS.format(stored=stored, counted=counted, references=references, columns=columns)
