"""The publish book: everything that the publish view can show of one snapshot, decided once for all its choices.

What may be seen together is protected together: all years, genders and age bands of a subject are one set of linked
counts, so no two choices of filters tell a hidden count, in whatever order and by whomever they are made. Nothing has
to be remembered of what was shown before, and nothing is forgotten at a restart: the same snapshot, setting and
secret always give the same book.

The parts of the book are kept apart from each other by what they count. Subjects never stand in one sum. Within a
subject, levels, durations, terms and times of the week share the number of sessions of each year and of all years;
levels decide which of these are shown, and the other parts keep to it. The sessions of the years whose number is
hidden can then be dealt out to these years in any way without changing what another part shows. Profiles count
learners, to the nearest 5 and without shares, so that no difference to the counts of levels can be told from them.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, TypeVar

import narwhals as nw
import numpy as np
import pandas as pd

from smartia.analysis.disclosure import PublishedCounts, publish
from smartia.analysis.grouping import aggregate
from smartia.analysis.linked_counts import count_linked
from smartia.analysis.measures import SIZE
from smartia.analysis.profile_matrix import level_name
from smartia.analysis.profiles import compare_levels, pair_subjects
from smartia.analysis.rooms import WEEKDAYS
from smartia.table.calendar import local_time
from smartia.table.collected import collected
from smartia.table.filters import Filters, apply_filters
from smartia.table.levels import WHOLE_LEVELS, rank_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from narwhals.typing import IntoFrame

    from smartia.analysis.linked_counts import Key
    from smartia.settings import PublishThreshold

T = TypeVar("T")

YEAR: Final = "academic_year"
LEVEL: Final = "level_whole"
REACHED: Final = "Level 1 or above"
"""A sum of levels that is counted, and protected, by itself: the share that readers ask for most."""
REACHED_RANK: Final = rank_of("Level 1")
_REACHED: Final = {REACHED: [level for level in WHOLE_LEVELS if rank_of(level) >= REACHED_RANK]}
GENDERS: Final = {"female": "female", "male": "male"}
OTHER_GENDER: Final = "other or not known"
"""Genders of few learners are one group: apart, they would nearly always be hidden, and others for their sake."""
BAND_MIN: Final = 15
LAST_BAND_MIN: Final = 90
DAYS: Final = (*(day[:3] for day in WEEKDAYS[:5]), "Weekend")
TIMES: Final = ("before 9:00", "9:00–11:00", "11:00–13:00", "13:00–15:00", "15:00–17:00", "17:00 or later")
_OF_PROFILES: Final = ["learner", "subject", "level_rank", "ended_at", "completed_on"]
_TIME_STARTS_H: Final = (9, 11, 13, 15, 17)


class PublishBook:
    """What may be shown of one snapshot. Parts are made when they are first asked for; safe among threads."""

    def __init__(self, frame: IntoFrame, threshold: PublishThreshold, secret: str) -> None:
        """Take the sessions.

        Args:
            frame: The analysis frame before any filter, in any engine, which is not copied: never change it. The latest
                attempt of each learner at each test counts.
            threshold: The least count that is shown.
            secret: Draws which counts are hidden for others' sake; never shown, and the same for every snapshot of
                one account.
        """
        self.threshold: PublishThreshold = threshold
        self._secret = secret
        self._frame = frame
        self._lock = threading.RLock()
        self._parts: dict[tuple[str, ...], object] = {}
        self.subjects, self.years = (_values_of(frame, column) for column in ("subject", YEAR))

    def levels(self, subject: str) -> PublishedCounts:
        """Sessions of a subject by year and level, further by gender, and further by age band."""

        def make() -> PublishedCounts:
            rows = self._rows(subject, YEAR, "gender", "age_band", LEVEL)
            genders = rows["gender"].astype("str").map(GENDERS).fillna(OTHER_GENDER)
            rows = rows.assign(gender=pd.Categorical(genders, [*GENDERS, OTHER_GENDER], ordered=True))
            linked = count_linked(rows, [(YEAR, "gender", LEVEL), (YEAR, "age_band", LEVEL)], {LEVEL: _REACHED})
            return publish(linked, self.threshold, self._secret, by_first=True)

        return self._once(("levels", subject), PublishedCounts, make)

    def durations(self, subject: str) -> PublishedCounts:
        """Sessions of a subject by year and time on the test, in bands of a quarter of an hour: column `band`."""

        def make() -> PublishedCounts:
            rows = self._rows(subject, YEAR, "duration_s")
            starts = (rows["duration_s"] // (BAND_MIN * 60) * BAND_MIN).clip(0, LAST_BAND_MIN).astype("int64")
            order = list(range(0, LAST_BAND_MIN + 1, BAND_MIN))
            bands = pd.Categorical(starts.map(band_name), [band_name(start) for start in order], ordered=True)
            return self._further(subject, rows.assign(band=bands), ["band"])

        return self._once(("durations", subject), PublishedCounts, make)

    def terms(self, subject: str) -> PublishedCounts:
        """Sessions of a subject by year and term: column `part`."""

        def make() -> PublishedCounts:
            rows = self._rows(subject, YEAR, "term")
            names = rows["term"].astype("str").str.split(" ").str[-1]
            parts = pd.Categorical(names, ["Autumn", "Spring", "Summer"], ordered=True)
            return self._further(subject, rows.assign(part=parts), ["part"])

        return self._once(("terms", subject), PublishedCounts, make)

    def rooms(self, subject: str) -> PublishedCounts:
        """Sessions of a subject by year, day and time of day at which they began (UK): columns `weekday`, `time`."""

        def make() -> PublishedCounts:
            rows = self._rows(subject, YEAR, "started_at")
            begun = local_time(rows["started_at"]).dt
            days = begun.day_of_week.clip(upper=len(DAYS) - 1).map(dict(enumerate(DAYS)))
            slots = np.searchsorted(_TIME_STARTS_H, begun.hour, side="right")
            weekdays = pd.Categorical(days, DAYS, ordered=True)
            times = pd.Categorical([TIMES[slot] for slot in slots], TIMES, ordered=True)
            return self._further(subject, rows.assign(weekday=weekdays, time=times), ["weekday", "time"])

        return self._once(("rooms", subject), PublishedCounts, make)

    def profile(self, one: str, other: str) -> PublishedCounts:
        """Learners with two subjects by their levels in each, over all years: columns `one` and `other`."""

        def make() -> PublishedCounts:
            sessions = collected(apply_filters(self._frame, Filters(subject=(one, other))), _OF_PROFILES)
            compared = compare_levels(pair_subjects(sessions, one, other))
            ranks = sorted({*compared["rank_one"], *compared["rank_other"]})
            names = [level_name(int(rank)) for rank in ranks]
            sides = {
                side: pd.Categorical(compared[f"rank_{side}"].map(level_name), names, ordered=True)
                for side in ("one", "other")
            }
            return publish(
                count_linked(pd.DataFrame(sides), [("one", "other")]), self.threshold, f"{self._secret} {one} {other}"
            )

        return self._once(("profile", one, other), PublishedCounts, make)

    def medians(self, subject: str) -> Mapping[str | None, int]:
        """The median time on the test in whole minutes by year, None for all years; only where 10 or more are shown."""

        def make() -> dict[str | None, int]:
            rows, levels = self._rows(subject, YEAR, "duration_s"), self.levels(subject)
            parts: dict[str | None, pd.DataFrame] = {year: rows[rows[YEAR] == year] for year in self.years}
            return {
                year: round(float(part["duration_s"].median()) / 60)
                for year, part in ({None: rows} | parts).items()
                if levels.base_is_enough(**({} if year is None else {YEAR: year}))
            }

        return self._once(("medians", subject), dict, make)

    def shows_every_subject(self) -> bool:
        """Whether the number of sessions of every subject is shown, so that a total of all gives none away."""
        return all(self.levels(subject).count() is not None for subject in self.subjects)

    def _further(self, subject: str, rows: pd.DataFrame, columns: list[str]) -> PublishedCounts:
        """Publish further counts of a subject, of which the totals of the years are decided."""
        levels = self.levels(subject)
        none: list[str | None] = [None] * len(columns)
        decided: dict[Key, bool] = {
            (year, *none): levels.count(**({} if year is None else {YEAR: year})) is None
            for year in (None, *self.years)
        }
        linked = count_linked(rows, [(YEAR, *columns)])
        return publish(linked, self.threshold, self._secret, decided=decided, by_first=True)

    def _rows(self, subject: str, *columns: str) -> pd.DataFrame:
        return collected(apply_filters(self._frame, Filters(subject=(subject,))), columns)

    def _once(self, name: tuple[str, ...], kind: type[T], make: Callable[[], T]) -> T:
        with self._lock:
            if name not in self._parts:
                self._parts[name] = make()
            part = self._parts[name]
        if not isinstance(part, kind):
            raise TypeError(f"The part {name[0]} of the book is not what it should be.")
        return part


def _values_of(frame: IntoFrame, column: str) -> tuple[str, ...]:
    found = aggregate(frame, None, {"n": SIZE}, keys={column: nw.col(column)})[column]
    return tuple(sorted(str(value) for value in found.dropna()))


def band_name(start_min: int) -> str:
    """Name a band of a quarter of an hour.

    >>> band_name(15), band_name(90)
    ('15 to 30 min', '90 min or more')
    """
    if start_min >= LAST_BAND_MIN:
        return f"{start_min} min or more"
    return f"{start_min} to {start_min + BAND_MIN} min"
