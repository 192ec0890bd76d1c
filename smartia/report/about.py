"""What pictures say below their titles."""

from smartia.analysis.levels import Counts
from smartia.store.manifest import Manifest
from smartia.table.filters import Filters
from smartia.words.numbers import count, moment


def about_exact(manifest: Manifest, found: Counts, filters: Filters) -> list[str]:
    """Say below the titles of pictures which sessions count, how many they are, and when they were pulled.

    Args:
        manifest: What the snapshot holds.
        found: How many sessions count.
        filters: Which these are; the rule of attempts is stated by each chart.
    """
    n = f"{count(found.sessions, 'session')} of {count(found.learners, 'learner')}"
    chosen = [" · ".join(filters.choices)] if filters.choices else []
    return [*chosen, f"n = {n} · pulled {moment(manifest.fetched_at)}"]


def about_published(manifest: Manifest) -> list[str]:
    """Say below the titles of the publish view's pictures what they are and when they were pulled; no number.

    Args:
        manifest: What the snapshot holds.
    """
    return [f"Publish view · pulled {moment(manifest.fetched_at)}"]
