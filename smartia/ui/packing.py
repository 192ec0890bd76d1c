"""Packing: the rows of a chart as a browser is sent them."""

from typing import Any

import pyarrow as pa


def packed(spec: dict[str, Any]) -> dict[str, Any]:
    """Pack the rows of a chart for their way to the browser, once instead of at each run.

    Streamlit takes rows that are packed as they are; those that are not it packs at each run, by way of pandas.

    Args:
        spec: A Vega-Lite specification with named data sets, as Altair makes it.

    Returns:
        The specification with its data sets in Arrow's IPC format.
    """
    return spec | {"datasets": {name: _pack(rows) for name, rows in spec["datasets"].items()}}


def _pack(rows: list[dict[str, Any]]) -> bytes:
    table = pa.Table.from_pylist(rows)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    packed_rows: bytes = sink.getvalue().to_pybytes()
    return packed_rows
