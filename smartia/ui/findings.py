"""What needs attention: findings in plain words, each with its count and the page that shows more."""

from functools import partial

import pandas as pd
import streamlit as st

from smartia.analysis.versions import versions_held
from smartia.store.manifest import Manifest
from smartia.table.collected import AnyFrame
from smartia.table.versions import without_code
from smartia.ui.lazy import Lazy
from smartia.ui.text import count, escape
from smartia.words.figures import finish_words, mixed_tests, mixed_versions

QUALITY_PAGE = "pages/data_quality.py"
DURATION_FINDINGS = {
    "duration_longer_than_elapsed": "longer than from start to end",
    "ended_before_started": "ended before the start",
    "unusually_short": "unusually short",
    "unusually_long": "unusually long",
}
"""The findings on durations, as they follow "12 sessions "."""


def show_attention(manifest: Manifest, unreadable: pd.DataFrame, durations: pd.DataFrame) -> None:
    """List what a data lead should look at, over all sessions whatever the filters; or say that nothing is.

    Args:
        manifest: What the snapshot holds.
        unreadable: A result of `unreadable_levels`.
        durations: A result of `duration_findings`.
    """
    findings: list[str] = []
    if manifest.missing:
        more = "more" if manifest.missing > 0 else "fewer"
        findings.append(f"{count(abs(manifest.missing), 'session')} {more} promised")
    if manifest.rejected:
        findings.append(f"{count(manifest.rejected, 'record')} set aside")
    if not unreadable.empty:
        findings.append(f"{count(int(unreadable['n'].sum()), 'level')} not readable")
    for finding, number in zip(durations["finding"], durations["n"], strict=True):
        if number:
            findings.append(f"{count(int(number), 'session')} {DURATION_FINDINGS[finding]}")
    if not findings:
        st.success("Nothing: all sessions were received, and every level and duration makes sense.")
        return
    st.caption("Over all sessions, whatever the filters. Data quality says what each means.")
    for text in findings:
        st.page_link(QUALITY_PAGE, label=text, icon=":material/flag:")


def show_mixed_tests(rows: Lazy[AnyFrame]) -> None:
    """Say which subjects hold several tests, since a figure over different tests mixes what they measure.

    Args:
        rows: Sessions of an analysis frame.
    """
    for sentence in rows.remembered(partial(mixed_tests, rows.of(versions_held))):
        st.caption(f":material/difference: {escape(sentence)} Choose one under Test to see it alone.")


def show_mixed_versions(rows: Lazy[AnyFrame]) -> None:
    """Say in which subjects several versions of a test are counted together, and how to see one alone.

    Args:
        rows: Sessions of an analysis frame.
    """
    said = rows.remembered(partial(mixed_versions, rows.of(versions_held)))
    if said:
        st.caption(
            f":material/difference: {escape(said)} Choose one under Test version (More filters) to see it alone. "
            "Trends does not compare one with another."
        )


def show_finish_sentences(finish: pd.DataFrame, share: float) -> None:
    """Say for each group within how many minutes a share of the sessions was finished.

    Args:
        finish: A result of `minutes_for_share`.
        share: The share it was made for.
    """
    known = finish[finish["n"] > 0]
    for group, number, limit in zip(known["group"], known["n"], known["minutes"], strict=True):
        st.markdown(f"- **{escape(str(group))}**: {finish_words(int(number), int(limit), share)}")


def show_version_changes(rows: Lazy[AnyFrame]) -> None:
    """Say which tests changed their version among the sessions shown, since figures across a change do not compare.

    Args:
        rows: Sessions of an analysis frame.
    """
    held: dict[str, list[str]] = {}
    versions = rows.of(versions_held).sort_values("test_name", kind="stable")
    for test, version in zip(versions["test_name"], versions["test_version"], strict=True):
        held.setdefault(test, []).append(version)
    for test, named in held.items():
        if len(named) > 1:
            names = "; ".join(escape(without_code(version)) for version in named)
            st.caption(
                f":material/difference: {escape(test)} changed within the period shown ({names}). Figures from "
                "before and after a change come from different tests: do not read their difference as progress."
            )
