"""Names for test versions."""

import pandas as pd

from smartia.table.versions import version_labels

OLD, NEW, OTHER = "3fa8c2d1-aaaa", "9bc01234-bbbb", "3fa8c2d1-cccc"


def test_labels() -> None:
    """Versions are numbered within their test by their first day, and told apart by the start of their id."""
    seen = [
        (NEW, "Maths", "2025-01-09"),
        (OLD, "Maths", "2024-09-03"),
        (NEW, "Maths", "2025-01-07"),
        (OTHER, "English", "2025-02-01"),
        (OLD, "Maths", "2025-03-01"),
    ]
    versions, tests, days = zip(*seen, strict=True)
    labels = version_labels(pd.Series(versions), pd.Series(tests), pd.Series(pd.to_datetime(list(days))))
    assert labels == {
        OTHER: "Version 1, from 1 Feb 2025 (3fa8c2d1)",
        OLD: "Version 1, from 3 Sep 2024 (3fa8c2d1)",
        NEW: "Version 2, from 7 Jan 2025 (9bc01234)",
    }
    assert list(labels) == [OTHER, OLD, NEW]


def test_no_sessions() -> None:
    """Without sessions there is no label."""
    empty = pd.Series([], dtype="str")
    assert version_labels(empty, empty, pd.Series([], dtype="datetime64[us]")) == {}
