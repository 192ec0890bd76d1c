"""What the page on rooms asks and says: the period, the seats, and the sentences above its charts."""

import datetime as dt
from functools import partial

import pandas as pd
import streamlit as st

from smartia.analysis.plan_windows import Window, begun_within, planning_windows
from smartia.analysis.rooms import (
    WEEKDAYS,
    busiest_half_hours,
    seats_for_days,
    short_days,
    shortfall,
)
from smartia.analysis.seats import HALF_HOUR_MIN, Placed, rows_seated
from smartia.charts.rooms import Measure
from smartia.table.collected import AnyFrame
from smartia.ui.behind import Mark, Marks
from smartia.ui.controls import choose_one
from smartia.ui.lazy import Lazy
from smartia.ui.panels import show_table, when_unfolded
from smartia.ui.shell import View
from smartia.ui.text import count, day, escape, percent

LABELS = {
    "date": "Date",
    "day": "Weekday",
    "label": "Half hour",
    "peak": "Learners at once",
    "typical": "Typical (median)",
    "days": "Days counted",
    "half_hours": "Half hours short",
    "missing_seats": "Seats missing",
}
"""Names of the columns on screen."""
ENOUGH_DAYS = 0.95
"""The share of days on which the seats of the first sentence would have been enough."""
_SEATS = 30
_MOST_SEATS = 5_000


def choose_window(as_of: dt.date) -> Window:
    """Draw the choice of the period that a plan starts from.

    Args:
        as_of: The day of the data.
    """
    windows = planning_windows(as_of)
    chosen = choose_one(
        "Period",
        list(windows),
        key="plan_from",
        names=lambda key: windows[key].name,
        help_text="By the day on which a test was begun, in UK time. The first choice is the latest August and "
        "September that are wholly over: the usual start for planning the next.",
    )
    return windows[chosen]


def choose_measure() -> Measure:
    """Draw the choice of what the cells of the heat map say."""
    measures: tuple[Measure, ...] = ("busiest", "typical")
    return choose_one(
        "Show",
        measures,
        key="room_show",
        names={"busiest": "Busiest", "typical": "Typical"}.__getitem__,
        help_text="Busiest: the most learners at once on any date. Typical: the median over the dates of that weekday "
        "on which anyone sat at all; half of them had no more.",
    )


def choose_seats() -> int:
    """Draw the input of the seats that there are."""
    seats = st.number_input(
        "Seats or laptops",
        min_value=1,
        max_value=_MOST_SEATS,
        value=_SEATS,
        step=1,
        key="seats",
        bind="query-params",
        persist_state="session",
        width=220,
        help=f"How many learners could sit a test at the same time, over all rooms. {_SEATS} where it is left empty.",
    )
    return int(seats or _SEATS)


def show_rule(window: Window, placed: Placed) -> None:
    """Say what takes a seat and when, and how many sessions could not be placed.

    Args:
        window: The period.
        placed: The sessions begun in it, counted.
    """
    st.caption(
        "A learner takes a seat from the start of a test for the time on the test (never beyond its end), if it was "
        "sat in one go or with pauses on one day; a paused test counts from its start, as the pauses' times are not "
        "known. Each half hour counts the most learners at one same instant, in UK time. **All attempts count on this "
        "page**, whatever Attempts says: a seat is a seat. All figures but those under “Plan” are counts of what was."
    )
    reasons = []
    if placed.several_days:
        reasons.append(f"{count(placed.several_days)} sat over several days, where it is not known what was sat when")
    if placed.not_known:
        reasons.append(f"{count(placed.not_known)} without a time of their own")
    begun = count(placed.sessions, "session")
    text = f"{escape(window.name)}: {begun} begun, {count(placed.placed)} of them at known times"
    if reasons:
        text += f". Left out: {'; '.join(reasons)}. The true numbers at once may be higher by some of these"
    st.caption(f"{text}.")


def show_busiest(peaks: pd.DataFrame) -> None:
    """Say when most learners sat at once, and how many seats would have been enough on most days.

    Args:
        peaks: A result of `seat_peaks` with at least one row.
    """
    top = busiest_half_hours(peaks, 1).iloc[0]
    ties = int((peaks["peak"] == top["peak"]).sum())
    first = f" (the first of {count(ties)} alike)" if ties > 1 else ""
    days = shortfall(peaks, 0).days
    seats = seats_for_days(peaks, ENOUGH_DAYS)
    st.markdown(
        f"The busiest half hour was **{long_day(top['date'])}, {top['label']}: {count(int(top['peak']), 'learner')} at "
        f"once**{first}. {count(seats, 'seat')} would have been enough on at least {percent(ENOUGH_DAYS)} of the "
        f"{count(days, 'day')} on which anyone sat."
    )


def half_hour_marks(sessions: Lazy[AnyFrame], profile: pd.DataFrame) -> Marks:
    """Make the marks of the heat map: its cells.

    Args:
        sessions: The sessions counted.
        profile: A result of `weekday_profile`.
    """
    first, last = int(profile["minute"].min()), int(profile["minute"].max())

    def find(mark: Mark) -> AnyFrame:
        # The two ends stand for all before and for all after.
        opening = 0 if mark["minute"] == first else int(mark["minute"])
        closing = 24 * 60 if mark["minute"] == last else int(mark["minute"]) + HALF_HOUR_MIN
        return rows_seated(sessions.value, int(mark["weekday"]), opening, closing)

    return Marks(profile[profile["busiest"] > 0], ("day", "label"), find)


def day_marks(sessions: Lazy[AnyFrame], day: pd.DataFrame, date: pd.Timestamp) -> Marks:
    """Make the marks of the chart of one day: its half hours.

    Args:
        sessions: The sessions counted.
        day: A result of `day_profile`.
        date: The day, in London.
    """

    def find(mark: Mark) -> AnyFrame:
        # Who sat over midnight began the day before.
        near = begun_within(sessions.value, Window("", (date - pd.Timedelta(days=1)).date(), date.date()))
        opening = int(mark["minute"])
        return rows_seated(near, date.weekday(), opening, opening + HALF_HOUR_MIN)

    return Marks(day[day["peak"] > 0], ("label",), find)


def show_days_counted(profile: pd.DataFrame) -> None:
    """Say over how many days of each weekday the heat map goes.

    Args:
        profile: A result of `weekday_profile`.
    """
    days = profile.drop_duplicates("day")
    said = ", ".join(count(int(n), name) for name, n in zip(days["day"], days["days"], strict=True) if n)
    st.caption(f"Days on which anyone sat: {said}. An empty cell is 0.")


def show_shortfall(peaks: pd.DataFrame, seats: int) -> None:
    """Say how often a number of seats would not have been enough.

    Args:
        peaks: A result of `seat_peaks` with at least one row.
        seats: The seats there are.
    """
    short = shortfall(peaks, seats)
    if not short.days_short:
        st.markdown(
            f"With **{count(seats, 'seat')}** it would have been enough in every half hour, on each of "
            f"{count(short.days, 'day')}."
        )
        return
    st.markdown(
        f"With **{count(seats, 'seat')}** it would not have been enough in {count(short.half_hours_short)} of "
        f"{count(short.half_hours, 'half hour')}, on {count(short.days_short)} of {count(short.days, 'day')} on which "
        "anyone sat."
    )


def show_busiest_half_hours(view: View, peaks: pd.DataFrame) -> None:
    """Show the half hours with most learners at once as a table.

    Args:
        view: The page's view.
        peaks: A result of `seat_peaks`.
    """
    columns = ["date", "day", "label", "peak"]
    busiest = view.remembered(partial(busiest_half_hours, peaks))
    show_table(busiest, columns, labels=LABELS, caption="The busiest half hours", view=view)


def show_short_days(peaks: pd.DataFrame, seats: int) -> None:
    """List the days on which a number of seats would not have been enough, where there are any.

    Args:
        peaks: A result of `seat_peaks`.
        seats: The seats there are.
    """
    short = short_days(peaks, seats)
    if short.empty:
        return
    label = f"Days on which {count(seats, 'seat')} would not have been enough"
    with when_unfolded(label, "short-days") as is_drawn:
        show_table(
            short,
            ["date", "day", "half_hours", "peak", "missing_seats"],
            labels=LABELS,
            caption="Days on which the seats would not have been enough",
            is_drawn=is_drawn,
        )


def by_weekday(profile: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Lay a weekday profile out with one column a weekday.

    Args:
        profile: A result of `weekday_profile`.
        measure: What the cells say.

    Returns:
        One row a half hour: `label` and the names of the weekdays.
    """
    wide = profile.pivot_table(index="label", columns="day", values=measure, aggfunc="first", sort=False, dropna=False)
    return wide[list(WEEKDAYS)].reset_index()


def long_day(date: dt.date) -> str:
    """A date with its weekday, such as "Tuesday 9 September 2025"."""
    return f"{date:%A} {day(date)}"
