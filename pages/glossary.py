"""Words and changes: what the words of these pages mean, and what has changed from version to version."""

from smartia.ui.frame import open_plain_page
from smartia.ui.glossary import show_changes, show_words

open_plain_page("Words and changes")
show_words()
show_changes(__file__)
