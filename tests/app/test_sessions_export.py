"""The counted sessions as a file: by the page and by the command, under one link, in each format, named or not."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from smartia.__main__ import cli
from smartia.access import Role
from smartia.export import sessions
from smartia.export.sessions import FILE_KINDS, IDENTITIES, STAMP_KEY
from smartia.settings import Settings
from smartia.table.columns import COLUMNS
from smartia.ui import take_away
from tests.app.conftest import Open

CHOICES: dict[str, Any] = {
    "subject": ["Maths"],
    "year": ["2024/25"],
    "gender": ["female"],
    "reached": ["Entry 3", "Not readable"],
    "attempts": "All",
    "short": "Leave out under 10%",
    "since": "2024-09-15",
}
LINK = f"https://smartia.college.example/?{urlencode(CHOICES, doseq=True)}"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the page's button will write at a click, the newest last."""
    offered: list[Any] = []
    wrap = take_away.written_while
    monkeypatch.setattr(take_away, "written_while", lambda who, write: (offered.append(write), wrap(who, write))[1])
    return offered


def command(file: Path, *options: str) -> Result:
    """Run the command; it says nothing of anybody."""
    result = CliRunner().invoke(cli, ["export", str(file), *options])
    assert "DEMO" not in result.output
    return result


def read(kind: str, content: bytes) -> list[list[str]]:
    """Every cell of a file as a text, the names of the columns first."""
    if kind == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    if kind == "parquet":
        table = pq.read_table(io.BytesIO(content))
        return [table.column_names, *(_texts(row.values()) for row in table.to_pylist())]
    rows = (
        openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[1].iter_rows(min_row=3, values_only=True)
    )
    return [_texts(row) for row in rows]


def _texts(values: Any) -> list[str]:
    return ["" if value is None else str(value) for value in values]


@pytest.mark.parametrize("named", [False, True], ids=["without names", "named"])
def test_a_copied_link_gives_the_rows_of_the_page(
    open_page: Open, written: list[Any], named: bool, tmp_path: Path
) -> None:
    """In each format the command writes what the page gives under the link; with identities only if asked for."""
    app = open_page(**CHOICES)
    assert app.sidebar.checkbox(key="sessions_named").value is False
    if named:
        app.sidebar.checkbox(key="sessions_named").check().run()
    counted = int(app.metric[0].value.replace(",", ""))
    first, *rest = written[-1].args
    assert first == "xlsx"
    for kind in FILE_KINDS:
        path = tmp_path / f"sessions.{kind}"
        result = command(path, "--link", LINK, *(["--identities"] if named else []))
        assert result.exit_code == 0, result.output
        rows = read(kind, path.read_bytes())
        assert rows == read(kind, take_away._write(kind, *rest))
        assert len(rows) - 1 == counted > 20
        assert set(IDENTITIES).isdisjoint(rows[0]) != named
        assert not {"learner", "date_of_birth"} & set(rows[0])
        assert (path.stat().st_mode & 0o077) == 0


def test_cells_are_typed(open_page: Open, demo_college: Settings, tmp_path: Path) -> None:
    """Dates, UK times and numbers are such in XLSX and Parquet, equal to those of the data; Parquet has the stamp."""
    del open_page  # for its settings
    for kind in ("xlsx", "parquet"):
        assert command(tmp_path / f"s.{kind}", "--link", LINK).exit_code == 0
    table = pq.read_table(tmp_path / "s.parquet")
    stamp = json.loads(table.schema.metadata[STAMP_KEY])
    assert "Maths · 2024/25" in stamp["Counted"]
    assert stamp["View"] == demo_college.role.words
    frame = table.to_pandas()
    assert str(frame["ended_at"].dtype) == "datetime64[us, Europe/London]"
    assert (frame["ended_at"].dt.date == frame["completed_on"]).all()
    sheet = openpyxl.load_workbook(tmp_path / "s.xlsx").worksheets[1]
    names = [cell.value for cell in sheet[3]]
    for name, values in frame.items():
        cells = [
            row[0].value
            for row in sheet.iter_rows(min_row=4, min_col=names.index(name) + 1, max_col=names.index(name) + 1)
        ]
        if name in ("started_at", "ended_at"):
            gaps = pd.to_datetime(pd.Series(cells)) - values.dt.tz_localize(None)
            assert gaps.abs().max() < pd.Timedelta("2ms")
        elif name in ("age", "level_rank", "attempt", "duration_s"):
            assert pd.Series(cells, dtype="float").tolist() == pytest.approx(
                values.astype("float").tolist(), nan_ok=True
            )


@pytest.mark.parametrize(
    ("name", "link", "said"),
    [
        ("s.xls", "", "must end in .xlsx, .csv, .parquet"),
        ("s.csv", "subject=Geography", "It can have: Digital Skills, English"),
        ("s.csv", "attempts=Last", "It can have: Latest, First, All"),
        ("s.csv", "publish=true", "opens the publish view"),
    ],
)
def test_what_is_refused(open_page: Open, tmp_path: Path, name: str, link: str, said: str) -> None:
    """A name without a format, values that a filter cannot have, and the publish view end with 2 and no file."""
    del open_page  # for its settings
    result = command(tmp_path / name, "--link", link)
    assert result.exit_code == 2
    assert said in result.stderr
    assert list(tmp_path.glob("s.*")) == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST])
def test_others_get_no_sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    """The command gives no single sessions without learner access, and asks the API for nothing."""
    monkeypatch.setattr(Settings, "role", role)
    monkeypatch.setenv("SMARTIA_CACHE_DIR", str(tmp_path / "cache"))
    refused = command(tmp_path / "s.csv")
    assert refused.exit_code == 2
    assert "single sessions need learner-access" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_more_rows_than_a_sheet_holds(
    open_page: Open, written: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Excel's limit is passed, page and command say so beforehand; the other formats have no limit."""
    monkeypatch.setattr(sessions, "LONGEST_TABLE", 20)
    app = open_page(**CHOICES)
    assert written == []
    assert any("more rows than a sheet of Excel" in info.value for info in app.sidebar.info)
    refused = command(tmp_path / "s.xlsx", "--link", LINK)
    assert refused.exit_code == 2
    assert "Write .csv or .parquet" in refused.stderr
    assert command(tmp_path / "s.csv", "--link", LINK).exit_code == 0


def test_choices_of_a_page_are_named(open_page: Open, tmp_path: Path) -> None:
    """What a link holds beside filters is left aside, and said."""
    del open_page  # for its settings
    result = command(tmp_path / "s.csv", "--link", f"{LINK}&level=Level+2&show=Counts")
    assert result.exit_code == 0
    assert "without effect here: level, show." in result.stderr


def test_identities_are_columns_of_the_dictionary() -> None:
    """What learner access gets is personal by the data dictionary, and all of that but the date of birth."""
    assert {*IDENTITIES, "date_of_birth"} == {column.name for column in COLUMNS if column.personal}
