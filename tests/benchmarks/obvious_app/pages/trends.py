"""How the years and months differ."""

import streamlit as st
from drawing import draw_counts
from sessions import choose_sessions

st.set_page_config(page_title="Trends", layout="wide")
frame = choose_sessions()
st.title("Trends")
for subject, rows in frame.groupby("test.subject"):
    st.header(subject)
    draw_counts(rows, "year", "level", stack="normalize")
st.header("Sessions by month")
draw_counts(frame, "month", "test.subject")
reached = frame["level"].isin(["Level 1", "Level 2", "Level 3"])
shares = frame.assign(reached=reached).groupby(["test.subject", "year"])["reached"].mean().unstack()
st.dataframe(shares.style.format("{:.1%}", na_rep=""))
