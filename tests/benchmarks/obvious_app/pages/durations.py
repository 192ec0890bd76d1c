"""How long the tests took."""

import streamlit as st
from drawing import draw_minutes
from sessions import choose_sessions

st.set_page_config(page_title="Durations", layout="wide")
frame = choose_sessions()
st.title("Durations")
draw_minutes(frame)
quantiles = [0.0, 0.25, 0.5, 0.75, 0.9, 1.0]
st.dataframe(frame.groupby("test.subject")["minutes"].quantile(quantiles).unstack().round(1))
st.dataframe(frame.groupby("test.name")["minutes"].quantile(quantiles).unstack().round(1))
