"""One learner's card: who it is, every session, repeats in words, and the evidence sheet to print."""

import numpy as np
import pandas as pd
import streamlit as st

from smartia.analysis.grouping import rows_with
from smartia.analysis.identifiers import printable_text
from smartia.analysis.quality import FLAGS, flag_durations
from smartia.table.calendar import local_time
from smartia.table.collected import in_pandas
from smartia.ui.accounts import ACCOUNT_LABELS, IDENTITIES, Accounts
from smartia.ui.evidence import FILE_NAME, Sheet
from smartia.ui.panels import show_table
from smartia.ui.readers import written_while
from smartia.ui.shell import View
from smartia.ui.text import count, escape, moment

_LABELS = {
    "completed_at": "Completed (UK time)",
    "subject": "Subject",
    "level": "Level as sent",
    "level_read": "Read as",
    "look_at": "Look at",
    "duration_min": "Duration (min)",
    "elapsed_min": "Elapsed (min)",
    "sitting": "Sitting",
    "attempt_of": "Attempt",
    "test_name": "Test",
    "test_version": "Version",
}
"""In the order of the card: what a tutor should look at is seen without scrolling."""
_LOOK_AT = dict(
    zip(FLAGS, ("longer than elapsed", "ended before it began", "unusually short", "unusually long"), strict=True)
)
_SHEET_COLUMNS = (
    "completed_at",
    "test_name",
    "level",
    "level_read",
    "duration_min",
    "elapsed_min",
    "sitting",
    "attempt_of",
    "look_at",
    "test_version",
)
"""In the order of the sheet's own columns."""


def show_card(view: View, accounts: Accounts, learner: int) -> None:
    """Show one learner: who it is, every session, repeats in words, and the evidence sheet to print.

    Args:
        view: The page's view.
        accounts: A result of `accounts_of`.
        learner: The learner's code.
    """
    who = accounts.table_of([learner]).loc[learner]
    rows = in_pandas(view.everything.part(rows_with, "learner", learner).value)
    flags = flag_durations(rows)[list(FLAGS)]
    sessions = _session_rows(rows.join(flags)).iloc[::-1]
    facts = {ACCOUNT_LABELS[name]: str(who[name]) or "–" for name in IDENTITIES}
    facts["Age"] = str(who["age"])
    if "group" in rows:
        facts["Group"] = "; ".join(dict.fromkeys(str(name) for name in rows["group"].dropna())) or "–"
    with st.container(border=True):
        # In a table, not as Markdown: there an address in a name would become a link.
        show_table(pd.DataFrame([facts]), list(facts), caption="Who the learner is")
        _show_alike(accounts, learner)
        for sentence in repeat_sentences(rows):
            st.markdown(f"- {sentence}")
        show_table(sessions, [*_LABELS], labels=_LABELS, caption="The learner's sessions")
        st.caption(
            "Age as on 31 August of the academic year; the date of birth is never shown. One sitting: elapsed is at "
            "most 1.25 × the duration. Unusually short: below a quarter of the median of the test version; unusually "
            "long: over four times of it. Such a mark asks a tutor to look; it says nothing by itself."
        )
        sheet = Sheet(
            facts,
            [[sheet_text(value) for value in row] for row in sessions[list(_SHEET_COLUMNS)].itertuples(index=False)],
            moment(view.manifest.fetched_at),
            view.manifest.source,
        )
        st.download_button(
            "Evidence sheet to print",
            # Made at the click: until then no file with a name lies at any address.
            written_while(view.reader, sheet.html),
            file_name=FILE_NAME,
            mime="text/html",
            on_click="ignore",
            icon=":material/print:",
            help="One A4 page with the learner's sessions, what the columns mean and room for signatures.",
        )


def _show_alike(accounts: Accounts, learner: int) -> None:
    suggested = accounts.duplicates.accounts
    mine = suggested[suggested["account"] == learner]
    if mine.empty:
        return
    others = int((suggested["cluster"] == mine["cluster"].iloc[0]).sum()) - 1
    number = int(mine["cluster"].iloc[0]) + 1
    st.warning(
        f"{count(others, 'other account')} may belong to the same person ({mine['evidence'].iloc[0]}): see suggestion "
        f"{number} below. Sessions of that account are not on this card.",
        icon=":material/group:",
    )


def repeat_sentences(rows: pd.DataFrame) -> list[str]:
    """Say for each test that one learner sat more than once what its first and its latest result were.

    Args:
        rows: A learner's rows of the analysis frame, in order of ended_at.

    Returns:
        Markdown, one sentence a test; none where nothing was repeated.
    """
    sentences = []
    for _, sat in rows.groupby("test_id", observed=True, sort=False):
        if len(sat) < 2:
            continue
        first, latest = sat.iloc[0], sat.iloc[-1]
        if str(first["test_version_id"]) != str(latest["test_version_id"]):
            said = "The test version changed in between, so the two results do not compare."
        elif pd.isna(first["level_rank"]) or pd.isna(latest["level_rank"]):
            said = "A level that cannot be read does not compare."
        else:
            step = int(np.sign(int(latest["level_rank"]) - int(first["level_rank"])))
            said = f"The latest result is {('lower', 'the same', 'higher')[step + 1]}."
        results = [f"{escape(str(row['level']))} on {row['completed_on']:%d/%m/%Y}" for row in (first, latest)]
        name = escape(str(latest["test_name"]))
        sentences.append(f"**{name}** was sat {len(sat)} times: first {results[0]}, latest {results[1]}. {said}")
    return sentences


def _session_rows(rows: pd.DataFrame) -> pd.DataFrame:
    whole = rows["level_whole"].astype("str").fillna("Not readable")
    look_at = pd.Series("", index=rows.index, dtype="str")
    for name, words in _LOOK_AT.items():
        look_at = look_at.mask(rows[name], look_at + "; " + words)
    texts = {name: printable_text(rows[name]) for name in ("test_name", "subject", "test_version", "level")}
    return pd.DataFrame(
        texts
        | {
            "completed_at": local_time(rows["ended_at"]),
            "level_read": (whole + " " + rows["level_half"].astype("str").fillna("")).str.strip(),
            "duration_min": rows["duration_s"] / 60,
            "elapsed_min": rows["elapsed_s"] / 60,
            "sitting": rows["sitting"].astype("str"),
            "attempt_of": rows["attempt"].astype("str") + " of " + rows["attempts"].astype("str"),
            "look_at": look_at.str.removeprefix("; "),
        }
    )


def sheet_text(value: str | float | pd.Timestamp) -> str:
    """A value as it stands on paper: times in their own zone, numbers to one decimal, a dash for none."""
    if isinstance(value, str):
        return value
    if isinstance(value, pd.Timestamp):
        return f"{value:%d/%m/%Y %H:%M}"
    return "–" if np.isnan(value) else f"{value:,.1f}"
