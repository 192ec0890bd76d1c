"""What depends on other sessions, as SQL that DuckDB and Spark read alike.

The rules are those of `smartia.table.frames` and `smartia.analysis.quality.with_reference`, and the results are equal
to the last bit: tests hold all three engines against each other.
"""

from __future__ import annotations

from typing import Final

from smartia.analysis.quality import MINIMUM_N
from smartia.engines.stored_rows import ROWS_SCHEMA
from smartia.table.collected import PLACE

COUNTED: Final = f"""
    WITH users AS (
        SELECT user_id, row_number() OVER (ORDER BY min({PLACE})) - 1 AS learner FROM {{stored}} GROUP BY user_id
    ), coded AS (
        SELECT {PLACE}, learner, test_id, academic_year, year_day
        FROM {{stored}} JOIN users USING (user_id)
    )
    SELECT
        {PLACE},
        CAST(learner AS INTEGER) AS learner,
        CAST(row_number() OVER (PARTITION BY learner, test_id ORDER BY {PLACE}) AS SMALLINT) AS attempt,
        CAST(count(*) OVER (PARTITION BY learner, test_id) AS SMALLINT) AS attempts,
        CAST(row_number() OVER (PARTITION BY learner, test_id, academic_year ORDER BY {PLACE}) AS SMALLINT)
            AS year_attempt,
        lead(year_day) OVER (PARTITION BY learner, test_id, academic_year ORDER BY {PLACE}) AS next_year_day
    FROM coded
"""  # noqa: S608 - nothing but names of columns
"""Learner and attempts of every session of {stored}. Learners are numbered by their first sessions."""

_MIDDLE: Final = """
    SELECT {key}, count(*) AS n, (
        percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_s)
        - percentile_disc(0.5) WITHIN GROUP (ORDER BY -duration_s)
    ) / 2 AS median_s
    FROM {{stored}} GROUP BY {key}
"""

_COLUMNS: Final = ", ".join(f"s.{name}" for name in ROWS_SCHEMA.names if name != "user_id")

SESSIONS: Final = f"""
    WITH versions AS ({_MIDDLE.format(key="test_version_id")}),
    tests AS ({_MIDDLE.format(key="test_id")}),
    subjects AS ({_MIDDLE.format(key="subject")})
    SELECT {_COLUMNS}, c.learner, c.attempt, c.attempts, c.year_attempt, c.next_year_day,
        CASE
            WHEN versions.n >= {MINIMUM_N} THEN versions.median_s
            WHEN tests.n >= {MINIMUM_N} THEN tests.median_s
            ELSE subjects.median_s
        END AS reference_s
    FROM {{stored}} s
    JOIN {{counted}} c USING ({PLACE})
    JOIN versions USING (test_version_id)
    JOIN tests USING (test_id)
    JOIN subjects USING (subject)
"""
"""The analysis frame with `reference_s` and the place of each session, of {stored} and {counted}."""
