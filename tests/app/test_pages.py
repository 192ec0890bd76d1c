"""Every figure on every page equals the one worked out from the same sessions by plain loops."""

import datetime as dt
import re
from bisect import bisect_left
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

import smartia
from smartia.settings import Settings
from smartia.table.columns import SENT
from tests.app import reference
from tests.app.conftest import Open, plain
from tests.app.reference import LEVEL_1, Row, chosen, chosen_by_year, groups, share

SELECTIONS = [
    pytest.param({}, {}, id="no filter"),
    pytest.param(
        {"subject": ["Maths"], "age": ["16–18"], "year": ["2025/26"]},
        {"subject": ["Maths"], "age": ["16–18"], "year": ["2025/26"]},
        id="maths 16–18 2025/26",
    ),
    pytest.param(
        {"gender": ["other", "unknown"], "attempts": "All"},
        {"gender": ["other", "unknown"], "attempts": "all"},
        id="two genders, all attempts",
    ),
    pytest.param(
        {"subject": ["English", "Digital Skills"], "attempts": "First"},
        {"subject": ["English", "Digital Skills"], "attempts": "first"},
        id="two subjects, first attempts",
    ),
]


@pytest.fixture
def as_of(demo_college: Settings) -> dt.date:
    """The London day on which the demo college was downloaded."""
    fetched_at = smartia.refresh(demo_college).manifest.fetched_at
    return fetched_at.astimezone(ZoneInfo("Europe/London")).date()


@pytest.mark.parametrize(("choices", "wanted"), SELECTIONS)
def test_overview(open_page: Open, demo_rows: list[Row], choices: dict, wanted: dict) -> None:
    """Overview: counts, median, newest session, shares with intervals, and sessions by month."""
    rows = chosen(demo_rows, **wanted)
    app = open_page(**choices)
    newest = max(row.day for row in rows)
    assert {metric.label: metric.value for metric in app.metric} == {
        "Sessions": f"{len(rows):,}",
        "Learners": f"{len({row.user for row in rows}):,}",
        "Median time on the test": f"{reference.minutes_quantile(rows, 0.5):,.0f} min",
        "Newest session": f"{newest.day} {newest:%B %Y}",
    }
    check_shares(app.dataframe[0].value, groups(rows, lambda row: row.subject), "group")
    versions = groups(rows, lambda row: row.subject)
    several = {subject: len({row.version for row in part}) for subject, part in versions.items()}
    listed = ", ".join(f"{subject} ({number})" for subject, number in several.items() if number > 1)
    said = [plain(caption.value) for caption in app.caption if "counted together here" in caption.value]
    assert [text.split("here: ")[1].split(". ")[0] for text in said] == ([listed] if listed else [])
    volume = app.dataframe[1].value
    shown = {(row.period, row.group): (row.sessions, row.learners) for row in volume.itertuples() if row.sessions}
    expected = groups(rows, lambda row: f"{row.day:%b %Y}|{row.subject}")
    assert shown == {
        tuple(key.split("|")): (len(part), len({row.user for row in part})) for key, part in expected.items()
    }


def test_overview_counts_what_needs_attention(open_page: Open, demo_rows: list[Row], demo_college: Settings) -> None:
    """The findings cover all sessions, whatever the filters, and lead to Data quality."""
    app = open_page(subject=["Maths"])
    found = reference.flagged(demo_rows)
    unreadable = sum(row.whole is None for row in demo_rows)
    rejected = len(smartia.refresh(demo_college).rejected)
    links = [link.proto for link in app.main.get("page_link") if link.proto.page != "connect"]
    labels = [link.label for link in links]
    assert labels == [
        f"{rejected} records set aside",
        f"{unreadable} levels not readable",
        f"{found['Longer than from start to end']} sessions longer than from start to end",
        f"{found['Unusually short']} sessions unusually short",
        f"{found['Unusually long']} sessions unusually long",
    ]
    assert {link.page for link in links} == {"data_quality"}


@pytest.mark.parametrize(("choices", "wanted"), SELECTIONS)
@pytest.mark.parametrize("show", ["Percent", "Counts"])
def test_levels_by_subject(open_page: Open, demo_rows: list[Row], choices: dict, wanted: dict, show: str) -> None:
    """Levels: the mix of each subject, in ladder order, with its n."""
    rows = chosen(demo_rows, **wanted)
    app = open_page("pages/levels.py", show=show, **choices)
    check_mix(app.dataframe[0].value, groups(rows, lambda row: row.subject), "group", show)


SPLITS = {
    "Academic year": lambda row: row.year,
    "Gender": lambda row: row.gender,
    "Age": lambda row: row.age,
    "Test version": lambda row: row.version,
}


@pytest.mark.parametrize("split", list(SPLITS))
def test_levels_split(open_page: Open, demo_rows: list[Row], split: str) -> None:
    """Levels: half levels split by each of the four columns, subject by subject."""
    app = open_page("pages/levels.py", split=split, detail="Lower and upper", show="Counts")
    subjects = groups(chosen(demo_rows), lambda row: row.subject)
    assert [heading.value for heading in app.header][: len(subjects)] == list(subjects)
    for table, rows in zip(app.dataframe, subjects.values(), strict=True):
        shown = table.value
        if split == "Test version":
            shown = shown.assign(group=shown["group"].str.extract(r"\((\w{8})\)")[0])
        expected = groups(rows, lambda row: SPLITS[split](row)[:8] if split == "Test version" else SPLITS[split](row))
        check_mix(shown, expected, "group", "Counts", halves=True)


LINEAR = {"axis": "Linear", "bins": "10 min"}


@pytest.mark.parametrize(("choices", "wanted"), SELECTIONS)
@pytest.mark.parametrize(
    ("by", "axis"),
    [("Subject", {}), ("Subject", LINEAR), ("Level reached", LINEAR)],
    ids=["subject, logarithmic", "subject, linear", "level, linear"],
)
def test_durations(
    open_page: Open, demo_rows: list[Row], choices: dict, wanted: dict, by: str, axis: dict[str, str]
) -> None:
    """Durations: histogram, quartiles, time in which 90 % finish and the curve behind it."""
    rows = chosen(demo_rows, **wanted)
    parts = groups(rows, lambda row: row.subject if by == "Subject" else row.whole or "Not readable")
    app = open_page("pages/durations.py", by=by, **axis, **choices)
    histogram, summary, curve = (table.value for table in app.dataframe[:3])
    assert histogram["n"].sum() == len(rows)
    widths = (histogram["end_min"] - histogram["start_min"]).dropna()
    assert (widths == 10).all() if axis else widths.nunique() > 1
    times = {group: sorted(row.seconds for row in part) for group, part in parts.items()}
    for row in histogram.itertuples():
        ordered = times[row.group]
        end = float("inf") if pd.isna(row.end_min) else row.end_min
        inside = bisect_left(ordered, end * 60) - bisect_left(ordered, row.start_min * 60)
        assert (row.n, row.share) == (inside, pytest.approx(inside / len(ordered)))
    assert set(summary["group"]) == set(parts)
    for row in summary.itertuples():
        part = parts[row.group]
        assert row.n == len(part)
        figures = (row.shortest_min, row.q1_min, row.median_min, row.q3_min, row.p90_min, row.longest_min)
        expected = [reference.minutes_quantile(part, place) for place in (0, 0.25, 0.5, 0.75, 0.9, 1)]
        assert figures == pytest.approx(expected)
    sentences = [plain(text.value) for text in app.markdown if text.value.startswith("- **")]
    for group, part in parts.items():
        minutes = reference.finish_minutes(part, 0.9)
        noun = "session" if len(part) == 1 else "sessions"
        assert f"- **{group}**: 90% of {len(part):,} {noun} finished within {minutes} min" in sentences
    for row in curve.itertuples():
        ordered = times[row.group]
        assert row.share == pytest.approx(reference.finished(ordered, round(row.minutes * 60, 3)) / len(ordered))


PERIODS = {
    "Academic year": lambda day: f"{start_year(day)}/{str(start_year(day) + 1)[-2:]}",
    "Term": reference.term,
    "Month": lambda day: f"{day:%b %Y}",
    "Week": reference.week,
}
TRENDS = [
    pytest.param(*selection.values, period, id=f"{selection.id}, {period}")
    for selection in SELECTIONS
    for period in PERIODS
    if period != "Week" or selection is SELECTIONS[1]
]


def start_year(day: dt.date) -> int:
    """The calendar year in which the academic year of a day begins."""
    return day.year if day.month >= 8 else day.year - 1


@pytest.mark.parametrize(("choices", "wanted", "period"), TRENDS)
def test_trends(
    open_page: Open, demo_rows: list[Row], as_of: dt.date, choices: dict, wanted: dict, period: str
) -> None:
    """Trends: shares, mix and volume of each period, and every year to the same day and in full."""
    by_year = {"full": chosen_by_year(demo_rows, None, **wanted), "to_date": chosen_by_year(demo_rows, as_of, **wanted)}
    rows = by_year["full"] if period == "Academic year" else chosen(demo_rows, **wanted)
    subjects = groups(rows, lambda row: row.subject)
    app = open_page("pages/trends.py", period=period, **choices)
    tables = [table.value for table in app.dataframe]
    for place, part in enumerate(subjects.values()):
        shares, mix = tables[2 * place], tables[2 * place + 1]
        by_period = groups(part, lambda row: PERIODS[period](row.day))
        check_shares(shares, by_period, "period")
        running = shares.loc[shares["running"] == "yes", "period"].tolist()
        assert running in ([], [PERIODS[period](as_of)])
        check_mix(mix, by_period, "period", "Percent")
    volume, _, years = tables[2 * len(subjects) : 2 * len(subjects) + 3]
    shown = {(row.period, row.group): (row.sessions, row.learners) for row in volume.itertuples() if row.sessions}
    assert shown == {
        tuple(key.split("|")): (len(part), len({row.user for row in part}))
        for key, part in groups(rows, lambda row: f"{PERIODS[period](row.day)}|{row.subject}").items()
    }
    check_version_changes([plain(caption.value) for caption in app.caption], rows, demo_rows)
    assert len(years) == len({row.year for row in by_year["full"]}) * len(subjects)
    cells = {suffix: groups(counted, lambda row: f"{row.subject}|{row.year}") for suffix, counted in by_year.items()}
    for row in years.itertuples():
        for suffix in by_year:
            part = cells[suffix].get(f"{row.group}|{row.academic_year}", [])
            figures = [getattr(row, f"{name}_{suffix}") for name in ("n", "reached", "share", "low", "high")]
            assert getattr(row, f"sessions_{suffix}") == len(part)
            assert figures == pytest.approx(list(share(part)), nan_ok=True)


def check_version_changes(captions: list[str], rows: list[Row], every: list[Row]) -> None:
    """The page names each test of which several versions were sat, with the first days of these over all sessions."""
    first: dict[str, dt.date] = {}
    for row in every:
        first[row.version] = min(row.day, first.get(row.version, row.day))
    expected = []
    for test, part in groups(rows, lambda row: row.test).items():
        days = sorted(first[version] for version in {row.version for row in part})
        if len(days) > 1:
            expected.append((test, [f"{day.day} {day:%b %Y}" for day in days]))
    said = [caption for caption in captions if "changed within the period shown" in caption]
    found = [(words.split(": ", 1)[1].split(" changed")[0], re.findall(r"from (\d+ \w+ \d+)", words)) for words in said]
    assert found == expected


def test_data_quality(open_page: Open, demo_rows: list[Row], demo_college: Settings) -> None:
    """Data quality: what the API promised, what is held and set aside, and every finding, without filters."""
    snapshot = smartia.refresh(demo_college)
    app = open_page("pages/data_quality.py", subject=["Maths"])
    rejected = len(snapshot.rejected)
    assert {metric.label: metric.value for metric in app.metric} == {
        "Promised by the API": f"{len(demo_rows) + rejected:,}",
        "Sessions held": f"{len(demo_rows):,}",
        "Set aside": f"{rejected:,}",
        "Difference": "0",
    }
    reasons, positions, findings, _, unreadable, missing = (table.value for table in app.dataframe)
    assert dict(zip(reasons["reason"], reasons["n"], strict=True)) == dict(snapshot.rejected["reason"].value_counts())
    assert len(positions) == rejected
    assert list(positions.columns) == ["month", "since", "page", "record", "reason"]
    counted_from = [
        None if pd.isna(at) else at.astimezone(ZoneInfo("Europe/London")) for at in snapshot.rejected["since"]
    ]
    assert [None if pd.isna(at) else str(at) for at in positions["since"]] == [at and str(at) for at in counted_from]
    sent = groups([row for row in demo_rows if row.whole is None], lambda row: row.level or "(nothing sent)")
    assert dict(zip(unreadable["level"], unreadable["n"], strict=True)) == {
        key: len(part) for key, part in sent.items()
    }
    shown = dict(zip(findings["finding"], findings["n"], strict=True))
    assert {name: shown.get(name, 0) for name in reference.flagged(demo_rows)} == reference.flagged(demo_rows)
    frame = snapshot.sessions
    sent_as = {column.label: column.name for column in SENT}
    assert len(missing) == len(sent_as) - 1  # without elapsed, which is worked out
    for row in missing.itertuples():
        empty = sum(value is None or value != value or value == "" for value in frame[sent_as[row.field]])
        assert (row.missing, row.n, row.share) == (empty, len(frame), pytest.approx(empty / len(frame)))


def check_shares(table: pd.DataFrame, parts: dict[str, list[Row]], key: str) -> None:
    """Compare a table of shares with the shares of its parts; rows without sessions count nothing."""
    assert set(table.loc[table["n"] + table["unreadable"] > 0, key]) == set(parts)
    for row in table.to_dict("records"):
        part = parts.get(row[key], [])
        figures = [row[name] for name in ("n", "reached", "share", "low", "high")]
        assert figures == pytest.approx(list(share(part, LEVEL_1)), nan_ok=True)
        assert row["unreadable"] == sum(other.rank is None for other in part)


def check_mix(table: pd.DataFrame, parts: dict[str, list[Row]], key: str, show: str, *, halves: bool = False) -> None:
    """Compare a table of levels with the counts of its parts, and its columns with the ladder's order."""
    levels = [column for column in table.columns if column not in (key, "base")]
    whole_order = [level.removesuffix(" Lower").removesuffix(" Upper") for level in levels]
    ladder = [*reference.LADDER, "Not readable"]
    assert [ladder.index(level) for level in whole_order] == sorted(ladder.index(level) for level in whole_order)
    assert set(table.loc[table["base"] > 0, key]) == set(parts)
    for row in table.to_dict("records"):
        part = parts.get(row[key], [])
        counted = reference.mix(part, halves=halves)
        assert row["base"] == len(part)
        assert set(counted) <= set(levels)
        for level in levels:
            if show == "Counts":
                assert row[level] == counted[level]
            elif part:
                assert row[level] == pytest.approx(counted[level] / len(part))
