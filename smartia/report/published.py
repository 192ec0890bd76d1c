"""The report that may be passed on: published counts alone, from the code that decides what the publish view shows."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

import pandas as pd

from smartia.analysis.publish_book import LEVEL, PublishBook
from smartia.analysis.published_tables import Values, cross_table, ladder_table, totals_table
from smartia.charts.published import Show, build_published_bars_chart, build_published_grid_chart, number_text
from smartia.export.exhibits import Drawing, Exhibit, make_exhibit
from smartia.export.stamp import DEFINITIONS
from smartia.report.about import about_published
from smartia.report.contents import Part, Report, Section, Topic, Wanted
from smartia.report.held import held_numbers
from smartia.store.manifest import Manifest
from smartia.table.levels import rank_of
from smartia.words.numbers import moment
from smartia.words.published import (
    AT_OR_ABOVE,
    EVERY_YEAR,
    PUBLISH_RULE,
    bars_table,
    grid_table,
    legend,
    levels_sentence,
    share_words,
    year_rows,
)

NOTICE: Final = (
    "Figures that may be passed on: small numbers are hidden and the others rounded. Whoever keeps an earlier report "
    "can subtract it from this one and learn of the sessions in between, so leave time between two reports."
)
_SHARE: Final[str] = "Share at or above a level"
_TERMS: Final = (
    *(pair for pair in DEFINITIONS if pair[0] != _SHARE),
    (_SHARE, "Of all sessions, those whose level cannot be read included."),
)


def published_report(book: PublishBook, manifest: Manifest, wanted: Wanted, made_at: datetime) -> Report:
    """Put a report of published figures together.

    Args:
        book: What may be shown.
        manifest: When the data were pulled, and whether they are whole.
        wanted: What it is to hold.
        made_at: The present instant.
    """
    chosen = [name for name in book.subjects if name in wanted.subjects or not wanted.subjects]
    about = (
        ("Counted", " ".join(PUBLISH_RULE).removeprefix("Counted: ")),
        *([("Subjects", ", ".join(chosen))] if wanted.subjects else []),
        ("Pulled", f"{moment(manifest.fetched_at)} (UK time) from {manifest.source}"),
        ("View", "publish view"),
        ("Made", f"{moment(made_at)} (UK time) by smartia"),
    )
    sections = tuple(
        Section(topic.heading, _parts(book, manifest, topic, chosen, wanted.level)) for topic in wanted.in_order
    )
    return Report(wanted.title, wanted.language, about, NOTICE, sections, tuple(about_published(manifest)))


def _parts(
    book: PublishBook, manifest: Manifest, topic: Topic, subjects: Sequence[str], level: str
) -> tuple[Part, ...]:
    if topic is Topic.QUALITY:
        return (_held_part(book, manifest),)
    if topic is Topic.DEFINITIONS:
        return (Part(terms=_TERMS), Part("What the marks mean", terms=tuple(legend(book.threshold))))
    if topic is Topic.HEADLINES:
        return _headline_parts(book, subjects, level)
    make = {Topic.LEVELS: _level_parts, Topic.TRENDS: _trend_parts, Topic.DURATIONS: _duration_parts}[topic]
    return tuple(part for subject in subjects for part in make(book, subject, level))


def _headline_parts(book: PublishBook, subjects: Sequence[str], level: str) -> tuple[Part, ...]:
    rank, values = rank_of(level), dict[str, str]()
    table = totals_table({name: (book.levels(name), values) for name in subjects}, rank)
    said = ((name, share_words(book.levels(name), values, rank, EVERY_YEAR)) for name in subjects)
    return (
        _bars(table, "n", "Sessions", "Subject", "Sessions by subject"),
        _bars(
            table,
            "share",
            AT_OR_ABOVE.format(level),
            "Subject",
            f"{level} or above, by subject",
            sentences=tuple(f"{name}: {words}." for name, words in said if words),
        ),
    )


def _level_parts(book: PublishBook, subject: str, level: str) -> tuple[Part, ...]:
    del level  # the ladder has every level
    counts, rows = book.levels(subject), year_rows(book)
    mix = cross_table(counts, rows, LEVEL)
    ladder = ladder_table(counts, rows)
    sentence = levels_sentence(counts, {}, EVERY_YEAR)
    return (
        _grid(
            mix, "share", f"{subject}: share of the year's sessions", "Academic year", "Level", sentences=(sentence,)
        ),
        _grid(ladder, "share", f"{subject}: share of all sessions at the level or above", "Academic year", "Level"),
    )


def _trend_parts(book: PublishBook, subject: str, level: str) -> tuple[Part, ...]:
    counts, rows = book.levels(subject), year_rows(book)
    totals = totals_table({name: (counts, row) for name, row in rows.items()}, rank_of(level))
    terms = cross_table(book.terms(subject), rows, "part", shares=False, total="All")
    return (
        _bars(totals, "share", AT_OR_ABOVE.format(level), "Academic year", f"{subject}: {level} or above, by year"),
        _grid(terms, "n", f"{subject}: sessions by term", "Academic year", "Term"),
    )


def _duration_parts(book: PublishBook, subject: str, level: str) -> tuple[Part, ...]:
    del level  # durations are counted whatever the level
    every: dict[str, Values] = {EVERY_YEAR: {}}
    bands = cross_table(book.durations(subject), every, "band")
    median = book.medians(subject).get(None)
    said = () if median is None else (f"Half of the sessions took no longer than {median} min ({EVERY_YEAR}).",)
    rows = bands.assign(row=bands["column"])
    return (
        _bars(rows, "share", "Share of sessions", "Time on the test", f"{subject}: time on the test", sentences=said),
    )


def _held_part(book: PublishBook, manifest: Manifest) -> Part:
    whole = "The copy differs from what the API says it has."
    if not manifest.missing:
        whole = "The copy is complete: everything that the API promised is held or was set aside."
    return Part(
        "Is everything here?",
        numbers=tuple((label, number_text(number)) for label, number in held_numbers(manifest, book).items()),
        sentences=(whole,),
        notes=("Here all attempts count; elsewhere the latest of each learner at each test.",),
    )


def _bars(
    table: pd.DataFrame, show: Show, what: str, row: str, heading: str, *, sentences: tuple[str, ...] = ()
) -> Part:
    drawing = Drawing(heading, partial(build_published_bars_chart, table, show=show, title=what), PUBLISH_RULE)
    return Part(heading, sentences=sentences, drawing=drawing, table=_texts(bars_table(table, row), heading))


def _grid(
    table: pd.DataFrame, show: Show, heading: str, row: str, column: str, *, sentences: tuple[str, ...] = ()
) -> Part:
    draw = partial(build_published_grid_chart, table, show=show, rows=row, columns=column, title=heading)
    drawing = Drawing(heading, draw, PUBLISH_RULE)
    return Part(heading, sentences=sentences, drawing=drawing, table=_texts(grid_table(table, row, show), heading))


def _texts(shown: pd.DataFrame, title: str) -> Exhibit:
    return make_exhibit(title, shown, list(shown.columns), {})
