"""Names and identifiers come through one door, and it asks who reads."""

import ast
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

import smartia
from smartia.access import Reader, Role
from smartia.loading import account_folder
from smartia.settings import Settings
from smartia.ui.identities import all_identities, identities_at

ROOT = Path(smartia.__file__).parents[1]
READS = {"read", "read_rows", "read_month", "sessions", "rejected", "rejects_of"}
"""What gives more of a snapshot than its analysis frame."""
READERS = {
    ("smartia/ui/identities.py", "read_rows"),
    ("smartia/ui/identities.py", "read"),
    ("smartia/ui/data.py", "read_month"),  # a month at a time, counted and let go
    ("smartia/ui/data.py", "rejected"),  # the content of the records is dropped
    ("smartia/report/flags.py", "read"),  # compared and let go: flags stay
    ("smartia/ui/quality.py", "rejected"),  # months alone
}


def test_no_page_reads_a_snapshot_past_the_door() -> None:
    """In pages and documents only the door, and what counts and lets go, reads more than the analysis frame."""
    folders = ("pages", "smartia/ui", "smartia/report", "smartia/export")
    files = [ROOT / "app.py", *(path for folder in folders for path in (ROOT / folder).glob("*.py"))]
    found = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in READS and ast.unparse(node.value).endswith("snapshot"):
                found.add((path.relative_to(ROOT).as_posix(), node.attr))
    assert found == READERS


def test_the_door_opens_for_learner_access_alone(demo_settings: Settings) -> None:
    """Anybody else is refused, before a file is opened; with learner access the rows asked for come."""
    snapshot = smartia.refresh(demo_settings)
    rows = pd.Index([0, 5])
    folder = account_folder(demo_settings)
    for month in folder.glob("month=*"):
        month.rename(month.with_name(f"away-{month.name}"))
    for role, door in product((Role.VIEWER, Role.ANALYST), (identities_at, all_identities)):
        with pytest.raises(PermissionError):
            door(Reader(role), snapshot, ["full_name"], rows)
    for month in folder.glob("away-*"):
        month.rename(month.with_name(month.name.removeprefix("away-")))
    names = identities_at(Reader(Role.LEARNER_ACCESS), snapshot, ["full_name"], rows)
    assert names["full_name"].to_list() == snapshot.sessions["full_name"].iloc[rows].to_list()
