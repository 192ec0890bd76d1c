"""The same learners in two subjects."""

import streamlit as st
from drawing import draw_grid
from sessions import choose_sessions

st.set_page_config(page_title="Profiles", layout="wide")
frame = choose_sessions()
st.title("Profiles")
one, other = "Maths", "English"
latest = frame.drop_duplicates(["user.userId", "test.subject"], keep="last")
both = latest[latest["test.subject"] == one].merge(latest[latest["test.subject"] == other], on="user.userId")
pairs = both.rename(columns={"level_x": one, "level_y": other})
draw_grid(pairs[[one, other]], one, other)
st.dataframe(pairs.groupby([one, other]).size().unstack(fill_value=0))
