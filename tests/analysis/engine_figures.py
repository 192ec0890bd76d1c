"""Everything that pages work out of sessions, as functions of a frame of any engine: name → figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd

from smartia.analysis import (
    changes,
    cohort_labels,
    cohort_pairs,
    cumulative,
    duration_groups,
    duration_review,
    durations,
    finding_counts,
    findings,
    finish_marks,
    groups,
    hours,
    ladder,
    levels,
    plan_windows,
    profile_matrix,
    profile_order,
    profiles,
    quality,
    seats,
    sittings,
    slots,
    trends,
    versions,
    year_levels,
)
from smartia.analysis.periods import PERIODS, rows_of_period
from smartia.analysis.publish_book import PublishBook
from smartia.analysis.year_sessions import years_under
from smartia.table.collected import collected, last_of_each, newest
from smartia.table.filters import AttemptRule, Filters

Figure = Callable[[Any], Any]

AS_OF = dt.date(2025, 3, 16)
NOW = dt.datetime(2025, 3, 16, 12, tzinfo=dt.UTC)
BY = ("subject", "gender", "age_band", "academic_year", "term", "level_whole", "sitting", "test_version", "level")
WORK = hours.WorkingHours()
PAIRS = (
    cohort_pairs.Pair("gender", "female", "male"),
    cohort_pairs.Pair("age_band", "16–18", None),
    cohort_pairs.Pair("term", "2024/25 Autumn", "2023/24 Autumn"),
)
SHOWN = ["learner", "ended_at", "level", "sitting", "test_name"]
EVERYBODY = pd.DataFrame({"group": pd.Categorical(["a", "b", "b"], ordered=True), "accounts": [1, 2, 0]})


def rows(pick: Figure) -> Figure:
    """Show the sessions that are picked, as a list of sessions does."""
    return lambda frame: listed(collected(pick(frame), SHOWN))


def listed(sessions: pd.DataFrame) -> pd.DataFrame:
    """Sessions as they are shown: which categories there are besides depends on what was fetched."""
    names = {"level", "test_name", "group"} & set(sessions.columns)
    return sessions.astype(dict.fromkeys(names, "str"))


def years(figure: Callable[..., Any], rule: AttemptRule, **chosen: Any) -> Figure:
    """Work out a figure of the academic years under an attempt rule."""
    return lambda frame: figure(years_under(frame, Filters(attempts=rule, **chosen), AS_OF))


def pairs(figure: Figure, rule: AttemptRule = AttemptRule.LATEST) -> Figure:
    """Work out a figure of the learners with both subjects."""
    return lambda frame: figure(profiles.compare_levels(profiles.pair_subjects(frame, "English", "Maths", rule)))


def _versions(frame: Any) -> pd.DataFrame:
    return versions.list_versions(frame)


def _book(frame: Any) -> list[Any]:
    book = PublishBook(frame, 5, "a secret of the tests")
    parts = [
        (book.levels(name), book.durations(name), book.terms(name), book.rooms(name), book.medians(name))
        for name in book.subjects
    ]
    shown = [[vars(part) if hasattr(part, "__dict__") else dict(part) for part in part_of] for part_of in parts]
    return [book.subjects, book.years, shown, vars(book.profile("Maths", "English"))]


def _flags(frame: Any) -> pd.DataFrame:
    flagged = findings.flag_sessions(frame, NOW)
    return pd.concat([collected(frame, ["learner", "month"]), flagged], axis=1)


FIGURES: dict[str, Figure] = {
    "counts": levels.counts,
    "days": levels.days_between,
    "unit": lambda frame: levels.count_unit(frame, "subject"),
    **{f"whole levels by {by}": lambda frame, by=by: levels.level_mix(frame, by) for by in BY},
    "half levels": lambda frame: levels.level_mix(frame, "subject", detail="half"),
    **{f"shares by {by}": lambda frame, by=by: levels.share_at_or_above(frame, 40, by) for by in BY},
    "ladder": lambda frame: ladder.shares_on_ladder(frame, "subject"),
    "without short sittings": lambda frame: ladder.shares_without_short(frame, 40, 0.25, "subject"),
    "behind a bar": rows(lambda frame: ladder.rows_at(frame, "subject", "Maths", None)),
    "behind a segment": rows(lambda frame: ladder.rows_at(frame, "gender", "female", "Entry 2")),
    "behind half a segment": rows(lambda frame: ladder.rows_at(frame, "subject", "Maths", "Level 1 Lower", "half")),
    "behind no half": rows(lambda frame: ladder.rows_at_level(frame, "Entry 2", "half")),
    "behind what cannot be read": rows(lambda frame: ladder.rows_at(frame, "level_whole", "Not readable", None)),
    "histogram": lambda frame: durations.duration_histogram(frame, None, "subject"),
    "bins that double": lambda frame: durations.duration_histogram(frame, durations.LogBins(), "gender"),
    "quartiles": lambda frame: durations.duration_summary(frame, "subject"),
    "finished by": lambda frame: durations.duration_ecdf(frame, "subject"),
    "minutes for a share": lambda frame: durations.minutes_for_share(frame, 0.9, "level_whole"),
    "slots": lambda frame: slots.plan_slot(frame, 60, 0.9, "subject"),
    "marks of minutes": lambda frame: finish_marks.finish_marks(
        frame, durations.minutes_for_share(frame, 0.9, "subject"), "subject"
    ),
    "behind a mark": rows(lambda frame: finish_marks.rows_finished(frame, 20)),
    "versions by name": lambda frame: durations.duration_summary(duration_groups.named_versions(frame), "test_version"),
    "odd durations": lambda frame: duration_review.count_odd_durations(
        duration_review.mark_odd_durations(frame), "subject"
    ),
    "odd sessions": rows(
        lambda frame: duration_review.odd_sessions(duration_review.mark_odd_durations(frame), "short")
    ),
    "sittings": lambda frame: sittings.count_by_sitting(frame, 40, "subject"),
    "unreadable levels": quality.unreadable_levels,
    "findings on durations": quality.duration_findings,
    "findings": _flags,
    "findings counted": lambda frame: finding_counts.count_findings(_flags(frame), findings.SESSION_FINDINGS, 2),
    "versions": _versions,
    "versions held": versions.versions_held,
    "changes of versions": lambda frame: versions.version_changes(frame, _versions(frame), "term"),
    "segments": lambda frame: versions.mark_segments(
        trends.share_by_period(frame, "month", 40, AS_OF), versions.count_versions(frame, "month")
    ),
    "hours": lambda frame: hours.count_by_hours(frame, 40, WORK, "subject"),
    "hours by version": lambda frame: hours.count_versions_by_hours(frame, 40, WORK, _versions(frame), "subject"),
    "behind the hours": rows(lambda frame: hours.rows_begun(frame, WORK, "out of hours")),
    "placed": seats.count_placed,
    "seats": seats.seat_peaks,
    "behind a seat": rows(lambda frame: seats.rows_seated(frame, 2, 9 * 60, 12 * 60)),
    "begun within": rows(
        lambda frame: plan_windows.begun_within(frame, plan_windows.planning_windows(AS_OF)["last_year"])
    ),
    **{f"volume by {p}": lambda frame, p=p: trends.volume_by_period(frame, p, AS_OF, "subject") for p in PERIODS},
    **{f"levels by {p}": lambda frame, p=p: trends.level_mix_by_period(frame, p, AS_OF) for p in PERIODS},
    **{f"shares by {p}": lambda frame, p=p: trends.share_by_period(frame, p, 40, AS_OF) for p in PERIODS},
    "unit by period": lambda frame: trends.unit_by_period(frame, "term", "subject"),
    "behind a period": rows(lambda frame: rows_of_period(frame, "term", dt.date(2024, 8, 1))),
    **{
        f"{name}, {rule}": years(figure, rule, gender=("female", "male"))
        for rule in AttemptRule
        for name, figure in {
            "year to date": lambda held: trends.year_to_date(held, 40, "subject"),
            "day by day": cumulative.cumulative_by_year,
            "counted on a day": lambda held: levels.counts(held.counted_on("2023/24", dt.date(2024, 1, 15))),
        }.items()
    },
    "changes": lambda frame: changes.changes_to_date(
        years_under(frame, Filters(), AS_OF),
        trends.year_to_date(years_under(frame, Filters(), AS_OF), 40, "subject"),
        _versions(frame),
        "subject",
    ),
    "levels of years": lambda frame: year_levels.compare_years(
        years_under(frame, Filters(), AS_OF), "2024/25", "2023/24", _versions(frame), "subject"
    ),
    **{
        f"cohorts by {pair.by}": lambda frame, pair=pair: cohort_pairs.compare_cohorts(
            frame, pair, 40, AS_OF, _versions(frame)
        )
        for pair in PAIRS
    },
    **{f"list of {by}": lambda frame, by=by: cohort_labels.list_cohorts(frame, by) for by in ("week", "age_band")},
    "pairs": lambda frame: profiles.pair_subjects(frame, "English", "Maths"),
    "coverage of pairs": lambda frame: profiles.coverage(profiles.pair_subjects(frame, "English", "Maths")),
    "matrix": pairs(profile_matrix.profile_matrix, AttemptRule.FIRST),
    "agreement": pairs(lambda compared: profiles.level_agreement(compared, 2)),
    "order": pairs(lambda compared: profile_order.reach_by_order(compared, 40, "English", "Maths")),
    "gaps": pairs(profile_order.sitting_gaps),
    "usual pair": lambda frame: cohort_labels.usual_pair(frame, "term", AS_OF),
    "newest sessions": lambda frame: listed(newest(frame, SHOWN, 50)),
    "newest of each": lambda frame: listed(last_of_each(frame, "learner", SHOWN)),
}
"""Of the sessions that count."""

OF_ALL: dict[str, Figure] = {"publish book": _book}
"""Of the analysis frame, which knows no filters."""

_REPEATED = {
    *(f"{figure} by {by}" for figure in ("whole levels", "shares") for by in set(BY) - {"gender", "level_whole"}),
    *(f"{figure} by {period}" for figure in ("volume", "levels", "shares") for period in set(PERIODS) - {"term"}),
}
ONE_OF_EACH = {name: figure for name, figure in FIGURES.items() if name not in _REPEATED}
"""The same without those that differ from another in the column that they are counted by alone."""

OF_LISTS: dict[str, Figure] = {
    "levels by group": lambda frame: levels.level_mix(frame, "group"),
    "coverage": lambda frame: groups.coverage(EVERYBODY, frame),
    "completion": lambda frame: groups.completion(EVERYBODY, frame, by_group=True),
    "who has none": lambda frame: groups.without_session(EVERYBODY, frame),
    "newest of each": lambda frame: listed(groups.newest_of_each(frame)[[*SHOWN, "group"]]),
    "cohorts by group": lambda frame: cohort_pairs.compare_cohorts(
        frame, cohort_pairs.Pair("group", "Art", None), 40, AS_OF, _versions(frame)
    ),
}
"""Of the analysis frame, with the columns `group` and `person` of an uploaded list."""
