"""Profiles: the results of the same learners in two subjects, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from smartia.analysis.levels import UNREADABLE_RANK, Detail, add_interval
from smartia.table.codes import encode
from smartia.table.collected import collected
from smartia.table.filters import AttemptRule
from smartia.table.picking import pick_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.typing import IntoFrame

RANK_STEP: Final = 10
"""By how much `level_rank` rises from one whole level to the next."""


@dataclass(frozen=True)
class Coverage:
    """How many learners have a session in each of two subjects.

    Attributes:
        both: Learners with both.
        only_one: Learners with the one subject only.
        only_other: Learners with the other subject only.
        several: Learners with more than one session in one of the two, of which one was taken.
    """

    both: int
    only_one: int
    only_other: int
    several: int

    @property
    def learners(self) -> int:
        """Learners with either subject."""
        return self.both + self.only_one + self.only_other


def default_subjects(subjects: Sequence[str]) -> tuple[str, str] | None:
    """Choose the two subjects to begin with: English and Maths where there are such, else the first by alphabet.

    Args:
        subjects: The names of the subjects, each once.

    Returns:
        Two different subjects; None where there are fewer than two.
    """
    if len(subjects) < 2:
        return None
    ordered = sorted(subjects, key=lambda subject: (subject.casefold(), subject))
    english = [subject for subject in ordered if subject.casefold().startswith("english")]
    maths = [subject for subject in ordered if subject.casefold().startswith("math")]
    rest = [subject for subject in ordered if subject not in (*english, *maths)]
    one = [*english, *rest, *maths][0]
    return one, next(subject for subject in (*maths, *english, *rest) if subject != one)


def pair_subjects(frame: IntoFrame, one: str, other: str, attempts: AttemptRule = AttemptRule.LATEST) -> pd.DataFrame:
    """Put the results of each learner in two subjects side by side.

    Of several sessions of a learner in a subject (several tests, or all attempts) the one that ended last counts, and
    where first attempts count the one that ended first; of those that ended at the same instant likewise the last or
    the first in the frame.

    Args:
        frame: Sessions with `learner`, `subject`, `level_rank`, `ended_at` and `completed_on`, in any engine.
        one: A subject.
        other: Another subject.
        attempts: The attempt rule by which the frame was filtered.

    Returns:
        One row a learner with a session in either subject, in order of `learner`: `learner`, and for each subject,
        followed by "_one" and "_other": `row` (the place of the session; in pandas, its label), `level_rank`,
        `ended_at`, `completed_on` and `sessions` (how many there are). All missing where the learner has none;
        `level_rank` also where the level cannot be read.

    Raises:
        ValueError: The two subjects are the same.
    """
    if one == other:
        raise ValueError("A profile needs two different subjects.")
    both = pick_rows(frame, {"subject": [one, other]})
    rows = collected(both, ["learner", "subject", "level_rank", "ended_at", "completed_on"])
    if not rows["ended_at"].is_monotonic_increasing:
        rows = rows.sort_values("ended_at", kind="stable")
    taken = {
        "row": pd.Series(rows.index).astype("Int64").array,
        "level_rank": rows["level_rank"].astype("Int16").array,
        "ended_at": rows["ended_at"].array,
        "completed_on": rows["completed_on"].array,
    }
    learners = encode(rows["learner"]).occurring()
    (names,) = learners.decode(np.arange(learners.size))
    columns: dict[str, Any] = {"learner": names}
    for side, subject in (("one", one), ("other", other)):
        mine = np.flatnonzero((rows["subject"] == subject).to_numpy(dtype="bool"))
        place = np.full(learners.size, -1)
        ordered = mine[::-1] if attempts is AttemptRule.FIRST else mine
        place[learners.codes[ordered]] = ordered  # of several the last one stays
        sizes = pd.array(np.bincount(learners.codes[mine], minlength=learners.size), dtype="Int64")
        sizes[place < 0] = pd.NA
        found = {name: values.take(place, allow_fill=True) for name, values in taken.items()} | {"sessions": sizes}
        columns |= {f"{name}_{side}": values for name, values in found.items()}
    return pd.DataFrame(columns, copy=False)


def coverage(pairs: pd.DataFrame) -> Coverage:
    """Count the learners who have both subjects, or only one of them.

    Args:
        pairs: A result of `pair_subjects`.

    Returns:
        The counts; every learner is in exactly one of `both`, `only_one` and `only_other`.
    """
    has_one, has_other = pairs["row_one"].notna(), pairs["row_other"].notna()
    several = (pairs["sessions_one"].fillna(0) > 1) | (pairs["sessions_other"].fillna(0) > 1)
    return Coverage(
        both=int((has_one & has_other).sum()),
        only_one=int((has_one & ~has_other).sum()),
        only_other=int((has_other & ~has_one).sum()),
        several=int(several.sum()),
    )


def only_in(pairs: pd.DataFrame, side: Literal["one", "other"]) -> pd.DataFrame:
    """Keep the learners who have one of the two subjects and not the other.

    Args:
        pairs: A result of `pair_subjects`.
        side: Which subject they have.
    """
    missing = "other" if side == "one" else "one"
    return pairs[pairs[f"row_{missing}"].isna()]


def compare_levels(pairs: pd.DataFrame, detail: Detail = "whole") -> pd.DataFrame:
    """Keep the learners with both subjects, and give the cell of the matrix and the distance of each.

    Args:
        pairs: A result of `pair_subjects`.
        detail: "whole" levels, or "half" levels where halves were sent.

    Returns:
        The pairs with both sessions and their labels, and `rank_one`, `rank_other` (rank of the level at this
        detail; 99 where it cannot be read) and `steps` (whole levels by which the one subject is above the other;
        negative where it is below; missing where either level cannot be read).
    """
    both = pairs[pairs["row_one"].notna() & pairs["row_other"].notna()]
    wholes = {side: both[f"level_rank_{side}"].astype("Int64") // RANK_STEP for side in ("one", "other")}
    ranks = {
        f"rank_{side}": (whole * RANK_STEP if detail == "whole" else both[f"level_rank_{side}"].astype("Int64"))
        .fillna(UNREADABLE_RANK)
        .astype("int64")
        for side, whole in wholes.items()
    }
    return both.assign(**ranks, steps=wholes["one"] - wholes["other"])


def level_agreement(compared: pd.DataFrame, apart: int) -> pd.DataFrame:
    """Say how many learners are at the same whole level in both subjects, higher in either, and far apart.

    Args:
        compared: A result of `compare_levels`.
        apart: From how many whole levels on a profile counts as far apart.

    Returns:
        Four rows, by `outcome`: "same", "one" (higher in the one subject), "other" and "apart" (in either
        direction; these are also in "one" or "other"): `n` (learners with both levels readable), `reached`
        (those of this outcome), `share`, `low`, `high` (Wilson, 95 %; missing where n is 0), `unreadable`
        (learners left out of n).
    """
    steps = compared["steps"].dropna()
    outcomes = {"same": steps == 0, "one": steps > 0, "other": steps < 0, "apart": steps.abs() >= apart}
    table = pd.DataFrame(
        {"outcome": list(outcomes), "n": len(steps), "reached": [int(hit.sum()) for hit in outcomes.values()]}
    )
    return add_interval(table.assign(unreadable=len(compared) - len(steps)))


def far_apart(compared: pd.DataFrame, apart: int) -> pd.DataFrame:
    """Keep the learners whose two levels lie far apart.

    Args:
        compared: A result of `compare_levels`.
        apart: From how many whole levels on, in either direction.
    """
    return compared[compared["steps"].abs().ge(apart).fillna(False).astype("bool")]


def step_differences(compared: pd.DataFrame) -> pd.DataFrame:
    """Count the learners by the number of whole levels between their two subjects.

    Args:
        compared: A result of `compare_levels`.

    Returns:
        One row for each difference from the lowest to the highest, 0 always among them: `steps` (the one subject
        minus the other), `n` (learners with both levels readable), `reached` (learners with this difference),
        `share`, `low`, `high` (Wilson, 95 %). No rows where no learner has both levels readable.
    """
    counted = compared["steps"].dropna().astype("int64").value_counts()
    span = range(min([0, *counted.index]), max([0, *counted.index]) + 1) if len(counted) else range(0)
    reached = counted.reindex(span, fill_value=0)
    table = pd.DataFrame({"steps": list(span), "n": int(counted.sum()), "reached": reached.to_numpy(dtype="int64")})
    return add_interval(table)
