"""Parts of the report of exact figures, each of a few results of the analysis."""

from datetime import date
from functools import partial

import pandas as pd

from smartia.analysis.cumulative import cumulative_by_year, totals_to_date
from smartia.analysis.duration_groups import largest_groups
from smartia.analysis.durations import duration_ecdf, duration_summary, minutes_for_share
from smartia.analysis.finish_marks import finish_marks
from smartia.analysis.ladder import shares_on_ladder
from smartia.analysis.levels import count_unit, level_mix
from smartia.analysis.slots import plan_slot
from smartia.analysis.trends import level_mix_by_period, share_by_period, unit_by_period, volume_by_period
from smartia.analysis.versions import count_versions, list_versions, mark_segments, version_changes
from smartia.analysis.year_sessions import YearSessions
from smartia.charts.durations import build_quartile_chart
from smartia.charts.finishing import build_ecdf_chart
from smartia.charts.ladder import build_ladder_chart
from smartia.charts.levels import build_level_mix_chart
from smartia.charts.theme import CHART_GROUPS
from smartia.charts.trends import build_level_mix_trend_chart, build_share_trend_chart, build_volume_chart
from smartia.export.exhibits import Drawing, Exhibit, Field, Format, make_exhibit, make_level_exhibit
from smartia.report.contents import Part
from smartia.store.manifest import Manifest
from smartia.table.levels import rank_of
from smartia.words.changes import attempts_note
from smartia.words.columns import COLUMN_LABELS
from smartia.words.figures import finish_words, half_words, slot_sentence
from smartia.words.finding_sentences import FINDING_LABELS, name_kinds, summary
from smartia.words.numbers import count, moment, percent
from smartia.words.sentences import totals_sentence

SLOT_MIN = 60
SLOT_SHARE = 0.9
_SHARES = (0.5, 0.75, 0.9, 0.95)
_BY_SUBJECT = COLUMN_LABELS | {"group": "Subject"}

Rule = tuple[str, ...]
"""What charts state about the sessions that they count."""


def level_parts(frame: pd.DataFrame, rule: Rule) -> tuple[Part, ...]:
    """Show how each subject spreads over the ladder, and which share is at each level or above.

    Args:
        frame: The sessions that count, at least one.
        rule: What the charts state.
    """
    unit, mix = count_unit(frame, "subject"), level_mix(frame, "subject")
    title = "Mix of levels, by subject"
    spread = Part(
        "How they spread over the ladder",
        drawing=Drawing(title, partial(build_level_mix_chart, mix, unit=unit), rule),
        table=make_level_exhibit(title, mix, "group", "share", "Subject"),
    )
    ladder = shares_on_ladder(frame, "subject")
    if ladder.empty:
        return (spread, Part(sentences=("No level can be read under these filters.",)))
    drawn = largest_groups(ladder.drop_duplicates("group"), CHART_GROUPS)
    steps = ladder[ladder["group"].isin(drawn)]
    title = "Share at or above each level, by subject"
    return (
        spread,
        Part(
            "At or above each level",
            sentences=tuple(
                f"{group}: {half_words(rows, unit.removesuffix('s'))}"
                for group, rows in ladder.groupby("group", sort=False)
            ),
            drawing=Drawing(title, partial(build_ladder_chart, steps, unit=unit), rule),
            table=make_exhibit(
                title,
                ladder,
                ["group", "level", "n", "reached", "share", "low", "high"],
                _BY_SUBJECT | {"level": "Level or above"},
            ),
            notes=("Each dot counts everyone at its level or above it. Levels that cannot be read are left out.",),
        ),
    )


def volume_part(years: YearSessions, since: date | None, rule: Rule) -> Part:
    """Show how many sessions each academic year has, subject by subject.

    Args:
        years: The sessions of the academic years.
        since: The first day that counts.
        rule: What the chart states.
    """
    volume = volume_by_period(years.full, "academic_year", years.as_of, "subject", since=since)
    totals = totals_to_date(cumulative_by_year(years), years.as_of)
    return Part(
        "How many",
        sentences=(totals_sentence(totals, years.as_of, since),),
        drawing=Drawing("Sessions by academic year", partial(build_volume_chart, volume), rule),
        table=make_exhibit(
            "Sessions and learners by academic year and subject",
            volume,
            ["period", "group", "sessions", "learners", "running"],
            _BY_SUBJECT | {"period": "Academic year"},
        ),
        notes=(attempts_note("academic_year", years.filters.attempts),),
    )


def years_of_subject(
    whole: pd.DataFrame, years: YearSessions, subject: str, rows: pd.DataFrame, level: str, rule: Rule
) -> tuple[Part, ...]:
    """Show the shares and the levels of a subject year by year, with the days on which its tests changed.

    Args:
        whole: The analysis frame before any filter.
        years: The sessions of the academic years.
        subject: Its name.
        rows: Its sessions among them.
        level: The level to reach.
        rule: What the charts state.
    """
    as_of, since = years.as_of, years.filters.since
    unit = unit_by_period(rows, "academic_year")
    found = share_by_period(rows, "academic_year", rank_of(level), as_of, since=since)
    shares = mark_segments(found, count_versions(rows, "academic_year"))
    mix = level_mix_by_period(rows, "academic_year", as_of, since=since)
    changes = version_changes(rows, list_versions(whole), "academic_year")
    reached, spread = f"{subject}: share at {level} or above", f"{subject}: mix of levels"
    labels = COLUMN_LABELS | {"period": "Academic year"}
    columns = ["period", "n", "reached", "share", "low", "high", "unreadable", "running"]
    line = partial(build_share_trend_chart, shares, level_label=level, changes=changes, unit=unit)
    return (
        Part(reached, drawing=Drawing(reached, line, rule), table=make_exhibit(reached, shares, columns, labels)),
        Part(
            spread,
            drawing=Drawing(spread, partial(build_level_mix_trend_chart, mix, unit=unit), rule),
            table=make_level_exhibit(spread, mix, "period", "share", "Academic year"),
        ),
    )


def duration_parts(frame: pd.DataFrame, rule: Rule) -> tuple[Part, ...]:
    """Show how long the tests of each subject took, who had finished by when, and what a slot is enough for.

    Args:
        frame: The sessions that count, at least one.
        rule: What the charts state.
    """
    unit, quartiles = count_unit(frame, "subject"), duration_summary(frame, "subject")
    drawn = largest_groups(quartiles, CHART_GROUPS)
    shown = quartiles[quartiles["group"].isin(drawn)]
    title = "Median and the middle half of the durations"
    columns = ["group", "n", "shortest_min", "q1_min", "median_min", "q3_min", "p90_min", "longest_min"]
    plan = plan_slot(frame, SLOT_MIN, SLOT_SHARE, "subject")
    plan_labels = _BY_SUBJECT | {
        "n": "Sessions",
        "reached": f"Within {SLOT_MIN} min",
        "plan_min": f"{percent(SLOT_SHARE)} within (min)",
    }
    return (
        Part(
            "How long it took",
            drawing=Drawing(title, partial(build_quartile_chart, shown, log=True, unit=unit), rule),
            table=make_exhibit(title, quartiles, columns, _BY_SUBJECT),
            notes=("Time on the test as the API gives it; pauses are not counted. Unfinished tests are absent.",),
        ),
        _finish_part(frame, drawn, rule),
        Part(
            f"A slot of {SLOT_MIN} minutes",
            sentences=tuple(slot_sentence(row, SLOT_MIN, SLOT_SHARE) for row in plan.to_dict("records")),
            table=make_exhibit(
                "Sessions that would have finished within the slot, by subject",
                plan,
                ["group", "n", "reached", "share", "low", "high", "plan_min"],
                plan_labels,
            ),
            notes=("Add time to settle, to log in and for pauses.",),
        ),
    )


def _finish_part(frame: pd.DataFrame, drawn: list[str], rule: Rule) -> Part:
    by_share = {share: minutes_for_share(frame, share, "subject") for share in _SHARES}
    finish = by_share[SLOT_SHARE]
    known = finish[finish["n"] > 0]
    lines, limits = (table[table["group"].isin(drawn)] for table in (duration_ecdf(frame, "subject"), finish))
    marks = finish_marks(frame, limits, "subject")
    draw = partial(
        build_ecdf_chart,
        lines,
        share=SLOT_SHARE,
        finish_within=limits,
        marks=marks,
        log=True,
    )
    wide = finish[["group", "n"]].assign(
        **{f"within_{share}": table["minutes"].to_numpy() for share, table in by_share.items()}
    )
    fields = (
        Field("group", "Subject", Format.TEXT),
        Field("n", "Sessions", Format.COUNT),
        *(Field(f"within_{share}", f"{percent(share)} within (min)", Format.COUNT) for share in _SHARES),
    )
    return Part(
        "Who has finished by when",
        sentences=tuple(
            f"{group}: {finish_words(int(n), int(limit), SLOT_SHARE)}."
            for group, n, limit in zip(known["group"], known["n"], known["minutes"], strict=True)
        ),
        drawing=Drawing("Who has finished by when", draw, rule),
        table=Exhibit("Minutes within which a share had finished, by subject", wide, fields),
    )


def quality_parts(manifest: Manifest, found: pd.DataFrame) -> tuple[Part, ...]:
    """Say whether the data are whole, and what in them cannot be trusted, over all sessions whatever the filters.

    Args:
        manifest: What the snapshot holds.
        found: A result of `count_findings`.
    """
    numbers = (
        ("Promised by the API", count(manifest.total)),
        ("Sessions held", count(manifest.rows)),
        ("Set aside", count(manifest.rejected)),
        ("Difference", f"{manifest.missing:,}"),
    )
    occurring = found[found["n"] > 0]
    table = make_exhibit("Findings by kind", name_kinds(occurring), [*FINDING_LABELS], FINDING_LABELS)
    return (
        Part(
            "Is everything here?",
            numbers=numbers,
            sentences=(f"Pulled {moment(manifest.fetched_at)} (UK time) from {manifest.source}.",),
            notes=("This section looks at every session: filters do not apply.",),
        ),
        Part("Findings", sentences=(summary(found),), table=table if len(occurring) else None),
    )
