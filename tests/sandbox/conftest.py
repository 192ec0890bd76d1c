"""Colleges shared by the tests of the sandbox; all are immutable."""

from datetime import date

import numpy as np
import pytest

from smartia.sandbox.college import College, build_college
from smartia.sandbox.records import make_records


@pytest.fixture(scope="session")
def college() -> College:
    """Return a college of the default size."""
    return build_college(today=date(2026, 3, 16))


@pytest.fixture(scope="session")
def records(college: College) -> list[dict[str, object]]:
    """Return every record of the college of the default size, in the college's order."""
    return make_records(college, np.arange(len(college)))


@pytest.fixture(scope="session")
def small_college() -> College:
    """Return a college of about 150 sessions."""
    return build_college(learners=60, today=date(2026, 3, 16))
