"""Learners: one learner's sessions on a card, and accounts that may belong to one person. For learner access only."""

import streamlit as st

from smartia.ui.accounts import accounts_of, stop_without_access
from smartia.ui.learner_card import show_card
from smartia.ui.learners import choose_learner, show_duplicates
from smartia.ui.shell import open_page

view = open_page("Learners", filtered=False)
stop_without_access(view)
st.caption("This page looks at every session: the filters of the other pages do not apply.")
accounts = accounts_of(view)

st.header("Find a learner")
learner = choose_learner(accounts)
if learner is not None:
    show_card(view, accounts, learner)

st.header("Accounts that may belong to one person")
show_duplicates(accounts)
