"""The publish book of a sandbox college: what it lets out, and what the attacker makes of it."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from smartia.analysis.disclosure import PublishedCounts, publish
from smartia.analysis.linked_counts import count_linked
from smartia.analysis.publish_book import LEVEL, YEAR, PublishBook
from smartia.analysis.published_tables import cross_table, ladder_table, share_at_or_above, totals_table
from smartia.sandbox.college import build_college
from smartia.sandbox.records import make_records
from smartia.table.frames import ANALYSIS_STORED, analysis_frame
from tests.analysis.test_disclosure_attack import Truth, attack, choices_of
from tests.handmade import NOW, decode, flatten

SUBJECT = "Maths"


@pytest.fixture(scope="module")
def college() -> pd.DataFrame:
    """The analysis frame of a sandbox college of 450 learners."""
    made = build_college(learners=450, seed=4, today=NOW.date())
    records = make_records(made, np.flatnonzero(made.misfit == 0))
    return analysis_frame(flatten(decode(records)).select(list(ANALYSIS_STORED)))


@pytest.fixture(scope="module")
def counted(college: pd.DataFrame) -> pd.DataFrame:
    """The sessions that the book counts, with its columns worked out anew."""
    rows = college[college["attempt"] == college["attempts"]].copy()
    begun = rows["started_at"].dt.tz_convert(ZoneInfo("Europe/London"))
    rows["gender"] = ["other or not known" if gender in ("other", "unknown") else gender for gender in rows["gender"]]
    rows["band"] = [_band(seconds / 60) for seconds in rows["duration_s"]]
    rows["part"] = [term.split()[1] for term in rows["term"]]
    rows["weekday"] = ["Weekend" if at.weekday() > 4 else f"{at:%a}" for at in begun]
    rows["time"] = [_time(at.hour) for at in begun]
    rows[LEVEL] = rows[LEVEL].astype(object)
    return rows


def _band(minutes: float) -> str:
    start = int(minutes // 15) * 15
    return "90 min or more" if start >= 90 else f"{start} to {start + 15} min"


def _time(hour: int) -> str:
    if hour < 9:
        return "before 9:00"
    if hour >= 17:
        return "17:00 or later"
    start = hour - (hour - 9) % 2
    return f"{start}:00–{start + 2}:00"


PARTS = {
    "levels": [(YEAR, "gender", LEVEL), (YEAR, "age_band", LEVEL)],
    "durations": [(YEAR, "band")],
    "terms": [(YEAR, "part")],
    "rooms": [(YEAR, "weekday", "time")],
}


@pytest.fixture(scope="module")
def book(college: pd.DataFrame) -> PublishBook:
    """The book with the threshold of 5."""
    return PublishBook(college, 5, "a secret")


@pytest.mark.parametrize("part", PARTS)
def test_numbers_shown_follow_the_rules(book: PublishBook, counted: pd.DataFrame, part: str) -> None:
    """Every number shown is 0, or the exact one to the nearest 5 and not small; shares are exact to one decimal."""
    published: PublishedCounts = getattr(book, part)(SUBJECT)
    exact = Truth(counted[counted["subject"] == SUBJECT], published.columns)
    shown = 0
    for columns in PARTS[part]:
        last = columns[-1]
        for choice in choices_of(published.labels, [columns]):
            base = exact.count(choice)
            for label in published.labels[last]:
                values = choice | {last: label}
                truth, number = exact.count(values), published.count(**values)
                share = published.share(values, choice)
                if number is not None:
                    shown += 1
                    assert number == 5 * round(truth / 5)
                    assert truth == 0 or truth >= book.threshold
                if share is not None:
                    assert number is not None
                    assert base >= max(10, book.threshold)
                    assert share == pytest.approx(truth / base, abs=0.0005 + 1e-9)
    assert shown > 5


@pytest.mark.parametrize("part", PARTS)
def test_the_attacker_recovers_nothing(book: PublishBook, counted: pd.DataFrame, part: str) -> None:
    """Told every number shown to the last digit, under all choices of filters, he recovers no small count."""
    published: PublishedCounts = getattr(book, part)(SUBJECT)
    recovered, small = attack(counted[counted["subject"] == SUBJECT], published, PARTS[part], told=True, seed=5)
    assert recovered == {}
    assert small or part in ("durations", "terms")


def test_the_attacker_recovers_nothing_below_ten(college: pd.DataFrame, counted: pd.DataFrame) -> None:
    """With the threshold at 10, he recovers no count from 1 to 9 of the levels."""
    published = PublishBook(college, 10, "a secret").levels(SUBJECT)
    recovered, small = attack(counted[counted["subject"] == SUBJECT], published, PARTS["levels"], told=True, seed=10)
    assert recovered == {}
    assert small > 10


def test_the_attacker_recovers_no_profile(book: PublishBook, counted: pd.DataFrame) -> None:
    """Nor a small count of the matrix of two subjects."""
    levels = counted.assign(level=counted[LEVEL].fillna("Not readable")).sort_values("ended_at")
    latest = {
        side: levels[levels["subject"] == subject].drop_duplicates("learner", keep="last").set_index("learner")["level"]
        for side, subject in (("one", "English"), ("other", "Maths"))
    }
    pairs = pd.DataFrame(latest).dropna()
    published = book.profile("English", "Maths")
    assert abs(published.count() - len(pairs)) <= 2
    recovered, small = attack(pairs, published, [("one", "other")], told=True, seed=1)
    assert recovered == {}
    assert small >= 3


def test_parts_agree_on_the_years(book: PublishBook) -> None:
    """The number of sessions of a year is shown in every part or in none."""
    for values in ({}, *({YEAR: year} for year in book.years)):
        assert len({getattr(book, part)(SUBJECT).count(**values) for part in PARTS}) == 1


def test_the_order_of_asking_does_not_matter(college: pd.DataFrame, book: PublishBook) -> None:
    """Readers who open the pages in another order, or after a restart, are shown the same."""
    other = PublishBook(college.sample(frac=1, random_state=1), 5, "a secret")
    for part in ("terms", "durations", "levels"):
        assert getattr(other, part)(SUBJECT).shown == getattr(book, part)(SUBJECT).shown


def test_a_further_part_keeps_to_the_totals(college: pd.DataFrame) -> None:
    """Six sessions of a year in six bands of duration: their number, shown by level, is not hidden by duration."""
    rows = college[(college["subject"] == SUBJECT) & (college["attempt"] == college["attempts"])]
    six = rows[rows[YEAR] == "2023/24"].head(6)
    six = six.assign(level_whole="Level 1", level_rank=40, duration_s=[60.0 * minutes for minutes in range(5, 95, 15)])
    frame = pd.concat([six, rows[rows[YEAR] == "2025/26"]]).astype({LEVEL: college[LEVEL].dtype})
    book = PublishBook(frame.assign(gender="female", age_band="16–18"), 5, "a secret")
    bands = [_band(seconds / 60) for seconds in frame["duration_s"]]
    alone = publish(count_linked(frame.assign(band=bands), [(YEAR, "band")]), 5, "a secret")
    assert alone.count(**{YEAR: "2023/24"}) is None
    durations = book.durations(SUBJECT)
    assert book.levels(SUBJECT).count(**{YEAR: "2023/24"}) == durations.count(**{YEAR: "2023/24"}) == 5
    assert all(durations.count(**{YEAR: "2023/24", "band": band}) is None for band in durations.labels["band"])
    assert sum(durations.count(**{YEAR: "2025/26", "band": band}) is not None for band in set(bands)) > 2
    recovered, small = attack(frame.assign(band=bands), durations, PARTS["durations"], told=True, seed=2)
    assert (recovered, small >= 6) == ({}, True)


def test_a_year_without_sessions_counts_none(college: pd.DataFrame) -> None:
    """A subject that was not sat in a year has 0 sessions in it, in every part; one too small to count says nothing."""
    subject = college["subject"] == SUBJECT
    rest = college[~(subject & (college[YEAR] == "2023/24"))]
    book = PublishBook(rest, 5, "a secret")
    for part in ("levels", "durations", "terms"):
        assert getattr(book, part)(SUBJECT).count(**{YEAR: "2023/24"}) == 0
    few = pd.concat([college[~subject], college[subject & (college["attempt"] == college["attempts"])].head(3)])
    for part in ("levels", "durations", "terms"):
        published: PublishedCounts = getattr(PublishBook(few, 5, "a secret"), part)(SUBJECT)
        assert published.count(**{YEAR: "2023/24"}) is None
        assert not published.shown


def test_another_secret_hides_other_counts(college: pd.DataFrame) -> None:
    """Which counts are hidden for others' sake cannot be foretold without the secret."""
    one, other = (PublishBook(college, 5, secret).profile("English", "Maths").shown for secret in ("one", "another"))
    assert one != other


def test_tables_are_made_of_what_is_shown(book: PublishBook, counted: pd.DataFrame) -> None:
    """Tables repeat the counts shown; a share at or above a level is exact, and never one of a hidden total."""
    published = book.levels(SUBJECT)
    rows = counted[counted["subject"] == SUBJECT]
    exact = Truth(rows, published.columns)
    by_gender = {label: {"gender": label} for label in published.labels["gender"]} | {"Everybody": {}}
    for row in cross_table(published, by_gender, LEVEL).to_dict("records"):
        number = published.count(**by_gender[row["row"]], **{LEVEL: row["column"]})
        assert pd.isna(row["n"]) if number is None else row["n"] == number
    ladder = ladder_table(published, by_gender)
    assert ladder["share"].notna().sum() > 3
    for row in ladder.to_dict("records"):
        order: Sequence[str] = [label for label in published.labels[LEVEL] if label != "Not readable"]
        reached = order[order.index(row["column"]) :]
        values = by_gender[row["row"]]
        if not pd.isna(row["share"]):
            assert published.count(**values) is not None
            expected = sum(exact.count(values | {LEVEL: level}) for level in reached) / exact.count(values)
            assert row["share"] == pytest.approx(expected, abs=0.0005 + 1e-9)
    totals = totals_table({"all": (published, {})}, 40)
    assert totals["share"].tolist() == [share_at_or_above(published, {}, 40)]


def test_medians_need_ten(book: PublishBook, counted: pd.DataFrame) -> None:
    """A median is given for at least ten sessions whose number is shown, in whole minutes."""
    medians = book.medians(SUBJECT)
    assert len(medians) > 1
    for year, median in medians.items():
        rows = counted[(counted["subject"] == SUBJECT) & ((counted[YEAR] == year) | (year is None))]
        assert len(rows) >= 10
        assert median == round(float(np.median(rows["duration_s"])) / 60)
