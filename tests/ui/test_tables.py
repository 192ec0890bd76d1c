"""Tables: how dates and times are shown and sorted."""

import json

from streamlit.testing.v1 import AppTest


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
