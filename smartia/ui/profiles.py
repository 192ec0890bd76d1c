"""What the Profiles page shows of its pairs: the matrix, the distances, the order, and the learners behind a cell."""

from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from smartia.analysis.profile_matrix import in_cell, level_name, matrix_table, matrix_totals, profile_matrix
from smartia.analysis.profile_order import order_groups
from smartia.analysis.profiles import only_in
from smartia.charts.levels import build_share_chart
from smartia.charts.profiles import build_profile_matrix_chart, build_step_difference_chart, step_name
from smartia.table.collected import at_places
from smartia.ui.behind import Mark, Marks, show_marks
from smartia.ui.lazy import Lazy
from smartia.ui.panels import show_chart, show_folded_table, show_table, when_unfolded
from smartia.ui.people import ROW_LIMIT, NewestSessions, newest_sessions, show_sessions
from smartia.ui.profile_sentences import Pair, difference_sentence, outcome_names
from smartia.ui.shell import View
from smartia.ui.text import escape

Side = Literal["one", "other"]

_CELL_KEY = "profile-cell"


def show_matrix(view: View, pairs: Lazy[pd.DataFrame], compared: Lazy[pd.DataFrame], names: Pair) -> None:
    """Show the matrix of levels as a chart and as a table, and the learners of the cell that the reader picks.

    A cell is picked by a click in the chart, or by the select box below it, which the keyboard reaches too.

    Args:
        view: The page's view.
        pairs: A result of `pair_subjects` over the view's frame.
        compared: Its `compare_levels`.
        names: The two subjects.
    """
    one, other = names
    matrix = compared.of(profile_matrix)
    pairs_of_ranks = matrix.loc[matrix["n"] > 0, ["rank_one", "rank_other"]].itertuples(index=False)
    cells = {f"{a}-{b}": (int(a), int(b)) for a, b in pairs_of_ranks}
    only: dict[str, Literal["one", "other"]] = {"only-one": "one", "only-other": "other"}
    titles = {key: f"{one} {level_name(a)}, {other} {level_name(b)}" for key, (a, b) in cells.items()}
    titles |= {key: f"Only {one if side == 'one' else other}" for key, side in only.items()}
    if st.session_state.get(_CELL_KEY) not in titles:
        st.session_state[_CELL_KEY] = None
    chosen: str | None = st.session_state[_CELL_KEY]
    if cells:
        # A key of its own for each choice: a chart that remembers its last click would not report the same one again.
        show_chart(
            view,
            partial(
                build_profile_matrix_chart,
                matrix,
                matrix_totals(matrix),
                one=one,
                other=other,
                selected=cells.get(chosen or ""),
            ),
            title=f"Learners by level in {one} and {other}",
            key=f"profile-matrix-{chosen}",
            on_pick=_take_pick if view.sees_learners else None,
        )
        table = matrix_table(matrix)
        show_folded_table(
            table,
            list(table.columns),
            key="matrix-table",
            labels={"level": f"{one} ↓ {other} →"},
            caption=f"Learners by level in {one} (rows) and {other} (columns)",
        )
    key = st.selectbox(
        "Show the learners of a cell",
        list(titles),
        format_func=titles.__getitem__,
        index=None,
        key=_CELL_KEY,
        placeholder="Click a cell of the matrix, or choose here",
        help="Lists the learners whose two levels make this cell.",
    )
    if key in cells:
        list_learners(view, compared.part(in_cell, *cells[key]), names, key="cell-learners")
    elif key in only:
        rows = _sessions_of(view, pairs.part(only_in, only[key]).value, only[key])
        show_sessions(view, newest_sessions(rows), key="cell-learners", caption=titles[key])


def list_learners(view: View, part: Lazy[pd.DataFrame], names: Pair, *, key: str) -> None:
    """List learners with both subjects: the session in the one, and the result in the other beside it.

    Args:
        view: The page's view.
        part: A part of a result of `compare_levels`.
        names: The two subjects.
        key: Tells the lists of the page apart.
    """
    one, other = names
    sides: tuple[Side, Side] = ("one", "other")
    # The later a session ended the higher its place.
    listed = part.value.sort_values("row_one").tail(ROW_LIMIT)
    rows, others = (_sessions_of(view, listed, side) for side in sides)
    rows = rows.assign(
        other_level=others["level"].astype("str").to_numpy(),
        other_on=others["completed_on"].to_numpy(),
    )
    st.caption(f"One row a learner: the session in {escape(one)}, with the result in {escape(other)} at the right.")
    show_sessions(
        view,
        NewestSessions(part.of(len), part.of(len), newest_sessions(rows).rows),
        key=key,
        caption=f"Learners with {one} and {other}",
        extra=("other_level", "other_on"),
        labels={"other_level": f"{other}: level as sent", "other_on": f"{other}: completed on"},
    )


def show_distances(
    view: View, compared: Lazy[pd.DataFrame], steps: pd.DataFrame, agreement: pd.DataFrame, names: Pair, apart: int
) -> None:
    """Show how many whole levels lie between the two subjects, as a sentence, a chart and tables.

    Args:
        view: The page's view.
        compared: A result of `compare_levels`.
        steps: A result of `step_differences`.
        agreement: A result of `level_agreement`.
        names: The two subjects.
        apart: From how many whole levels on a profile counts as far apart.
    """
    one, other = names
    st.markdown(difference_sentence(steps, names))
    st.caption(
        "Steps between whole levels, lower and upper halves left aside. They say which profiles are uneven; a step at "
        "the foot of the ladder is not the same amount of learning as one at its top. Learners with a level that "
        "cannot be read are left out. The bars in full colour are the spiky profiles listed below."
    )
    show_marks(
        view,
        partial(build_step_difference_chart, steps, one=one, other=other, apart=apart),
        Marks(
            steps[steps["reached"] > 0],
            ("steps",),
            partial(_sessions_of_steps, view, compared),
            lambda mark: step_name(int(mark["steps"]), one, other),
        ),
        title=f"Steps between {one} and {other}",
        key="steps",
        caption="Learners with the difference chosen",
    )
    with when_unfolded("Show as a table", "steps-table") as is_drawn:
        show_table(
            steps,
            ["steps", "n", "reached", "share", "low", "high"],
            labels={"steps": f"{one} minus {other} (whole levels)", "reached": "Learners", "n": "Of"},
            caption="Learners by whole levels between the two subjects",
            is_drawn=is_drawn,
        )
        show_table(
            agreement.replace({"outcome": outcome_names(names, apart)}),
            ["outcome", "n", "reached", "share", "low", "high", "unreadable"],
            labels={"outcome": "Profile", "reached": "Learners", "n": "Of"},
            caption="Learners at the same level, higher in either subject, and far apart",
            is_drawn=is_drawn,
        )


def show_orders(view: View, compared: Lazy[pd.DataFrame], orders: pd.DataFrame, names: Pair, level: str) -> None:
    """Show the share at a level or above it in each subject by order and day, without a word on causes.

    Args:
        view: The page's view.
        compared: A result of `compare_levels`.
        orders: A result of `reach_by_order`.
        names: The two subjects.
        level: The name of the level.
    """
    st.caption(
        "First is what was completed first; a day is a date in UK time. The groups differ in who is in them, so this "
        "describes who sat when; it does not say that the order or the day makes a difference."
    )
    for subject, shares in orders.groupby("subject", sort=False):
        st.markdown(f"**{escape(str(subject))}: share at {level} or above**")
        side: Side = "one" if subject == names[0] else "other"
        show_marks(
            view,
            partial(build_share_chart, shares, level_label=level, unit="learners"),
            Marks(
                shares[shares["n"] > 0],
                ("group",),
                partial(_sessions_of_order, view, compared, names, side),
            ),
            title=f"{subject}: share at {level} or above, by order and day",
            key=f"orders-{subject}",
            caption="Learners of the order chosen",
        )
    show_folded_table(
        orders,
        ["subject", "group", "n", "reached", "share", "low", "high", "unreadable"],
        key="orders-table",
        labels={"subject": "Subject", "group": "Order"},
        caption=f"Share at {level} or above by order and day",
    )


def _sessions_of(view: View, part: pd.DataFrame, *sides: Side) -> pd.DataFrame:
    return at_places(view.sessions.value, [row for side in sides for row in part[f"row_{side}"]])


def _sessions_of_steps(view: View, compared: Lazy[pd.DataFrame], mark: Mark) -> pd.DataFrame:
    pairs = compared.value
    return _sessions_of(view, pairs[pairs["steps"].eq(mark["steps"]).fillna(value=False)], "one", "other")


def _sessions_of_order(view: View, compared: Lazy[pd.DataFrame], names: Pair, side: Side, mark: Mark) -> pd.DataFrame:
    pairs = compared.value
    is_counted = (order_groups(pairs, *names) == mark["group"]) & pairs[f"level_rank_{side}"].notna()
    return _sessions_of(view, pairs[is_counted], side)


def _take_pick(mark: Mapping[Hashable, Any]) -> None:
    """Hand the cell that was clicked to the select box, which decides what is listed."""
    st.session_state[_CELL_KEY] = f"{mark['rank_one']}-{mark['rank_other']}"
