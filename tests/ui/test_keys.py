"""What tells figures apart: the values of tables, however pandas happens to hold them."""

import gc
from functools import partial

import pandas as pd
import pytest

from smartia.ui.keys import key_of, name_result


def make_table() -> pd.DataFrame:
    """A table with a column of every kind that figures have."""
    return pd.DataFrame(
        {
            "period": pd.Series(["2024/25", "2025/26", None], dtype="str"),
            "group": pd.Categorical(["Maths", None, "English"], categories=["English", "Maths"], ordered=True),
            "day": pd.to_datetime(["2025-09-01", None, "2025-10-01"]),
            "n": [1, 2, 3],
            "rank": pd.array([30, None, 41], dtype="Int16"),
            "share": [0.25, float("nan"), 1.0],
            "running": [False, True, True],
            "mixed": pd.Series([1, "a", None], dtype="object"),
        }
    )


def test_equal_tables_have_one_key() -> None:
    """Neither the blocks that pandas keeps columns in nor the way to a table changes its key."""
    table = make_table()
    key = key_of(table)
    by_column = pd.DataFrame({name: table[name].copy() for name in table})
    by_column["n"] = table["n"].to_numpy()
    assert [key_of(table.copy()), key_of(by_column), key_of(table.iloc[:])] == [key] * 3


@pytest.mark.parametrize("name", list(make_table()))
def test_any_other_value_has_another_key(name: str) -> None:
    """Another order of rows, another value, another type, another name: each makes another key."""
    table = make_table()
    others = [
        table.assign(**{name: table[name].iloc[::-1].to_numpy(copy=True)}),
        table.assign(**{name: table[name].astype("object").astype("str")}),
        table.rename(columns={name: "other"}),
        table.drop(columns=name),
        table.iloc[1:],
        table.set_axis([1, 2, 3]),
    ]
    assert len({key_of(other) for other in [table, *others]}) == 1 + len(others) - (name == "period")


def test_the_order_of_categories_counts() -> None:
    """Equal labels in another order make other charts."""
    table = make_table()
    other = table.assign(group=table["group"].cat.reorder_categories(["Maths", "English"]))
    assert key_of(table) != key_of(other)


def test_texts_count_by_what_they_say() -> None:
    """Whether two equal texts are one object makes no difference; what a function is given does."""
    text = "".join(["Level", " 1"])
    assert key_of(partial(len, [text, text])) == key_of(partial(len, ["Level 1", "".join(["Leve", "l 1"])]))
    assert key_of(partial(len, [text])) != key_of(partial(len, ["Level 2"]))
    assert key_of(partial(len, [text])) != key_of(partial(max, [text]))


def test_a_remembered_table_is_known_by_its_key() -> None:
    """A result counts by the key of its figure as long as it lives; a table that comes after it by its values."""
    table = make_table()
    key = key_of(table)
    name_result(table, "figure")
    other = make_table().assign(n=0)
    name_result(other, "figure")
    assert key_of(table) == key_of(other) != key
    assert key_of(table.copy()) == key
    del table, other
    gc.collect()
    assert key_of(make_table()) == key
