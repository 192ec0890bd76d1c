"""The API's endpoint itself, implemented from its reference over a college of invented learners."""
