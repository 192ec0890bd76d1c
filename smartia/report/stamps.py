"""What exports say about themselves, made of what is counted."""

import datetime as dt

from smartia.access import Role
from smartia.analysis.levels import Counts
from smartia.export.stamp import PublishedStamp, Stamp
from smartia.settings import PublishThreshold
from smartia.store.manifest import Manifest
from smartia.table.filters import Filters
from smartia.words.numbers import count
from smartia.words.published import PUBLISH_RULE, legend


def exact_stamp(
    title: str, manifest: Manifest, found: Counts, filters: Filters, role: Role, made_at: dt.datetime
) -> Stamp:
    """Say what an export of exact figures is.

    Args:
        title: What it is called.
        manifest: What the snapshot holds.
        found: How many sessions count.
        filters: Which these are.
        role: Who takes it away.
        made_at: The present instant.
    """
    return Stamp(
        title=title,
        source=manifest.source,
        pulled_at=manifest.fetched_at,
        made_at=made_at,
        counted=filters.describe(),
        sessions=count(found.sessions),
        learners=count(found.learners),
        held=count(manifest.rows),
        set_aside=count(manifest.rejected),
        missing=count(manifest.missing),
        role=role.words,
    )


def published_stamp(
    title: str, manifest: Manifest, threshold: PublishThreshold, made_at: dt.datetime
) -> PublishedStamp:
    """Say what an export of published figures is; no count.

    Args:
        title: What it is called.
        manifest: When the data were pulled, and from where.
        threshold: The least number that is shown.
        made_at: The present instant.
    """
    return PublishedStamp(
        title=title,
        source=manifest.source,
        pulled_at=manifest.fetched_at,
        made_at=made_at,
        counted=" ".join(PUBLISH_RULE).removeprefix("Counted: "),
        marks=tuple(legend(threshold)),
    )
