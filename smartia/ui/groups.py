"""What the Groups page shows of a list in use: who has completed, the funnel of its groups, and the group chosen."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from smartia.analysis.funnel import FEWEST, INSIDE, TOO_SMALL, funnel_lines, place_in_funnel
from smartia.analysis.grouping import rows_with, values_offered
from smartia.analysis.groups import completion, completion_filters, rows_listed, without_session
from smartia.analysis.identifiers import mask_upn
from smartia.analysis.levels import count_unit
from smartia.charts.funnel import build_funnel_chart
from smartia.table.collected import AnyFrame
from smartia.table.filters import apply_filters
from smartia.table.labels import NOT_LISTED
from smartia.ui.lazy import Lazy
from smartia.ui.lists import KeptList, choose_grouping, matched_list, remove_list
from smartia.ui.panels import show_chart, show_folded_table, show_table, when_unfolded
from smartia.ui.people import newest_sessions, show_sessions
from smartia.ui.shell import View
from smartia.ui.text import count, day, escape, percent, verb
from smartia.words.sentences import points_range

_GROUP = "group_looked_into"
_INCOMPLETE = "groups_incomplete"
LISTED_ROWS = 5_000
"""People of the list that are listed at most."""


@dataclass(frozen=True)
class Listed:
    """A list and the sessions, joined.

    Attributes:
        kept: The list.
        label: The name of the column that makes the groups.
        people: Its people: `key`, `group`, `accounts`.
        whole: All sessions with `person` and `group`, whatever the filters.
        sessions: Those of people on the list that count under the filters, whatever group was filtered by.
    """

    kept: KeptList
    label: str
    people: pd.DataFrame
    whole: Lazy[AnyFrame]
    sessions: Lazy[AnyFrame]


def join_list(view: View, kept: KeptList) -> Listed:
    """Draw what is in use, its removal and the choice of the grouping; join list and sessions."""
    matched = matched_list(view.reader, view.snapshot, view.everything)
    if matched is None:  # removed this very moment, by another run of the session
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = choose_grouping(kept)
        st.button("Remove this list", on_click=remove_list, icon=":material/delete:")
    st.caption(
        f"Your list of {count(len(kept.learners.people), 'learner')}, as uploaded on {day(kept.loaded_on)}: it does "
        "not know who joined or left later."
    )
    if view.filters.group:
        st.caption(":material/filter_alt_off: The filter by group does not apply on this page: it shows all groups.")
    return Listed(
        kept=kept,
        label=kept.learners.groupings[place],
        people=matched.people,
        whole=view.everything,
        sessions=view.everything.part(apply_filters, replace(view.filters, group=())).part(rows_listed),
    )


def show_completion(view: View, listed: Listed) -> None:
    """Say which share of the people on the list has a session, together and group by group."""
    which = completion_filters(view.filters)
    sat = listed.whole.part(apply_filters, which)
    total = sat.of(_completion, listed.people, by_group=False).iloc[0]
    reached, n = int(total["reached"]), int(total["n"])
    st.markdown(
        f"**{count(reached)} of {count(n, 'learner')} on the list {verb(reached, n, 'has', 'have')} at least one "
        f"session: {percent(total['share'])}** ({points_range(total['low'], total['high'])})."
    )
    st.caption(
        f"In brackets: 95% interval. Counted here: {escape(which.describe())}. The base is your list of "
        f"{day(listed.kept.loaded_on)}, so this is the one place with a completion rate. Filters by gender, age, "
        "group, result or sitting do not apply to it, and neither do the switches for attempts and for unusually "
        "short sittings: any such session completes."
    )
    show_table(
        sat.of(_completion, listed.people, by_group=True),
        ["group", "n", "reached", "share", "low", "high"],
        labels={"group": listed.label, "n": "On the list", "reached": "With a session"},
        caption="Share of the people on the list who have a session, by group",
    )
    missing = sat.of(_without_session, listed.people)
    with when_unfolded(f"On the list without such a session: {count(len(missing))}", "incomplete") as is_drawn:
        _show_incomplete(listed, missing, is_drawn=is_drawn)


def _completion(sat: AnyFrame, people: pd.DataFrame, *, by_group: bool) -> pd.DataFrame:
    return completion(people, sat, by_group=by_group)


def _without_session(sat: AnyFrame, people: pd.DataFrame) -> pd.DataFrame:
    return without_session(people, sat)


def show_people(
    listed: Listed,
    people: pd.DataFrame,
    *,
    caption: str,
    extra: Mapping[str, str] | None = None,
    is_drawn: bool = True,
) -> None:
    """Show people of the list as a table: reference, masked where it has the shape of a real UPN, and group.

    Args:
        listed: The list and the sessions.
        people: Some of its people.
        caption: Who they are, for screen readers.
        extra: Further columns of `people`, with their names on screen.
        is_drawn: Whether they are on the page; else the workbook alone has them.
    """
    more = dict(extra or {})
    shown = people.head(LISTED_ROWS)
    if len(people) > LISTED_ROWS:
        st.caption(f"The first {count(LISTED_ROWS)} are listed.")
    if len(shown):
        show_table(
            shown.assign(key=mask_upn(shown["key"])),
            ["key", "group", *more],
            labels={"key": listed.kept.learners.kind.label, "group": listed.label} | more,
            caption=caption,
            is_drawn=is_drawn,
        )


def _show_incomplete(listed: Listed, missing: pd.DataFrame, *, is_drawn: bool) -> None:
    """List who lacks the session asked for, of the groups that the reader chooses."""
    groups = list(missing["group"].cat.remove_unused_categories().cat.categories)
    st.session_state[_INCOMPLETE] = [group for group in st.session_state.get(_INCOMPLETE, []) if group in groups]
    chosen = st.multiselect(
        escape(listed.label), groups, key=_INCOMPLETE, placeholder="All", help="Lists the people of these groups alone."
    )
    shown = missing[missing["group"].isin(chosen)] if chosen else missing
    st.caption(
        f"{count(len(shown), 'learner')} of {count(len(missing))}. A session of another kind: one that does not count "
        "here, such as in another subject or year. Where there is none at all, look first whether the reference in "
        "your list is the one in CENTURY."
    )
    show_people(
        listed,
        shown.assign(another=shown["accounts"] > 0),
        caption="References on the list without a session that counts towards completion",
        extra={"another": "Has a session of another kind"},
        is_drawn=is_drawn,
    )


def show_funnel(view: View, listed: Listed, shares: pd.DataFrame, rows: Lazy[AnyFrame], level: str) -> None:
    """Say and draw which groups lie outside what chance alone would show.

    Args:
        view: The page's view.
        listed: The list and the sessions.
        shares: A result of `share_at_or_above` by group.
        rows: The sessions that it counted.
        level: The level reached.
    """
    placed = place_in_funnel(shares)
    unit = rows.of(count_unit, "group")
    st.markdown(_funnel_sentence(placed, level))
    st.caption(
        "The lines hold 95% and 99.8% of groups that differ from the whole by chance alone: about 1 group in 20 lies "
        "outside the inner lines without any reason. Groups differ in who is in them, so a point outside is a question "
        "to ask, not a verdict."
    )
    if unit == "sessions":
        st.caption(
            "A learner may count more than once here, which moves points outward. One attempt and one test do not."
        )
    placeable = placed[placed["verdict"] != TOO_SMALL]
    if placeable.empty:
        return
    lines = funnel_lines(float(placed["whole"].iloc[0]), int(placed["n"].max()))
    show_chart(
        view,
        partial(build_funnel_chart, placed, lines, level_label=level, unit=unit),
        title=f"Share at {level} or above by group, and what chance explains",
        key=f"funnel-{st.session_state.get(_GROUP)}",
        on_pick=_take_pick,
    )
    show_folded_table(
        placed,
        ["group", "n", "share", "low_95", "high_95", "low_998", "high_998", "verdict"],
        key="funnel-table",
        labels={
            "group": listed.label,
            "low_95": "Chance (95%) from",
            "high_95": "to",
            "low_998": "Chance (99.8%) from",
            "high_998": "to ",
            "verdict": "Place",
        },
        caption="Share by group against what chance alone would show",
    )


def _funnel_sentence(placed: pd.DataFrame, level: str) -> str:
    placeable = placed[placed["verdict"] != TOO_SMALL]
    small = len(placed) - len(placeable)
    left_out = f" {count(small, 'group')} with n below {FEWEST} cannot be placed." if small else ""
    if placeable.empty:
        return f"No group is large enough to be placed (n of at least {FEWEST}).{left_out}"
    outside = placeable[placeable["verdict"] != INSIDE]
    share, base = percent(float(placed["whole"].iloc[0])), count(int(placed["n"].sum()))
    whole = f"the whole ({share} at {level} or above, n = {base})"
    inside = len(placeable) - len(outside)
    differ = verb(inside, len(placeable), "differs", "differ")
    parts = [f"**{inside} of {count(len(placeable), 'group')}** {differ} from {whole} by no more than chance would."]
    for word, side in (("Above", outside["share"] > outside["whole"]), ("Below", outside["share"] < outside["whole"])):
        if side.any():
            names = ", ".join(
                f"{escape(str(group))} ({verdict})"
                for group, verdict in zip(outside.loc[side, "group"], outside.loc[side, "verdict"], strict=True)
            )
            parts.append(f"{word} the lines: {names}.")
    return " ".join(parts) + left_out


def show_group(view: View, listed: Listed, rows: Lazy[AnyFrame]) -> None:
    """Draw the choice of a group, which a click in the funnel makes too, and list its sessions.

    Args:
        view: The page's view.
        listed: The list and the sessions.
        rows: The sessions shown above, with `group`.
    """
    groups = [group for group in rows.of(values_offered, "group") if group != NOT_LISTED]
    if st.session_state.get(_GROUP) not in groups:
        st.session_state[_GROUP] = None
    chosen = st.selectbox(
        escape(listed.label),
        groups,
        key=_GROUP,
        placeholder="Choose a group, or click a point above",
        help="Lists the sessions of this group below.",
    )
    if chosen is not None:
        found = rows.part(rows_with, "group", chosen).of(newest_sessions)
        show_sessions(view, found, key="group-sessions", caption="Sessions of the group chosen")


def _take_pick(mark: Mapping[Hashable, Any]) -> None:
    st.session_state[_GROUP] = mark["group"]
