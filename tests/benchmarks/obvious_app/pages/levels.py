"""How the learners of each subject spread over the levels."""

import streamlit as st
from drawing import draw_counts
from sessions import choose_sessions

st.set_page_config(page_title="Levels", layout="wide")
frame = choose_sessions()
st.title("Levels")
draw_counts(frame, "test.subject", "level", stack="normalize")
table = frame.groupby(["test.subject", "level"]).size().unstack(fill_value=0)
st.dataframe(table)
st.header("By gender")
draw_counts(frame, "user.gender", "level", stack="normalize")
st.header("By age")
draw_counts(frame, "age", "level", stack="normalize")
