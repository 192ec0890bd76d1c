"""Every account with who it belongs to, for readers with learner access: what a search and the comparison need."""

from dataclasses import dataclass

import narwhals as nw
import pandas as pd
import streamlit as st

from smartia.access import Reader
from smartia.analysis.duplicates import Duplicates, find_duplicates
from smartia.analysis.grouping import aggregate
from smartia.analysis.identifiers import SearchIndex, mask_upn, printable_text, search_index
from smartia.analysis.measures import SIZE
from smartia.errors import StoreError
from smartia.store.snapshot import Snapshot
from smartia.table.calendar import local_time
from smartia.table.collected import AnyFrame, last_of_each
from smartia.ui import messages
from smartia.ui.data import snapshot_key
from smartia.ui.hosting import trim_memory
from smartia.ui.identities import identities_at, require_learner_access
from smartia.ui.kept import until_removal
from smartia.ui.lazy import Lazy
from smartia.ui.shell import View

_KEPT_S = 900
_READ = (
    "full_name",
    "username",
    "upn",
    "external_id",
    "emails",
    "first_name",
    "last_name",
    "date_of_birth",
)
IDENTITIES = _READ[:5]
"""What is shown of who a learner is."""
ACCOUNT_LABELS = {
    "full_name": "Name",
    "username": "Username",
    "upn": "UPN",
    "external_id": "External ID",
    "emails": "E-mail",
    "age": "Age",
    "sessions": "Sessions",
    "last_at": "Last session (UK time)",
}


@dataclass(frozen=True)
class Accounts:
    """Every account, as a reader with learner access sees it; shared within the server, so never change it.

    Attributes:
        table: One row an account, by its learner code: `IDENTITIES` with real UPNs masked, as the newest session has
            them; `age` on 31 August of the academic year of that session, as text; `sessions`; `last_at` in UK time.
        words: What a search looks in.
        duplicates: The accounts that may be one person's.
    """

    table: pd.DataFrame
    words: SearchIndex
    duplicates: Duplicates


def stop_without_access(view: View) -> None:
    """Say who may see learners and how to allow it, and end the run, where the reader may not."""
    if view.sees_learners:
        return
    st.info(
        "This page shows who the learners are. It is open to readers with learner access alone. Whoever runs smartia "
        + (
            "can allow it: the setting `SMARTIA_OPEN_ROLE` = `learner-access` gives it to everyone who can open this "
            "app."
            if view.reader.address is None
            else "can put you on that list."
        ),
        icon=":material/lock:",
    )
    st.stop()


def accounts_of(view: View) -> Accounts:
    """Every account of the snapshot; ends the run with a message where the files cannot be read.

    Raises:
        PermissionError: The reader may not see learners.
    """
    require_learner_access(view.reader)
    try:
        return _accounts(view.snapshot, view.reader, view.everything)
    except StoreError as failure:
        messages.show_failure(failure)
        st.stop()


# Kept, for this snapshot alone and at most a quarter of an hour, since a search runs the page at every step: reading
# and comparing the accounts of a million sessions takes seconds. What is kept asks nobody, so that only `accounts_of`
# calls it, which has asked at this very run.
@until_removal
@st.cache_resource(
    max_entries=1, ttl=_KEPT_S, show_spinner="Reading the accounts …", hash_funcs={Snapshot: snapshot_key}
)
def _accounts(snapshot: Snapshot, _reader: Reader, _everything: Lazy[AnyFrame]) -> Accounts:
    accounts = _read_accounts(snapshot, _reader, _everything.value)
    trim_memory()
    return accounts


def _read_accounts(snapshot: Snapshot, reader: Reader, whole: AnyFrame) -> Accounts:
    newest = last_of_each(whole, "learner", ["learner", "age", "ended_at"])
    sizes = aggregate(whole, None, {"n": SIZE}, keys={"learner": nw.col("learner")})
    sent = identities_at(reader, snapshot, _READ, newest.index).set_index(newest["learner"].to_numpy())
    shown = {name: printable_text(mask_upn(sent[name].fillna(""))) for name in IDENTITIES}
    facts = newest.set_index("learner")
    table = pd.DataFrame(shown).assign(
        age=facts["age"].astype("str").fillna("–"),
        sessions=sizes.set_index("learner")["n"],
        last_at=local_time(facts["ended_at"]),
    )
    texts = sent["full_name"].fillna("").str.cat(sent[list(IDENTITIES[1:])], sep=" ", na_rep="")
    return Accounts(table, search_index(texts), find_duplicates(sent))
