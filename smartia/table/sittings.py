"""Whether an assessment was sat in one go, with pauses, or over several days."""

from typing import Final

import numpy as np
import pandas as pd

from smartia.table import calendar
from smartia.table.columns import SITTINGS

ONE_SITTING_FACTOR: Final = 1.25
"""Up to so many times its duration an assessment may have taken by the clock and still count as one sitting."""


def sitting_patterns(sessions: pd.DataFrame) -> pd.Series:
    """Say of each session in which pattern it was sat.

    The API says how long a learner worked (`duration_s`) and when a session began and ended, but not when it was
    paused; so the pattern is read off the two.

    Args:
        sessions: `duration_s`, `elapsed_s`, `started_at` and `completed_on` (the London date of its end).

    Returns:
        One of `SITTINGS` for each row, in order: "one sitting" up to `ONE_SITTING_FACTOR` times the duration by the
        clock (over midnight too), else "over several days" where the London dates differ, else "paused"; "not known"
        where a session ended before it began.
    """
    elapsed_s = sessions["elapsed_s"].to_numpy()
    broken = np.flatnonzero(elapsed_s > ONE_SITTING_FACTOR * sessions["duration_s"].to_numpy())
    begun_on = calendar.local_date(sessions["started_at"].iloc[broken])
    ended_on = sessions["completed_on"].iloc[broken]
    codes = np.zeros(len(sessions), dtype=np.int64)
    codes[broken] = np.where(begun_on.to_numpy() == ended_on.to_numpy(), 1, 2)
    codes[elapsed_s < 0] = 3
    return pd.Series(pd.Categorical.from_codes(codes, pd.Index(SITTINGS), ordered=True), index=sessions.index)
