"""What the page on rooms says about the next August and September: a plan, kept apart from what was."""

import datetime as dt
from functools import partial

import pandas as pd
import streamlit as st

from smartia.analysis.plan_windows import begun_within
from smartia.analysis.room_plan import WEEKS_ON, Carried, plan_peaks
from smartia.analysis.rooms import (
    WEEKDAYS,
    busiest_half_hours,
    seats_for_days,
    shortfall,
    weekday_profile,
)
from smartia.analysis.seats import seat_peaks
from smartia.ui.panels import show_table
from smartia.ui.rooms import ENOUGH_DAYS, LABELS, by_weekday, long_day
from smartia.ui.shell import View
from smartia.ui.text import count, day, percent

_LEAST_PERCENT, _MOST_PERCENT, _STEP_PERCENT = -90, 300, 5
_LABELS = LABELS | {
    "date": "Plan: date",
    "peak": "Plan: learners at once",
    "last_date": "Last year: date",
    "last_peak": "Last year: learners at once",
}


def show_plan(view: View, carried: Carried) -> None:
    """Show the plan for the next August and September, from the last ones and the change that the reader expects.

    Args:
        view: The page's view.
        carried: A result of `next_autumn`.
    """
    past, plan = carried.past.name, carried.name
    peaks = view.sessions.part(begun_within, carried.past).of(seat_peaks)
    if peaks.empty:
        st.info(f"No plan: {past} has no sessions at known times under these filters.", icon=":material/event_busy:")
        return
    change = _choose_change(past)
    planned = view.remembered(partial(plan_peaks, peaks, change, view.as_of))
    if planned.empty:
        st.info(f"No plan: the weeks of {plan} are over.", icon=":material/event_busy:")
        return
    st.markdown(_busiest_sentence(planned, past, change))
    st.caption(_rule(peaks, carried))
    st.markdown(f"**Plan for {plan}: most learners at once by weekday and half hour**")
    show_table(
        view.remembered(partial(_laid_out, planned)),
        ["label", *WEEKDAYS],
        labels=_LABELS,
        caption=f"Plan: most learners at once by weekday and half hour, {plan}",
        view=view,
    )
    st.markdown("**The ten busiest half hours of the plan, beside what was**")
    show_table(
        view.remembered(partial(busiest_half_hours, planned)),
        ["date", "day", "label", "peak", "last_date", "last_peak"],
        labels=_LABELS,
        caption="Plan: the busiest half hours, beside the same ones of last year",
        view=view,
    )


def _laid_out(planned: pd.DataFrame) -> pd.DataFrame:
    return by_weekday(weekday_profile(planned), "busiest")


def _choose_change(past: str) -> int:
    change = st.number_input(
        "Expect more or fewer learners than last year (%)",
        min_value=_LEAST_PERCENT,
        max_value=_MOST_PERCENT,
        value=0,
        step=_STEP_PERCENT,
        key="plan_change",
        bind="query-params",
        persist_state="session",
        width=380,
        help=f"Changes the plan alone, and every half hour alike. 10: 10% more learners than in {past}; −10: 10% "
        "fewer; 0: as many.",
    )
    return int(change or 0)


def _busiest_sentence(planned: pd.DataFrame, past: str, change: int) -> str:
    top = busiest_half_hours(planned, 1).iloc[0]
    expected = (
        "as many learners as" if not change else f"{abs(change)}% {'more' if change > 0 else 'fewer'} learners than"
    )
    seats, days = seats_for_days(planned, ENOUGH_DAYS), shortfall(planned, 0).days
    return (
        f"**Plan, with {expected} in {past}:** the busiest half hour is **{long_day(top['date'])}, {top['label']}: "
        f"{count(int(top['peak']), 'learner')} at once** (last year, in fact: {count(int(top['last_peak']))} on "
        f"{long_day(top['last_date'])}). {count(seats, 'seat')} would be enough on at least {percent(ENOUGH_DAYS)} of "
        f"the {count(days, 'day')} of the plan."
    )


def _rule(peaks: pd.DataFrame, carried: Carried) -> str:
    first: dt.date = peaks["date"].iloc[0]
    example = plan_peaks(peaks.head(1), 0, first)["date"].iloc[0]
    return (
        f"Rule: every day of {carried.past.name} stands for the same weekday {WEEKS_ON} weeks later ({long_day(first)} "
        f"for {long_day(example)}), from {day(carried.first)} to {day(carried.last)}. Each half hour's "
        "learners at once are changed by the same percentage and rounded up. Days that are over are left out, and so "
        "are sessions without known times. Bank holidays, and enrolment or term on other days than last year, are not "
        "known: check the dates. The filters apply; the period chosen above does not."
    )
