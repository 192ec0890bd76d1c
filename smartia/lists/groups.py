"""The groups of a matched list: of its people, and of the sessions."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from smartia.lists.matching import NOBODY, LearnerList, Match
from smartia.table.labels import NO_GROUP, NOT_LISTED, fit_labels


def list_people(learners: LearnerList, match: Match, place: int) -> pd.DataFrame:
    """List the people, each once, with the groups of one grouping.

    Args:
        learners: The list.
        match: Its match.
        place: Which of the groupings, from 0.

    Returns:
        One row a person, labelled as `match.person` has it: `key` (the reference as given), `group` (ordered
        categorical: alphabetical without regard to case, people without a group last) and `accounts`.
    """
    people = pd.DataFrame(
        {"key": learners.people["key"], "group": _labels(learners, place), "accounts": match.accounts},
        index=learners.people.index,
    )
    counted: pd.DataFrame = people[match.same_as == NOBODY]
    return counted


def session_groups(learners: LearnerList, match: Match, place: int) -> pd.Categorical[str]:
    """Give every session the group of its person.

    Args:
        learners: The list.
        match: Its match.
        place: Which of the groupings, from 0.

    Returns:
        In the snapshot's order, the groups as in `list_people`, and after them "not in the list".
    """
    labels = _labels(learners, place)
    # −1, nobody, takes the last code.
    codes: NDArray[np.int32] = np.append(labels.codes, len(labels.categories)).astype(np.int32)[match.person]
    return pd.Categorical.from_codes(codes, categories=pd.Index([*labels.categories, NOT_LISTED]), ordered=True)


def _labels(learners: LearnerList, place: int) -> pd.Categorical[str]:
    values = learners.people[str(place)]
    names = sorted(set(values) - {""}, key=lambda name: (name.casefold(), name))
    # A group that is called as one of ours is put in quotation marks: groups never merge.
    label_of = {
        name: f"“{label}”" if label in {NO_GROUP, NOT_LISTED} else label
        for name, label in zip(names, fit_labels(names), strict=True)
    } | {"": NO_GROUP}
    order = [label_of[name] for name in names] + ([NO_GROUP] if (values == "").any() else [])
    return pd.Categorical(values.map(label_of), categories=order, ordered=True)
