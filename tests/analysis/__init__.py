"""Tests of the analysis: figures against plain loops and other implementations."""
