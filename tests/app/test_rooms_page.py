"""Every figure of the Rooms page equals the one worked out from the same sessions by plain loops."""

import datetime as dt
import re
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
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

LONDON = ZoneInfo("Europe/London")
HALF_HOUR = dt.timedelta(minutes=30)
PAGE = "pages/rooms.py"


@dataclass(frozen=True)
class Sat:
    """A session with its start, and when it left its seat; None where its times are not known."""

    row: Row
    start: dt.datetime
    end: dt.datetime | None

    @property
    def local(self) -> dt.datetime:
        """Its start by UK time."""
        return self.start.astimezone(LONDON)


@pytest.fixture(scope="module")
def college(demo_college: Settings, demo_rows: list[Row]) -> list[Sat]:
    """Every session of the demo college with the seat it took."""
    starts = [start.to_pydatetime() for start in smartia.load_sessions(demo_college, refresh="never")["started_at"]]
    found = []
    for row, start in zip(demo_rows, starts, strict=True):
        one_go = row.elapsed <= 1.25 * row.seconds
        one_day = start.astimezone(LONDON).date() == row.day
        seated = min(row.seconds, row.elapsed) if row.elapsed >= 0 and (one_go or one_day) else 0
        found.append(Sat(row, start, start + dt.timedelta(seconds=seated) if seated > 0 else None))
    return found


@pytest.fixture(scope="module")
def as_of(demo_college: Settings) -> dt.date:
    """The UK day of the download."""
    return smartia.refresh(demo_college).manifest.fetched_at.astimezone(LONDON).date()


@pytest.fixture(scope="module")
def year(as_of: dt.date) -> int:
    """The year of the latest August and September that are over on that day."""
    return as_of.year if as_of >= dt.date(as_of.year, 10, 1) else as_of.year - 1


def pick(college: list[Sat], first: dt.date, last: dt.date, wanted: dict[str, Iterable[str]]) -> list[Sat]:
    """The sessions of all attempts that were begun from the first to the last day."""
    rows = set(map(id, chosen([sat.row for sat in college], "all", **wanted)))
    return [sat for sat in college if id(sat.row) in rows and first <= sat.local.date() <= last]


def peaks_of(sats: list[Sat]) -> dict[dt.datetime, int]:
    """The most learners at once in each half hour: at its opening, or when somebody comes."""
    by_day: dict[dt.date, list[Sat]] = defaultdict(list)
    for sat in sats:
        if sat.end is not None:
            for day in {sat.start.date(), sat.end.date()}:
                by_day[day].append(sat)
    found: dict[dt.datetime, int] = {}
    for sat in sats:
        if sat.end is None:
            continue
        instant = sat.start
        while instant < sat.end:
            half_hour = instant.replace(minute=instant.minute // 30 * 30, second=0, microsecond=0)
            there = {o.row.user for o in by_day[instant.date()] if o.end is not None and o.start <= instant < o.end}
            found[half_hour] = max(found.get(half_hour, 0), len(there))
            instant = half_hour + HALF_HOUR
    return found


def long_day(day: dt.date) -> str:
    """A date as the page writes it."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def half(minute: int) -> str:
    """A half hour as the page writes it."""
    return f"{minute // 60:02d}:{minute % 60:02d}–{(minute + 30) // 60:02d}:{(minute + 30) % 60:02d}"


def words(app: AppTest) -> str:
    """All sentences and captions of the page."""
    return plain(" ".join(part.value for part in [*app.markdown, *app.caption]))


SELECTIONS = [
    pytest.param("autumn", {}, {}, 30, id="autumn, no filter"),
    pytest.param(
        "autumn",
        {"subject": ["Maths"], "age": ["16–18"]},
        {"subject": ["Maths"], "age": ["16–18"]},
        5,
        id="autumn, maths 16–18",
    ),
    pytest.param(
        "last year",
        {"gender": ["other", "unknown"], "attempts": "First"},
        {"gender": ["other", "unknown"]},
        2,
        id="last year, two genders",
    ),
    pytest.param(
        "all",
        {"subject": ["English", "Digital Skills"]},
        {"subject": ["English", "Digital Skills"]},
        9,
        id="all dates, two subjects",
    ),
]


@pytest.mark.parametrize(("period", "choices", "wanted", "seats"), SELECTIONS)
def test_rooms(
    open_page: Open, college: list[Sat], year: int, as_of: dt.date, period: str, choices: dict, wanted: dict, seats: int
) -> None:
    """Rooms: who was left out, the busiest half hours, the profile of the week, the seats, and the busiest day."""
    start = as_of.year if as_of.month >= 8 else as_of.year - 1
    label, first, last = {
        "autumn": (f"August–September {year}", dt.date(year, 8, 1), dt.date(year, 9, 30)),
        "last year": (f"{start - 1}/{start % 100}", dt.date(start - 1, 8, 1), dt.date(start, 7, 31)),
        "all": ("All dates", dt.date.min, dt.date.max),
    }[period]
    sats = pick(college, first, last, wanted)
    app = open_page(PAGE, plan_from=label, seats=str(seats), **choices)
    said = words(app)
    known = sum(sat.end is not None for sat in sats)
    assert f"{label}: {len(sats):,} sessions begun, {known:,} of them at known times" in said
    assert f"{len(sats) - known:,} sat over several days" in said or known == len(sats)

    peaks = peaks_of(sats)
    local: dict[dt.date, dict[int, int]] = defaultdict(dict)
    for half_hour, peak in peaks.items():
        there = half_hour.astimezone(LONDON)
        minute = there.hour * 60 + there.minute
        local[there.date()][minute] = max(peak, local[there.date()].get(minute, 0))
    week, busiest = app.dataframe[0].value, app.dataframe[1].value
    ordered = sorted(peaks, key=lambda moment: (-peaks[moment], moment))
    top = ordered[0].astimezone(LONDON)
    expected = [(m.date(), half(m.hour * 60 + m.minute)) for m in (m.astimezone(LONDON) for m in ordered)]
    assert [(row.date.date(), row.day, row.label, row.peak) for row in busiest.itertuples()] == [
        (day, f"{day:%A}", label, peaks[moment])
        for (day, label), moment in zip(expected[:10], ordered[:10], strict=True)
    ]
    learners = "1 learner" if peaks[ordered[0]] == 1 else f"{peaks[ordered[0]]} learners"
    assert f"The busiest half hour was **{long_day(expected[0][0])}, {expected[0][1]}: {learners} at once**" in said
    most = sorted(max(day.values()) for day in local.values())
    enough = next(number for number in range(1000) if sum(m <= number for m in most) >= 0.95 * len(most) - 1e-9)
    noun = "seat" if enough == 1 else "seats"
    assert f"{enough} {noun} would have been enough on at least 95% of the {len(local)} days" in said

    for weekday, name in enumerate(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]):
        days = [counts for date, counts in local.items() if date.weekday() == weekday]
        assert not days or f"{len(days)} {name}" in said
        for row in week.itertuples():
            low, high = {"before 07:00": (0, 419), "20:00 or later": (1200, 1439)}.get(row.label, (0, 0))
            inside = range(low, high + 1) if high else [int(row.label[:2]) * 60 + int(row.label[3:5])]
            here = [counts[minute] for counts in days for minute in counts if minute in inside]
            assert getattr(row, name) == max(here, default=0)

    short = {date: [p for p in day.values() if p > seats] for date, day in local.items()}
    short = {date: over for date, over in sorted(short.items()) if over}
    tables = iter(app.dataframe[2:])
    if short:
        over = sum(peak > seats for peak in peaks.values())
        days = "day" if len(local) == 1 else "days"
        part = f"on {len(short):,} of {len(local):,} {days}"
        assert f"not have been enough in {over:,} of {len(peaks):,} half hours, {part}" in said
        rows = next(tables).value
        assert [(row.date.date(), row.day, row.peak, row.missing_seats) for row in rows.itertuples()] == [
            (date, f"{date:%A}", max(over), max(over) - seats) for date, over in short.items()
        ]
    else:
        assert "it would have been enough in every half hour" in said
    day = next(tables).value
    same = [counts for date, counts in local.items() if date.weekday() == top.weekday()]
    for row in day.itertuples():
        minute = int(row.label[:2]) * 60 + int(row.label[3:5])
        assert row.peak == local[top.date()].get(minute, 0)
        assert row.typical == statistics.median(counts.get(minute, 0) for counts in same)
        assert row.days == len(same)


@pytest.mark.parametrize(
    ("begin", "end", "choices", "wanted"),
    [
        ("08:30", "17:00", {}, {}),
        ("10:00", "15:30", {"subject": ["Maths"]}, {"subject": ["Maths"]}),
        ("09:00", "13:00", {"age": ["19+"], "attempts": "First"}, {"age": ["19+"]}),
    ],
)
def test_hours(open_page: Open, college: list[Sat], begin: str, end: str, choices: dict, wanted: dict) -> None:
    """Shares begun in hours and levels of both parts of the week, with their intervals, by subject."""
    sats = pick(college, dt.date.min, dt.date.max, wanted)

    def inside(sat: Sat) -> bool:
        return sat.local.weekday() < 5 and begin <= sat.local.strftime("%H:%M") < end

    app = open_page(PAGE, plan_from="All dates", hours_from=begin, hours_to=end, **choices)
    shares, levels = (table.value for table in app.dataframe[-2:])
    subjects = groups([sat.row for sat in sats], lambda row: row.subject)
    assert list(shares["group"]) == list(subjects)
    for row in shares.itertuples():
        mine = [sat for sat in sats if sat.row.subject == row.group]
        reached = sum(map(inside, mine))
        limits = binomtest(reached, len(mine)).proportion_ci(method="wilson")
        assert (row.n, row.reached) == (len(mine), reached)
        assert (row.share, row.low, row.high) == pytest.approx((reached / len(mine), limits.low, limits.high))
    share = sum(map(inside, sats)) / len(sats)
    assert f"**{share:.0%}** of {len(sats):,} sessions were begun Monday to Friday, {begin}–{end}" in words(app)
    versions = {(sat.row.subject, sat.row.version) for sat in sats}
    firsts = {version: min(sat.row.day for sat in college if sat.row.version == version) for _, version in versions}
    began = {version: f"{day.day} {day:%b %Y}" for version, day in firsts.items()}
    assert len(levels) == 2 * len(versions)
    for row in levels.to_dict("records"):
        mine = [
            sat.row
            for sat in sats
            if sat.row.subject == row["group"]
            and row["version"].startswith(f"{sat.row.test}: Version")
            and row["version"].endswith(f", from {began[sat.row.version]}")
            and inside(sat) == (row["hours"] == "in hours")
        ]
        figures = [row[name] for name in ("n", "reached", "share", "low", "high")]
        assert figures == pytest.approx(list(reference.share(mine)), nan_ok=True)
        assert (row["sessions"], row["unreadable"]) == (len(mine), sum(other.rank is None for other in mine))
    for subject in subjects:
        check_difference(words(app), subject, [sat for sat in sats if sat.row.subject == subject], college, inside)


def check_difference(
    said: str, subject: str, sats: list[Sat], college: list[Sat], inside: Callable[[Sat], bool]
) -> None:
    """The sentence of a subject names the newest version with ten readable levels a side and their shares, or none."""
    begun: dict[str, dt.date] = {}
    for sat in college:
        begun[sat.row.version] = min(sat.row.day, begun.get(sat.row.version, sat.row.day))
    sides = {
        version: [
            reference.share([sat.row for sat in sats if sat.row.version == version and inside(sat) == part])
            for part in (True, False)
        ]
        for version in {sat.row.version for sat in sats}
    }
    enough = [version for version, both in sides.items() if min(side[0] for side in both) >= 10]
    if not enough:
        assert f"**{subject}**: no test version has at least 10 sessions" in said
        return
    newest = max(enough, key=lambda version: (begun[version], version))
    day, evening = sides[newest]
    sentence = said.split(f"**{subject}**, Level 1 or above: ")[1].split("**")[0]
    decimals = 1 if re.match(r"\d+\.\d%", sentence) else 0
    assert sentence.startswith(f"{day[2]:.{decimals}%} of {day[0]:,} in hours, ")
    assert f", {evening[2]:.{decimals}%} of {evening[0]:,} out of hours; " in sentence
    assert f", from {begun[newest].day} {begun[newest]:%b %Y}, " in sentence
    mine = sum(sat.row.version == newest for sat in sats)
    assert f": {mine:,} of {len(sats):,} sessions." in sentence
    assert (
        len(enough) < 2 or f"the newest of {len(enough)} with enough sessions among {len(sides)} versions" in sentence
    )


def test_typical_is_shown_where_asked(open_page: Open, college: list[Sat], year: int) -> None:
    """The table of the week shows medians over the days of a weekday on which anyone sat."""
    sats = pick(college, dt.date(year, 8, 1), dt.date(year, 9, 30), {})
    counts: dict[dt.date, int] = {}
    for half_hour, peak in peaks_of(sats).items():
        local = half_hour.astimezone(LONDON)
        counts[local.date()] = peak if (local.hour, local.minute) == (9, 30) else counts.get(local.date(), 0)
    week = open_page(PAGE, room_show="Typical").dataframe[0].value.set_index("label")
    for weekday, name in enumerate(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]):
        assert week.loc["09:30–10:00", name] == statistics.median(
            peak for day, peak in counts.items() if day.weekday() == weekday
        )


@pytest.mark.parametrize(
    ("change", "choices", "wanted"),
    [("0", {}, {}), ("10", {"subject": ["Maths"]}, {"subject": ["Maths"]}), ("-25", {"plan_from": "All dates"}, {})],
)
def test_plan(
    open_page: Open, college: list[Sat], year: int, as_of: dt.date, change: str, choices: dict, wanted: dict
) -> None:
    """The plan is last autumn 52 weeks on, scaled and rounded up, whatever period is chosen above; facts stay facts."""
    peaks = peaks_of(pick(college, dt.date(year, 8, 1), dt.date(year, 9, 30), wanted))
    planned = {
        moment.astimezone(LONDON) + dt.timedelta(weeks=52): -(-peak * (100 + int(change)) // 100)
        for moment, peak in peaks.items()
    }
    planned = {moment: peak for moment, peak in planned.items() if moment.date() >= as_of}
    app = open_page(PAGE, plan_change=change, **choices)
    (busiest,) = (table.value for table in app.dataframe if "last_peak" in table.value)
    week = [table.value for table in app.dataframe if "Sunday" in table.value][1]
    ranked = sorted(planned, key=lambda moment: (-planned[moment], moment))
    top = [(m.date(), f"{m:%A}", half(m.hour * 60 + m.minute), planned[m]) for m in ranked]
    assert [(row.date.date(), row.day, row.label, row.peak) for row in busiest.itertuples()] == top[:10]
    for row in busiest.itertuples():
        assert row.last_date.date() + dt.timedelta(days=364) == row.date.date()
        assert row.peak == -(-row.last_peak * (100 + int(change)) // 100)
    for weekday, name in enumerate(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]):
        for row in week.itertuples():
            low, high = {"before 07:00": (0, 419), "20:00 or later": (1200, 1439)}.get(row.label, (0, 0))
            inside = range(low, high + 1) if high else [int(row.label[:2]) * 60 + int(row.label[3:5])]
            here = [p for m, p in planned.items() if m.weekday() == weekday and m.hour * 60 + m.minute in inside]
            assert getattr(row, name) == max(here, default=0)
    said = words(app)
    expected = {"0": "as many learners as", "10": "10% more learners than", "-25": "25% fewer learners than"}[change]
    assert f"**Plan, with {expected} in August–September {year}:**" in said
    learners = "1 learner" if top[0][3] == 1 else f"{top[0][3]} learners"
    assert f"**{long_day(top[0][0])}, {top[0][2]}: {learners} at once** (last year, in fact: " in said
    assert f"Plan for August–September {year + 1}" in [header.value for header in app.header]


def test_no_plan_without_last_autumn(open_page: Open, year: int) -> None:
    """Where the filters leave nothing of last autumn there is a word instead of a plan."""
    app = open_page(PAGE, plan_from="All dates", year=[f"{year - 1}/{year % 100}"])
    said = [info.value for info in app.info]
    assert f"No plan: August–September {year} has no sessions at known times under these filters." in said


def test_a_period_without_sessions_says_so(open_page: Open, college: list[Sat]) -> None:
    """The year of the filter lies outside the period: a clear word, and no figure."""
    oldest = min(sat.row.year for sat in college)
    app = open_page(PAGE, year=[oldest])
    assert "No session that fits the filters was begun in this period" in app.info[-1].value
    assert not app.dataframe


def test_sessions_without_known_times_say_so(open_page: Open) -> None:
    """Only sessions over several days: nobody can be seated, and the hours are still counted."""
    app = open_page(PAGE, sitting=["over several days"])
    said = " ".join(info.value for info in app.info)
    assert "None of these sessions has known times" in said
    assert "No plan" in said
    assert len(app.dataframe) == 2


def test_one_learner(cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One learner's one session fills the whole page: one at once, one seat, one day, and no comparison."""
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(cache_dir))
    monkeypatch.setenv("SMARTIA_API_KEY", KEY)
    monkeypatch.setenv("SMARTIA_OPEN_ROLE", "analyst")
    with following_reference(make_records(seed=3, size=1)) as server:
        monkeypatch.setenv("SMARTIA_BASE_URL", server.base_url)
        app = open_app(PAGE, plan_from="All dates")
    said = words(app)
    assert "so nothing is compared (1 session, 1 version)" in said
    assert "All dates: 1 session begun" in said
