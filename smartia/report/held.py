"""How much a snapshot holds, as far as it may be published."""

from smartia.analysis.disclosure import rounded
from smartia.analysis.publish_book import PublishBook
from smartia.store.manifest import Manifest


def held_numbers(manifest: Manifest, book: PublishBook) -> dict[str, int | None]:
    """Say how many sessions were promised and are held, and how many records were set aside, to the nearest 5.

    Args:
        manifest: What the snapshot holds.
        book: What may be shown of it.

    Returns:
        Label → number; None where it is hidden.
    """
    aside_is_shown = manifest.rejected == 0 or manifest.rejected >= book.threshold
    held_is_shown = manifest.rows >= book.threshold and book.shows_every_subject()
    total_is_shown = aside_is_shown and held_is_shown and manifest.missing == 0
    return {
        "Promised by the API": rounded(manifest.total) if total_is_shown else None,
        "Sessions held": rounded(manifest.rows) if held_is_shown else None,
        "Set aside": rounded(manifest.rejected) if aside_is_shown else None,
    }
