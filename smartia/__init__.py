"""smartia: what a college's Smart Initial Assessments say.

import smartia
sessions = smartia.load_sessions()      # pandas.DataFrame, one row per completed session
snapshot = smartia.refresh()            # .sessions, .rejected, .manifest
"""

from smartia.loading import load_sessions, refresh
from smartia.settings import Settings
from smartia.store.snapshot import Snapshot

__all__ = ["Settings", "Snapshot", "load_sessions", "refresh"]
