"""Connect your college: where the key comes from, where it goes, and whether the API answers."""

from smartia.ui.connection import show_guide, show_test
from smartia.ui.frame import open_plain_page

view = open_plain_page("Connect your college")
show_guide()
show_test(view.settings, view.reader)
