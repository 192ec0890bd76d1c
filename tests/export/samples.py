"""Exhibits with every kind of value, and a stamp, for the tests of exports."""

import datetime as dt

import pandas as pd

from smartia.export.exhibits import Exhibit, Picture, make_exhibit
from smartia.export.stamp import Stamp

MOMENT = dt.datetime(2026, 7, 1, 9, 30, tzinfo=dt.UTC)
HOSTILE = (
    '=HYPERLINK("http://evil.example","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    "＝1+1",
    "http://evil.example/",
    "'quoted",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
    'a,b;c"d\ne',
)
STAMP = Stamp(
    title="Levels",
    source="https://api.example/v1",
    pulled_at=MOMENT,
    made_at=MOMENT,
    counted="Maths · latest attempt of each learner at each test",
    sessions="1,234",
    learners="1,200",
    held="2,000",
    set_aside="3",
    missing="0",
    role="Figures and learners",
)


def every_kind() -> Exhibit:
    """Make an exhibit with a column of each format, and a missing value in each that can have one."""
    table = pd.DataFrame(
        {
            "group": pd.Series(["Maths", "=cmd|' /C calc'!A0", None], dtype="str"),
            "n": [10, 20, 0],
            "share": [0.25, 0.125, float("nan")],
            "low": [0.2, 0.1, float("nan")],
            "high": [0.3, 0.2, float("nan")],
            "median_min": [44.25, 1200.5, float("nan")],
            "start": pd.to_datetime(["2026-01-31", "2025-09-01", None]),
            "ended_at": pd.to_datetime(["2026-07-01T09:30Z", "2026-01-01T23:59Z", None], utc=True),
            "running": [True, False, False],
        }
    )
    labels = {"group": "Subject", "n": "n", "share": "Share", "low": "From", "high": "To", "running": "Still running"}
    return make_exhibit(
        "Share by subject: all [2026]/*?",
        table,
        list(table),
        labels,
        Picture("bar", "group", ("share",), None, "low", "high"),
    )


def hostile() -> Exhibit:
    """Make an exhibit whose texts and names are hostile."""
    table = pd.DataFrame({"name": pd.Series(HOSTILE, dtype="str"), "n": range(len(HOSTILE))})
    return make_exhibit(HOSTILE[0], table, ["name", "n"], {"name": "=1+1"})


def series() -> Exhibit:
    """Make an exhibit of several series, one of which lacks a value, and with a count that is hidden."""
    table = pd.DataFrame(
        {
            "period": ["2024/25", "2024/25", "2025/26"],
            "level": ["Entry 3", "Level 1", "Level 1"],
            "n": pd.Series([10, "[c]", 25], dtype="object"),
        }
    )
    return make_exhibit("Levels by year", table, list(table), {}, Picture("percent", "period", ("n",), "level"))
