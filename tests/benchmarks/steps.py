"""What a reader clicks: a round of filters, each of which no page of the app has shown before, and the way back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

ATTEMPTS = "Attempts"
FILTERS = ("Subject", "Academic year", "Gender", "Age")
"""The filters that smartia and the obvious app have in common, as they are called on screen."""


@dataclass(frozen=True)
class Step:
    """One click on a filter.

    Attributes:
        label: The filter.
        values: All that is chosen in it afterwards.
        is_new: Whether no page was shown under the filters that stand then since the server was started.
    """

    label: str
    values: tuple[str, ...]
    is_new: bool


@dataclass
class Clicks:
    """Makes steps, and remembers what was shown under which filters."""

    _seen: set[frozenset[tuple[str, tuple[str, ...]]]] = field(default_factory=lambda: {frozenset()})

    def round_of(self, options: Mapping[str, Sequence[str]], place: int) -> Iterator[Step]:
        """Make the steps of one page: filters one by one, single ones back to all, and then the whole way back.

        Args:
            options: What the page's filters can be set to; only those here are touched.
            place: The number of the page, from 0. Pages get different choices, so that what one has shown helps no
                other.
        """
        chosen: dict[str, tuple[str, ...]] = {}
        undo: list[tuple[str, tuple[str, ...]]] = []
        for label, values in _clicks(options, place):
            undo.append((label, chosen.get(label, _usual(label))))
            yield self._step(chosen, label, values)
        for label, values in reversed(undo):
            yield self._step(chosen, label, values)

    def _step(self, chosen: dict[str, tuple[str, ...]], label: str, values: tuple[str, ...]) -> Step:
        chosen[label] = values
        state = frozenset((name, held) for name, held in chosen.items() if held != _usual(name))
        is_new = state not in self._seen
        self._seen.add(state)
        return Step(label, values, is_new)


def _clicks(options: Mapping[str, Sequence[str]], place: int) -> list[tuple[str, tuple[str, ...]]]:
    choices = {label: _choice(values, place) for label, values in options.items() if label in FILTERS}
    subject, others = choices.pop("Subject", None), list(choices.items())
    clicks = [("Subject", subject)] if subject else []
    clicks += others[:2]
    clicks += [(ATTEMPTS, ("All",))] if ATTEMPTS in options else []
    clicks += [("Subject", ())] if subject else []
    clicks += others[2:]
    clicks += [(label, ()) for label, _ in others[:2]]
    clicks += [(ATTEMPTS, ("First",))] if ATTEMPTS in options else []
    return clicks


def _choice(values: Sequence[str], place: int) -> tuple[str, ...]:
    """Choose some of the values, for every page others: all but one first, since they leave most to count."""
    every = [chosen for size in range(max(len(values) - 1, 1), 0, -1) for chosen in combinations(values, size)]
    return every[place % len(every)]


def _usual(label: str) -> tuple[str, ...]:
    return ("Latest",) if label == ATTEMPTS else ()
