"""The reader's list: kept in this session alone, never on a disk, in a URL or in a log, and matched with the data."""

import datetime as dt
import weakref
from dataclasses import dataclass, field
from functools import partial

import pandas as pd
import streamlit as st

from smartia.access import Reader
from smartia.lists.groups import list_people, session_groups
from smartia.lists.matching import KeyKind, LearnerList, Match, known_references, match_list
from smartia.memory import trim_memory
from smartia.store.snapshot import Snapshot
from smartia.table.collected import AnyFrame, collected
from smartia.ui.data import snapshot_key
from smartia.ui.identities import identity_pairs, require_learner_access
from smartia.ui.kept import at_removal
from smartia.ui.lazy import Lazy
from smartia.ui.results import Results

GROUPING_KEY = "grouping"
GROUP_FILTER_KEY = "group"
DRAFT_KEY = "learner_list_draft"
"""Where a list that was uploaded waits until it is used."""
_LIST = "learner_list"
_MATCH = "learner_list_match"


@dataclass(frozen=True)
class KeptList:
    """A list in use.

    Attributes:
        learners: References and groups.
        loaded_on: The London date of the upload: the list is as of this day.
    """

    learners: LearnerList
    loaded_on: dt.date


@dataclass(eq=False)
class _KeptMatch:
    """The match of a session's list with a snapshot, None once that has been removed, and what came of it."""

    snapshot_key: tuple[str, str]
    match: Match | None
    results: Results = field(default_factory=Results)


_matches: weakref.WeakSet[_KeptMatch] = weakref.WeakSet()


@at_removal
def _drop_matches() -> None:
    """Let go of what all sessions have matched; their lists stay theirs."""
    for kept in list(_matches):
        kept.match = None
        kept.results.close()


def kept_list() -> KeptList | None:
    """The list in use; None where there is none."""
    found: KeptList | None = st.session_state.get(_LIST)
    return found


def keep_list(learners: LearnerList, loaded_on: dt.date) -> None:
    """Use a list from now on, instead of any other."""
    remove_list()
    st.session_state[_LIST] = KeptList(learners, loaded_on)


def remove_list() -> None:
    """Forget the list in use and everything that was worked out with it."""
    done = st.session_state.get(_MATCH)
    if isinstance(done, _KeptMatch):
        done.results.close()  # a button of the run before may hold them a little longer
    for key in (_LIST, _MATCH, DRAFT_KEY, GROUPING_KEY, GROUP_FILTER_KEY):
        st.session_state.pop(key, None)


def choose_grouping(kept: KeptList) -> int:
    """Draw the choice of the column whose groups are shown, here and on the other pages; returns its place."""
    place = grouping_in_use(kept.learners)
    names = kept.learners.groupings
    st.session_state[GROUPING_KEY] = place
    return st.selectbox(
        "Groups by",
        range(len(names)),
        format_func=names.__getitem__,
        key=GROUPING_KEY,
        persist_state="session",
        help="Which column of your list makes the groups, here and on the other pages.",
    )


def grouping_in_use(learners: LearnerList) -> int:
    """Which of a list's groupings the reader chose, by its place; the first where none was chosen."""
    place: int = st.session_state.get(GROUPING_KEY, 0)
    return place if place in range(len(learners.groupings)) else 0


@dataclass(frozen=True)
class MatchedList:
    """A list in use, matched with a snapshot.

    Attributes:
        learners: The list.
        match: Its match.
        place: Which of its groupings the reader chose.
        results: What is remembered of it.
    """

    learners: LearnerList
    match: Match
    place: int
    results: Results

    def columns(self, everything: Lazy[AnyFrame]) -> pd.DataFrame:
        """What the list says of each learner, by the grouping chosen.

        Args:
            everything: The whole analysis frame with which it was matched.

        Returns:
            One row a learner: `learner`; `group`, an ordered categorical: the groups in alphabetical order, "no group
            in the list" where there are such people, and "not in the list" last; and `person`, the person's place in
            the list, −1 for nobody.
        """
        groups = session_groups(self.learners, self.match, self.place)
        sessions = collected(everything.value, ["learner"]).assign(group=groups, person=self.match.person)
        return sessions.drop_duplicates("learner")

    @property
    def people(self) -> pd.DataFrame:
        """Its people, as `smartia.lists.groups.list_people` gives them."""
        return self.results.remember(
            f"people {self.place}", partial(list_people, self.learners, self.match, self.place)
        )


def matched_list(reader: Reader, snapshot: Snapshot, everything: Lazy[AnyFrame]) -> MatchedList | None:
    """The list in use, matched with a snapshot; once for each snapshot. None where no list is in use.

    A list that was brought with learner access is forgotten as soon as the reader has it no more.

    Args:
        reader: Who reads: a match says whether a named person is in the data.
        snapshot: The snapshot from which the frame came.
        everything: The whole analysis frame, not filtered.

    Raises:
        SnapshotUnreadableError: The list must be matched anew and the snapshot cannot be read.
    """
    if not reader.role.sees_learners:
        remove_list()
    kept = kept_list()
    if kept is None:
        return None
    require_learner_access(reader)
    key = snapshot_key(snapshot)
    done: _KeptMatch | None = st.session_state.get(_MATCH)
    match = done.match if done is not None and done.snapshot_key == key else None
    if done is None or match is None:
        accounts = _accounts_of(everything)
        pairs = identity_pairs(reader, snapshot, kept.learners.kind.value, accounts)
        match = match_list(kept.learners, pairs, accounts)
        st.session_state[_MATCH] = done = _KeptMatch(key, match)
        _matches.add(done)
        trim_memory()
    return MatchedList(kept.learners, match, grouping_in_use(kept.learners), done.results)


def known_among(
    reader: Reader, snapshot: Snapshot, everything: Lazy[AnyFrame], kind: KeyKind, wanted: set[str]
) -> set[str]:
    """Tell which of some references accounts can be found by; see `identity_pairs` and `known_references`."""
    return known_references(identity_pairs(reader, snapshot, kind.value, _accounts_of(everything)), kind, wanted)


def _accounts_of(everything: Lazy[AnyFrame]) -> pd.Series:
    return collected(everything.value, ["learner"])["learner"]
