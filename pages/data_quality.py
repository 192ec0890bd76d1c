"""Data quality: where the data came from, whether they are whole, and what in them cannot be trusted."""

import streamlit as st

from smartia.analysis.quality import unreadable_levels
from smartia.table.columns import SENT
from smartia.ui.data import missing_values, set_aside
from smartia.ui.panels import show_table, when_unfolded
from smartia.ui.quality import counted_findings, show_findings, show_trend
from smartia.ui.removal import show_removal
from smartia.ui.shell import open_page
from smartia.ui.text import count, escape, moment

view = open_page("Data quality", filtered=False)
manifest = view.manifest
st.caption("This page looks at every session: the filters of the other pages do not apply.")

st.header("Is everything here?")
with st.container(horizontal=True):
    st.metric("Promised by the API", count(manifest.total), help="The total that the API gave.", border=True)
    st.metric("Sessions held", count(manifest.rows), help="What every page counts from.", border=True)
    st.metric("Set aside", count(manifest.rejected), help="Records that do not fit the API's reference.", border=True)
    st.metric(
        "Difference",
        f"{manifest.missing:,}",
        help="Promised, less held, less set aside. 0 means that the copy is complete.",
        border=True,
    )
st.markdown(
    f"Pulled {moment(manifest.fetched_at)} (UK time) from {escape(manifest.source)}. "
    f"{count(manifest.duplicates, 'session')} came more than once in the last download and counted once."
)
if manifest.missing:
    st.warning(
        "The copy differs from what the API says it has. smartia tries again by itself about every quarter of an hour. "
        "If it stays, download everything again; if that does not help either, tell CENTURY.",
        icon=":material/difference:",
    )
st.caption(
    f"Everything was last downloaded {moment(manifest.full_at)}. Refreshes in between ask for what may have changed, "
    "and compare with the API's own total."
)
st.button(
    "Download everything again",
    on_click=view.download_everything,
    icon=":material/cloud_download:",
    help="Also finds changes to old sessions that alter no total, such as a corrected name.",
)

st.header("Records set aside")
aside = set_aside(view.snapshot)
if aside.empty:
    st.markdown("None: every record fits the API's reference.")
else:
    st.caption(
        "They are in no figure of this app. The reason says which field does not fit; ask CENTURY to mend the record."
    )
    reasons = aside.groupby("reason", as_index=False).agg(n=("record", "size"))
    show_table(reasons, ["reason", "n"], labels={"n": "Records"}, caption="Records set aside by reason")
    with when_unfolded("Where they stood in the download", "aside-list") as is_drawn:
        columns = ["month", "since", "page", "record", "reason"]
        show_table(aside, columns, caption="Position of each record set aside", is_drawn=is_drawn)
        st.caption("A dash in place of a time: pages were counted from the beginning.")

st.header("Findings")
st.caption(
    "Each kind is a rule that every session is checked against; a session may be found by several. A finding asks "
    "somebody to look; nothing is left out because of it."
)
found = counted_findings(view.snapshot, view.everything)
show_findings(view, found)

st.header("Month by month")
show_trend(view, found)

st.header("Levels that cannot be read")
unreadable = view.everything.of(unreadable_levels)
if unreadable.empty:
    st.markdown("None: every level is on the ladder.")
else:
    st.caption("Shown as they were sent. They are counted, shown last in every chart, and left out of shares.")
    named = unreadable.assign(level=unreadable["level"].replace("", "(nothing sent)"))
    show_table(named, ["level", "n"], labels={"level": "Level as sent", "n": "Sessions"}, caption="Unreadable levels")

st.header("Empty fields")
st.caption("How often each field of the API came empty or not at all.")
missing = missing_values(view.snapshot)
missing["field"] = missing["field"].map({column.name: column.label for column in SENT})
show_table(missing, ["field", "missing", "n", "share"], labels={"n": "Sessions"}, caption="Empty fields")

st.header("What is kept here")
show_removal(view)
