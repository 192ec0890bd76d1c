"""Learners found by search, and accounts that may be one person's. For readers with learner access only."""

import pandas as pd
import streamlit as st

from smartia.analysis.duplicates import EVIDENCE, SHARED_LIMIT
from smartia.ui.accounts import ACCOUNT_LABELS, IDENTITIES, Accounts
from smartia.ui.panels import column_of, show_table, when_unfolded
from smartia.ui.text import count

FOUND_LIMIT = 50
"""Learners listed at most for a search."""
CLUSTER_ROWS = 1000
"""Accounts listed at most as possible duplicates."""
_SUGGESTED = (
    *("cluster", "full_name", "username", "evidence", "against"),
    *(*IDENTITIES[2:], "age", "sessions", "last_at"),
)
_LABELS = {
    **ACCOUNT_LABELS,
    "cluster": "Suggestion",
    "evidence": "Evidence",
    "against": "But these differ",
    "clusters": "Suggestions",
    "shared": f"Values left out (over {SHARED_LIMIT} accounts)",
    "meaning": "What it means",
}
_MEANINGS = {
    "upn": "The UPN field holds the same value.",
    "external_id": "The external ID is the same.",
    "email": "One e-mail address stands in both accounts. A family may share one.",
    "name": "Full name and date of birth are the same, whatever the accents, hyphens and capitals.",
    "similar_name": "Date of birth and last name are the same, and one first name begins the other (Sam, Samuel). "
    "Twins with such names fit as well.",
}


def choose_learner(accounts: Accounts) -> int | None:
    """Let the reader search for a learner and choose one; nothing of it goes into the URL.

    Returns:
        The learner's code, or None where none is chosen.
    """
    query = st.text_input(
        "Search",
        key="learner_search",
        placeholder="Name, username, UPN, external ID or e-mail",
        help="Every word must occur, in any of these fields; capitals and accents do not matter. A real UPN is found "
        "by its 13 characters in full, and shown masked.",
        max_chars=200,
        autocomplete="off",
    )
    if not query.strip():
        st.caption(f"{count(len(accounts.facts), 'account')} can be searched.")
        return None
    found = accounts.find(query)
    if not len(found):
        st.markdown("No account has all of these words. Try fewer words, or a part of one.")
        return None
    listed = accounts.table_of(found[:FOUND_LIMIT])
    more = "" if len(found) <= FOUND_LIMIT else f"; the first {FOUND_LIMIT} by name are listed. Add a word to narrow it"
    st.markdown(f"**{count(len(found), 'account')}** found{more}.")
    codes = [int(code) for code in listed.index]
    columns = [*IDENTITIES, "age", "sessions", "last_at"]
    table = st.dataframe(
        listed[columns],
        hide_index=True,
        width="stretch",
        height="content" if len(listed) <= 10 else 390,
        column_config={name: column_of(listed[name], _LABELS[name]) for name in columns},
        alt="Accounts found; choose one by its row, or in the list below",
        key=f"learner_rows_{codes[0]}_{codes[-1]}_{len(codes)}",  # another list begins without a chosen row
        on_select="rerun",
        selection_mode="single-row",
    )
    _follow_row(codes, table.selection.rows)
    if st.session_state.get("learner") not in codes:
        st.session_state["learner"] = codes[0] if len(codes) == 1 else None
    # Numbered, since two options that read alike could not be told apart.
    names = {
        code: f"{number}. {name} · {username}"
        for number, (code, name, username) in enumerate(
            zip(codes, listed["full_name"], listed["username"], strict=True), start=1
        )
    }
    return st.selectbox(
        "Learner",
        codes,
        index=None,
        format_func=names.__getitem__,
        key="learner",
        placeholder="Choose one here, or by its row above",
        help="Opens the learner's card below.",
    )


def _follow_row(codes: list[int], rows: list[int]) -> None:
    """Choose the learner of a row where the reader has just marked it."""
    marked = codes[rows[0]] if rows else None
    if marked is not None and marked != st.session_state.get("learner_row"):
        st.session_state["learner"] = marked
    st.session_state["learner_row"] = marked


def show_duplicates(accounts: Accounts) -> None:
    """Show the accounts that may be one person's, with the evidence for and against."""
    suggested, kinds = accounts.duplicates.accounts, accounts.duplicates.kinds
    st.caption(
        "Two accounts of one person count as two learners everywhere in smartia, and a repeat looks like a first "
        "attempt. smartia changes nothing: merge the accounts in CENTURY, or ask CENTURY's support. The same name "
        "alone is never taken as evidence."
    )
    clusters = suggested["cluster"].nunique()
    total = count(len(accounts.facts), "account")
    if not clusters:
        st.markdown(f"Nothing found among {total}.")
    else:
        st.markdown(
            f"**{count(clusters, 'suggestion')}**: {len(suggested):,} of {total} may belong to "
            f"{'one person' if clusters == 1 else f'{clusters:,} people'}."
        )
        first = suggested.head(CLUSTER_ROWS)
        people = accounts.table_of(first["account"].to_list()).reset_index(drop=True)
        with when_unfolded("The accounts, with the evidence", "duplicates-list") as is_drawn:
            if len(suggested) > CLUSTER_ROWS:
                st.caption(f"The first {CLUSTER_ROWS:,} accounts are listed.")
            show_table(
                pd.concat([first, people], axis=1).assign(cluster=first["cluster"] + 1),
                _SUGGESTED,
                labels=_LABELS,
                caption="Accounts that may belong to one person, with the evidence",
                is_drawn=is_drawn,
            )
    with st.expander("What each evidence means, and what was left out"):
        show_table(
            kinds.assign(kind=kinds["kind"].map(EVIDENCE), meaning=kinds["kind"].map(_MEANINGS)),
            ["kind", "meaning", "clusters", "shared"],
            labels=_LABELS | {"kind": "Evidence"},
            caption="Kinds of evidence",
        )
        st.caption(
            f"A value that more than {SHARED_LIMIT} accounts share, such as the mailbox of a class, says nothing about "
            "one person: it is counted here and not used. Fields that only hold a stopgap (n/a, none, 000) count as "
            "empty."
        )
