"""The findings of the Data quality page: counted once a snapshot, explained, and traced to the sessions behind them."""

import datetime as dt
from functools import partial

import pandas as pd
import streamlit as st

from smartia.analysis.finding_counts import MONTHS, SET_ASIDE, count_findings, findings_by_month
from smartia.analysis.findings import FINDINGS
from smartia.charts.quality import MEASURES, build_findings_trend_chart
from smartia.memory import trim_memory
from smartia.report.flags import flag_snapshot
from smartia.store.snapshot import Snapshot
from smartia.table.calendar import local_time
from smartia.table.collected import AnyFrame, at_places
from smartia.ui.behind import Mark, Marks, show_marks
from smartia.ui.controls import choose_one
from smartia.ui.data import snapshot_key
from smartia.ui.kept import until_removal
from smartia.ui.lazy import Lazy
from smartia.ui.panels import show_folded_table, show_table
from smartia.ui.people import ROW_LIMIT, NewestSessions, newest_sessions, show_sessions
from smartia.ui.shell import View
from smartia.ui.text import count
from smartia.words.finding_sentences import FINDING_LABELS, name_kinds, summary, trend_sentence
from smartia.words.findings import KINDS

_EXTRA_LABELS = {
    "started": "Started (UK time)",
    "result": "Result at (UK time)",
    "elapsed_min": "From start to end (min)",
    "usual_min": "Usual time (min)",
    "attempt": "Attempt",
    "attempts": "Attempts in all",
    "test_version": "Test version",
    "gender": "Gender",
    "age": "Age",
}


@until_removal
@st.cache_resource(max_entries=2, show_spinner="Checking every session …", hash_funcs={Snapshot: snapshot_key})
def flagged_sessions(snapshot: Snapshot, _everything: Lazy[AnyFrame]) -> pd.DataFrame:
    """Mark every session with every finding. Shared by all readers: never change it.

    Names and identifiers are read, compared and let go; what stays says only whether they differ or are empty.

    Args:
        snapshot: Where the learners' details are read from.
        _everything: The analysis frame of this snapshot with `reference_s`.

    Returns:
        `learner`, `month` and the Boolean columns `FINDINGS`, with the labels of the analysis frame.
    """
    flagged = flag_snapshot(snapshot, _everything.value)
    trim_memory()
    return flagged


@until_removal
@st.cache_data(max_entries=4, show_spinner=False, hash_funcs={Snapshot: snapshot_key})
def counted_findings(snapshot: Snapshot, _everything: Lazy[AnyFrame]) -> pd.DataFrame:
    """How many sessions each finding has: a result of `count_findings`."""
    flags: pd.DataFrame = flagged_sessions(snapshot, _everything)
    return count_findings(flags, FINDINGS, snapshot.manifest.rejected)


@until_removal
@st.cache_data(max_entries=4, show_spinner=False, hash_funcs={Snapshot: snapshot_key})
def monthly_findings(snapshot: Snapshot, _everything: Lazy[AnyFrame], as_of: dt.date) -> pd.DataFrame:
    """How many sessions each finding has month by month: a result of `findings_by_month`."""
    months = snapshot.rejected["month"].astype("str").tolist()
    return findings_by_month(flagged_sessions(snapshot, _everything), FINDINGS, as_of, months)


def show_findings(view: View, found: pd.DataFrame) -> None:
    """Show the findings that occur in one table and each with its meaning, its rule and the sessions behind it.

    Those that do not occur are named with their rules, so that a reader knows what was looked for.

    Args:
        view: The page's view.
        found: A result of `count_findings`.
    """
    occurring = found[found["n"] > 0]
    st.markdown(summary(found))
    if len(occurring):
        show_table(name_kinds(occurring), [*FINDING_LABELS], labels=FINDING_LABELS, caption="Findings by kind")
    for code, n, learners in zip(occurring["finding"], occurring["n"], occurring["learners"], strict=True):
        if code == SET_ASIDE:
            _explain(view, code, count(n, "record"))
        else:
            _explain(view, code, f"{count(n, 'session')} of {count(learners, 'learner')}")
    absent = found.loc[found["n"] == 0, "finding"]
    if len(absent):
        with st.expander(f"Looked for and not found: {count(len(absent), 'kind')}"):
            for code in absent:
                st.markdown(f"- **{KINDS[code].name}**: {KINDS[code].rule}")


def show_trend(view: View, found: pd.DataFrame) -> None:
    """Show how often each finding that occurs does so month by month, with a switch from percent to counts.

    Args:
        view: The page's view.
        found: A result of `count_findings`.
    """
    monthly = monthly_findings(view.snapshot, view.everything, view.as_of)
    occurring = monthly.groupby("finding")["n"].sum()
    trend = monthly[monthly["finding"].isin(occurring.index[occurring > 0])]
    trend = trend.assign(finding=[KINDS[code].name for code in trend["finding"]])
    if trend.empty:
        st.markdown("None: no finding occurs in any month.")
        return
    measure = choose_one(
        "Show findings as",
        list(MEASURES),
        key="measure",
        names={"share": "Percent", "n": "Counts"}.__getitem__,
        help_text="Percent of the sessions that ended in the month; of records set aside, of sessions and records.",
    )
    st.markdown(trend_sentence(trend))
    aside = found.loc[found["finding"] == SET_ASIDE, "n"].sum() - occurring[SET_ASIDE]
    st.caption(
        f"By the month in which the session ended, the last {MONTHS} months at most. Every row has its own scale: the "
        "value of its tallest bar is named above it. A dashed outline belongs to the month that is not over yet."
        + (f" {count(int(aside), 'record')} set aside lie in none of these months." if aside else "")
    )
    show_marks(
        view,
        partial(build_findings_trend_chart, trend, show=measure),
        _trend_marks(view, trend),
        title="Findings by month",
        key="trend",
        caption="Sessions with the finding in the month chosen",
    )
    show_folded_table(
        trend,
        ["finding", "period", "n", "base", "share", "running"],
        key="trend-table",
        labels={"n": "Found", "base": "Of", "period": "Month", "running": "Still running"},
        caption="Findings by month",
    )


def _trend_marks(view: View, trend: pd.DataFrame) -> Marks:
    codes = {kind.name: code for code, kind in KINDS.items() if code != SET_ASIDE}

    def find(mark: Mark) -> pd.DataFrame:
        flags = flagged_sessions(view.snapshot, view.everything)
        found = flags[flags[codes[mark["finding"]]] & (flags["month"] == mark["start"])]
        return at_places(view.everything.value, found.index.tolist())

    return Marks(trend[(trend["n"] > 0) & trend["finding"].isin(codes)], ("finding", "period"), find)


def _explain(view: View, code: str, number: str) -> None:
    kind = KINDS[code]
    with st.expander(f"{kind.name}: {number}"):
        st.markdown(
            f"{kind.means}\n\n- **Rule:** {kind.rule}\n- **Whom to ask:** {kind.ask}\n- **What to do:** {kind.advice}"
        )
        if code == SET_ASIDE:
            return
        help_text = "Shows each of them with its learner; drawn only when asked for, since they may be many."
        if not view.sees_learners or st.toggle("List the sessions", key=f"list-{code}", help=help_text):
            flags = flagged_sessions(view.snapshot, view.everything)
            found = flags[flags[code]]
            # The later a session ended the higher its place.
            rows = at_places(view.everything.value, found.index[-ROW_LIMIT:].tolist())
            listed = newest_sessions(_with_extra(rows, kind.extra))
            show_sessions(
                view,
                NewestSessions(len(found), found["learner"].nunique(), listed.rows),
                key=f"sessions-{code}",
                caption=f"Sessions found: {kind.name}",
                extra=kind.extra,
                labels=_EXTRA_LABELS,
            )


def _with_extra(rows: pd.DataFrame, extra: tuple[str, ...]) -> pd.DataFrame:
    made = {}
    for name, column in (("started", "started_at"), ("result", "result_at")):
        if name in extra:
            made[name] = local_time(rows[column])
    for name, column in (("elapsed_min", "elapsed_s"), ("usual_min", "reference_s")):
        if name in extra:
            made[name] = rows[column] / 60
    return rows.assign(**made)
