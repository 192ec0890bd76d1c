"""What this process keeps of a copy beside its files, and how all of it goes when the copy is removed."""

from collections.abc import Callable
from typing import Protocol, TypeVar


class _Clearable(Protocol):
    def clear(self) -> None: ...


Cached = TypeVar("Cached", bound=_Clearable)
_actions: list[Callable[[], None]] = []


def until_removal(cached: Cached) -> Cached:
    """Mark a function under `st.cache_data` or `st.cache_resource`: a removal empties its cache, for all sessions."""
    _actions.append(cached.clear)
    return cached


def at_removal(action: Callable[[], None]) -> Callable[[], None]:
    """Mark what a removal does besides."""
    _actions.append(action)
    return action


def drop_everything_kept() -> None:
    """Let go of everything that was made from the copy, for every session of this process."""
    for action in _actions:
        action()
