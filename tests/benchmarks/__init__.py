"""Benchmarks: how fast, how large and how robust the way of the data is. Not tests: nothing here passes or fails.

python -m tests.benchmarks              everything, as long as it takes
python -m tests.benchmarks --quick      everything in small, to see that it works
python -m tests.benchmarks.kills        kill -9 at random moments
"""
