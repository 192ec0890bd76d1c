"""Names and identifiers come through one door, and it asks who reads."""

import ast
from pathlib import Path

import pandas as pd
import pytest

import smartia
from smartia.access import Reader, Role
from smartia.loading import account_folder
from smartia.settings import Settings
from smartia.ui.identities import identities_at, identity_pairs

ROOT = Path(smartia.__file__).parents[1]
READS = {"read", "read_rows", "read_month", "of_spells", "sessions", "rejected", "rejects_of"}
"""What gives more of a snapshot than its analysis frame."""
READERS = {
    ("smartia/ui/identities.py", "read_rows"),
    ("smartia/ui/identities.py", "of_spells"),
    ("smartia/ui/data.py", "read_month"),  # a month at a time, counted and let go
    ("smartia/ui/data.py", "rejected"),  # the content of the records is dropped
    ("smartia/report/flags.py", "read"),  # compared and let go: flags stay
    ("smartia/report/flags.py", "of_spells"),  # likewise
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
    """Anybody else is refused, before a file is opened; with learner access the rows and pairs asked for come."""
    snapshot = smartia.refresh(demo_settings)
    rows = pd.Index([0, 5])
    accounts = snapshot.analysis()["learner"]
    folder = account_folder(demo_settings)
    for month in folder.glob("month=*"):
        month.rename(month.with_name(f"away-{month.name}"))
    for reader in map(Reader, (Role.VIEWER, Role.ANALYST)):
        with pytest.raises(PermissionError):
            identities_at(reader, snapshot, ["full_name"], rows)
        with pytest.raises(PermissionError):
            identity_pairs(reader, snapshot, "full_name", accounts)
    for month in folder.glob("away-*"):
        month.rename(month.with_name(month.name.removeprefix("away-")))
    reader = Reader(Role.LEARNER_ACCESS)
    names = identities_at(reader, snapshot, ["full_name"], rows)
    assert names["full_name"].to_list() == snapshot.sessions["full_name"].iloc[rows].to_list()
    pairs = identity_pairs(reader, snapshot, "external_id", accounts)
    expected = set(zip(accounts, snapshot.sessions["external_id"].astype("object").fillna(""), strict=True))
    assert len(pairs) == len(expected)
    assert set(zip(pairs["account"], pairs["external_id"].astype("object").fillna(""), strict=True)) == expected
