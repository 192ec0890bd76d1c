"""Tests of the fetch and of the validation."""
