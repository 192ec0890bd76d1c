"""Sentences: words, limits and shares of one sentence never contradict each other."""

import datetime as dt
import doctest
import re
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartia.analysis.changes import YearChange
from smartia.analysis.comparison import LevelChance, Share, chance_of_higher_level, compare_shares
from smartia.analysis.versions import Comparability
from smartia.analysis.year_levels import YearComparison
from smartia.table.filters import AttemptRule
from smartia.ui import text
from smartia.words import changes, figures, numbers, sentences
from smartia.words.sentences import chance_words, change_sentence, comparison_sentence, difference_decimals
from smartia.words.sentences import difference_words as words

AS_OF = dt.date(2026, 11, 24)
THAN = "the year before"
shares = st.integers(1, 3000).flatmap(lambda n: st.builds(Share, st.just(n), st.integers(0, n)))


@pytest.mark.parametrize("module", [changes, figures, numbers, sentences, text])
def test_examples_are_true(module: ModuleType) -> None:
    """The examples in the docstrings give what they say."""
    assert doctest.testmod(module).failed == 0


def number(said: str) -> float:
    """Read a limit; one in words lies just beside its number."""
    if said.startswith("just "):
        beside, whole = said.removeprefix("just ").split(" ")
        return float(whole) + {"above": 1e-9, "below": -1e-9}[beside]
    return float(said.replace("−", "-"))


@given(shares, shares)
def test_the_verdict_can_be_read_off_the_limits(one: Share, other: Share) -> None:
    """Both printed limits lie on one side of 0 just where the words say higher or lower, and on the side they say."""
    found = re.fullmatch(rf".* {THAN} \((.+) to (.+)\), (.+)", words(compare_shares(one, other), THAN))
    assert found is not None
    low, high = number(found[1]), number(found[2])
    expected = "clearly higher" if low > 0 else "clearly lower" if high < 0 else "too close to call"
    assert found[3] == expected


@given(shares, shares)
def test_whole_shares_are_as_far_apart_as_the_whole_difference(one: Share, other: Share) -> None:
    """Where no decimals are shown, the printed shares differ by the printed points, and none is 0 that is not 0."""
    found = compare_shares(one, other)
    if difference_decimals(found) == 0:
        apart = int(text.percent(one.share)[:-1]) - int(text.percent(other.share)[:-1])
        points = re.match(r"(\d+) point", words(found, THAN))
        assert (int(points[1]) if points else 0) == abs(apart)
        assert (points is None) == (found.difference == 0)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ((50, 25), (60, 30), "the same as the year before (−18 to +18), too close to call"),
        ((1000, 396), (1000, 400), "0.4 points less than the year before (−4.7 to +3.9), too close to call"),
        ((3000, 1000), (2999, 1000), "under 0.1 points less than the year before (−2.4 to +2.4), too close to call"),
        ((1000, 356), (1000, 400), "4.4 points less than the year before (−8.6 to −0.2), clearly lower"),
        ((100, 60), (100, 59), "1 point more than the year before (−12 to +14), too close to call"),
    ],
)
def test_differences_in_words(one: tuple[int, int], other: tuple[int, int], said: str) -> None:
    """Differences below a point are given in tenths, and limits that whole points would hide too."""
    assert words(compare_shares(Share(*one), Share(*other)), THAN) == said


def test_shares_that_round_away_from_their_difference_get_a_decimal() -> None:
    """38.6% after 36.2% is 2.4 points, not 39% after 36% and 2; the interval beside the share has the decimal too."""
    one, other = Share(1206, 465), Share(1114, 403)
    difference = compare_shares(one, other)
    change = YearChange("Maths", "2026/27", "to_date", one, other, difference, Comparability())
    assert change_sentence("Level 1", change, AS_OF) == (
        "Level 1 or above in Maths, 2026/27 to 24 November: 38.6% of 1,206 learners (35.9–41.3); 2.4 points more than "
        "on the same day last year (−1.6 to +6.3), too close to call; it was 36.2% of 1,114."
    )


def test_shares_without_a_difference_have_no_decimal() -> None:
    """Where the years are not compared, whole percentages are shown."""
    verdict = Comparability("test changed", (dt.date(2026, 1, 8),))
    change = YearChange("Maths", "2025/26", "full", Share(1206, 465), Share(1114, 403), None, verdict)
    assert change_sentence("Level 1", change, AS_OF) == (
        "Level 1 or above in Maths, 2025/26: 39% of 1,206 learners (36–41); the test changed on 8 January 2026, so the "
        "years are not compared."
    )


levels = st.dictionaries(st.sampled_from([11, 12, 31, 41, 42]), st.integers(1, 600), min_size=1)


@given(levels, levels)
def test_the_verdict_can_be_read_off_the_chances(one: dict[int, int], other: dict[int, int]) -> None:
    """Both printed limits lie on one side of 50 just where the words say clearly higher or lower."""
    chance = chance_of_higher_level(one, other)
    found = re.fullmatch(r"[\d.]+ of 100 such pairs(?: \((.+)–(.+)\))?", chance_words(chance))
    assert found is not None
    assert (found[1] is None) == (chance.verdict is None)
    if chance.verdict is not None:
        low, high = number(found[1]), number(found[2])
        expected = "clearly higher" if low > 50 else "clearly lower" if high < 50 else "too close to call"
        assert chance.verdict == expected


def test_a_chance_just_above_even_shows_why_it_is_higher() -> None:
    """A lower limit of 50.2 is not shown as 50 beside the words "clearly higher"."""
    chance = LevelChance(500, 400, 0.54, 0.502, 0.578, "clearly higher")
    comparison = YearComparison("Maths", "2025/26", "2024/25", "full", chance, Comparability())
    assert comparison_sentence(comparison, AS_OF) == (
        "Maths: take one learner of 2025/26 (of 500) and one of 2024/25 (of 400) at random; in 54.0 of 100 such pairs "
        "(50.2–57.8) the one of 2025/26 is at the higher level, ties counted half: clearly higher."
    )


@given(st.integers(0, 50), st.integers(1, 50))
def test_verbs_agree(number: int, of: int) -> None:
    """The verb is singular after "1 of 9 learners" and after "0 of 1 learner", else plural."""
    assert text.verb(number, of, "has", "have") == ("has" if number == 1 or of == 1 else "have")


@pytest.mark.parametrize(
    ("split", "rule", "said"),
    [
        ("academic_year", AttemptRule.FIRST, "Counted in each academic year: its first attempt"),
        ("term", AttemptRule.LATEST, "over all data. So a learner who sits a test more than once counts in one term"),
        ("group", AttemptRule.LATEST, "Counted: the latest attempt of each learner at each test, over all data."),
        ("month", AttemptRule.ALL, "Counted: all attempts."),
    ],
)
def test_the_reach_of_the_attempt_rule_is_stated(split: str, rule: AttemptRule, said: str) -> None:
    """The line above the cohorts says whether attempts are chosen within each year or over all data."""
    assert said in changes.attempts_note(split, rule)
