"""Analyse: pure functions from a frame of sessions to a small tidy frame. No clock, no state, no screen."""
