"""Making a report of a snapshot in one go, in the role that the settings give."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

import pandas as pd

from smartia.access import Role
from smartia.analysis.publish_book import PublishBook
from smartia.engines.kept_frame import whole_frame
from smartia.errors import SettingsError
from smartia.report.contents import Report, Wanted
from smartia.report.exact import Basis, exact_report
from smartia.report.flags import snapshot_findings
from smartia.report.published import published_report
from smartia.settings import Settings
from smartia.store.snapshot import Snapshot
from smartia.table.calendar import today_in_london
from smartia.table.filter_links import check_filters
from smartia.table.filters import Filters

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def make_report(
    snapshot: Snapshot, settings: Settings, role: Role, filters: Filters, wanted: Wanted, made_at: datetime
) -> Report:
    """Make a report.

    Args:
        snapshot: What the figures are made of.
        settings: Where small numbers begin, and the secret by which they are hidden.
        role: What the reader may see: exact figures under the filters, or published ones, which know no filters.
        filters: Which sessions count.
        wanted: What it is to hold.
        made_at: The present instant.

    Raises:
        SettingsError: A subject is none of the data's, or the language is no code of one.
        LinkError: The data have not the values that the filters name.
        SnapshotUnreadableError: A file of the snapshot is damaged.
    """
    check_language(wanted.language)
    whole = whole_frame(snapshot)
    _check_subjects(whole, wanted.subjects)
    if not role.sees_exact_figures:
        book = PublishBook(whole, settings.publish_threshold, settings.account)
        return published_report(book, snapshot.manifest, wanted, made_at)
    check_filters(whole, filters)
    basis = Basis(
        whole,
        replace(filters, subject=wanted.subjects) if wanted.subjects else filters,
        snapshot.manifest,
        today_in_london(snapshot.manifest.fetched_at),
        wanted,
        partial(snapshot_findings, snapshot, whole),
    )
    return exact_report(basis, role, made_at)


def check_language(code: str) -> None:
    """Look whether a text has the form of a code of a language (BCP 47), such as "cy" or "en-GB".

    Raises:
        SettingsError: It has not.
    """
    if not _LANGUAGE.fullmatch(code):
        raise SettingsError("The language of the title is no code of a language.", "Welsh is cy, English en-GB.")


def _check_subjects(whole: pd.DataFrame, subjects: Sequence[str]) -> None:
    known = [str(name) for name in whole["subject"].cat.categories]
    if not set(subjects) <= set(known):
        raise SettingsError("These data have no such subject.", f"They have: {', '.join(known)}.")
