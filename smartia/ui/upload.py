"""Bringing a list: upload and template, which column is what, a look at the rows, and the button that uses it."""

import datetime as dt
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from smartia.analysis.identifiers import mask_upn
from smartia.errors import SmartiaError
from smartia.lists.mapping import KeyGuess, count_found, group_columns, guess_groupings, guess_key
from smartia.lists.matching import KeyKind, make_list
from smartia.lists.reading import ROW_LIMIT, read_list
from smartia.lists.templates import csv_template, xlsx_template
from smartia.table.calendar import today_in_london
from smartia.ui.lists import DRAFT_KEY, keep_list, known_among
from smartia.ui.messages import show_failure
from smartia.ui.shell import View
from smartia.ui.text import count, percent, verb

_UPLOADER = "learner_list_file"
_PREVIEW_ROWS = 8
_XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class _Draft:
    """A list that was uploaded and is not in use yet: all its columns, until it is used or taken away."""

    file_id: str
    table: pd.DataFrame
    guess: KeyGuess


def show_upload(view: View) -> None:
    """Draw the steps from a file to a list in use.

    Args:
        view: The page's view; the reader must be allowed to see learners.
    """
    st.header("1. Your list")
    st.markdown(
        "Upload a list of learners with the groups they belong to, such as area, course or tutor group, as your MIS "
        "exports it. smartia then shows every figure by these groups, and who on the list has no session yet."
    )
    file = st.file_uploader(
        "List of learners",
        type=["csv", "txt", "tsv", "xlsx"],
        key=_UPLOADER,
        help=f"CSV or Excel (.xlsx), up to {ROW_LIMIT:,} rows, with the names of the columns in the first row.",
    )
    st.caption(
        "The list stays in this session: it is not saved, and it is gone when you close the page. Only the references "
        "and the groups are used; other columns are dropped."
    )
    if file is None:
        st.session_state.pop(DRAFT_KEY, None)
        _offer_templates()
        return
    try:
        draft = _draft_of(view, file.file_id, file.getvalue())
    except SmartiaError as failure:
        show_failure(failure)
        _offer_templates()
        return
    _show_mapping(view, draft)


def _offer_templates() -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Template (Excel)",
            xlsx_template(),
            file_name="learner-list-template.xlsx",
            mime=_XLSX_TYPE,
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Template (CSV)",
            csv_template(),
            file_name="learner-list-template.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def _draft_of(view: View, file_id: str, content: bytes) -> _Draft:
    draft: _Draft | None = st.session_state.get(DRAFT_KEY)
    if draft is None or draft.file_id != file_id:
        st.session_state.pop(DRAFT_KEY, None)
        with st.spinner("Reading the list …"):
            table = read_list(content)
            guess = guess_key(table, partial(known_among, view.reader, view.snapshot, view.everything))
        draft = st.session_state[DRAFT_KEY] = _Draft(file_id, table, guess)
    return draft


def _show_mapping(view: View, draft: _Draft) -> None:
    table, guess = draft.table, draft.guess
    st.header("2. Which column is what")
    columns, kinds = list(table.columns), list(KeyKind)
    left, right = st.columns(2)
    key = left.selectbox(
        "Column that says who the learner is",
        columns,
        index=columns.index(guess.column),
        help="Guessed by its name and by how many of its values belong to learners with sessions. Change it if wrong.",
    )
    kind = right.selectbox(
        "It holds the",
        kinds,
        index=kinds.index(guess.kind),
        format_func=lambda kind: kind.label,
        help="What CENTURY calls this reference.",
    )
    groupings = st.multiselect(
        "Columns of groups",
        group_columns(table, key),
        default=guess_groupings(table, key),
        placeholder="Choose at least one column",
        help="You can switch between them later. Names, dates of birth and columns with over 200 different values "
        "are not offered.",
    )
    found = guess.found
    if (key, kind) != (guess.column, guess.kind):
        found = count_found(table, key, kind, partial(known_among, view.reader, view.snapshot, view.everything))
    st.markdown(
        f"**{count(found)} of {count(len(table), 'row')} ({percent(found / len(table))})** "
        f"{verb(found, len(table), 'belongs', 'belong')} to learners with sessions."
    )
    if not found:
        st.warning(
            "No row fits. Choose another column above, or another kind of reference.", icon=":material/link_off:"
        )
    st.caption(f"The first rows of {count(len(table), 'row')}, as smartia reads them:")
    preview = table.head(_PREVIEW_ROWS).apply(mask_upn)
    st.dataframe(preview, hide_index=True, width="stretch", alt="First rows of the uploaded list")
    st.button(
        "Use this list",
        type="primary",
        icon=":material/check:",
        disabled=not groupings,
        on_click=_use,
        args=(table, key, kind, tuple(groupings)),
    )


def _use(table: pd.DataFrame, key: str, kind: KeyKind, groupings: tuple[str, ...]) -> None:
    keep_list(make_list(table, key, kind, groupings), today_in_london(dt.datetime.now(dt.UTC)))
    st.session_state.pop(DRAFT_KEY, None)
