"""Texts in pandas: how the columns of all sessions or learners keep them, and how the small tables of figures do."""

from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

MANY_TEXTS: Final = pd.StringDtype("pyarrow", na_value=np.nan)
"""The type of texts in columns as long as the account: pandas' usual one, in the memory of Arrow."""
_MANY: Final = {pa.string(): MANY_TEXTS, pa.large_string(): MANY_TEXTS}


def keep_few_texts_plain() -> None:
    """Let pandas keep texts as Python has them, where nothing else is asked for; for this whole process.

    A page counts into dozens of tables of some rows, and each step on a table goes through Arrow for each column of
    texts. With 10,000 sessions the pages with charts took two thirds to three quarters of the time without.
    """
    pd.set_option("mode.string_storage", "python")


def many_rows(table: pa.Table) -> pd.DataFrame:
    """Turn a table as long as the account into pandas; its texts stay in Arrow, which takes a fraction of the memory.

    Args:
        table: Any columns.
    """
    rows: pd.DataFrame = table.to_pandas(types_mapper=_MANY.get)
    return rows
