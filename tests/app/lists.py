"""Lists of tutors for tests of pages, put into use without an upload."""

import datetime as dt
import random

import pandas as pd
from streamlit.testing.v1 import AppTest

import smartia
from smartia.lists.matching import KeyKind, LearnerList
from smartia.settings import Settings
from smartia.ui.lists import KeptList


def with_list(app: AppTest, demo_college: Settings, tutors: int) -> tuple[AppTest, dict[str, str]]:
    """Use a list that gives every second learner with a reference a tutor; gives the tutor of each account."""
    accounts = smartia.load_sessions(demo_college, refresh="never").drop_duplicates("user_id")
    accounts = accounts.dropna(subset="external_id")
    dice = random.Random(5)
    tutor_of = {key: f"Tutor {dice.randrange(tutors)}" for key in sorted(set(accounts["external_id"]))[::2]}
    people = pd.DataFrame({"key": list(tutor_of), "0": list(tutor_of.values())})
    learners = LearnerList(KeyKind.EXTERNAL_ID, people, ("Tutor",), 0, (), 0)
    app.session_state["learner_list"] = KeptList(learners, dt.date(2026, 11, 24))
    app.run()
    assert not app.exception, app.exception
    pairs = zip(accounts["user_id"], accounts["external_id"], strict=True)
    return app, {user: tutor_of[key] for user, key in pairs if key in tutor_of}
