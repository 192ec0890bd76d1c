"""Every account with who it belongs to, for readers with learner access: what a search and the comparison need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from smartia.access import Reader
from smartia.analysis.duplicates import Duplicates, find_duplicates
from smartia.analysis.grouping import aggregate
from smartia.analysis.identifiers import SearchIndex, printable_text, search_index
from smartia.analysis.measures import SIZE
from smartia.errors import StoreError
from smartia.memory import trim_memory
from smartia.store.snapshot import Snapshot
from smartia.table.calendar import local_time
from smartia.table.collected import AnyFrame, last_of_each
from smartia.ui import messages
from smartia.ui.data import snapshot_key
from smartia.ui.identities import identities_at, require_learner_access
from smartia.ui.kept import until_removal
from smartia.ui.lazy import Lazy
from smartia.ui.shell import View

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

_KEPT_S = 900
_SEARCHES = 8
"""Searches that are remembered."""
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
        words: What a search looks in: `IDENTITIES`, as the newest session has them; row by row as `facts`.
        facts: One row an account, its learner code the label and place: `age` on 31 August of the academic year of the
            newest session, `sessions`, `ended_at` of the newest.
        duplicates: The accounts that may be one person's, by learner code.
    """

    words: SearchIndex
    facts: pd.DataFrame
    duplicates: Duplicates

    def find(self, query: str) -> NDArray[np.int64]:
        """Find the accounts in which every word occurs.

        The latest searches are remembered as long as the accounts are, since every click on the page asks again.

        Args:
            query: Words parted by blanks.

        Returns:
            Their learner codes by name, then username; never change them.
        """
        return self._find(query)

    @cached_property
    def _find(self) -> Callable[[str], NDArray[np.int64]]:
        # Of the texts alone: with the accounts themselves in it, nothing would go before the next search for garbage.
        return lru_cache(maxsize=_SEARCHES)(partial(_search, self.words))

    def table_of(self, codes: Sequence[int] | NDArray[np.int64]) -> pd.DataFrame:
        """Make the rows that a reader sees of some accounts.

        Args:
            codes: Their learner codes.

        Returns:
            By learner code in the order given: `IDENTITIES` with real UPNs masked; `age` as text; `sessions`;
            `last_at` in UK time.
        """
        facts = self.facts.iloc[list(codes)]
        texts: pd.DataFrame = self.words.shown.take(pa.array(codes, pa.int64())).to_pandas()
        shown = {
            name: printable_text(texts[column].set_axis(facts.index))
            for name, column in zip(IDENTITIES, texts.columns, strict=True)
        }
        return pd.DataFrame(shown).assign(
            age=facts["age"].astype("str").fillna("–"),
            sessions=facts["sessions"],
            last_at=local_time(facts["ended_at"]),
        )


def _search(words: SearchIndex, query: str) -> NDArray[np.int64]:
    found = np.flatnonzero(words.find(query))
    names = words.shown.select([0, 1]).take(found)
    order = pc.sort_indices(names, sort_keys=[(name, "ascending") for name in names.column_names])
    codes: NDArray[np.int64] = found[order.to_numpy()]
    return codes


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
    newest = last_of_each(whole, "learner", ["learner", "age", "ended_at"]).sort_values("learner")
    sizes = aggregate(whole, None, {"n": SIZE}, keys={"learner": nw.col("learner")}).set_index("learner")["n"]
    # Learners are numbered from 0 without a gap, so that a code is a place too.
    sent = identities_at(reader, snapshot, _READ, newest.index).reset_index(drop=True)
    facts = newest[["age", "ended_at"]].reset_index(drop=True).assign(sessions=sizes.sort_index().to_numpy())
    # One after the other: both at once would be a little quicker, and take half as much memory again.
    duplicates = find_duplicates(sent)
    return Accounts(search_index(*(sent[name] for name in IDENTITIES)), facts, duplicates)
