"""The edges: no session fits, and one learner alone, on every page."""

import random
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binomtest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import Open, open_app, plain
from tests.handmade import make_record, make_user
from tests.servers import KEY, following_reference

FILTERED = [
    "app.py",
    "pages/levels.py",
    "pages/durations.py",
    "pages/trends.py",
    "pages/profiles.py",
    "pages/groups.py",
    "pages/rooms.py",
]
NOBODY: dict[str, str | list[str]] = {"subject": ["Digital Skills"], "reached": ["Pre-Entry"]}
LOW, HIGH = (getattr(binomtest(1, 1).proportion_ci(method="wilson"), side) for side in ("low", "high"))


@pytest.mark.parametrize("page", FILTERED)
def test_nothing_fits(open_page: Open, page: str) -> None:
    """Where no session fits the filters every page says so, and shows no figure at all."""
    app = open_page(page, **NOBODY)
    assert any("No session fits" in plain(info.value) for info in app.main.info)
    assert not app.main.dataframe
    assert not app.main.metric
    assert not app.main.get("vega_lite_chart")


def tables_of(app: AppTest) -> list[list[dict[str, Any]]]:
    """The rows of every table that has shares with their intervals."""
    found = [table.value.to_dict("records") for table in app.main.dataframe]
    return [rows for rows in found if rows and {"n", "share", "low", "high"} <= rows[0].keys()]


@pytest.mark.parametrize("page", [*FILTERED, "pages/data_quality.py", "pages/learners.py"])
def test_one_learner_alone(cache_dir: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    """One learner with one session makes shares of one with their wide interval, and no page fails."""
    record = make_record(random.Random(4), make_user(random.Random(1)))
    record["result"] |= {"level": "L1 - Lower"}
    with following_reference([record]) as server:
        given = {
            "CACHE_DIR": str(cache_dir),
            "API_KEY": KEY,
            "BASE_URL": server.base_url,
            "OPEN_ROLE": "learner-access",
        }
        for name, value in given.items():
            monkeypatch.setenv(f"SMARTIA_{name}", value)
        app = open_app(page, plan_from="All dates")
    shares = [row for rows in tables_of(app) for row in rows if row["n"]]
    assert all(row["n"] == 1 for row in shares)
    assert all(row["share"] in (0, 1) for row in shares)
    whole = [row for row in shares if row["share"] == 1]
    assert all((row["low"], row["high"]) == pytest.approx((LOW, HIGH)) for row in whole)
    assert whole or page not in {"app.py", "pages/trends.py"}
