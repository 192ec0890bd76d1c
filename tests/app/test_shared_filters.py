"""The filters that every page shares: what they let through, where they live, and how they are taken back."""

import datetime as dt
import statistics
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from tests.app.conftest import Open, plain
from tests.app.reference import Row, chosen, groups

LONDON = ZoneInfo("Europe/London")
DAY = dt.date(2025, 9, 15)


def sitting(row: Row) -> str:
    """How a session was sat, by its rule."""
    if row.elapsed < 0:
        return "not known"
    if row.elapsed <= 1.25 * row.seconds:
        return "one sitting"
    begun = (row.ended_at - dt.timedelta(seconds=row.elapsed)).astimezone(LONDON).date()
    return "paused" if begun == row.day else "over several days"


@pytest.mark.parametrize(
    ("choices", "counts"),
    [
        ({"sitting": ["paused", "over several days"]}, lambda row: sitting(row) in ("paused", "over several days")),
        ({"sitting": ["one sitting"]}, lambda row: sitting(row) == "one sitting"),
        ({"reached": ["Level 1", "Level 2"]}, lambda row: row.whole in ("Level 1", "Level 2")),
        ({"reached": ["Not readable"]}, lambda row: row.whole is None),
        ({"reached": ["Entry 3", "Not readable"]}, lambda row: row.whole in ("Entry 3", None)),
        ({"since": DAY.isoformat()}, lambda row: row.day >= DAY),
        ({"until": DAY.isoformat()}, lambda row: row.day <= DAY),
        ({"since": DAY.isoformat(), "until": DAY.isoformat()}, lambda row: row.day == DAY),
    ],
)
def test_more_filters(
    open_page: Open, demo_rows: list[Row], choices: dict[str, str | list[str]], counts: Callable[[Row], bool]
) -> None:
    """Level, sitting and days of completion let through the sessions that plain loops find."""
    app = open_page(**choices)
    expected = [row for row in chosen(demo_rows) if counts(row)]
    assert 0 < len(expected) < len(chosen(demo_rows))
    assert app.metric[0].value == f"{len(expected):,}"


def test_age_says_what_it_is_not(open_page: Open) -> None:
    """The help of the Age filter tells the age of the assessment from the funding age, which the data do not have."""
    (age,) = (box for box in open_page().sidebar.multiselect if box.label == "Age")
    assert (
        "by the date of the assessment; funding age is fixed at the start of learning, which these data do" in age.help
    )


@pytest.mark.parametrize("percent", [10, 25, 33])
def test_short_sittings_left_out(open_page: Open, demo_rows: list[Row], percent: int) -> None:
    """Sittings below a share of the median of their version are left out on request, and their number is said."""
    app = open_page(short=f"Leave out under {percent}%")
    versions = groups(demo_rows, lambda row: row.version)
    assert min(map(len, versions.values())) >= 30
    medians = {version: statistics.median(row.seconds for row in rows) for version, rows in versions.items()}
    rows = chosen(demo_rows)
    kept = [row for row in rows if row.seconds >= percent / 100 * medians[row.version]]
    assert app.metric[0].value == f"{len(kept):,}"
    counted = next(plain(caption.value) for caption in app.caption if caption.value.startswith("Counted here"))
    assert f"without sittings under {percent}% of the usual time" in counted
    assert f"({len(rows) - len(kept):,} session" in counted


def test_test_versions(open_page: Open, demo_rows: list[Row]) -> None:
    """Every version that can be chosen lets through its own sessions, and all of them together let through all."""
    app = open_page()
    options = next(box for box in app.multiselect if box.label == "Test version").options
    found = []
    for option in options[:3]:
        app = open_page(version=[option])
        found.append(int(app.metric[0].value.replace(",", "")))
    sizes = [len(rows) for rows in groups(chosen(demo_rows), lambda row: row.version).values()]
    assert all(size in sizes for size in found)
    assert len(options) == len(sizes)


def test_reset_takes_every_filter_back(open_page: Open, demo_rows: list[Row]) -> None:
    """After a reset all sessions count again, under the latest attempt."""
    choices = {"subject": ["Maths"], "sitting": ["paused"], "since": DAY.isoformat(), "short": "Leave out under 25%"}
    app = open_page(**choices, attempts="All")
    next(button for button in app.button if button.label == "Reset filters").click().run()
    assert not app.exception
    assert app.metric[0].value == f"{len(chosen(demo_rows)):,}"


def test_the_link_to_copy_holds_the_filters(open_page: Open) -> None:
    """The address offered holds what was chosen."""
    app = open_page(subject=["Maths"], since=DAY.isoformat())
    link = next(code.value for code in app.code)
    assert "subject=Maths" in link
    assert f"since={DAY.isoformat()}" in link
