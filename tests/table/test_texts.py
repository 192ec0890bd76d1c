"""How texts are kept: long columns in Arrow's memory, small tables of the app and its commands as Python has them."""

import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

from smartia.__main__ import cli
from smartia.table.columns import COLUMNS, Kind
from smartia.table.frames import sessions_frame
from smartia.table.texts import MANY_TEXTS, keep_few_texts_plain, many_rows
from smartia.ui.hosting import protection
from tests.handmade import decode, flatten, make_records


def storage() -> str:
    """Say where pandas keeps the texts of a new column."""
    return pd.Series(["a"], dtype="str").dtype.storage


def test_importing_smartia_leaves_pandas_as_it_is() -> None:
    """Whoever uses smartia from Python finds pandas as it was."""
    script = "import pandas as pd, smartia; print(pd.Series(['a'], dtype='str').dtype.storage)"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "pyarrow"


def test_the_app_keeps_few_texts_plain() -> None:
    """As a server of the app starts, new texts are kept as Python has them."""
    assert storage() == "pyarrow"
    protection()
    assert storage() == "python"


def test_commands_keep_few_texts_plain() -> None:
    """As a command starts, new texts are kept as Python has them."""
    assert storage() == "pyarrow"
    assert CliRunner().invoke(cli, ["make-key"]).exit_code == 0
    assert storage() == "python"


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_many_texts_stay_in_arrow(kind: pa.DataType) -> None:
    """Long columns of texts are in Arrow's memory in the app too, and their values are what they were."""
    keep_few_texts_plain()
    rows = many_rows(pa.table({"text": pa.array(["a", None, "ü"], kind), "n": [1, 2, 3]}))
    assert rows["text"].dtype == MANY_TEXTS
    assert rows["text"].tolist()[::2] == ["a", "ü"]
    assert rows["text"].isna().tolist() == [False, True, False]
    assert rows["n"].tolist() == [1, 2, 3]


def test_the_sessions_frame_is_the_same_either_way() -> None:
    """The app's sessions frame has the values and the types that one made from Python has."""
    stored = flatten(decode(make_records(4, 60)))
    usual = sessions_frame(stored)
    keep_few_texts_plain()
    found = sessions_frame(stored)
    # As text, since the names of columns and of categories are few texts.
    assert found.dtypes.map(str).to_dict() == usual.dtypes.map(str).to_dict()
    assert pa.Table.from_pandas(found).to_pylist() == pa.Table.from_pandas(usual).to_pylist()
    texts = [column.name for column in COLUMNS if column.kind is Kind.TEXT]
    assert {found[name].dtype.storage for name in texts} == {"pyarrow"}
