"""Flatten and filter: the data dictionary as code, and records turned into the frame that it describes."""
