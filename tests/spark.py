"""Spark for tests: on this machine, with one worker of Python, and without compiling what is too small for it."""

import os
import shutil
from typing import Any

import pytest

from smartia.engines import on_spark

_QUICK = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
# One thread, and so one worker of Python to start; still two tasks, which share the months out.
_ONE_THREAD = {"spark.master": "local[1]", "spark.default.parallelism": "2"}


def start_spark(patch: pytest.MonkeyPatch) -> Any:
    """Start Spark as smartia does where nobody has said where it runs; skips where there is no Java, but in CI.

    Args:
        patch: Puts the environment back afterwards.

    Returns:
        The session.
    """
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ and "CI" not in os.environ:
        pytest.skip("No Java was found: install one to try Spark.")
    for name in ("PYSPARK_SUBMIT_ARGS", "SPARK_CONF_DIR", "SPARK_LOCAL_IP", "PYSPARK_PYTHON"):
        patch.setenv(name, "to be as it was afterwards")
        patch.delenv(name)
    patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    patch.setattr(on_spark, "_LOCAL", on_spark._LOCAL | _ONE_THREAD)
    spark = on_spark._session()
    for name, value in _QUICK.items():
        spark.conf.set(name, value)
    return spark
