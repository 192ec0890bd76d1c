"""The page that makes a report of exact figures."""

import datetime as dt
from functools import partial

import streamlit as st

from smartia.report.contents import Wanted
from smartia.report.exact import Basis, exact_report
from smartia.report.flags import snapshot_findings
from smartia.report.page import write_report
from smartia.table.collected import in_pandas
from smartia.ui.report_choices import choose_contents, offer_report
from smartia.ui.shell import View


def show_report(view: View) -> None:
    """Ask what is to be in a report of exact figures, and offer it; it is made at the click.

    Args:
        view: The page's view.
    """
    st.markdown(
        "The report holds the figures and sentences of the other pages, with a table below each chart, under the "
        "filters in the sidebar: choose subjects and years there. It names no learner."
    )
    wanted = choose_contents()
    offer_report(partial(_write, view, wanted), view.manifest, view.reader, is_empty=not wanted.topics)


def _write(view: View, wanted: Wanted) -> bytes:
    whole = in_pandas(view.everything.value)
    findings = partial(snapshot_findings, view.snapshot, whole)
    basis = Basis(whole, view.filters, view.manifest, view.as_of, wanted, findings)
    return write_report(exact_report(basis, view.reader.role, dt.datetime.now(dt.UTC)))
