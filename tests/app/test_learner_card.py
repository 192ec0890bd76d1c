"""The learner's card and the evidence sheet: every value, for learners who differ, by plain Python."""

import datetime as dt
import re
import statistics
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import smartia
from smartia.settings import Settings
from smartia.ui.evidence import SESSION_COLUMNS, Sheet
from tests.app.conftest import Open, plain
from tests.app.lists import with_list

PAGE = "pages/learners.py"
LONDON = ZoneInfo("Europe/London")
UNREADABLE = "Not readable"
Sent = dict[str, Any]
SHEET = ("completed", "test", "level", "read", "duration", "elapsed", "sitting", "attempt", "look", "version")
"""What a sheet shows of a session, in the order of its columns."""
CARD = {
    "subject": "subject",
    "level": "level",
    "level_read": "read",
    "look_at": "look",
    "sitting": "sitting",
    "attempt_of": "attempt",
    "test_name": "test",
    "test_version": "version",
}
"""What the card shows as text: its column → the value by plain Python."""


def read_level(sent: str) -> tuple[str, tuple[str, str, str] | None]:
    """A level in the words of the ladder, and its place there: Entry before Level, then number, then half."""
    short = sent.lower().replace("entry level ", "e").replace("level ", "l")
    if short == "pre-entry":
        return "Pre-Entry", ("", "", "")
    found = re.fullmatch(r"([el])(\d) ?- ?(lower|upper)|([el])(\d)-(lower|upper)", short)
    if found is None:
        return UNREADABLE, None
    kind, number, half = (part for part in found.groups() if part)
    return f"{'Entry' if kind == 'e' else 'Level'} {number} {half.capitalize()}", (kind, number, half)


@dataclass(frozen=True)
class College:
    """The sessions of the demo college as they were sent, oldest first, and what is worked out over all of them."""

    sent: list[Sent]

    @cached_property
    def by_user(self) -> dict[str, list[Sent]]:
        """The sessions of each account."""
        found = defaultdict(list)
        for row in self.sent:
            found[row["user_id"]].append(row)
        return found

    @cached_property
    def usual(self) -> dict[tuple[str, str], float]:
        """The median duration that a session is set against, by what it is taken over: version, test or subject."""
        pools = defaultdict(list)
        for row in self.sent:
            for name in ("test_version_id", "test_id", "subject"):
                pools[name, row[name]].append(row["duration_s"])
        enough = {key: pool for key, pool in pools.items() if key[0] == "subject" or len(pool) >= 30}
        return {key: statistics.median(pool) for key, pool in enough.items()}

    @cached_property
    def versions(self) -> dict[str, str]:
        """The name of each version: by its place in its test, and the day on which it was first completed."""
        first: dict[tuple[str, str], dt.date] = {}
        for row in self.sent:
            first.setdefault((row["test_name"], row["test_version_id"]), uk(row["ended_at"]).date())
        order = sorted(first, key=lambda key: (key[0], first[key], key[1]))
        names = {}
        for test, version in order:
            number = [key for key in order if key[0] == test].index((test, version)) + 1
            day = first[test, version]
            names[version] = f"Version {number}, from {day.day} {day:%b %Y} ({version[:8]})"
        return names

    def shown(self, row: Sent) -> dict[str, Any]:
        """What card and sheet have to say of a session."""
        begun, ended, seconds = uk(row["started_at"]), uk(row["ended_at"]), row["duration_s"]
        elapsed = (row["ended_at"] - row["started_at"]).total_seconds()
        same = [other for other in self.by_user[row["user_id"]] if other["test_id"] == row["test_id"]]
        keys = [(name, row[name]) for name in ("test_version_id", "test_id", "subject")]
        usual = next(self.usual[key] for key in keys if key in self.usual)
        flags = {
            "longer than elapsed": seconds > elapsed + 1,
            "ended before it began": elapsed < 0,
            "unusually short": seconds < usual / 4,
            "unusually long": seconds > usual * 4,
        }
        paused = "paused" if begun.date() == ended.date() else "over several days"
        return {
            "completed": ended,
            "test": row["test_name"],
            "subject": row["subject"],
            "level": row["level"],
            "read": read_level(row["level"])[0],
            "duration": seconds / 60,
            "elapsed": elapsed / 60,
            "sitting": "one sitting" if elapsed <= 1.25 * seconds else paused,
            "attempt": f"{same.index(row) + 1} of {len(same)}",
            "of usual": seconds / usual,
            "look": "; ".join(name for name, is_so in flags.items() if is_so),
            "version": self.versions[row["test_version_id"]],
        }

    def who(self, user: str, group: str) -> dict[str, str]:
        """What card and sheet have to say of the learner."""
        row = self.by_user[user][-1]
        day, born = uk(row["ended_at"]).date(), row["date_of_birth"]
        year = day.year if day.month >= 8 else day.year - 1
        age = "–" if born is None else str(year - born.year - ((born.month, born.day) > (8, 31)))
        fields = ("full_name", "username", "upn", "external_id", "emails")
        labels = ("Name", "Username", "UPN", "External ID", "E-mail")
        return {
            **{label: row[name] or "–" for label, name in zip(labels, fields, strict=True)},
            "Age": age,
            "Group": group,
        }

    def repeats(self, user: str) -> list[str]:
        """What has to be said of the tests that the learner sat more than once, in the order of their first sitting."""
        tests = defaultdict(list)
        for row in self.by_user[user]:
            tests[row["test_id"]].append(row)
        said = []
        for sat in (rows for rows in tests.values() if len(rows) > 1):
            first, latest = sat[0], sat[-1]
            one, other = (read_level(row["level"])[1] for row in (first, latest))
            if first["test_version_id"] != latest["test_version_id"]:
                verdict = "The test version changed in between, so the two results do not compare."
            elif one is None or other is None:
                verdict = "A level that cannot be read does not compare."
            else:
                step = "the same" if one == other else "higher" if other > one else "lower"
                verdict = f"The latest result is {step}."
            results = [f"{row['level']} on {uk(row['ended_at']):%d/%m/%Y}" for row in (first, latest)]
            name = latest["test_name"]
            said.append(f"**{name}** was sat {len(sat)} times: first {results[0]}, latest {results[1]}. {verdict}")
        return said


def uk(at: pd.Timestamp) -> dt.datetime:
    """An instant by the clock in the United Kingdom."""
    return at.to_pydatetime().astimezone(LONDON)


@pytest.fixture(scope="module")
def college(demo_college: Settings) -> College:
    """The columns of the public frame that CENTURY sends, none that smartia makes of them."""
    frame = smartia.load_sessions(demo_college, refresh="never").sort_values("ended_at", kind="stable")
    names = ["user_id", "username", "full_name", "upn", "external_id", "emails", "date_of_birth", "subject", "level"]
    names += ["test_id", "test_version_id", "test_name", "started_at", "ended_at", "duration_s"]
    values = frame[names].astype("object")
    return College(values.where(values.notna(), None).to_dict("records"))


class _Tables(HTMLParser):
    """Collects the rows of each table of a page, by the table's class."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, list[list[str]]] = defaultdict(list)
        self._table = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._table = str(dict(attrs)["class"])
        elif tag == "tr":
            self.rows[self._table].append([])
        elif tag in {"th", "td"}:
            self.rows[self._table][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._table = ""

    def handle_data(self, data: str) -> None:
        if self._table and self.rows[self._table] and self.rows[self._table][-1]:
            self.rows[self._table][-1][-1] += data.strip("\n")


@pytest.fixture
def sheets(monkeypatch: pytest.MonkeyPatch) -> list[Sheet]:
    """The evidence sheets that pages offer: each is written at the click, so that none lies about before."""
    made: list[Sheet] = []
    begin = Sheet.__init__

    def note(sheet: Sheet, *values: Any) -> None:
        begin(sheet, *values)
        made.append(sheet)

    monkeypatch.setattr(Sheet, "__init__", note)
    return made


@dataclass(frozen=True)
class Learner:
    """A learner: the sessions as sent and as they have to be shown, and what is to be said of repeats."""

    sent: list[Sent]
    shown: list[dict[str, Any]]
    said: list[str]

    def has(self, name: str, *values: str) -> bool:
        """Whether any session has one of the values."""
        return any(row[name] in values for row in self.shown)


KINDS: dict[str, Callable[[Learner], bool]] = {
    "several attempts": lambda one: one.has("attempt", "2 of 2"),
    "attempts at two versions": lambda one: any("version changed" in text for text in one.said),
    "a lower latest result": lambda one: any(text.endswith(" is lower.") for text in one.said),
    "a higher latest result": lambda one: any(text.endswith(" is higher.") for text in one.said),
    "paused": lambda one: one.has("sitting", "paused"),
    "over several days": lambda one: one.has("sitting", "over several days"),
    "a level that cannot be read": lambda one: one.has("level", "Not graded", "See tutor"),
    "no level sent": lambda one: one.has("level", ""),
    "Pre-Entry": lambda one: one.has("level", "Pre-Entry"),
    "levels spelt out or small": lambda one: one.has("level", "Level 1 - Upper", "Level 1 - Lower", "e2-upper"),
    "unusually short": lambda one: one.has("look", "unusually short"),
    "all but unusually short": lambda one: any(0.25 <= row["of usual"] < 0.32 for row in one.shown),
    "unusually long": lambda one: one.has("look", "unusually long"),
    "longer than elapsed": lambda one: one.has("look", "longer than elapsed"),
    "English and Maths alone": lambda one: {row["subject"] for row in one.shown} == {"English", "Maths"},
    "no UPN and no external ID": lambda one: not one.sent[-1]["upn"] and not one.sent[-1]["external_id"],
    "no e-mail": lambda one: not one.sent[-1]["emails"],
    "no date of birth": lambda one: one.sent[-1]["date_of_birth"] is None,
    "one session": lambda one: len(one.sent) == 1,
    "many sessions": lambda one: len(one.sent) >= 5,
}
"""How learners differ."""


def one_of_each_kind(college: College) -> dict[str, str]:
    """An account of each kind, by kind; one that a search by its username finds alone."""
    names = {sent[0]["username"] for sent in college.by_user.values()}
    found: dict[str, str] = {}
    for user, sent in college.by_user.items():
        if f"{sent[0]['username']}-2" not in names:
            learner = Learner(sent, [college.shown(row) for row in sent], college.repeats(user))
            found |= {kind: user for kind, fits in KINDS.items() if kind not in found and fits(learner)}
        if len(found) == len(KINDS):
            break
    return found


def check_card(app: AppTest, college: College, user: str, group: str) -> None:
    """Compare who the learner is, the repeats in words, and every session's every value, the newest first."""
    tables = {table.proto.alt: table.value for table in app.dataframe}
    assert tables["Who the learner is"].to_dict("records") == [college.who(user, group)]
    card = tables["The learner's sessions"]
    shown = [college.shown(row) for row in college.by_user[user][::-1]]
    assert [uk(at) for at in card["completed_at"]] == [row["completed"] for row in shown]
    for column, name in CARD.items():
        assert card[column].tolist() == [row[name] for row in shown], column
    for column, name in (("duration_min", "duration"), ("elapsed_min", "elapsed")):
        assert card[column].tolist() == pytest.approx([row[name] for row in shown])
    assert set(card) == {"completed_at", "duration_min", "elapsed_min", *CARD}
    said = [plain(text.value).removeprefix("- ") for text in app.markdown if " was sat " in text.value]
    assert said == college.repeats(user)


def check_sheet(page: str, pulled: str, college: College, user: str, group: str) -> None:
    """Compare what stands on paper: the learner, and the same values of the newest seven sessions, as texts."""
    tables = _Tables()
    tables.feed(page)
    assert dict(tables.rows["who"]) == college.who(user, group)
    head, *body = tables.rows["sessions"]
    assert head == [heading for heading, _ in SESSION_COLUMNS]
    shown = [college.shown(row) for row in college.by_user[user][::-1]][:7]
    written = [
        row
        | {"completed": f"{row['completed']:%d/%m/%Y %H:%M}"}
        | {k: f"{row[k]:,.1f}" for k in ("duration", "elapsed")}
        for row in shown
    ]
    assert body == [[row[name] for name in SHEET] for row in written]
    assert f"<bdi>the built-in demo college (invented learners)</bdi>, downloaded <bdi>{pulled}</bdi>" in page


def test_card_and_sheet_say_what_was_sent(
    open_page: Open, demo_college: Settings, college: College, sheets: list[Sheet]
) -> None:
    """For a learner of each kind all values of the card and the sheet are those of plain Python, the group included."""
    learners = one_of_each_kind(college)
    assert set(learners) == set(KINDS)
    app, group_of = with_list(open_page(PAGE), demo_college, 3)
    (pulled,) = {
        found for text in app.caption for found in re.findall(r"pulled (\d+ \w+ \d{4}, \d\d:\d\d)", text.value)
    }
    groups = set()
    for user in dict.fromkeys(learners.values()):
        app.text_input(key="learner_search").set_value(college.by_user[user][0]["username"]).run()
        assert not app.exception, app.exception
        group = group_of.get(user, "not in the list")
        groups.add(group)
        check_card(app, college, user, group)
        check_sheet(sheets[-1].html(), pulled, college, user, group)
    assert len(groups) > 2
    assert not app.query_params
