"""The same figures from every engine: DuckDB and Spark give what pandas gives, to the last learner."""

import datetime as dt
import itertools
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from smartia.engines.opening import OpenFrame, open_frame
from smartia.settings import Engine, Settings
from smartia.store.files import DiskFiles
from smartia.store.manifest import VERSION, Manifest, Month
from smartia.store.parquet import write_rows
from smartia.store.shared import shared_files
from smartia.store.snapshot import Snapshot, sessions_name
from smartia.table.collected import PLACE, collected
from smartia.table.filters import AttemptRule, Filters, apply_filters
from smartia.table.labels import NO_GROUP, NOT_LISTED
from tests.analysis.engine_figures import FIGURES, NOW, OF_ALL, OF_LISTS, ONE_OF_EACH, Figure
from tests.handmade import Record, decode, flatten, make_record, make_user
from tests.s3 import s3_server
from tests.spark import start_spark

FILTERS = (
    Filters(),
    Filters(attempts=AttemptRule.ALL),
    Filters(attempts=AttemptRule.FIRST, gender=("female", "other"), since=dt.date(2023, 11, 5), short_share=0.25),
    Filters(subject=("Maths",), level_whole=("Entry 2", "Not readable"), until=dt.date(2025, 1, 1)),
    Filters(subject=("There is none",)),
)
ODD_NAMES = {"Maths": "Maths\nand more", "English": "English\u202e"}


def odd_records() -> list[Record]:
    """Make 500 sessions of 150 learners, in names that no screen takes; some end at the same instant."""
    rng = random.Random(21)
    users = [make_user(rng) for _ in range(150)]
    records = [make_record(rng, rng.choice(users)) for _ in range(500)]
    for record, other in itertools.pairwise(records[:40]):
        other["endDate"] = record["endDate"]
    for record in records[::7]:
        record["test"]["name"] = ODD_NAMES[record["test"]["subject"]]
    return records


def write_snapshot(records: list[Record], account: Path) -> Snapshot:
    """Write sessions as a refresh does."""
    files = DiskFiles(account)
    rows = flatten(decode(records)).sort_by([("ended_at", "ascending"), ("session_id", "ascending")])
    names = pd.Series(rows["ended_at"].to_pandas().dt.strftime("%Y-%m"))
    months = {}
    for name in sorted(set(names)):
        part = rows.filter((names == name).to_numpy())
        with files.create(sessions_name(name, "1a")) as file:
            write_rows(part, file, compression="zstd")
        months[name] = Month(part.num_rows, 0, NOW, NOW, "1a")
    months["unknown"] = Month(0, 0, None, NOW, "1a")
    return Snapshot(files, Manifest(VERSION, "1a", "tests", NOW, NOW, len(records), 0, {}, months))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a cache folder of this module."""
    return Settings(cache_dir=tmp_path_factory.mktemp("engines"))


@pytest.fixture(scope="module")
def snapshot(settings: Settings) -> Snapshot:
    """A snapshot of 500 sessions."""
    return write_snapshot(odd_records(), settings.cache_dir / settings.account)


@pytest.fixture(scope="module")
def in_pandas(settings: Settings, snapshot: Snapshot) -> OpenFrame:
    """The frame in memory."""
    return open_frame(settings, snapshot)


@pytest.fixture(scope="module")
def in_duckdb(settings: Settings, snapshot: Snapshot) -> Iterator[OpenFrame]:
    """The frame in DuckDB."""
    opened = open_frame(Settings(cache_dir=settings.cache_dir, engine=Engine.DUCKDB), snapshot)
    yield opened
    opened.close()


def same(found: Any, expected: Any) -> None:
    """Check that two results are the same, order, types and categories too; medians but for the last bits."""
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected, rtol=1e-12)
    else:
        assert found == expected


def check_all(figures: dict[str, Figure], found: Any, expected: pd.DataFrame) -> None:
    """Check all figures of a frame against those of pandas', and say of which the engine gives others."""
    for name, figure in figures.items():
        try:
            same(figure(found), figure(expected))
        except Exception as error:
            error.add_note(f"figure: {name}")
            raise


def list_of(opened: OpenFrame) -> pd.DataFrame:
    """Put most learners on a list of three persons in two groups."""
    learners = sorted(collected(opened.frame(), ["learner"])["learner"].unique())
    listed = pd.DataFrame(
        {"learner": pd.Series(learners, dtype="int32"), "person": [code % 4 - 1 for code in learners]}
    )
    names = [NOT_LISTED, "zoology", "Art", NO_GROUP]
    order = ["Art", "zoology", NO_GROUP, NOT_LISTED]
    return listed.assign(group=pd.Categorical([names[code % 4] for code in learners], order, ordered=True))


@pytest.mark.parametrize("filters", FILTERS, ids=Filters.describe)
def test_picked_rows_give_the_same(in_pandas: OpenFrame, filters: Filters) -> None:
    """Rows of which columns are copied one by one give the figures of a frame that holds them all."""
    picked = apply_filters(in_pandas.frame(), filters)
    whole = apply_filters(all_of(in_pandas.frame()), filters)
    pd.testing.assert_frame_equal(all_of(picked), whole)
    check_all(FIGURES if filters == FILTERS[0] else ONE_OF_EACH, picked, whole)


def test_picked_rows_hold_the_same(in_pandas: OpenFrame) -> None:
    """So do all rows, the publish book and an uploaded list."""
    check_all(OF_ALL, in_pandas.frame(), all_of(in_pandas.frame()))
    listed = in_pandas.frame_with(list_of(in_pandas))
    check_all(OF_LISTS, listed, all_of(listed))


def all_of(frame: Any) -> pd.DataFrame:
    """Fetch all columns at once."""
    return collected(frame, frame.columns)


def check_frame(opened: OpenFrame, in_pandas: OpenFrame) -> None:
    """Check every value of the frame, and that nothing in it is personal."""
    expected = all_of(in_pandas.frame())
    pd.testing.assert_frame_equal(collected(opened.frame(), list(expected.columns)), expected)
    assert set(opened.frame().columns) == {PLACE, *expected.columns}


@pytest.mark.parametrize("filters", FILTERS, ids=Filters.describe)
def test_duckdb_gives_the_same(in_pandas: OpenFrame, in_duckdb: OpenFrame, filters: Filters) -> None:
    """Over a file of DuckDB every figure of the pages is what it is in pandas, under any filter."""
    figures = FIGURES if filters == FILTERS[0] else ONE_OF_EACH
    check_all(figures, apply_filters(in_duckdb.frame(), filters), apply_filters(in_pandas.frame(), filters))


def test_duckdb_holds_the_same(in_pandas: OpenFrame, in_duckdb: OpenFrame) -> None:
    """The frame in DuckDB has the values that it has in pandas, and so have the publish book and an uploaded list."""
    check_frame(in_duckdb, in_pandas)
    check_all(OF_ALL, in_duckdb.frame(), in_pandas.frame())
    learners = list_of(in_pandas)
    check_all(OF_LISTS, in_duckdb.frame_with(learners), in_pandas.frame_with(learners))


@pytest.fixture
def new_york() -> Iterator[None]:
    """Let the machine's clock stand in New York."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture
def on_s3(snapshot: Snapshot) -> Iterator[Snapshot]:
    """The same snapshot on shared storage."""
    with s3_server("college"):
        files = shared_files("s3://college/smartia", "demo")
        for name in snapshot.files.names():
            with snapshot.files.open(name) as held, files.create(name) as file:
                file.write(held.read())
        yield Snapshot(files, snapshot.manifest)


@pytest.mark.usefixtures("new_york")
def test_spark_gives_the_same(
    in_pandas: OpenFrame, settings: Settings, on_s3: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Spark, over S3, every figure is what it is in pandas, wherever on earth the machine's clock stands."""
    # All in one test, since Spark takes its time to start.
    spark = start_spark(monkeypatch)
    assert spark.sparkContext.uiWebUrl is None
    assert spark.conf.get("spark.driver.host") == spark.conf.get("spark.driver.bindAddress") == "127.0.0.1"
    assert spark.sparkContext.defaultParallelism == 2
    folder = Path(spark.conf.get("spark.local.dir"))
    assert any(folder.iterdir())
    assert folder.stat().st_mode & 0o777 == 0o700
    opened = open_frame(Settings(cache_dir=settings.cache_dir, engine=Engine.SPARK), on_s3)
    check_frame(opened, in_pandas)
    filters = FILTERS[2]
    check_all(ONE_OF_EACH, apply_filters(opened.frame(), filters), apply_filters(in_pandas.frame(), filters))
    check_all(OF_ALL, opened.frame(), in_pandas.frame())
    learners = list_of(in_pandas)
    check_all(OF_LISTS, opened.frame_with(learners), in_pandas.frame_with(learners))
    opened.close()
