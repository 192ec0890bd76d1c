"""The data of the obvious app: fetched, flattened, cached and filtered as a newcomer to Streamlit does it, with care.

Written for comparison: what the documentation of pandas and Streamlit suggests, without the design of smartia.
"""

import os
from typing import Any

import isodate
import pandas as pd
import requests
import streamlit as st

LEVELS = ["Pre-Entry", "Entry 1", "Entry 2", "Entry 3", "Level 1", "Level 2", "Level 3"]
_PATH = "/smart-ia/sessions/completed"
_TIMES = ["startDate", "endDate", "result.createdDate", "user.dateOfBirth"]


@st.cache_data
def load_sessions() -> pd.DataFrame:
    """Load every session, with the columns that the pages need.

    Where OBVIOUS_PARQUET names a file, what was downloaded is read from there: a download of a million sessions
    would take this app most of an hour.
    """
    saved = os.environ.get("OBVIOUS_PARQUET")
    return add_columns(pd.read_parquet(saved) if saved else download())


def download() -> pd.DataFrame:
    """Follow the cursor to the end, and flatten what came."""
    url, headers = os.environ["OBVIOUS_API"] + _PATH, {"x-api-key": os.environ["OBVIOUS_KEY"]}
    params: dict[str, str] = {"limit": "100", "sort[field]": "endDate"}
    records: list[dict[str, Any]] = []
    with requests.Session() as http:
        while True:
            answer = http.get(url, params=params, headers=headers, timeout=60)
            answer.raise_for_status()
            body = answer.json()
            records += body["data"]
            if not body["pagination"].get("nextCursor"):
                break
            params["cursor"] = body["pagination"]["nextCursor"]
    frame = pd.json_normalize(records)
    for column in _TIMES:
        frame[column] = pd.to_datetime(frame[column])
    frame["result.duration"] = frame["result.duration"].apply(lambda text: isodate.parse_duration(text).total_seconds())
    frame["user.emails"] = frame["user.emails"].str.join("; ")
    return frame


def add_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Work out once what all pages need: year, month, age, level, first and latest attempts."""
    frame = frame.sort_values("endDate")
    completed = frame["endDate"].dt.tz_convert("Europe/London").dt.tz_localize(None)
    start = completed.dt.year - (completed.dt.month < 8)
    frame["year"] = start.astype(str) + "/" + ((start + 1) % 100).astype(str).str.zfill(2)
    frame["month"] = completed.dt.strftime("%Y-%m")
    age = start - frame["user.dateOfBirth"].dt.year - (frame["user.dateOfBirth"].dt.month >= 9)
    bands = pd.cut(age, [-1, 15, 18, 120], labels=["under 16", "16–18", "19+"])
    frame["age"] = bands.astype("str").fillna("unknown")
    short = {
        " - .*": "",
        " (Lower|Upper)$": "",
        "^L(?=[0-9])": "Level ",
        "^E(?=[0-9])": "Entry ",
        "Entry Level": "Entry",
    }
    frame["level"] = frame["result.level"].replace(short, regex=True)
    frame["minutes"] = frame["result.duration"] / 60
    attempts = frame.groupby(["user.userId", "test.testId"])
    frame["is_first"] = attempts.cumcount() == 0
    frame["is_latest"] = attempts.cumcount(ascending=False) == 0
    return frame


def choose_sessions() -> pd.DataFrame:
    """Draw the filters and give the sessions that are left."""
    frame = load_sessions()
    with st.sidebar:
        subjects = st.multiselect("Subject", sorted(frame["test.subject"].unique()))
        years = st.multiselect("Academic year", sorted(frame["year"].unique()))
        genders = st.multiselect("Gender", sorted(frame["user.gender"].dropna().unique()))
        ages = st.multiselect("Age", sorted(frame["age"].unique()))
        attempts = st.radio("Attempts", ["Latest", "First", "All"], horizontal=True)
    chosen = {"test.subject": subjects, "year": years, "user.gender": genders, "age": ages}
    for column, values in chosen.items():
        if values:
            frame = frame[frame[column].isin(values)]
    if attempts != "All":
        frame = frame[frame["is_latest" if attempts == "Latest" else "is_first"]]
    return frame
