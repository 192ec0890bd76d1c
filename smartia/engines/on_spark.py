"""Spark: the analysis frame on a cluster, or on all processors of one machine.

Spark is told where it runs by its own means: PYSPARK_SUBMIT_ARGS, or a spark-defaults.conf in SPARK_CONF_DIR. Without
either it runs on this machine, shows no page of its own and listens to this machine alone. The months are read by
smartia's own reader, wherever the snapshot lies, so where Spark's workers are other machines, smartia must be installed
there too. What is made of them stays with Spark as long as the frame is open, in memory and, where that ends, in
Spark's own folders. It holds no identity.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.storagelevel import StorageLevel

from smartia.engines.counting import counted_sql, references_sql, sessions_sql
from smartia.engines.stored_rows import ROWS_SCHEMA, month_places, rows_of, seen_in_month
from smartia.store.snapshot import Snapshot
from smartia.table.names import Names, Seen, names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

_LOCAL: Final = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.shuffle.partitions": str(os.cpu_count() or 1),
}
"""What holds where nobody has said where Spark runs."""
_NEEDED: Final = {
    "spark.sql.session.timeZone": "UTC",
    # Days and months have no zone; without this, a day of the filters would be taken in the zone of the machine.
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
}


class SparkFrame:
    """The analysis frame of a snapshot, as a frame of Spark. May be used by several threads.

    Args:
        snapshot: The snapshot.

    Raises:
        SnapshotUnreadableError: A file of the snapshot is damaged, or a newer refresh has replaced it.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._spark = _session()
        self._frame = _made(self._spark, Snapshot(snapshot.files, snapshot.manifest))

    def frame(self) -> DataFrame:
        """Give the frame: each session is a row, in no order but that of `place`."""
        return self._frame

    def frame_with(self, learners: pd.DataFrame) -> DataFrame:
        """Give the frame with further columns that are the same in all sessions of a learner.

        Args:
            learners: One row a learner: `learner` and the further columns; those of a learner without a row are
                missing.
        """
        texts = {name: "str" for name in learners.columns if learners[name].dtype == "category"}
        table = pa.Table.from_pandas(learners.astype(texts), preserve_index=False)
        return self._frame.join(self._spark.createDataFrame(table), "learner", "left")

    def close(self) -> None:
        """Let go of what Spark keeps of the frame."""
        self._frame.unpersist()


def _session() -> SparkSession:
    """Open Spark, or find it open."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if not {"PYSPARK_SUBMIT_ARGS", "SPARK_CONF_DIR"} & os.environ.keys():
        # What does not fit into memory goes there; Spark's own folders could be read by everybody on this machine.
        private = tempfile.mkdtemp(prefix="smartia-spark-")
        atexit.register(shutil.rmtree, private, ignore_errors=True)
        settings = _LOCAL | {"spark.local.dir": private}
        options = " ".join(f"--conf {name}={value}" for name, value in settings.items())
        os.environ |= {"PYSPARK_SUBMIT_ARGS": f"{options} pyspark-shell", "SPARK_LOCAL_IP": "127.0.0.1"}
    # Spark's workers find smartia where this process has found it.
    found = os.pathsep.join(path for path in sys.path if path)
    builder = SparkSession.builder.appName("smartia").config("spark.executorEnv.PYTHONPATH", found)
    for name, value in _NEEDED.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _made(spark: SparkSession, snapshot: Snapshot) -> DataFrame:
    tasks = _shared_out(month_places(snapshot), spark.sparkContext.defaultParallelism)
    found = spark.sparkContext.parallelize(tasks, len(tasks)).flatMap(partial(_seen, snapshot))
    source = _source(snapshot, tasks, names_of(found.collect()))
    spark.dataSource.register(source)
    stored = spark.read.format(source.name()).load().persist(StorageLevel.MEMORY_AND_DISK)
    counted = spark.sql(counted_sql("{stored}"), stored=stored)
    medians = spark.sql(references_sql("{stored}"), stored=stored)
    query = sessions_sql("{stored}", "{counted}", "{medians}")
    frame = spark.sql(query, stored=stored, counted=counted, medians=medians).persist(StorageLevel.MEMORY_AND_DISK)
    frame.count()
    stored.unpersist()
    return frame


@dataclass
class _Months(InputPartition):
    """What one task reads: months, and the place of the first row of each."""

    places: dict[str, int]


def _shared_out(places: dict[str, int], tasks: int) -> list[_Months]:
    """Share months out among tasks, in order; at least one task, at most one a month."""
    months = list(places.items())
    size = max(1, -(-len(months) // tasks))
    return [_Months(dict(months[start : start + size])) for start in range(0, max(len(months), 1), size)]


def _seen(snapshot: Snapshot, months: _Months) -> list[Seen]:
    return [seen_in_month(snapshot, month) for month in months.places]


@dataclass
class _Reader(DataSourceReader):
    """Reads the months; sent to the workers with all it needs."""

    snapshot: Snapshot
    tasks: list[_Months]
    names: Names

    def partitions(self) -> list[_Months]:
        return self.tasks

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        if not isinstance(partition, _Months):
            raise TypeError("a partition of another source")
        for month, first_place in partition.places.items():
            yield from rows_of(self.snapshot, month, first_place, self.names)


def _source(snapshot: Snapshot, tasks: list[_Months], names: Names) -> type[DataSource]:
    """Describe the snapshot to Spark, which makes sources itself, of a class."""
    reader = _Reader(snapshot, tasks, names)

    class Months(DataSource):
        @classmethod
        def name(cls) -> str:
            return f"smartia-{snapshot.manifest.snapshot_id}"

        def schema(self) -> StructType:
            return from_arrow_schema(ROWS_SCHEMA)

        def reader(self, schema: StructType) -> _Reader:
            del schema  # always the one above
            return reader

    return Months
