"""The Data quality page: every finding and its trend against plain loops, and who sees the sessions behind them."""

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import smartia
from smartia.analysis.findings import FINDINGS
from smartia.settings import Settings
from smartia.ui.people import ROW_LIMIT
from smartia.words.findings import CENTURY, KINDS, MIS, TUTOR
from tests.analysis.odd_sessions import Row, odd_records, plain_findings, plain_month, plain_rows
from tests.app.conftest import Open, open_app, plain
from tests.servers import KEY, following_reference

PAGE = "pages/data_quality.py"
ASIDE = KINDS["set_aside"].name
NAMES = {kind.name: code for code, kind in KINDS.items()}


def tables(app: AppTest) -> dict[str, pd.DataFrame]:
    """The tables of the page by what screen readers are told of them."""
    return {table.proto.alt: table.value for table in app.dataframe}


def explained(app: AppTest) -> dict[str, str]:
    """The findings that are explained, with what their heads say of them."""
    heads = [plain(head.label).rsplit(": ", 1) for head in app.expander]
    return {NAMES[head[0]]: head[1] for head in heads if head[0] in NAMES}


def absent(app: AppTest) -> list[str]:
    """The findings that the page says do not occur."""
    lists = [text.value.removeprefix("- **").split("**")[0] for text in app.markdown if text.value.startswith("- **")]
    return [NAMES[name] for name in lists]


def check_page(app: AppTest, rows: list[Row], rejected: pd.DataFrame, fetched_at: dt.datetime) -> dict[str, list[int]]:
    """Compare findings, trend and explanations with plain loops; returns the places of each finding."""
    found = plain_findings(rows, fetched_at)
    shown = tables(app)["Findings by kind"].set_index("finding")
    numbers = {name: len(found[code]) for name, code in NAMES.items() if code in found}
    if len(rejected):
        numbers[ASIDE] = len(rejected)
    assert shown["n"].to_dict() == numbers
    for name, row in shown.iterrows():
        base = len(rows) + (len(rejected) if name == ASIDE else 0)
        assert (row["base"], row["share"]) == (base, pytest.approx(row["n"] / base))
        assert row["ask"] == KINDS[NAMES[name]].ask
    assert set(absent(app)) == {code for name, code in NAMES.items() if name not in numbers}
    heads = explained(app)
    assert set(heads) == {NAMES[name] for name in numbers}
    for code, places in found.items():
        learners = len({rows[place]["user_id"] for place in places})
        nouns = ("session" if len(places) == 1 else "sessions", "learner" if learners == 1 else "learners")
        assert heads[code] == f"{len(places):,} {nouns[0]} of {learners:,} {nouns[1]}"
    check_trend(tables(app)["Findings by month"], rows, rejected, found, fetched_at)
    return found


def check_trend(
    trend: pd.DataFrame, rows: list[Row], rejected: pd.DataFrame, found: dict[str, list[int]], fetched_at: dt.datetime
) -> None:
    """Compare the trend with the months of the sessions found, within the months that are shown."""
    months = [plain_month(row) for row in rows]
    aside = [f"{pd.Timestamp(month):%b %Y}" for month in rejected["month"]]
    running = f"{fetched_at.astimezone(ZoneInfo('Europe/London')):%b %Y}"
    for row in trend.to_dict("records"):
        code, month = NAMES[row["finding"]], row["period"]
        places = aside if code == "set_aside" else [months[place] for place in found[code]]
        base = months.count(month) + (aside.count(month) if code == "set_aside" else 0)
        assert (row["n"], row["base"]) == (places.count(month), base)
        assert row["share"] == pytest.approx(row["n"] / base if base else float("nan"), nan_ok=True)
        assert row["running"] == ("yes" if month == running else "")
    assert {plain_month(rows[-1])} <= set(trend["period"])
    if rows[0]["ended_at"] > fetched_at - dt.timedelta(days=30 * 58):
        assert trend["n"].sum() == sum(map(len, found.values())) + len(rejected)


@pytest.fixture(scope="module")
def demo(demo_college: Settings) -> tuple[list[Row], pd.DataFrame, dt.datetime]:
    """The demo college's sessions as plain values, its records set aside, and when it was pulled."""
    snapshot = smartia.refresh(demo_college)
    return plain_rows(snapshot.sessions), snapshot.rejected, snapshot.manifest.fetched_at


@pytest.mark.parametrize("choices", [{}, {"subject": ["Maths"], "attempts": "First"}, {"measure": "Counts"}])
def test_findings_of_the_demo_college(
    open_page: Open, demo: tuple[list[Row], pd.DataFrame, dt.datetime], choices: dict[str, Any]
) -> None:
    """Whatever the other pages' filters: every finding, its share, its learners and its months."""
    rows, rejected, fetched_at = demo
    app = open_page(PAGE, **choices)
    found = check_page(app, rows, rejected, fetched_at)
    most = max(found, key=lambda code: len(found[code]))
    assert f"“{KINDS[most].name}”: {len(found[most]):,} of {len(rows):,}" in text_of(app)
    assert {toggle.key for toggle in app.main.toggle} == {f"list-{code}" for code in found}


@pytest.fixture
def odd_college(cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Open the page over a college with these records, as somebody who may see learners."""

    def opened(records: list[dict[str, Any]], role: str = "learner-access") -> AppTest:
        with following_reference(records) as server:
            given = {"SMARTIA_CACHE_DIR": str(cache_dir), "SMARTIA_API_KEY": KEY, "SMARTIA_BASE_URL": server.base_url}
            for name, value in (given | {"SMARTIA_OPEN_ROLE": role}).items():
                monkeypatch.setenv(name, value)
            return open_app(PAGE)

    return opened


def test_every_kind_of_finding(odd_college: Any) -> None:
    """A college in which nearly everything is wrong: all kinds are found, and each list holds its sessions."""
    fetched_at = dt.datetime.now(dt.UTC)
    app = odd_college(odd_records(3, 240, fetched_at))
    snapshot = smartia.refresh()
    rows = plain_rows(snapshot.sessions)
    found = check_page(app, rows, snapshot.rejected, snapshot.manifest.fetched_at)
    assert set(found) == set(KINDS) - {"set_aside"}
    for code in ("overlapping", "real_upn_in_username", "name_changed", "result_far_from_end", "unusually_long"):
        app.toggle(key=f"list-{code}").set_value(True)
    app.run()
    assert not app.exception, app.exception
    shown = tables(app)
    for code in ("overlapping", "name_changed", "result_far_from_end", "unusually_long"):
        listed = shown[f"Sessions found: {KINDS[code].name}"]
        assert sorted(listed["full_name"]) == sorted(rows[place]["full_name"] for place in found[code])
    usernames = shown[f"Sessions found: {KINDS['real_upn_in_username'].name}"]["username"]
    assert usernames.str.contains("•").all()
    assert len(usernames) == len(found["real_upn_in_username"])


def test_long_lists_are_cut(odd_college: Any) -> None:
    """Of many sessions 500 are listed, and the total is said."""
    records = odd_records(5, ROW_LIMIT + 40)
    for record in records:
        record["result"]["level"] = "See tutor"
    app = odd_college(records)
    app.toggle(key="list-unreadable_level").set_value(True).run()
    assert len(tables(app)[f"Sessions found: {KINDS['unreadable_level'].name}"]) == ROW_LIMIT
    assert any(
        caption.value.startswith("540 sessions of") and "the newest 500 are listed" in caption.value
        for caption in app.caption
    )


def test_who_may_not_see_learners_sees_counts(odd_college: Any) -> None:
    """Analysts get the same figures, and neither a list nor a switch for one."""
    app = odd_college(odd_records(3, 60), "analyst")
    snapshot = smartia.refresh()
    check_page(app, plain_rows(snapshot.sessions), snapshot.rejected, snapshot.manifest.fetched_at)
    assert not app.main.toggle
    assert "shown only to readers with learner access" in " ".join(caption.value for caption in app.caption)
    assert not any(name.startswith("Sessions found") for name in tables(app))


def test_one_session(odd_college: Any) -> None:
    """One session alone gives a whole page."""
    app = odd_college(odd_records(1, 1))
    snapshot = smartia.refresh()
    check_page(app, plain_rows(snapshot.sessions), snapshot.rejected, snapshot.manifest.fetched_at)


def test_nothing_to_find(odd_college: Any) -> None:
    """One session in perfect order: the page says that no finding occurs, and what was looked for."""
    record = odd_records(1, 1)[0]
    record["user"] |= {"username": "a.ng", "fullName": "Ada Ng", "gender": "female", "externalId": "EXT-1"}
    record["user"] |= {"dateOfBirth": "2008-05-01", "upn": "S1-X"}
    ends = {"endDate": "2026-01-07T09:40:00.000Z", "startDate": "2026-01-07T09:00:00.000Z"}
    record |= ends
    record["test"] |= {"name": "Maths Smart Initial Assessment"}
    record["result"] = {"level": "L1 - Upper", "duration": "PT35M", "createdDate": ends["endDate"]}
    app = odd_college([record])
    assert f"None of the {len(KINDS)} kinds of findings occurs." in text_of(app)
    assert "None: no finding occurs in any month." in text_of(app)
    assert set(absent(app)) == set(KINDS)
    assert "Findings by kind" not in tables(app)


def text_of(app: AppTest) -> str:
    """All paragraphs of the page."""
    return "\n".join(plain(paragraph.value) for paragraph in app.markdown)


def test_every_finding_is_explained() -> None:
    """Each kind has its name, rule, person to ask and advice, in full sentences, and no two share a name."""
    assert len(NAMES) == len(KINDS)
    assert list(KINDS) == ["set_aside", *FINDINGS]
    for kind in KINDS.values():
        assert all(text.endswith(".") for text in (kind.means, kind.rule, kind.advice))
        assert kind.ask in (MIS, TUTOR, CENTURY)
        assert len(kind.name) <= 36
