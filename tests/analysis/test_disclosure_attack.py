"""The attacker of `tests.analysis.attacker` before what the publish view shows of random and of sandbox colleges."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from smartia.analysis import disclosure
from smartia.analysis.disclosure import PublishedCounts, publish
from smartia.analysis.linked_counts import LinkedCounts, count_linked
from tests.analysis.attacker import Attacker, Key, Values, key_of

FRAMES = 66
"""Random frames; of each, the tables under 16 choices of filters or more are published: over 1,000 tables."""

Breakdowns = Sequence[Sequence[str]]


def random_frame(rng: np.random.Generator) -> tuple[pd.DataFrame, Breakdowns]:
    """Draw a frame with two or three filter columns and a level, most of whose counts are small."""
    size = int(rng.integers(30, 240))
    chances = rng.dirichlet(np.full(3, 0.6))
    columns = {
        "f": rng.choice(["f1", "f2", "f3"], size, p=[0.6, 0.3, 0.1]),
        "g": rng.choice(["g1", "g2", "g3"], size),
        "level": rng.choice(["l1", "l2", "l3"], size, p=chances),
    }
    if rng.random() < 0.3:
        columns["h"] = rng.choice(["h1", "h2"], size, p=[0.9, 0.1])
        return pd.DataFrame(columns).astype("category"), [("f", "g", "level"), ("f", "h", "level")]
    return pd.DataFrame(columns).astype("category"), [("f", "g", "level")]


def choices_of(labels: Mapping[str, Sequence[str]], breakdowns: Breakdowns) -> Iterator[dict[str, str]]:
    """Every choice of filters: for each column of a breakdown but the last, one value or all."""
    seen = set()
    for columns in breakdowns:
        filters = columns[:-1]
        for values in product(*([*labels[column], None] for column in filters)):
            choice = {column: value for column, value in zip(filters, values, strict=True) if value is not None}
            if key_of(choice) not in seen:
                seen.add(key_of(choice))
                yield choice


class Truth:
    """The exact counts, by plain masks."""

    def __init__(self, frame: pd.DataFrame, columns: Iterable[str]) -> None:
        self._size = len(frame)
        self._columns = {
            column: frame[column].astype(object).fillna("Not readable").astype(str).to_numpy() for column in columns
        }

    def rows(self, values: Values) -> np.ndarray:
        """Say of every row whether it has these values."""
        mask = np.ones(self._size, dtype=bool)
        for column, value in values.items():
            mask &= self._columns[column] == value
        return mask

    def count(self, values: Values) -> int:
        """Count the rows with these values."""
        return int(self.rows(values).sum())


def attack(
    frame: pd.DataFrame, published: PublishedCounts, breakdowns: Breakdowns, *, told: bool, seed: int
) -> tuple[dict[Key, int], int]:
    """Let the attacker read every table under every choice of filters.

    Args:
        frame: The truth.
        published: What is shown.
        breakdowns: The columns counted by.
        told: Whether he is even told the exact value of every number shown, and which of the hidden ones are 0 in a
            group that is hidden as a whole.
        seed: For the tables that he draws.

    Returns:
        The small counts that he recovered, as he claims them; and how many there are.
    """
    exact = Truth(frame, published.columns)
    attacker = Attacker(published.labels, published.threshold)
    small: list[Values] = []
    shares = []
    for columns in breakdowns:
        last = columns[-1]
        for choice in choices_of(published.labels, [columns]):
            cells = [choice, *(choice | {last: label} for label in published.labels[last])]
            hides_all = all(published.count(**values) is None for values in cells[1:])
            if hides_all and published.count(**choice) is not None and 0 in map(exact.count, cells):
                # Nothing is told of such a group but its number: what is hidden may be 0.
                attacker.learn(choice, exact.count(choice), exact.count(choice))
                small += [values for values in cells if 0 < exact.count(values) < published.threshold]
                continue
            for values in cells:
                shown, truth = published.count(**values), exact.count(values)
                if 0 < truth < published.threshold:
                    small.append(values)
                if told and (shown is not None or (truth == 0 and published.count(**choice) is None)):
                    attacker.learn(values, truth, truth)
                elif shown is not None or published.count(**choice) is not None or truth > 0:
                    attacker.read_count(values, shown)
                if values is not choice and (share := published.share(values, choice)) is not None:
                    shares.append((values, choice, share))
    if not told:
        for _ in range(2):
            for part, whole, share in shares:
                attacker.read_share(part, whole, share)
    unique = list({key_of(values): values for values in small}.values())
    return attacker.recover(unique, seed), len(unique)


def test_no_small_count_is_recovered() -> None:
    """From over 1,000 tables under pairs of filters nobody recovers a count of 1 to 4 (or to 9), told all else."""
    rng = np.random.default_rng(7)
    tables = small = shown = 0
    for number in range(FRAMES):
        frame, breakdowns = random_frame(rng)
        threshold = 10 if number % 10 == 0 else 5
        linked = count_linked(frame, breakdowns)
        published = publish(linked, threshold, f"secret {number}")
        recovered, found = attack(frame, published, breakdowns, told=True, seed=number)
        assert recovered == {}
        tables += len(list(choices_of(published.labels, breakdowns)))
        small, shown = small + found, shown + len(published.shown)
    assert tables > 1000
    assert small > 1000
    assert shown > 1000  # a protection that hides everything would be no feat


def test_the_attacker_breaks_a_weaker_protection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the small counts themselves are hidden, he recovers many, from rounded numbers and percentages."""

    def small_alone(linked: LinkedCounts, threshold: int, secret: str, **_: Any) -> np.ndarray:
        del secret
        return (linked.counts > 0) & (linked.counts < threshold)

    monkeypatch.setattr(disclosure, "choose_hidden", small_alone)
    rng = np.random.default_rng(11)
    right = wrong = 0
    for number in range(12):
        frame, breakdowns = random_frame(rng)
        published = publish(count_linked(frame, breakdowns), 5, "secret")
        recovered, _ = attack(frame, published, breakdowns, told=False, seed=number)
        for key, value in recovered.items():
            is_right = value == Truth(frame, frame.columns).count(dict(key))
            right, wrong = right + is_right, wrong + (not is_right)
    assert right > 20
    assert wrong == 0


def test_the_attacker_breaks_tables_protected_one_by_one() -> None:
    """Where every table is protected by itself alone, he recovers counts from two of them together."""
    rng = np.random.default_rng(5)
    right = 0
    for number in range(40):
        frame, _ = random_frame(rng)
        exact = Truth(frame, frame.columns)
        attacker, small = Attacker({"f": ["f1", "f2", "f3"], "level": ["l1", "l2", "l3"]}, 5), []
        for choice in ({}, {"f": "f1"}, {"f": "f2"}, {"f": "f3"}):
            published = publish(count_linked(frame[exact.rows(choice)], [("level",)]), 5, f"secret {number}")
            for label in published.labels["level"]:
                values, truth = choice | {"level": label}, exact.count(choice | {"level": label})
                if published.count(level=label) is None:
                    attacker.read_count(values, None)
                else:
                    attacker.learn(values, truth, truth)
                small += [values] if 0 < truth < 5 else []
        recovered = attacker.recover(small, number)
        right += sum(value == exact.count(dict(key)) for key, value in recovered.items())
    assert right > 0
