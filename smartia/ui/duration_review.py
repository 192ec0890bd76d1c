"""The review list of the page on durations: which sessions were unusually short or long, for a tutor to look at."""

import pandas as pd
import streamlit as st

from smartia.analysis.duration_review import count_odd_durations, mark_odd_durations, odd_sessions
from smartia.analysis.quality import LONG_FACTOR, MINIMUM_N, SHORT_SHARE
from smartia.ui.controls import choose_one
from smartia.ui.panels import show_folded_table, when_unfolded
from smartia.ui.people import newest_sessions, show_sessions
from smartia.ui.shell import View
from smartia.ui.text import count, percent
from smartia.words.sentences import points_range

_RARE = 0.001
"""A share below which a percentage of one decimal may say 0 of what is not."""


def show_review(view: View) -> None:
    """Ask what counts as unusually short and long, count such sessions by subject, and list them for a tutor.

    Args:
        view: The page's view.
    """
    with st.container(horizontal=True):
        short = choose_one(
            "Unusually short: under",
            [SHORT_SHARE, 0.10, 0.33],
            key="short_review",
            names="{:.0%}".format,
            help_text="Shorter than this share of the median that the session is compared with.",
        )
        long = choose_one(
            "Unusually long: over",
            [LONG_FACTOR, 3.0, 5.0],
            key="long_review",
            names="{:.0f} times".format,
            help_text="Longer than so many times the median that the session is compared with.",
        )
    st.caption(
        f"Unusually short: under {percent(short)} of the median; unusually long: over {long:.0f} times the median. "
        f"Each session is compared with the median of its test version; with that of its test where the version has "
        f"fewer than {MINIMUM_N} sessions, and with that of its subject where the test has fewer too. Medians are "
        "taken over all sessions, whatever the filters. A flag asks a tutor to look and says nothing by itself."
    )
    if view.filters.short_share is not None:
        st.caption(
            f":material/filter_alt: The filters leave out sittings under {percent(view.filters.short_share)} of the "
            "median, so they are neither counted nor listed here."
        )
    marked = view.sessions.part(mark_odd_durations, short, long)
    whole = marked.of(count_odd_durations).iloc[0]
    st.markdown(
        f"Of {count(int(whole['n']), 'session')}: unusually short {_odd(whole, 'short')}, unusually long "
        f"{_odd(whole, 'long')}."
    )
    shares = ("reached", "share", "low", "high")
    show_folded_table(
        marked.of(count_odd_durations, "subject"),
        ["group", "n", *(f"{name}_short" for name in shares), *(f"{name}_long" for name in shares)],
        key="review-table",
        labels={
            "group": "Subject",
            "n": "Sessions",
            **{f"reached_{kind}": kind.capitalize() for kind in ("short", "long")},
            **{f"share_{kind}": f"Share {kind}" for kind in ("short", "long")},
            **{f"low_{kind}": f"From (95%), {kind}" for kind in ("short", "long")},
            **{f"high_{kind}": f"To (95%), {kind}" for kind in ("short", "long")},
        },
        caption="Unusually short and unusually long sessions by subject",
    )
    for kind in ("short", "long"):
        number = count(int(whole[f"reached_{kind}"]))
        with when_unfolded(f"The unusually {kind} sessions ({number})", f"{kind}-list") as is_open:
            if not is_open:
                continue
            show_sessions(
                view,
                marked.part(odd_sessions, kind).of(newest_sessions),
                key=f"{kind}_sessions",
                caption=f"Unusually {kind} sessions",
                extra=("reference_min",),
                labels={"reference_min": "Usual time (min)"},
                helps={
                    "reference_min": "The median that the session is compared with: of its test version; of its test "
                    f"where the version has fewer than {MINIMUM_N} sessions; of its subject where the test has fewer "
                    "too."
                },
            )


def _odd(whole: pd.Series, kind: str) -> str:
    number, low, high = int(whole[f"reached_{kind}"]), whole[f"low_{kind}"], whole[f"high_{kind}"]
    share = whole[f"share_{kind}"]
    decimals = 2 if 0 < share < _RARE else 1
    return f"{count(number)} ({percent(share, decimals)}, 95% interval {points_range(low, high, decimals)})"
