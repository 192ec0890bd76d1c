"""What the Durations page says on slots, sittings and odd durations, against plain loops over the same sessions."""

import json
import statistics
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from scipy.stats import binomtest
from streamlit.testing.v1 import AppTest

import smartia
from smartia.settings import Settings
from tests.app import reference
from tests.app.conftest import Open, open_app, plain
from tests.app.reference import Row, chosen, groups
from tests.handmade import make_records
from tests.servers import KEY, following_reference

PAGE = "pages/durations.py"
PATTERNS = {"one sitting": "in one go", "paused": "with pauses", "over several days": "over several days"}
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
]


def with_switches(settings: list[tuple[float, float]]) -> list[object]:
    """Each selection with one setting of a section's two switches."""
    return [pytest.param(*each.values, *pair, id=each.id) for each, pair in zip(SELECTIONS, settings, strict=True)]


@pytest.fixture(scope="module")
def pattern_of(demo_college: Settings, demo_rows: list[Row]) -> dict[int, str]:
    """How each session was sat, by the identity of its row."""
    starts = smartia.load_sessions(demo_college, refresh="never")["started_at"]
    found = {}
    for row, start in zip(demo_rows, starts, strict=True):
        begun = start.to_pydatetime().astimezone(ZoneInfo("Europe/London")).date()
        one_go = row.elapsed <= 1.25 * row.seconds
        found[id(row)] = "one sitting" if one_go else "paused" if begun == row.day else "over several days"
    return found


@pytest.fixture(scope="module")
def median_of(demo_rows: list[Row]) -> dict[int, float]:
    """The median in seconds that each session is set against, over all sessions, by the identity of its row."""
    keys = (lambda row: row.version, lambda row: row.test_id, lambda row: row.subject)
    pools = [groups(demo_rows, key) for key in keys]
    medians = [{name: statistics.median(row.seconds for row in pool) for name, pool in part.items()} for part in pools]
    found = {}
    for row in demo_rows:
        version, test = len(pools[0][row.version]), len(pools[1][row.test_id])
        level = 0 if version >= 30 else 1 if test >= 30 else 2
        found[id(row)] = medians[level][keys[level](row)]
    return found


def words(app: AppTest) -> str:
    """All sentences and captions of the page."""
    return plain(" ".join(part.value for part in [*app.main.markdown, *app.main.caption]))


def wilson(k: int, n: int) -> tuple[float, float, float]:
    """A share and its 95 % Wilson interval, by scipy."""
    limits = binomtest(k, n).proportion_ci(method="wilson")
    return k / n, limits.low, limits.high


def points(low: float, high: float) -> str:
    """An interval in whole percent."""
    return f"{low * 100:.0f}–{high * 100:.0f}"


@pytest.mark.parametrize(("choices", "wanted", "slot", "share"), with_switches([(60, 0.9), (35, 0.5), (90, 0.95)]))
def test_slots(open_page: Open, demo_rows: list[Row], choices: dict, wanted: dict, slot: int, share: float) -> None:
    """The share that fits into a slot and the slot that a share needs, by subject, in the table and in words."""
    asked = {} if slot == 60 else {"slot": str(slot), "share": f"{share:.0%}"}
    subjects = groups(chosen(demo_rows, **wanted), lambda row: row.subject)
    app = open_page(PAGE, **asked, **choices)
    table, said = app.dataframe[3].value, words(app)
    assert list(table["group"]) == list(subjects)
    for row in table.itertuples():
        part = subjects[row.group]
        within = sum(other.seconds <= slot * 60 for other in part)
        expected = wilson(within, len(part))
        plan = reference.finish_minutes(part, share)
        assert (row.n, row.reached, row.plan_min) == (len(part), within, plan)
        assert (row.share, row.low, row.high) == pytest.approx(expected)
        sentence = f"In a slot of {slot} minutes {expected[0]:.0%} of {len(part):,} {row.group} sitting"
        assert sentence in said
        assert f"would have finished ({points(*expected[1:])}); for {share:.0%}, plan {plan} minutes." in said


@pytest.mark.parametrize(("choices", "wanted"), SELECTIONS)
def test_sittings(
    open_page: Open, demo_rows: list[Row], pattern_of: dict[int, str], choices: dict, wanted: dict
) -> None:
    """How sessions were sat and the levels of each pattern, by subject, with intervals; nobody is lost."""
    rows = chosen(demo_rows, **wanted)
    subjects = groups(rows, lambda row: row.subject)
    app = open_page(PAGE, level="Entry 3", **choices)
    shares, levels = (table.value for table in app.dataframe[4:6])
    assert shares["reached"].sum() == levels["sessions"].sum() == len(rows)
    for row in shares.itertuples():
        part = subjects[row.group]
        mine = sum(pattern_of[id(other)] == row.sitting for other in part)
        assert (row.n, row.reached) == (len(part), mine)
        assert (row.share, row.low, row.high) == pytest.approx(wilson(mine, len(part)))
    for row in levels.itertuples():
        subject, pattern = row.group.rsplit(", ", 1)
        mine = [other for other in subjects[subject] if pattern_of[id(other)] == pattern]
        figures = (row.n, row.reached, row.share, row.low, row.high)
        assert figures == pytest.approx(reference.share(mine, 30), nan_ok=True)
        assert (row.sessions, row.unreadable) == (len(mine), sum(other.rank is None for other in mine))
        if row.n:
            assert f"{row.share:.0%} of {row.n:,} {PATTERNS[pattern]} ({points(row.low, row.high)})" in words(app)
    said = words(app)
    for pattern, name in PATTERNS.items():
        share, low, high = wilson(sum(pattern_of[id(row)] == pattern for row in rows), len(rows))
        assert f"{share:.0%} {name} ({points(low, high)})" in said


@pytest.mark.parametrize(("choices", "wanted", "short", "long"), with_switches([(0.25, 4), (0.33, 3), (0.1, 5)]))
def test_review(
    open_page: Open,
    demo_rows: list[Row],
    median_of: dict[int, float],
    choices: dict,
    wanted: dict,
    short: float,
    long: int,
) -> None:
    """Odd durations by subject, against medians over all sessions whatever the filters, and as many in the lists."""
    asked = {} if short == 0.25 else {"short_review": f"{short:.0%}", "long_review": f"{long} times"}
    rows = chosen(demo_rows, **wanted)
    app = open_page(PAGE, **asked, **choices)
    odd = {
        "short": [row for row in rows if row.seconds < short * median_of[id(row)]],
        "long": [row for row in rows if row.seconds > long * median_of[id(row)]],
    }
    table, said = app.dataframe[6].value, words(app)
    subjects = groups(rows, lambda row: row.subject)
    assert list(table["group"]) == list(subjects)
    for row in table.to_dict("records"):
        part = subjects[row["group"]]
        assert row["n"] == len(part)
        for kind, found in odd.items():
            mine = sum(other.subject == row["group"] for other in found)
            assert row[f"reached_{kind}"] == mine
            figures = [row[f"{name}_{kind}"] for name in ("share", "low", "high")]
            assert figures == pytest.approx(wilson(mine, len(part)))
    parts = {}
    for kind, found in odd.items():
        share, low, high = wilson(len(found), len(rows))
        digits = 2 if 0 < share < 0.001 else 1
        limits = "–".join(f"{limit * 100:.{digits}f}" for limit in (low, high))
        parts[kind] = f"{len(found):,} ({share:.{digits}%}, 95% interval {limits})"
    noun = "session" if len(rows) == 1 else "sessions"
    assert f"Of {len(rows):,} {noun}: unusually short {parts['short']}, unusually long {parts['long']}." in said
    assert f"Unusually short: under {short:.0%} of the median; unusually long: over {long} times the median." in said
    assert "A flag asks a tutor to look and says nothing by itself." in said
    lists = iter(app.dataframe[7:])
    for found in (part for part in odd.values() if part):
        element = next(lists)
        usual = json.loads(element.proto.columns)["reference_min"]
        assert usual["label"] == "Usual time (min)"
        assert "of its test where the version has fewer than 30 sessions" in usual["help"]
        listed = element.value
        assert len(listed) == min(len(found), 500)
        newest = sorted(found, key=lambda row: row.ended_at, reverse=True)[:500]
        shown = sorted(zip(listed["duration_min"], listed["reference_min"], strict=True))
        assert shown == [
            pytest.approx(pair) for pair in sorted((r.seconds / 60, median_of[id(r)] / 60) for r in newest)
        ]


def test_the_default_review_agrees_with_data_quality(open_page: Open, demo_rows: list[Row]) -> None:
    """Over all attempts the default thresholds find what the Data quality page counts."""
    table = open_page(PAGE, attempts="All").dataframe[6].value
    found = reference.flagged(demo_rows)
    sums = (table["reached_short"].sum(), table["reached_long"].sum())
    assert sums == (found["Unusually short"], found["Unusually long"])


def test_a_filter_that_leaves_short_sittings_out_is_named(open_page: Open) -> None:
    """With the filter on, no session is listed as unusually short, and the page says why."""
    app = open_page(PAGE, short="Leave out under 25%")
    assert app.dataframe[6].value["reached_short"].sum() == 0
    assert "The filters leave out sittings under 25% of the median" in words(app)


@pytest.mark.parametrize("by", ["Test version", "Sitting"])
def test_split(open_page: Open, demo_rows: list[Row], pattern_of: dict[int, str], by: str) -> None:
    """Quartiles by test version, named with its test, and by pattern."""
    rows = chosen(demo_rows)
    app = open_page(PAGE, by=by)
    summary = app.dataframe[1].value
    if by == "Sitting":
        parts = groups(rows, lambda row: pattern_of[id(row)])
        assert dict(zip(summary["group"], summary["n"], strict=True)) == {name: len(p) for name, p in parts.items()}
    else:
        parts = groups(rows, lambda row: row.version)
        by_name = {}
        for part in parts.values():
            first = min(row.day for row in demo_rows if row.version == part[0].version)
            by_name[part[0].test, f"from {first.day} {first:%b %Y}"] = part
        assert len(summary) == len(by_name) == len(parts)
        parts = {name: by_name[name.split(", ")[0], name.split(", ")[-1]] for name in summary["group"]}
    for row in summary.itertuples():
        assert row.n == len(parts[row.group])
        assert row.median_min == pytest.approx(reference.minutes_quantile(parts[row.group], 0.5))


def test_groups_of_a_list_are_offered_only_where_there_is_one(open_page: Open) -> None:
    """A link that asks for groups falls back on subjects where the reader has no list."""
    app = open_page(PAGE, by="Group")
    assert set(app.dataframe[1].value["group"]) == set(app.dataframe[3].value["group"])


def test_split_by_the_groups_of_a_list(open_page: Open, demo_college: Settings, demo_rows: list[Row]) -> None:
    """With a list of more groups than colours, the tables have every group and the charts the eight largest."""
    accounts = smartia.load_sessions(demo_college, refresh="never")[["user_id", "external_id"]]
    keys = dict(accounts.dropna().drop_duplicates("external_id").itertuples(index=False, name=None))
    area_of = {user: f"Area {place % 10 + 10}" for place, user in enumerate(keys) if place % 3}
    lines = [f"{keys[user]},{area}" for user, area in area_of.items()]
    app = open_page("pages/groups.py")
    app.file_uploader[0].upload("list.csv", "\n".join(["Student Ref,Area", *lines]).encode(), "text/csv").run()
    next(button for button in app.button if button.label == "Use this list").click().run()
    app.switch_page(PAGE)
    app.query_params["by"] = "Group"
    app.run()
    assert not app.exception, app.exception
    rows = chosen(demo_rows)
    summary = app.dataframe[1].value
    assert summary["n"].sum() == len(rows)
    assert {f"Area {number}" for number in range(10, 20)} <= set(summary["group"])
    assert f"The charts show the 8 largest of {len(summary)} groups; the tables show all." in words(app)


def test_one_learner(cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One learner's one session fills every section, and nothing breaks."""
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(cache_dir))
    monkeypatch.setenv("SMARTIA_API_KEY", KEY)
    monkeypatch.setenv("SMARTIA_OPEN_ROLE", "analyst")
    with following_reference(make_records(seed=3, size=1)) as server:
        monkeypatch.setenv("SMARTIA_BASE_URL", server.base_url)
        app = open_app(PAGE)
    said = words(app)
    assert "Of 1 session: unusually short 0 (0.0%, 95% interval 0.0–79.3)" in said
    assert "of 1 " in said
    assert "sitting would have finished" in said


def test_filters_that_fit_nothing(open_page: Open) -> None:
    """No session fits: a clear word, no figure."""
    app = open_page(PAGE, sitting=["not known"])
    assert not app.dataframe
    assert app.info or app.warning
