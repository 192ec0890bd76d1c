"""The report page of the publish view."""

import datetime as dt
from dataclasses import replace
from functools import partial

import streamlit as st

from smartia.report.contents import Wanted
from smartia.report.page import write_report
from smartia.report.published import published_report
from smartia.ui.publish_parts import PublishView
from smartia.ui.report_choices import choose_contents, offer_report
from smartia.ui.text import escape


def show_published_report(view: PublishView) -> None:
    """Ask what is to be in a report of published figures, and offer it; it is made at the click.

    Args:
        view: The page's view.
    """
    st.markdown(
        "The report holds the figures of the publish view, with a table below each chart, and may be passed on."
    )
    wanted = choose_contents()
    subjects = st.pills(
        "Subjects",
        view.book.subjects,
        selection_mode="multi",
        default=view.book.subjects,
        format_func=escape,
        key="report_subjects",
        help="Those that are marked are in the report.",
    )
    # All of them are named by nothing, as are all subjects of the data on the other pages.
    named = replace(wanted, subjects=() if len(subjects) == len(view.book.subjects) else tuple(subjects))
    offer_report(partial(_write, view, named), view.manifest, view.reader, is_empty=not (subjects and wanted.topics))


def _write(view: PublishView, wanted: Wanted) -> bytes:
    return write_report(published_report(view.book, view.manifest, wanted, dt.datetime.now(dt.UTC)))
