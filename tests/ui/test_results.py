"""What is remembered for one reader alone, and that it is let go."""

from functools import partial

import pandas as pd

from smartia.ui import lazy
from smartia.ui.lazy import Lazy
from smartia.ui.results import Results


def count_rows(frame: pd.DataFrame, more: int = 0) -> list[int]:
    """Count the rows of a frame; every call gives another list."""
    return [len(frame) + more]


def test_figures_of_a_list_are_worked_out_once_for_its_reader_alone() -> None:
    """The frame is made when a figure is first asked for; another reader's list gives nothing away, nor takes it."""
    made: list[int] = []

    def make() -> pd.DataFrame:
        made.append(1)
        return pd.DataFrame({"n": [1, 2]})

    mine, theirs = Results(), Results()
    first = Lazy("list", make, results=mine).of(count_rows)
    assert Lazy("list", make, results=mine).of(count_rows) is first
    assert Lazy("list", make, results=mine).part(count_rows).of(len) == 1
    assert Lazy("list", make, results=theirs).of(count_rows) is not first
    assert len(made) == 3
    assert (len(mine), len(theirs)) == (2, 1)


def test_only_the_last_results_are_kept() -> None:
    """However long a reader clicks, a bounded number is kept: those used last."""
    results = Results()
    first = results.remember("0", list)
    for place in range(1, 150):
        results.remember(str(place), list)
        assert results.remember("0", list) is first
    results.remember("one more", list)
    assert len(results) == 150
    assert results.remember("0", list) is first


def test_nothing_is_kept_once_it_is_closed() -> None:
    """What was kept is gone, and a run that is under way keeps nothing more."""
    results = Results()
    first = results.remember("figure", list)
    results.close()
    assert len(results) == 0
    assert results.remember("figure", list) is not first
    assert len(results) == 0


def test_what_a_list_gave_is_not_in_the_memory_that_all_share() -> None:
    """A figure, a sentence and a drawing of a list leave no entry there; each is done anew where nothing is kept."""
    lazy._remember.clear()
    done: list[int] = []
    private = Lazy("list", pd.DataFrame, results=Results())
    for _ in range(2):
        private.of(count_rows)
        private.remembered(partial(count_rows, pd.DataFrame(), 1))
        private.drawn(partial(done.append, 1))
    assert len(done) == 2
    shared: list[int] = []

    def note() -> None:
        shared.append(1)

    for key in ("figure", "drawing"):
        lazy._remember(key, note)
    assert len(shared) == 2
