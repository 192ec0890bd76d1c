"""The pages of the publish view. Each draws published counts alone; the exact ones are never at hand here."""

from collections.abc import Callable

import streamlit as st

from smartia.analysis.profiles import default_subjects
from smartia.analysis.publish_book import LEVEL, YEAR
from smartia.analysis.published_tables import Values, cross_table, ladder_table, totals_table
from smartia.charts.published import Show, number_text
from smartia.report.held import held_numbers
from smartia.ui.controls import choose_level, choose_one
from smartia.ui.publish_parts import (
    PublishView,
    by_year,
    choose_subject,
    choose_year,
    show_bars,
    show_grid,
    show_legend,
)
from smartia.ui.publish_report import show_published_report
from smartia.ui.text import escape, moment
from smartia.words.published import AT_OR_ABOVE, levels_sentence, share_words

_SPLITS = {"gender": ("gender", "Gender"), "age": ("age_band", "Age"), "none": (None, "Nothing")}
_ALL = "All"
"""The row and the column of sums."""


def _draw_overview(view: PublishView) -> None:
    year, values = choose_year(view)
    level, rank = choose_level()
    table = totals_table({name: (view.book.levels(name), values) for name in view.book.subjects}, rank)
    st.header("Sessions by subject")
    show_bars(view, table, show="n", title="Sessions", of=year, row="Subject", key="sessions")
    st.header(f"{level} or above, by subject")
    title = AT_OR_ABOVE.format(level)
    for name in view.book.subjects:
        if said := share_words(view.book.levels(name), values, rank, year):
            st.markdown(f"- **{escape(name)}**: {escape(said)}")
    show_bars(view, table, show="share", title=title, of=year, row="Subject", key="shares")
    show_legend(view.book)


def _draw_levels(view: PublishView) -> None:
    with st.container(horizontal=True):
        subject = choose_subject(view)
        year, values = choose_year(view)
        split = choose_one(
            "Split by",
            list(_SPLITS),
            key="by_group",
            names=lambda key: _SPLITS[key][1],
            help_text="One row for each value, and one for everybody.",
        )
        show = _choose_show()
    counts = view.book.levels(subject)
    column, chosen = _SPLITS[split]
    label = chosen if column is not None else "Group"
    rows: dict[str, Values] = {}
    if column is not None:
        rows = {value: values | {column: value} for value in counts.labels[column]}
    rows["Everybody"] = values
    st.header(escape(subject), anchor=False)
    st.markdown(escape(levels_sentence(counts, values, year)))
    of = f"{subject}, {year}"
    title = "Share of the row's sessions" if show == "share" else "Sessions at each level"
    table = cross_table(counts, rows, LEVEL)
    show_grid(view, table, show=show, title=title, of=of, row=label, column="Level", key="mix")
    st.subheader("How many are counted")
    totals = totals_table({name: (counts, row) for name, row in rows.items()})
    show_bars(view, totals, show="n", title="Sessions", of=of, row=label, key="bases")
    st.header("At or above each level")
    title = "Share of all sessions at the level or above"
    ladder = ladder_table(counts, rows)
    show_grid(view, ladder, show="share", title=title, of=of, row=label, column="Level", key="ladder")
    show_legend(view.book)


def _draw_durations(view: PublishView) -> None:
    with st.container(horizontal=True):
        subject = choose_subject(view)
        year, values = choose_year(view)
        show = _choose_show()
    st.header(escape(subject), anchor=False)
    median = view.book.medians(subject).get(values.get(YEAR))
    if median is not None:
        st.markdown(f"Half of the sessions took no longer than **{median} min** ({escape(year)}).")
    table = cross_table(view.book.durations(subject), {year: values}, "band")
    bars = table.assign(row=table["column"])
    title = "Share of sessions" if show == "share" else "Sessions"
    show_bars(view, bars, show=show, title=title, of=f"{subject}, {year}", row="Time on the test", key="bands")
    st.caption("Time on the test as the API gives it; pauses are not counted.")
    show_legend(view.book)


def _draw_trends(view: PublishView) -> None:
    with st.container(horizontal=True):
        subject = choose_subject(view)
        show = _choose_show()
    level, rank = choose_level()
    counts, years = view.book.levels(subject), by_year(view)
    st.header(escape(subject), anchor=False)
    st.caption(f"Years run from 1 August to 31 July; the newest one counts up to {view.as_of:%d %B %Y} only.")
    title = "Share of the year's sessions" if show == "share" else "Sessions at each level"
    table = cross_table(counts, years, LEVEL)
    show_grid(view, table, show=show, title=title, of=subject, row="Academic year", column="Level", key="cohorts")
    st.header(f"{level} or above, by year")
    totals = totals_table({name: (counts, row) for name, row in years.items()}, rank)
    title = AT_OR_ABOVE.format(level)
    show_bars(view, totals, show="share", title=title, of=subject, row="Academic year", key="reached")
    st.header("How many")
    show_bars(view, totals, show="n", title="Sessions", of=subject, row="Academic year", key="volume")
    st.subheader("By term")
    terms = cross_table(view.book.terms(subject), years, "part", shares=False, total=_ALL)
    show_grid(
        view,
        terms,
        show="n",
        title="Sessions in each term",
        of=subject,
        row="Academic year",
        column="Term",
        key="terms",
        total=_ALL,
    )
    show_legend(view.book)


def _draw_profiles(view: PublishView) -> None:
    subjects = view.book.subjects
    pair = default_subjects(subjects)
    if pair is None:
        st.info("Profiles compare two subjects; these data have only one.", icon=":material/grid_off:")
        return
    with st.container(horizontal=True):
        one = choose_subject(view, "first", "Subject in rows", subjects.index(pair[0]))
        other = choose_subject(view, "second", "Subject in columns", subjects.index(pair[1]))
    if one == other:
        st.info("Choose two different subjects.", icon=":material/grid_off:")
        return
    counts = view.book.profile(one, other)
    st.header("Levels in both subjects")
    st.markdown(
        f"Learners with both {escape(one)} and {escape(other)}, over all years: about {number_text(counts.count())}."
    )
    rows: dict[str, Values] = {label: {"one": label} for label in counts.labels["one"]} | {_ALL: {}}
    table = cross_table(counts, rows, "other", shares=False, total=_ALL)
    show_grid(
        view,
        table,
        show="n",
        title="Learners",
        of=f"{one} in rows, {other} in columns, all years",
        row=f"Level in {one}",
        column=f"Level in {other}",
        key="matrix",
        total=_ALL,
    )
    show_legend(view.book)


def _draw_rooms(view: PublishView) -> None:
    with st.container(horizontal=True):
        subject = choose_subject(view)
        year, values = choose_year(view)
    st.header(escape(subject), anchor=False)
    counts = view.book.rooms(subject)
    rows = {time: values | {"time": time} for time in counts.labels["time"]} | {_ALL: values}
    table = cross_table(counts, rows, "weekday", shares=False, total=_ALL)
    st.markdown("When sessions were begun, in UK time.")
    show_grid(
        view,
        table,
        show="n",
        title="Sessions begun",
        of=f"{subject}, {year}",
        row="Time",
        column="Day",
        key="week",
        total=_ALL,
    )
    show_legend(view.book)


def _draw_quality(view: PublishView) -> None:
    manifest = view.manifest
    st.header("Is everything here?")
    numbers = held_numbers(manifest, view.book)
    with st.container(horizontal=True):
        for label, number in numbers.items():
            st.metric(label, number_text(number), border=True)
    if manifest.missing:
        st.warning("The copy differs from what the API says it has.", icon=":material/difference:")
    else:
        st.markdown("The copy is complete: everything that the API promised is held or was set aside.")
    st.markdown(f"Pulled {moment(manifest.fetched_at)} (UK time) from {escape(manifest.source)}.")
    st.caption(
        f"Everything was last downloaded {moment(manifest.full_at)}. Set aside are records that do not fit the API's "
        "reference. Here all attempts count; elsewhere the latest of each learner at each test."
    )
    show_legend(view.book)


def _draw_closed(what: str) -> Callable[[PublishView], None]:
    def draw(view: PublishView) -> None:
        del view
        st.info(
            f"{what}, so this page is not part of the publish view. Readers with learner access can open it; whoever "
            "set up the app can give it: the README says how (`SMARTIA_OPEN_ROLE`).",
            icon=":material/lock:",
        )

    return draw


PUBLISH_PAGES: dict[str, Callable[[PublishView], None]] = {
    "Overview": _draw_overview,
    "Levels": _draw_levels,
    "Durations": _draw_durations,
    "Trends": _draw_trends,
    "Profiles": _draw_profiles,
    "Groups": _draw_closed("A list names learners"),
    "Rooms": _draw_rooms,
    "Learners": _draw_closed("Single learners are shown here"),
    "Data quality": _draw_quality,
    "Report": show_published_report,
}
"""Every page of the app by its title, as the publish view has it."""


def _choose_show() -> Show:
    chosen: Show = choose_one(
        "Show",
        ["share", "n"],
        key="as",
        names={"share": "Percent", "n": "Counts"}.__getitem__,
        help_text="Percent makes groups of different size comparable.",
    )
    return chosen
