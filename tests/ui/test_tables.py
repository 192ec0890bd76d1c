"""Tables: how dates and times are shown and sorted, and how wide texts are."""

import json
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from smartia.ui.panels import column_of


def _show() -> None:
    import pandas as pd

    from smartia.table.calendar import local_time
    from smartia.ui.downloads import forget_exhibits
    from smartia.ui.panels import show_table

    forget_exhibits()  # as every page does first
    instants = pd.Series(pd.to_datetime(["2025-07-31T23:30:00Z", "2025-12-01T09:05:00Z", None], utc=True))
    days = pd.Series(pd.to_datetime(["2025-08-01", "2025-12-01", None]))
    table = pd.DataFrame({"at": local_time(instants), "on": days, "n": [1, 2, 3]})
    show_table(table, ["at", "on", "n"], caption="Dates", labels={"at": "At"}, helps={"n": "How many"})


def test_dates_and_times_are_real_ones_shown_as_british_readers_write_them() -> None:
    """A time keeps its instant, in UK time; both sort by value, since they are no texts; a help text is kept."""
    app = AppTest.from_function(_show).run()
    assert not app.exception
    table = app.dataframe[0]
    columns = json.loads(table.proto.columns)
    assert columns["at"]["label"] == "At"
    assert columns["at"]["type_config"] == {
        "type": "datetime",
        "format": "DD/MM/YYYY HH:mm",
        "timezone": "Europe/London",
    }
    assert columns["on"]["type_config"] == {"type": "date", "format": "DD/MM/YYYY"}
    assert columns["n"]["help"] == "How many"
    assert [str(at) for at in table.value["at"]] == ["2025-08-01 00:30:00+01:00", "2025-12-01 09:05:00+00:00", "NaT"]
    assert [str(on) for on in table.value["on"]] == ["2025-08-01 00:00:00", "2025-12-01 00:00:00", "NaT"]


LONGEST = "over several days"


@pytest.mark.parametrize(
    ("texts", "is_set"),
    [
        pytest.param([LONGEST, *["one sitting"] * 20], False, id="among the first"),
        pytest.param([*["one sitting"] * 12, LONGEST, "paused"], True, id="below the rows that are measured"),
        pytest.param(["paused", "paused", LONGEST * 2, "paused", "paused", "paused"], True, id="left out as too wide"),
        pytest.param(["paused", None, LONGEST * 2], False, id="few rows, with a gap"),
        pytest.param([*["paused"] * 20, "x" * 400, "paused"], False, id="longer than any column"),
        pytest.param([None] * 3, False, id="nothing"),
        pytest.param([], False, id="no row"),
        pytest.param(list(range(20)), False, id="numbers"),
    ],
)
def test_a_column_of_texts_has_room_for_the_longest(texts: list[Any], is_set: bool) -> None:
    """Where Streamlit would cut a text off, since it looks at few rows, its column is as wide as the text."""
    width = column_of(pd.Series(texts), "Sitting")["width"]
    assert (width is not None) == is_set
    if is_set:
        assert width > 6 * max(len(text) for text in texts)
