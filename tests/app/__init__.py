"""Tests of the pages: their figures, and what they say when the data cannot be had."""
