"""Tests of the report: what it holds, and that nothing in it can do harm."""
