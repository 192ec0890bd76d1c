"""Memory: how much of it the process keeps that it does not need any more."""

import ctypes
import gc
import sys
import threading
from collections.abc import Callable
from typing import Final

import pyarrow as pa

QUIET_S: Final = 3.0
"""How long nobody may have asked before what is free is given back."""
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
"""What `malloc.h` of glibc calls the two limits."""
_LARGE: Final = 4 * 1024 * 1024


def give_memory_back() -> None:
    """Let the process keep little memory that is free. To be called before the first table is made.

    Tables take their memory from the system's own allocator, which gives back what is free. The usual one of Arrow,
    mimalloc, keeps it: with 50,000 sessions downloaded, all pages opened and a report made, the server had taken 689 MB
    at most, and so 568.

    That allocator (of glibc) takes large pieces from the system one by one and gives each back at once. It would raise
    the size from which it does so up to 32 MB as it goes, and keep up to 64 MB for each thread. Here the size stays,
    below a column of a million sessions: with these and three pages open a server had taken 660 MB, and so 520, while
    a click took no longer.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    limit = _of_glibc("mallopt")
    if limit is not None:
        limit(_M_MMAP_THRESHOLD, _LARGE)
        limit(_M_TRIM_THRESHOLD, 2 * _LARGE)


def trim_memory() -> None:
    """Give back what the system's allocator has free but keeps, after something large was read.

    With a million sessions read, 680 MB were taken, and 390 MB afterwards. Only the C library of most Linux systems
    (glibc) has this; elsewhere nothing happens.
    """
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def spare_what_is_loaded() -> None:
    """Leave what is there, most of it code, out of every later search for garbage. To be called once.

    With a million sessions and four pages open each full search stopped everybody for 0.13 s, and one click in ten
    met one. What is garbage by now stays.
    """
    gc.freeze()


class IdleTrim:
    """Trims the memory of the process once a while has passed in which nobody asked for it again.

    Args:
        quiet_s: How long that is.
    """

    def __init__(self, quiet_s: float = QUIET_S) -> None:
        self._quiet_s = quiet_s
        self._lock = threading.Lock()
        self._waiting: threading.Timer | None = None

    def ask(self) -> None:
        """Ask for a trim, after the quiet; comes back at once."""
        with self._lock:
            if self._waiting is not None:
                self._waiting.cancel()
            self._waiting = threading.Timer(self._quiet_s, trim_memory)
            self._waiting.daemon = True
            self._waiting.start()


def _of_glibc(name: str) -> Callable[..., int] | None:
    """Find a function of glibc; None on systems that have another C library."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
