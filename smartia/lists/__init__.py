"""Lists of learners that readers bring along: reading them, and matching them with the accounts. No Streamlit."""
