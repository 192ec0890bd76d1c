"""Columns: what those of the tables of figures are called."""

from typing import Final

COLUMN_LABELS: Final = {
    "level": "Level",
    "n": "n",
    "base": "n",
    "share": "Share",
    "reached": "Reached",
    "low": "From (95%)",
    "high": "To (95%)",
    "unreadable": "Level not readable",
    "period": "Period",
    "running": "Still running or cut short",
    "sessions": "Sessions",
    "learners": "Learners",
    "start_min": "From (min)",
    "end_min": "To below (min)",
    "shortest_min": "Shortest (min)",
    "q1_min": "A quarter within (min)",
    "median_min": "Median (min)",
    "q3_min": "Three quarters within (min)",
    "p90_min": "90% within (min)",
    "longest_min": "Longest (min)",
    "minutes": "Within (min)",
    "academic_year": "Academic year",
    "month": "Month",
    "since": "Pages counted from (UK time)",
    "page": "Page",
    "record": "Record on the page",
    "reason": "Reason",
    "field": "Field",
    "missing": "Empty",
    "finding": "Finding",
}
"""Names of columns by their names in tables; a place that means more by one gives its own."""
