"""The report of readers who may see exact figures: aggregates under their filters, and nobody's name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, partial

import pandas as pd

from smartia.access import Role
from smartia.analysis.changes import YearChange, changes_table, changes_to_date, latest_changes
from smartia.analysis.durations import duration_summary
from smartia.analysis.levels import count_unit, counts, share_at_or_above
from smartia.analysis.versions import list_versions, versions_held
from smartia.analysis.year_sessions import YearSessions, years_under
from smartia.charts.levels import build_share_chart
from smartia.export.exhibits import Drawing, make_exhibit
from smartia.export.stamp import DEFINITIONS, Stamp
from smartia.report.about import about_exact
from smartia.report.contents import Part, Report, Section, Topic, Wanted
from smartia.report.exact_parts import (
    duration_parts,
    level_parts,
    quality_parts,
    volume_part,
    years_of_subject,
)
from smartia.store.manifest import Manifest
from smartia.table.filters import Filters, apply_filters
from smartia.table.levels import rank_of
from smartia.words.changes import CHANGE_LABELS, DIFFERENCE_NOTE, noun_of, verdicts
from smartia.words.columns import COLUMN_LABELS
from smartia.words.figures import mixed_tests, mixed_versions
from smartia.words.numbers import count, day, minutes
from smartia.words.sentences import change_sentence

NOTICE = (
    "Exact figures, for staff who need them: small numbers are not hidden, and a small number can say something about "
    "a person. For governors, partners or the public use the report of the publish view."
)
NOTHING = "No session fits these filters."


@dataclass(frozen=True)
class Basis:
    """What the figures of a report are made of.

    Attributes:
        whole: The analysis frame before any filter, with `reference_s`. Never changed.
        filters: What counts.
        manifest: What the snapshot holds.
        as_of: The London date on which the data were pulled.
        wanted: What the report is to hold; its subjects are those of the filters.
        findings: Gives a result of `count_findings`, when it is asked for.
    """

    whole: pd.DataFrame
    filters: Filters
    manifest: Manifest
    as_of: date
    wanted: Wanted
    findings: Callable[[], pd.DataFrame]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The sessions that count."""
        return apply_filters(self.whole, self.filters)

    @cached_property
    def years(self) -> YearSessions:
        """The sessions of the academic years."""
        return years_under(self.whole, self.filters, self.as_of)

    @property
    def level(self) -> str:
        """The level that counts as reached."""
        return self.wanted.level

    @property
    def rank(self) -> int:
        """The rank of the level."""
        return rank_of(self.level)


def exact_report(basis: Basis, role: Role, made_at: datetime) -> Report:
    """Put a report of exact figures together.

    Args:
        basis: What the figures are made of.
        role: What its reader may see.
        made_at: The present instant.

    Raises:
        SnapshotUnreadableError: A file of the snapshot is damaged (only with `Topic.QUALITY`).
    """
    held, total = basis.manifest, counts(basis.frame)
    stamp = Stamp(
        title=basis.wanted.title,
        source=held.source,
        pulled_at=held.fetched_at,
        made_at=made_at,
        counted=_counted(basis.filters),
        sessions=count(total.sessions),
        learners=count(total.learners),
        held=count(held.rows),
        set_aside=count(held.rejected),
        missing=count(held.missing),
        role=role.words,
    )
    below = tuple(about_exact(held, counts(basis.frame), replace(basis.filters, group=())))
    sections = tuple(Section(topic.heading, _parts(basis, topic)) for topic in basis.wanted.in_order)
    return Report(basis.wanted.title, basis.wanted.language, tuple(stamp.lines()[1:]), NOTICE, sections, below)


def _counted(filters: Filters) -> str:
    """The filters in words; groups of a reader's own list are counted, since their names may be people's."""
    said = replace(filters, group=()).describe()
    return f"{said} · {count(len(filters.group), 'group')} of the reader's own list" if filters.group else said


def _parts(basis: Basis, topic: Topic) -> tuple[Part, ...]:
    if topic is Topic.QUALITY:
        return quality_parts(basis.manifest, basis.findings())
    if topic is Topic.DEFINITIONS:
        return (Part(terms=DEFINITIONS, notes=(DIFFERENCE_NOTE,)),)
    if basis.frame.empty:
        return (Part(sentences=(NOTHING,)),)
    if topic is Topic.HEADLINES:
        return _headline_parts(basis)
    if topic is Topic.TRENDS:
        return _trend_parts(basis)
    make = level_parts if topic is Topic.LEVELS else duration_parts
    return make(basis.frame, basis.filters.rule)


def _headline_parts(basis: Basis) -> tuple[Part, ...]:
    frame, level = basis.frame, basis.level
    total, summary = counts(frame), duration_summary(frame)
    changes = latest_changes(basis.years, basis.rank, list_versions(basis.whole), "subject")
    shares = share_at_or_above(frame, basis.rank, "subject")
    title = f"Share at {level} or above, by subject"
    columns = ["group", "n", "reached", "share", "low", "high", "unreadable"]
    held = versions_held(frame)
    unit = count_unit(frame, "subject")
    numbers = (
        ("Sessions", count(total.sessions)),
        ("Learners", count(total.learners)),
        ("Median time on the test", minutes(summary["median_min"].iloc[0])),
        ("Newest session", day(frame["completed_on"].max())),
    )
    return (
        Part(numbers=numbers),
        Part(
            f"{level} or above, by subject",
            sentences=_change_sentences(basis, changes),
            drawing=Drawing(
                title, partial(build_share_chart, shares, level_label=level, unit=unit), basis.filters.rule
            ),
            table=make_exhibit(title, shares, columns, COLUMN_LABELS | {"group": "Subject"}),
            notes=(*mixed_tests(held), *filter(None, [mixed_versions(held)])),
        ),
    )


def _trend_parts(basis: Basis) -> tuple[Part, ...]:
    years, rank = basis.years, basis.rank
    changes = changes_to_date(years, rank, list_versions(basis.whole), "subject")
    table = changes_table(changes)
    table = table.assign(verdict=verdicts(table["verdict"], [change.comparability for change in changes]))
    title = f"Share at {basis.level} or above to the same day, against the year before"
    return (
        volume_part(years, basis.filters.since, basis.filters.rule),
        *(
            part
            for subject, rows in years.full.groupby("subject", observed=True)
            for part in years_of_subject(basis.whole, years, str(subject), rows, basis.level, basis.filters.rule)
        ),
        Part(
            f"Every year to the same day ({day(years.as_of)})",
            table=make_exhibit(title, table, [*CHANGE_LABELS], CHANGE_LABELS),
        ),
    )


def _change_sentences(basis: Basis, changes: Sequence[YearChange]) -> tuple[str, ...]:
    nouns = {span: noun_of(basis.years, span) for span in {change.span for change in changes}}
    return tuple(change_sentence(basis.level, change, basis.years.as_of, nouns[change.span]) for change in changes)
