"""Tests of the app's shell and looks."""
