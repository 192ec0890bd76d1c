"""Groups of an uploaded list: how far list and sessions cover each other, and who on the list has a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw

from smartia.analysis.grouping import aggregate, complete, group_axis
from smartia.analysis.levels import add_interval, counts
from smartia.analysis.measures import SIZE, sums
from smartia.table.collected import last_of_each
from smartia.table.filters import AttemptRule, Filters
from smartia.table.picked import names_in
from smartia.table.picking import pick_rows

if TYPE_CHECKING:
    import pandas as pd
    from narwhals.typing import IntoFrame, IntoFrameT

NOBODY = -1


@dataclass(frozen=True)
class Coverage:
    """How far a list and the accounts cover each other, over all sessions whatever the filters.

    Attributes:
        people: People on the list, each once.
        with_session: People of whom a session was found.
        without_session: People of whom none was found.
        several_accounts: People who have more than one account under the same reference.
        accounts: Accounts with sessions.
        accounts_listed: Accounts of people on the list.
        accounts_unlisted: Accounts of nobody on the list.
        sessions: Sessions.
        sessions_listed: Sessions of people on the list.
    """

    people: int
    with_session: int
    without_session: int
    several_accounts: int
    accounts: int
    accounts_listed: int
    accounts_unlisted: int
    sessions: int
    sessions_listed: int


def coverage(people: pd.DataFrame, frame: IntoFrame) -> Coverage:
    """Count how far a list and the accounts cover each other.

    Args:
        people: One row a person of the list: `accounts` (how many accounts have the person's reference).
        frame: All sessions: `learner` and `person` (the person's label in `people`, −1 for nobody).
    """
    of_all, of_listed = counts(frame), counts(rows_listed(frame))
    with_session = int((people["accounts"] > 0).sum())
    return Coverage(
        people=len(people),
        with_session=with_session,
        without_session=len(people) - with_session,
        several_accounts=int((people["accounts"] > 1).sum()),
        accounts=of_all.learners,
        accounts_listed=of_listed.learners,
        accounts_unlisted=of_all.learners - of_listed.learners,
        sessions=of_all.sessions,
        sessions_listed=of_listed.sessions,
    )


def rows_listed(frame: IntoFrameT) -> IntoFrameT:
    """Keep the sessions of people on the list.

    Args:
        frame: Sessions with `person`.
    """
    return pick_rows(frame, {}, [nw.col("person") != NOBODY])


def rows_unlisted(frame: IntoFrameT) -> IntoFrameT:
    """Keep the sessions of everybody else.

    Args:
        frame: Sessions with `person`.
    """
    return pick_rows(frame, {}, [nw.col("person") == NOBODY])


def completion(people: pd.DataFrame, frame: IntoFrame, *, by_group: bool) -> pd.DataFrame:
    """Give the share of the people on a list who have at least one session, with its 95 % Wilson interval.

    The list is the base: this is the one place where a completion rate is supportable.

    Args:
        people: One row a person of the list: `group` (categorical; its order is kept).
        frame: The sessions that count: `person` (the person's label in `people`, −1 for nobody). For a session to
            count it must be chosen by test, subject and date alone: see `completion_filters`.
        by_group: Whether each group is counted by itself; else all together.

    Returns:
        One row a group, also where nobody has a session: `group`, `n` (people on the list), `reached` (of these with
        at least one session), `share`, `low`, `high`. No rows by group for an empty list.
    """
    flags = people.assign(n=1, reached=people.index.isin(_persons(frame)).astype("int64"))
    table = aggregate(
        flags,
        "group" if by_group else None,
        sums("n", "reached"),
        columns={"n": nw.col("n"), "reached": nw.col("reached")},
    )
    return add_interval(complete(table, group_axis(table), counts=["n", "reached"]))


def without_session(people: pd.DataFrame, frame: IntoFrame) -> pd.DataFrame:
    """Keep the people on a list who have no session: those whom `completion` counts in n and not in reached.

    Args:
        people: One row a person of the list, with any columns.
        frame: The sessions that count, as for `completion`.

    Returns:
        Their rows, in order.
    """
    return people[~people.index.isin(_persons(frame))]


def completion_filters(filters: Filters) -> Filters:
    """Keep of the filters those that say which assessment is meant: subject, test, version and time.

    Gender and age would take sessions away but not the people on the list, who have neither; the attempt rule would
    take away an earlier attempt that did complete. So neither counts towards completion.

    Args:
        filters: What the reader chose.
    """
    return Filters(
        subject=filters.subject,
        test_name=filters.test_name,
        test_version=filters.test_version,
        academic_year=filters.academic_year,
        since=filters.since,
        until=filters.until,
        attempts=AttemptRule.ALL,
    )


def newest_of_each(frame: IntoFrame) -> pd.DataFrame:
    """Fetch the newest session of each learner, with its label.

    Args:
        frame: Sessions, in pandas in order of ended_at, with `learner`.
    """
    return last_of_each(frame, "learner", names_in(frame))


def _persons(frame: IntoFrame) -> list[int]:
    found = aggregate(frame, None, {"n": SIZE}, keys={"person": nw.col("person")})
    return [int(person) for person in found["person"]]
