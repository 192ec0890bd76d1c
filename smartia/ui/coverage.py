"""How a list in use and the accounts cover each other, and who is missing on either side."""

import pandas as pd
import streamlit as st

from smartia.analysis.groups import Coverage, coverage, newest_of_each, rows_unlisted
from smartia.analysis.identifiers import mask_upn
from smartia.lists.matching import LearnerList
from smartia.table.collected import AnyFrame
from smartia.ui.groups import LISTED_ROWS, Listed, show_people
from smartia.ui.panels import show_table, when_unfolded
from smartia.ui.people import NewestSessions, newest_sessions, show_sessions
from smartia.ui.shell import View
from smartia.ui.text import count, verb


def show_coverage(view: View, listed: Listed) -> None:
    """Say how far the list and the accounts cover each other, and list who is missing on either side."""
    found = listed.whole.of(_coverage, listed.people)
    st.markdown(
        f"**{count(found.with_session)} of {count(found.people, 'learner')} on the list "
        f"{verb(found.with_session, found.people, 'has', 'have')} a session**; "
        f"{count(found.accounts_unlisted)} of {count(found.accounts, 'account')} with sessions "
        f"{verb(found.accounts_unlisted, found.accounts, 'is', 'are')} not on the list. "
        "All sessions count here, whatever the filters."
    )
    with st.container(horizontal=True):
        st.metric("On the list", count(found.people), help="Different references in your list.", border=True)
        st.metric(
            "With a session", count(found.with_session), help="An account was found by the reference.", border=True
        )
        st.metric("Without a session", count(found.without_session), help="No account was found.", border=True)
        st.metric(
            "Accounts not on the list",
            count(found.accounts_unlisted),
            help="Accounts with sessions that no reference of your list finds.",
            border=True,
        )
    for note in _notes(listed, found):
        st.caption(f":material/info: {note}")
    label = f"On the list without a session: {count(found.without_session)}"
    with when_unfolded(label, "listed-without-session") as is_drawn:
        _show_missing(listed, is_drawn=is_drawn)
    if conflicting := listed.kept.learners.conflicting:
        label = f"On the list in different groups: {count(len(conflicting))}"
        with when_unfolded(label, "listed-twice") as is_drawn:
            _show_conflicting(listed.kept.learners, is_drawn=is_drawn)
    with when_unfolded(f"Accounts not on the list: {count(found.accounts_unlisted)}", "accounts-unlisted") as is_drawn:
        st.caption("The newest session of each account.")
        unlisted = listed.whole.part(rows_unlisted).of(_newest_of_accounts)
        caption = "Newest session of each account that is not on the list"
        show_sessions(view, unlisted, key="unlisted", caption=caption, is_drawn=is_drawn)


def _coverage(whole: AnyFrame, people: pd.DataFrame) -> Coverage:
    return coverage(people, whole)


def _newest_of_accounts(rows: AnyFrame) -> NewestSessions:
    return newest_sessions(newest_of_each(rows))


def _notes(listed: Listed, found: Coverage) -> list[str]:
    learners = listed.kept.learners
    conflicting = len(learners.conflicting)
    merged = len(learners.people) - len(listed.people)
    several = found.several_accounts
    notes = [
        (learners.without_key, f"{count(learners.without_key, 'row')} without a reference left out."),
        (
            learners.repeated,
            f"{count(learners.repeated, 'row')} repeated a learner with the same groups; counted once.",
        ),
        (conflicting, f"{count(conflicting, 'learner')} in different groups; counted in the first of them."),
        (merged, f"{count(merged, 'row')} named a learner of an earlier row by another reference; left out."),
        (
            several,
            f"{count(several, 'reference')} with more than one account: all their sessions count, the learner once.",
        ),
    ]
    return [text for number, text in notes if number]


def _show_missing(listed: Listed, *, is_drawn: bool) -> None:
    missing = listed.people[listed.people["accounts"] == 0]
    st.caption(
        "Not assessed yet, or the reference in your list is not the one in CENTURY: look for zeros that Excel took "
        "from the start."
    )
    show_people(listed, missing, caption="References on the list without a session", is_drawn=is_drawn)


def _show_conflicting(learners: LearnerList, *, is_drawn: bool) -> None:
    st.caption("Your list has more than one row for each of these; the groups of the first row count.")
    show_table(
        pd.DataFrame({"key": mask_upn(pd.Series(learners.conflicting[:LISTED_ROWS]))}),
        ["key"],
        labels={"key": learners.kind.label},
        caption="References with different groups",
        is_drawn=is_drawn,
    )
