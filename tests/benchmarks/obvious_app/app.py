"""The obvious app's first page: how many, how high, since when."""

import streamlit as st
from drawing import draw_counts
from sessions import choose_sessions

st.set_page_config(page_title="Overview", layout="wide")
frame = choose_sessions()
st.title("Overview")
sessions, learners, minutes = st.columns(3)
sessions.metric("Sessions", f"{len(frame):,}")
learners.metric("Learners", f"{frame['user.userId'].nunique():,}")
minutes.metric("Median minutes", f"{frame['minutes'].median():.0f}" if len(frame) else "–")

st.header("Level 1 or above, by subject")
reached = frame["level"].isin(["Level 1", "Level 2", "Level 3"])
shares = frame.assign(reached=reached).groupby("test.subject")["reached"].agg(["size", "mean"]).reset_index()
st.dataframe(shares, hide_index=True)
draw_counts(frame, "test.subject", "level", stack="normalize")

st.header("Sessions by month")
draw_counts(frame, "month", "test.subject")
