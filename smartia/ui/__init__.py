"""The only rooms that speak to Streamlit: the shared page shell, controls, background jobs and messages."""
