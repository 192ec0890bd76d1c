"""A worked example: from the college's sessions to figures, a chart and a list of durations.

VS Code and Jupyter (with the extension Jupytext) open this file as a notebook, one cell for each line `# %%`. As a
script it runs from the project's folder: `.venv/bin/python examples/worked_example.py`. Without a key it shows the demo
college. Copy it and change what you like.

It writes two files with figures, without anybody's name, into the folder where it runs.
"""

# %% The sessions: one row for each completed assessment. The README's table says what its columns are.
from pathlib import Path

import smartia
from smartia.analysis.durations import duration_summary
from smartia.analysis.levels import level_mix, share_at_or_above
from smartia.charts.levels import build_share_chart
from smartia.table.filters import Filters, apply_filters

sessions = smartia.load_sessions()
print(f"{len(sessions):,} sessions, the last one of {sessions['completed_on'].max():%d %B %Y}")

# %% Which of them count: the latest attempt of each learner at each test, in the newest academic year.
newest_year = max(sessions["academic_year"])
counted = apply_filters(sessions, Filters(academic_year=(newest_year,)))
print(f"{len(counted):,} of them count: {newest_year}, latest attempt of each learner at each test")

# %% Who reached Level 1, by subject. 40 stands for Level 1 (the README says so at `level_rank`). "low" and "high" are
# the 95 % interval: the fewer learners, the wider.
shares = share_at_or_above(counted, rank=40, by="subject")
for row in shares.itertuples():
    print(f"{row.group}: {row.share:.0%} of {row.n:,} at Level 1 or above ({row.low:.0%} to {row.high:.0%})")

# %% The same as the app's chart, to open in a browser, without a network as well.
chart = build_share_chart(shares, level_label="Level 1")
chart.to_altair().save(Path("level-1-by-subject.html"), inline=True)

# %% All levels, as a table for Excel: one row for each subject and level.
mix = level_mix(counted, by="subject")
mix[["group", "level", "n", "share"]].to_csv("levels-by-subject.csv", index=False, encoding="utf-8-sig")

# %% How long the tests took, in minutes: half of the sittings lie between q1 and q3, nine of ten end by p90.
durations = duration_summary(counted, by="subject")
print(durations.round().to_string(index=False))
