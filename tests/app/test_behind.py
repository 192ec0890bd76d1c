"""Behind a mark of any chart are the sessions that it counts, and nobody sees them who may not see learners."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from smartia.analysis.finding_counts import SET_ASIDE
from smartia.charts.parts import PICKED
from smartia.words.findings import KINDS
from tests.app.conftest import Open, open_app, plain
from tests.handmade import make_records
from tests.servers import KEY, following_reference

PAGES: dict[str, dict[str, str | list[str]]] = {
    "app.py": {},
    "pages/levels.py": {"split": "Gender", "detail": "Lower and upper", "year": ["2025/26"]},
    "pages/durations.py": {"by": "Level reached", "short": "Leave out under 25%"},
    "pages/trends.py": {"subject": ["Maths"], "age": ["16–18"], "attempts": "First", "period": "Term"},
    "pages/profiles.py": {"gender": ["female"]},
    "pages/data_quality.py": {},
    "pages/rooms.py": {"plan_from": "All dates", "subject": ["Maths"]},
}
"""The pages with charts of sessions, each under other choices."""
COUNTS = {
    "heatmap": "busiest",
    "day": "peak",
    "volume": "sessions",
    "cumulative": "total",
    "ladder": "reached",
    "steps": "reached",
}
"""What a chart's marks count, where it is not n."""
NOT_A_SESSION = KINDS[SET_ASIDE].name
"""A finding that no session has: records set aside are none."""
SEATS = ("heatmap", "day")
"""Charts of learners at one same instant: behind a half hour are all who had a seat in it, so as many or more."""
LISTED = re.compile(r"([0-9,]+) sessions? of [0-9,]+ learners?\b")
SESSIONS_EACH = {"steps": 2}
"""How many sessions are listed for each one counted, where it is not one."""
CURVES = ("ecdf", "cumulative")
"""Charts whose lines end with everything: a mark on the way is asked, which a filter too few would betray."""
BOX = "mark-of-"
MATRIX = ["rank_one", "rank_other"]
"""The matrix of levels has a box of its own, which holds more than its cells."""


def charts_of(app: AppTest) -> dict[str, list[dict[str, Any]]]:
    """The marks of each chart that has a box, by the name of the box."""
    found = {}
    boxes = iter(box.key for box in app.main.selectbox if str(box.key).startswith(BOX))
    for chart in app.main.get("vega_lite_chart"):
        spec = json.loads(chart.proto.spec)
        picks = [param for param in spec.get("params", []) if param["name"] == PICKED]
        if picks and picks[0]["select"]["fields"] != MATRIX:
            layer = next(layer for layer in spec["layer"] if layer.get("name") in picks[0]["views"])
            data = {part.name: part.data.data for part in chart.proto.datasets}[
                layer.get("data", spec.get("data"))["name"]
            ]
            found[str(next(boxes))] = pa.ipc.open_stream(data).read_all().to_pylist()
    return found


@pytest.mark.parametrize("page", PAGES)
def test_behind_each_mark_are_the_sessions_it_counts(open_page: Open, page: str) -> None:
    """In every chart of the page a mark leads to as many sessions as it counts, and none gets into the URL."""
    app = open_page(page, **PAGES[page])
    asked = dict(app.query_params)
    charts = charts_of(app)
    assert charts
    for box, marks in charts.items():
        name = box.removeprefix(BOX).split("-")[0]
        size = COUNTS.get(name, "n")
        counted = [mark for mark in marks if mark[size] > 0 and mark.get("finding") != NOT_A_SESSION]
        options = app.selectbox(box).options
        assert len(options) == len(counted), box
        place = len(counted) // 3 if name in CURVES else -1
        app.selectbox(box).set_value(options[place]).run()
        assert not app.exception
        if name in SEATS:
            said = " ".join(plain(caption.value) for caption in app.main.caption)
            found = [int(number.replace(",", "")) for number in LISTED.findall(said)]
            assert found, box
            assert found[0] >= counted[place][size], box
            app.session_state[box] = None
            continue
        wanted = counted[place][size] * SESSIONS_EACH.get(name, 1)
        listed = f"{wanted:,} session{'' if wanted == 1 else 's'} of "
        assert any(plain(caption.value).startswith(listed) for caption in app.main.caption), (box, options[place])
        app.session_state[box] = None
    assert dict(app.query_params) == asked


@pytest.mark.parametrize("page", PAGES)
def test_an_analyst_has_no_list(cache_dir: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    """Without learner access no chart of real data can be asked who is behind it."""
    with following_reference(make_records(5, 60)) as server:
        given = {"CACHE_DIR": str(cache_dir), "API_KEY": KEY, "BASE_URL": server.base_url, "OPEN_ROLE": "analyst"}
        for name, value in given.items():
            monkeypatch.setenv(f"SMARTIA_{name}", value)
        app = open_app(page, plan_from="All dates")
    charts = app.main.get("vega_lite_chart")
    assert charts
    assert not [box.key for box in app.main.selectbox if str(box.key).startswith(BOX)]
    assert not any(chart.proto.selection_mode for chart in charts)
