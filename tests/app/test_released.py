"""What a page's run picks of the sessions goes with the run, without waiting for the garbage collector."""

import gc
from collections.abc import Iterator

import pandas as pd
import pytest

from smartia.ui.frame import DATA_PAGES
from tests.app.conftest import Open


@pytest.fixture
def without_collector() -> Iterator[None]:
    """Collect everything now, and nothing from now on."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("page", [page for page, _, _ in DATA_PAGES if "data_quality" not in page])
@pytest.mark.usefixtures("without_collector")
def test_no_sessions_outlive_a_run(open_page: Open, page: str) -> None:
    """After a run under filters, whose figures are new, only the frames are there that all readers share."""

    def count_large() -> int:
        return sum(isinstance(found, pd.DataFrame) and len(found) > 2_000 for found in gc.get_objects())

    open_page(page)  # makes what is shared
    gc.collect()
    before = count_large()
    app = open_page(page, gender=["female"], since="2024-09-01", attempts="First")
    assert not app.exception
    del app
    assert count_large() <= before
