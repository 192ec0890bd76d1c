"""Warming up: as a server starts it reads what the first page needs, so that whoever opens it waits less."""

import importlib
import threading

from smartia.memory import spare_what_is_loaded


def warm_up() -> threading.Thread:
    """Begin to read the present copy and the first page's code; comes back at once.

    Nothing is downloaded, and nobody need be there.

    Where there is no copy, or something is in the way of it, nothing happens: the first page says it.

    Returns:
        The thread that reads.
    """
    reading = threading.Thread(target=_read, name="warm-up", daemon=True)
    reading.start()
    return reading


def _read() -> None:
    _read_copy()
    importlib.import_module("smartia.ui.overview")
    spare_what_is_loaded()


def _read_copy() -> None:
    # Loaded here, so that the server begins to listen meanwhile.
    from smartia.errors import SettingsError
    from smartia.ui.configuration import read_settings
    from smartia.ui.data import open_ahead

    try:
        settings = read_settings()
    except SettingsError:
        return  # a page that is opened meets the same, and has a reader to tell
    open_ahead(settings)
