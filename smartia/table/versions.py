"""Names for test versions, which the API knows by UUID alone."""

import re

import pandas as pd

_CODE = re.compile(r" \(\w+\)$")


def version_labels(test_version_ids: pd.Series, test_names: pd.Series, completed_on: pd.Series) -> dict[str, str]:
    """Name each test version by its order within its test and the day on which it was first completed.

    Args:
        test_version_ids: The version of each session.
        test_names: The test of each session.
        completed_on: The local date of each session.

    Returns:
        version id → label such as "Version 2, from 7 Jan 2025 (3fa8c2d1)", by test and then by first day. The
        first characters of the id keep labels apart.
    """
    seen = pd.DataFrame({"version": test_version_ids, "test": test_names, "day": completed_on})
    first = seen.groupby("version", as_index=False, observed=True).agg(test=("test", "first"), day=("day", "min"))
    first = first.astype({"version": "str", "test": "str"})
    first = first.sort_values(["test", "day", "version"], ignore_index=True)
    numbers = first.groupby("test").cumcount() + 1
    return {
        version: f"Version {number}, from {day.day} {day:%b %Y} ({version[:8]})"
        for version, number, day in zip(first["version"], numbers, first["day"], strict=True)
    }


def without_code(label: str) -> str:
    """Name a version without the characters of its id, for where its test is named beside it.

    >>> without_code("Version 2, from 7 Jan 2025 (3fa8c2d1)")
    'Version 2, from 7 Jan 2025'
    """
    return _CODE.sub("", label)
