"""Benchmarks: how fast, how large and how robust the way of the data is. Nothing in them passes or fails.

python -m tests.benchmarks              everything, as long as it takes
python -m tests.benchmarks pages        one of them: decode, download, history, pages, aggregates, readers, growth
python -m tests.benchmarks --quick      everything in small, to see that it works
python -m tests.benchmarks.scaling      what docs/scaling.md says in figures
python -m tests.benchmarks.kills        kill -9 at random moments

`test_benchmarks.py` alone is a test: that the benchmarks of pages still speak to the apps.
"""
