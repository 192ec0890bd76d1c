"""How the obvious app draws: raw rows that Vega counts in the browser, or counts made by pandas before.

OBVIOUS_CHARTS=raw hands the filtered sessions to Altair, with its limit of 5,000 rows lifted, as beginners do;
OBVIOUS_CHARTS=counted hands it a small table, as those do whose app no longer answered.
"""

import os

import altair as alt
import pandas as pd
import streamlit as st
from sessions import LEVELS

alt.data_transformers.disable_max_rows()
IS_RAW = os.environ.get("OBVIOUS_CHARTS", "counted") == "raw"


def draw_counts(frame: pd.DataFrame, x: str, color: str, *, stack: bool | str = True) -> None:
    """Draw stacked bars of how many sessions there are.

    Args:
        frame: Sessions.
        x: The column that makes the bars.
        color: The column that makes their parts.
        stack: "normalize" for shares.
    """
    renamed = frame.rename(columns={name: name.replace(".", "_") for name in frame.columns})
    x, color = x.replace(".", "_"), color.replace(".", "_")
    order = LEVELS if color == "level" else None
    if IS_RAW:
        rows, y = renamed, "count()"
    else:
        rows, y = renamed[[x, color]].value_counts().reset_index(name="sessions"), "sum(sessions)"
    chart = (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X(x, type="nominal"),
            y=alt.Y(y).stack(stack),
            color=alt.Color(color, sort=order),
            tooltip=[x, color, y],
        )
    )
    st.altair_chart(chart, width="stretch")


def draw_grid(table: pd.DataFrame, x: str, y: str) -> None:
    """Draw a heat map of how many rows there are.

    Args:
        table: A row for each learner.
        x: The column across.
        y: The column downwards.
    """
    if IS_RAW:
        rows, size = table, "count()"
    else:
        rows, size = table[[x, y]].value_counts().reset_index(name="learners"), "sum(learners)"
    chart = (
        alt.Chart(rows).mark_rect().encode(x=alt.X(x, sort=LEVELS), y=alt.Y(y, sort=LEVELS), color=size, tooltip=[size])
    )
    st.altair_chart(chart, width="stretch")


def draw_minutes(frame: pd.DataFrame) -> None:
    """Draw how long the sessions took, in steps of five minutes, by subject."""
    minutes = frame.assign(step=(frame["minutes"] // 5 * 5).clip(upper=240))
    draw_counts(minutes, "step", "test.subject")
