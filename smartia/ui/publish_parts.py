"""What the pages of the publish view are put together from: choices, and displays of published counts."""

import datetime as dt
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from smartia.access import Reader
from smartia.analysis.publish_book import YEAR, PublishBook
from smartia.analysis.published_tables import Values
from smartia.charts.published import (
    Show,
    build_published_bars_chart,
    build_published_grid_chart,
)
from smartia.charts.subtitles import with_subtitle
from smartia.charts.theme import Draw, Theme
from smartia.export.exhibits import Drawing, Exhibit
from smartia.export.published import published_bars, published_grid
from smartia.store.manifest import Manifest
from smartia.ui.downloads import note_drawing, note_exhibit
from smartia.ui.packing import packed
from smartia.ui.text import escape
from smartia.words.published import EVERY_YEAR, PUBLISH_RULE, bars_table, grid_table, legend, year_rows

_SUBJECT_HELP = "Subjects are never added together in the publish view."
_RULE = " ".join(PUBLISH_RULE)
_YEAR_HELP = "1 August to 31 July, by the day of completion; or all years together."


@dataclass(frozen=True)
class PublishView:
    """What a page of the publish view is given: nothing in it holds an exact count, but for the manifest.

    Attributes:
        book: What may be shown.
        manifest: When the data were pulled, and whether they are whole.
        as_of: The London date on which the data were pulled.
        theme: Colours of the reader's present theme.
        reader: Who reads.
    """

    book: PublishBook
    manifest: Manifest
    as_of: dt.date
    theme: Theme
    reader: Reader


def choose_subject(view: PublishView, key: str = "of", label: str = "Subject", index: int = 0) -> str:
    """Draw the choice of one subject.

    Args:
        view: The page's view.
        key: Its name in the URL.
        label: What is chosen.
        index: Which subject is chosen first.
    """
    return _choose(label, view.book.subjects, key, _SUBJECT_HELP, index)


def choose_year(view: PublishView) -> tuple[str, Values]:
    """Draw the choice of an academic year or all of them; returns its name and what is counted."""
    year = _choose("Academic year", (EVERY_YEAR, *reversed(view.book.years)), "in", _YEAR_HELP)
    return year, {} if year == EVERY_YEAR else {YEAR: year}


def by_year(view: PublishView) -> dict[str, Values]:
    """Every year as a row, and all of them."""
    return year_rows(view.book)


def show_bars(view: PublishView, table: pd.DataFrame, *, show: Show, title: str, of: str, row: str, key: str) -> None:
    """Draw a table of one number a row as bars, with the numbers below.

    Args:
        view: The page's view.
        table: A result of `smartia.analysis.published_tables`.
        show: What the bars stand for.
        title: What is counted.
        of: Of what, such as a subject and a year: the page says it above, what is taken away says it in its title.
        row: What the rows are.
        key: Tells the charts of a page apart.
    """
    whole = f"{title}: {of}"
    _show_chart(view, partial(build_published_bars_chart, table, show=show, title=title), key, whole)
    shown = bars_table(table, row)
    _show_table(shown, published_bars(whole, shown, "Sessions" if show == "n" else "Share", _RULE))


def show_grid(
    view: PublishView,
    table: pd.DataFrame,
    *,
    show: Show,
    title: str,
    of: str,
    row: str,
    column: str,
    key: str,
    total: str | None = None,
) -> None:
    """Draw a table of rows and columns as coloured cells, with the numbers below.

    Args:
        view: The page's view.
        table: A result of `smartia.analysis.published_tables`.
        show: What the cells say.
        title: What is counted.
        of: As for `show_bars`.
        row: What the rows are.
        column: What the columns are.
        key: Tells the charts of a page apart.
        total: The name of the row and column of sums; None for none.
    """
    whole = f"{title}: {of}"
    chart = partial(build_published_grid_chart, table, show=show, rows=row, columns=column, title=title)
    _show_chart(view, chart, key, whole)
    shown = grid_table(table, row, show)
    _show_table(shown, published_grid(whole, shown, _RULE, total))


def show_legend(book: PublishBook) -> None:
    """Say what the marks mean, and by which rules numbers are hidden; the same words whatever is hidden."""
    st.caption(" ".join(f"**{escape(mark)}**: {text}" for mark, text in legend(book.threshold)))


def show_freshness(manifest: Manifest, pulled: str) -> None:
    """Say when the data were pulled and whether they are whole, without a number of sessions."""
    whole = "complete" if not manifest.missing else "**not complete, see Data quality**"
    st.caption(f"Publish view · pulled {pulled} · {whole}")


def _choose(label: str, options: tuple[str, ...], key: str, help_text: str, index: int = 0) -> str:
    return st.selectbox(
        label, options, index=index, key=key, bind="query-params", persist_state="session", help=help_text
    )


def _show_chart(view: PublishView, draw: Draw, key: str, title: str) -> None:
    note_drawing(Drawing(title, draw, PUBLISH_RULE))
    spec = packed(with_subtitle(draw(theme=view.theme), PUBLISH_RULE, view.theme))
    st.vega_lite_chart(spec=spec, theme=None, key=key, width="stretch")


def _show_table(table: pd.DataFrame, exhibit: Exhibit) -> None:
    note_exhibit(lambda: exhibit)
    st.dataframe(table, hide_index=True, width="stretch", height="content", alt=exhibit.title)
