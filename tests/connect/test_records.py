"""Records: sessions taken apart, and some of them kept."""

from itertools import compress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.handmade import decode, flatten, make_records


@given(st.integers(0, 1000), st.lists(st.booleans(), max_size=30))
def test_keeping_some_keeps_them_whole(seed: int, are_kept: list[bool]) -> None:
    """What `where` keeps gives the rows that the kept records give alone: every column, and nothing of the others."""
    records: list[dict[str, Any]] = make_records(seed, len(are_kept))
    assert flatten(decode(records).where(are_kept)).equals(flatten(decode(list(compress(records, are_kept)))))
