"""Opening the analysis frame in the engine that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from smartia.engines.kept_frame import whole_frame
from smartia.loading import account_folder
from smartia.settings import Engine
from smartia.table.kept_codes import KeptCodes
from smartia.table.picked import Picked

if TYPE_CHECKING:
    import pandas as pd

    from smartia.settings import Settings
    from smartia.store.snapshot import Snapshot
    from smartia.table.collected import AnyFrame


class OpenFrame(Protocol):
    """The analysis frame of a snapshot with `reference_s`, held by an engine. May be used by several threads.

    Frames of other engines than pandas have the place of each session in the column `place`; in pandas it is the label.
    Never change a frame.
    """

    def frame(self) -> AnyFrame:
        """Give the frame, to be used by one thread."""

    def frame_with(self, learners: pd.DataFrame) -> AnyFrame:
        """Give the frame with further columns that are the same in all sessions of a learner.

        Args:
            learners: One row a learner: `learner` and the further columns; those of a learner without a row are
                missing. Categoricals keep their order in pandas alone.
        """

    def close(self) -> None:
        """Let go of what the engine holds; frames given cannot be read afterwards."""


def open_frame(settings: Settings, snapshot: Snapshot) -> OpenFrame:
    """Open the analysis frame of a snapshot in the engine that the settings name.

    With pandas it is read into memory, from a file that whoever opens the snapshot first has made. DuckDB makes a file
    of its own beside the snapshot, once a snapshot, and removes those of earlier ones. Spark makes it anew in each
    process.

    Args:
        settings: The settings.
        snapshot: The account's snapshot.

    Raises:
        SnapshotUnreadableError: A file of the snapshot is damaged, or a newer refresh has replaced it.
        CacheUnwritableError: What an engine makes cannot be written.
    """
    # Both libraries are extras.
    if settings.engine is Engine.DUCKDB:
        from smartia.engines.on_duckdb import DuckDBFrame, make_file

        return DuckDBFrame(make_file(snapshot, account_folder(settings)))
    if settings.engine is Engine.SPARK:
        from smartia.engines.on_spark import SparkFrame

        return SparkFrame(snapshot)
    return PandasFrame(whole_frame(snapshot))


class PandasFrame:
    """The analysis frame in memory.

    Args:
        whole: The frame.
    """

    def __init__(self, whole: pd.DataFrame) -> None:
        self._whole = whole
        self._kept = KeptCodes(len(whole))

    def frame(self) -> Picked:
        """See `OpenFrame`."""
        return Picked.of(self._whole, self._kept)

    def frame_with(self, learners: pd.DataFrame) -> Picked:
        """See `OpenFrame`."""
        whole = self._whole["learner"].to_numpy()
        known = learners["learner"].to_numpy()
        # Learners are numbered from 0, so that a list of places finds them three times as fast as a join.
        places = np.full(max(whole.max(initial=-1), known.max(initial=-1)) + 1, -1)
        places[known] = np.arange(len(known))
        further = learners.drop(columns="learner")
        found = {str(name): values.array.take(places[whole], allow_fill=True) for name, values in further.items()}
        return Picked.of(self._whole, self._kept, found)

    def close(self) -> None:
        """See `OpenFrame`; the memory goes with the last who holds the frame."""
