"""The words of these pages explained, and what has changed between versions."""

import re
from pathlib import Path

import streamlit as st

from smartia.table.glossary import find_terms
from smartia.ui.text import escape

_VERSION = re.compile(r"^## \[(?P<number>[^\]]+)\](?: - (?P<date>.+))?$", re.MULTILINE)


def show_words() -> None:
    """Show every word with its meaning, or those that a text is found in; a link can lead to each."""
    st.header("Words")
    wanted = st.text_input(
        "Find a word",
        key="glossary_search",
        placeholder="All words",
        help="Looks in the words and in what they mean.",
        max_chars=60,
    )
    chapters = find_terms(wanted)
    if not chapters:
        st.info("No word here fits. Take a shorter part of it.", icon=":material/search_off:")
    for chapter in chapters:
        st.subheader(chapter.title, anchor=_anchor(chapter.title))
        for term in chapter.terms:
            st.markdown(f"#### {escape(term.name)}\n{escape(term.meaning)}")


def show_changes(page_file: str) -> None:
    """Show what changed from version to version, or say that the file which tells it is not there.

    Args:
        page_file: The page's own file: `CHANGELOG.md` lies beside the folder that it is in.
    """
    st.header("What changed")
    path = Path(page_file).parents[1] / "CHANGELOG.md"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        st.info("The file CHANGELOG.md, which says what changed, does not lie beside this app or cannot be read.")
        return
    st.markdown(readable_changes(text))


def readable_changes(changelog: str) -> str:
    """Take what readers need from a changelog of the form of Keep a Changelog: its versions, without what precedes.

    Args:
        changelog: The file's text.

    Returns:
        Markdown whose headings begin at the third level; nothing where there is no version.
    """
    first = _VERSION.search(changelog)
    if first is None:
        return ""
    kinds = re.sub(r"^### ", "#### ", changelog[first.start() :], flags=re.MULTILINE)
    return _VERSION.sub(_heading, kinds).strip()


def _heading(version: re.Match[str]) -> str:
    if version["number"] == "Unreleased":
        return "### Not yet released"
    date = {None: "", "Unreleased": ", not yet released"}.get(version["date"], f", {version['date']}")
    return f"### Version {version['number']}{date}"


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")
