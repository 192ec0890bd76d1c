"""What stands under examples/ runs, and shows figures that are right."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

import smartia

ROOT = Path(__file__).parents[1]


def test_worked_example(private_place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints shares and durations that plain pandas finds as well; its files open offline and name nobody."""
    runpy.run_path(str(ROOT / "examples" / "worked_example.py"))
    printed = capsys.readouterr().out
    sessions = smartia.load_sessions(refresh="never")
    latest = sessions[(sessions["attempt"] == sessions["attempts"])]
    newest = latest[latest["academic_year"].astype("str") == latest["academic_year"].astype("str").max()]
    assert f"{len(sessions):,} sessions" in printed
    assert f"{len(newest):,} of them count" in printed
    readable = newest.dropna(subset="level_rank")
    for subject, rows in readable.groupby(readable["subject"].astype("str")):
        share = (rows["level_rank"] >= 40).mean()
        assert f"{subject}: {share:.0%} of {len(rows):,} at Level 1 or above" in printed
    maths = newest[newest["subject"] == "Maths"]["duration_s"] / 60
    found = next(line.split() for line in printed.splitlines() if line.strip().startswith("Maths "))
    assert [float(found[1]), float(found[4])] == [len(maths), maths.median().round()]

    assert sorted(path.name for path in private_place.iterdir()) == ["level-1-by-subject.html", "levels-by-subject.csv"]
    page = (private_place / "level-1-by-subject.html").read_text(encoding="utf-8")
    assert "<script src" not in page
    assert "Maths" in page
    table = pd.read_csv(private_place / "levels-by-subject.csv")
    assert table["n"].sum() == len(newest)
    assert not any(name in page for name in sessions["full_name"].head(200))
