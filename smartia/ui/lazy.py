"""What figures are worked out of: made when the first figure asks for it, and each figure remembered.

A figure is known by the snapshot, the filters, the function that works it out and what it is given. Small results are
kept for all readers of the process, or for one reader where they are of that reader's list; frames are kept by nobody
longer than a page's run.
"""

import threading
from collections.abc import Callable
from functools import cached_property, partial
from typing import Concatenate, Generic, ParamSpec, TypeVar, cast

import streamlit as st

from smartia.ui.kept import until_removal
from smartia.ui.keys import key_of, name_result
from smartia.ui.results import Results

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")

_REMEMBERED = 6_000
"""Figures and charts kept in all, those used last."""
_turn = threading.Lock()
"""One figure at a time: threads share one processor in Python, and each would hold its own rows meanwhile."""


class Lazy(Generic[T]):
    """Something that figures are worked out of, such as the sessions that count.

    A page may keep it no longer than it runs: with it lives what was made.
    """

    def __init__(self, key: object, make: Callable[[], T], *, results: Results | None = None) -> None:
        """Say what it is and how it is made.

        Args:
            key: Tells it from anything else that figures are worked out of; whatever `pickle` takes.
            make: Makes it.
            results: Remembers figures of it, where it holds what one reader alone brought, such as a list of learners;
                None where all readers share them.
        """
        self._key, self._make, self._results = key_of(key), make, results

    @property
    def is_private(self) -> bool:
        """Whether it holds what one reader alone brought."""
        return self._results is not None

    @cached_property
    def value(self) -> T:
        """The thing itself, made now if it was not before."""
        return self._make()

    @property
    def again(self) -> Callable[[], T]:
        """Makes the thing anew, for whoever outlives the page's run."""
        return self._make

    def of(self, figure: Callable[Concatenate[T, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Work out a figure, or remember it.

        Args:
            figure: A function of a module, given the thing itself first.
            args: What it is given besides: small values and tables.
            kwargs: The same by name.

        Returns:
            Its result, which is shared by all: never change it.
        """
        work = partial(self._work_out, figure, *args, **kwargs)
        return self._remember(key_of((self._key, figure, args, kwargs)), work)

    def part(self, cut: Callable[Concatenate[T, P], R], *args: P.args, **kwargs: P.kwargs) -> "Lazy[R]":
        """Give something else made of this, such as the sessions of one subject, which is made when it is needed.

        Args:
            cut: A function of a module, given the thing itself first.
            args: What it is given besides: small values and tables.
            kwargs: The same by name.
        """
        key = (self._key, cut, args, kwargs)
        return Lazy(key, partial(self._work_out, cut, *args, **kwargs), results=self._results)

    def remembered(self, work: Callable[[], R]) -> R:
        """Do a piece of work with figures of this, or remember what came of it.

        Args:
            work: A partial of a function of a module with small values and tables.

        Returns:
            What came of it, which may be shared by all: never change it.
        """
        return self._remember(key_of(work), work)

    def drawn(self, draw: Callable[[], None]) -> None:
        """Draw something of figures of this; what all readers share is drawn once, and shown again from then on.

        Args:
            draw: A partial of a function of a module with small values and tables; it draws no widget.
        """
        if self.is_private:
            draw()
        else:
            _remember(key_of(draw), draw)

    def _remember(self, key: str, work: Callable[[], R]) -> R:
        return cast("R", _remember(key, work)) if self._results is None else self._results.remember(key, work)

    def _work_out(self, figure: Callable[Concatenate[T, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        return figure(self.value, *args, **kwargs)


@until_removal
@st.cache_resource(max_entries=_REMEMBERED, show_spinner=False)
def _remember(key: str, _work: Callable[[], object]) -> object:
    with _turn:
        found = _work()
    name_result(found, key)
    return found
