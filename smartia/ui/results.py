"""Results of one reader alone, such as figures by the groups of the list that the reader brought."""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar, cast

from smartia.ui.keys import name_result

R = TypeVar("R")
_MOST = 150
"""Results that are kept for a reader, those used last: about as many as the last few filters gave."""


class Results:
    """What a reader's own list was worked out to, for as long as the list and the data behind it are there."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, object] | None = OrderedDict()

    def remember(self, key: str, work: Callable[[], R]) -> R:
        """Do a piece of work, or remember what came of it.

        Args:
            key: Tells it from any other.
            work: The work.

        Returns:
            What came of it: never change it.
        """
        kept = self._found
        if kept is None:
            return work()
        if key in kept:
            kept.move_to_end(key)
            return cast("R", kept[key])
        found = work()
        name_result(found, key)
        kept[key] = found
        if len(kept) > _MOST:
            kept.popitem(last=False)
        return found

    def close(self) -> None:
        """Let go of everything for good: a run that is under way keeps nothing more either."""
        self._found = None

    def __len__(self) -> int:
        """How many results are kept."""
        return len(self._found or ())
