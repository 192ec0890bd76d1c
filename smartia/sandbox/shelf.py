"""The shelf: a college's sessions in order, with their records, made for each answer or all of them beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from smartia.sandbox.college import College
from smartia.sandbox.index import SessionIndex
from smartia.sandbox.records import make_records

__all__ = ["Shelf"]

_PREPARED_AT_ONCE: Final = 10_000


@dataclass(frozen=True)
class Shelf:
    """What is served.

    Attributes:
        index: The sessions in order.
        prepared: Their records as JSON, by row; None where they are made when they are asked for.
    """

    index: SessionIndex
    prepared: Sequence[msgspec.Raw] | None

    @classmethod
    def fill(cls, college: College, *, is_prepared: bool) -> "Shelf":
        """Put a college's sessions in order.

        Args:
            college: The college.
            is_prepared: Whether all records are made beforehand.
        """
        return cls(SessionIndex(college), _prepare(college) if is_prepared else None)

    def records_of(self, rows: NDArray[np.intp]) -> Sequence[object]:
        """Give the API's records of some sessions, ready to be encoded.

        Args:
            rows: Rows of the college, in the order wanted.
        """
        if self.prepared is None:
            return make_records(self.index.college, rows)
        return [self.prepared[row] for row in rows.tolist()]


def _prepare(college: College) -> Sequence[msgspec.Raw]:
    starts = range(0, len(college), _PREPARED_AT_ONCE)
    pieces = (make_records(college, np.arange(start, min(start + _PREPARED_AT_ONCE, len(college)))) for start in starts)
    return [msgspec.Raw(msgspec.json.encode(record)) for records in pieces for record in records]
