"""The analysis frame with the pandas engine: made of the months once a snapshot, and read from a file after that.

    <account>/frames/<snapshot>-<version>.arrow: a digest, then a stream of Arrow, compressed

To make the frame of a million sessions takes a second or two and hundreds of megabytes; to read it, a fraction of
both. The file lies with the account's other files, as private and as encrypted as these, and goes with its snapshot.
It holds no name, no identifier and no date of birth.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from smartia.analysis.quality import with_reference
from smartia.errors import CacheUnwritableError, StoreError, StoreKeyError
from smartia.store.files import FRAMES
from smartia.store.snapshot import Snapshot, open_snapshot

if TYPE_CHECKING:
    import pandas as pd

KEPT: Final = ".arrow"
"""How the names of these files end."""
_VERSION: Final = 1
"""Of what the file holds: to be raised with every change to the analysis frame."""
_DIGEST_BYTES: Final = hashlib.blake2b().digest_size
_DAMAGE: Final = (OSError, pa.ArrowException, StoreKeyError)


def whole_frame(snapshot: Snapshot) -> pd.DataFrame:
    """Give the analysis frame with `reference_s`; not kept in memory, the caller does.

    Args:
        snapshot: The snapshot. Where its files outlast this process, the frame becomes one of them, unless the place
            cannot be written: the file saves time and nothing else. One that is damaged is made anew.

    Returns:
        The columns of `smartia.table.frames.analysis_frame`, and that of `smartia.analysis.quality.with_reference`.

    Raises:
        SnapshotUnreadableError: A file of the snapshot is damaged, or a newer refresh has replaced it.
    """
    if not snapshot.files.outlast_process:
        return with_reference(snapshot.analysis())
    with suppress(*_DAMAGE):
        return _read(snapshot)
    frame = with_reference(snapshot.analysis())
    with suppress(CacheUnwritableError):
        _keep(snapshot, frame)
    return frame


def _read(snapshot: Snapshot) -> pd.DataFrame:
    # The file's bytes are let go by now, and each column as soon as pandas has it.
    frame: pd.DataFrame = _read_table(snapshot).to_pandas(split_blocks=True, self_destruct=True)
    # The names of categories are kept as pandas keeps texts here, and not as Arrow does.
    named = {
        str(name): values.cat.rename_categories(values.cat.categories.tolist())
        for name, values in frame.select_dtypes("category").items()
    }
    return frame.assign(**named)


def _read_table(snapshot: Snapshot) -> pa.Table:
    with snapshot.files.open(_name_of(snapshot)) as file:
        content = file.read_buffer()
    digest, stream = content.slice(0, _DIGEST_BYTES), content.slice(_DIGEST_BYTES)
    if hashlib.blake2b(stream).digest() != digest.to_pybytes():
        raise OSError("it is not what was written")
    with pa.ipc.open_stream(stream) as reader:
        return reader.read_all()


def _keep(snapshot: Snapshot, frame: pd.DataFrame) -> None:
    if not _is_present(snapshot):
        return
    # Not a table: one of no rows would come back without its categories.
    rows = pa.RecordBatch.from_pandas(frame, preserve_index=False)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_batch(rows)
    stream = sink.getvalue()
    with snapshot.files.create(_name_of(snapshot)) as file:
        file.write(hashlib.blake2b(stream).digest())
        file.write(stream)
    if not _is_present(snapshot):  # A refresh removes the files of earlier snapshots, and may have been there already.
        with suppress(OSError):
            snapshot.files.remove(_name_of(snapshot))


def _is_present(snapshot: Snapshot) -> bool:
    """Whether the account has the snapshot still, and no later one."""
    try:
        return open_snapshot(snapshot.files).manifest.snapshot_id == snapshot.manifest.snapshot_id
    except StoreError:
        return False


def _name_of(snapshot: Snapshot) -> str:
    return f"{FRAMES}/{snapshot.manifest.snapshot_id}-{_VERSION}{KEPT}"
