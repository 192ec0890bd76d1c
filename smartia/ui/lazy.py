"""What figures are worked out of: made when the first figure asks for it, and each figure remembered.

A figure is known by the snapshot, the filters, the function that works it out and what it is given. Small results are
kept for all readers of the process; frames are kept by nobody longer than a page's run.
"""

import threading
from collections.abc import Callable
from functools import cached_property, partial
from typing import Concatenate, Generic, ParamSpec, TypeVar, cast

import streamlit as st

from smartia.ui.keys import key_of, name_result
from smartia.ui.kept import until_removal

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")

_REMEMBERED = 2_000
"""Figures and charts kept in all, those used last."""
_turn = threading.Lock()
"""One figure at a time: threads share one processor in Python, and each would hold its own rows meanwhile."""


class Lazy(Generic[T]):
    """Something that figures are worked out of, such as the sessions that count.

    A page may keep it no longer than it runs: with it lives what was made.
    """

    def __init__(self, key: object, make: Callable[[], T], *, is_private: bool = False) -> None:
        """Say what it is and how it is made.

        Args:
            key: Tells it from anything else that figures are worked out of; whatever `pickle` takes.
            make: Makes it.
            is_private: Whether it holds what one reader alone brought, such as a list of learners: then nothing that
                is worked out of it is remembered.
        """
        self._key, self._make, self.is_private = key_of(key), make, is_private

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
        return work() if self.is_private else cast("R", _remember(key_of((self._key, figure, args, kwargs)), work))

    def part(self, cut: Callable[Concatenate[T, P], R], *args: P.args, **kwargs: P.kwargs) -> "Lazy[R]":
        """Give something else made of this, such as the sessions of one subject, which is made when it is needed.

        Args:
            cut: A function of a module, given the thing itself first.
            args: What it is given besides: small values and tables.
            kwargs: The same by name.
        """
        key = (self._key, cut, args, kwargs)
        return Lazy(key, partial(self._work_out, cut, *args, **kwargs), is_private=self.is_private)

    def remembered(self, work: Callable[[], R]) -> R:
        """Do a piece of work with figures of this, or remember what came of it and what it drew.

        Args:
            work: A partial of a function of a module with small values and tables; it draws no widget.

        Returns:
            What came of it, which is shared by all: never change it.
        """
        return work() if self.is_private else remembered(work)

    def _work_out(self, figure: Callable[Concatenate[T, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        return figure(self.value, *args, **kwargs)


def remembered(work: Callable[[], R]) -> R:
    """Do a piece of work, or remember what came of it.

    Args:
        work: A function of a module, or a partial of one with small values and tables.

    Returns:
        What came of it, which is shared by all: never change it.
    """
    return cast("R", _remember(key_of(work), work))


@until_removal
@st.cache_resource(max_entries=_REMEMBERED, show_spinner=False)
def _remember(key: str, _work: Callable[[], object]) -> object:
    with _turn:
        found = _work()
    name_result(found, key)
    return found
