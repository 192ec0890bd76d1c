"""Report: the figures as one file to read, print and pass on."""

from smartia.ui.report import show_report
from smartia.ui.shell import open_page

show_report(open_page("Report"))
