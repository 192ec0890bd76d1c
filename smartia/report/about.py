"""What pictures say below their titles."""

import pandas as pd

from smartia.store.manifest import Manifest
from smartia.table.filters import Filters
from smartia.words.numbers import count, moment


def about_exact(manifest: Manifest, frame: pd.DataFrame, filters: Filters) -> list[str]:
    """Say below the titles of pictures which sessions count, how many they are, and when they were pulled.

    Args:
        manifest: What the snapshot holds.
        frame: The sessions that count.
        filters: Which these are; the rule of attempts is stated by each chart.
    """
    n = f"{count(len(frame), 'session')} of {count(int(frame['learner'].nunique()), 'learner')}"
    chosen = [" · ".join(filters.choices)] if filters.choices else []
    return [*chosen, f"n = {n} · pulled {moment(manifest.fetched_at)}"]


def about_published(manifest: Manifest) -> list[str]:
    """Say below the titles of the publish view's pictures what they are and when they were pulled; no number.

    Args:
        manifest: What the snapshot holds.
    """
    return [f"Publish view · pulled {moment(manifest.fetched_at)}"]
