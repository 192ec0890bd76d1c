"""Sessions that most tests of analysis share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.analysis.plain_sessions import frame_of, random_sessions

if TYPE_CHECKING:
    import pandas as pd


@pytest.fixture(scope="session")
def plain() -> list[dict[str, Any]]:
    """400 random sessions as plain values."""
    return random_sessions(400)


@pytest.fixture(scope="session")
def sessions(plain: list[dict[str, Any]]) -> pd.DataFrame:
    """The same 400 sessions as an analysis frame."""
    return frame_of(plain)
