"""What is worked out once for all rows of a frame is what each choice of its rows would give, and has its limits."""

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from smartia.table import kept_codes
from smartia.table.kept_codes import KeptCodes
from smartia.table.picked import Picked

N = 2_000
RNG = np.random.default_rng(7)
WHOLE = pd.DataFrame(
    {
        "a": pd.Categorical.from_codes(RNG.integers(-1, 3, N), ["x", "y", "z"]),
        "b": pd.Series(RNG.integers(0, 9, N), dtype="Int16").mask(RNG.random(N) < 0.1),
        "c": RNG.random(N),
    }
)
SOME = np.flatnonzero(RNG.random(N) < 0.4)


def test_further_columns_are_worked_out_once() -> None:
    """A column that is the same for every choice of rows is worked out once, and is what each choice would give."""
    kept, over_half = KeptCodes(N), {"over_half": nw.col("c") > 0.5}
    first = Picked.of(WHOLE, kept).pick(SOME).assign(over_half, "over half")
    other = Picked.of(WHOLE, kept).assign(over_half, "over half").pick(SOME[::2])
    alone = Picked.of(WHOLE).pick(SOME).assign(over_half)
    pd.testing.assert_series_equal(first.column("over_half"), alone.column("over_half"))
    pd.testing.assert_series_equal(other.column("over_half"), alone.column("over_half")[::2].reset_index(drop=True))
    every = Picked.of(WHOLE, kept).assign({"over_half": nw.lit(value=None)}, "over half")
    assert every.column("over_half").sum() == (WHOLE["c"] > 0.5).sum()  # the expression is not asked again
    pd.testing.assert_frame_equal(first.table(["over_half", "a"]), alone.table(["over_half", "a"]))


def test_columns_of_one_reader_are_not_kept() -> None:
    """Codes of columns that a reader brought are made of that reader's rows, whatever another's are called."""
    kept = KeptCodes(N)
    for labels in (["p", "q"], ["r", "s"]):
        own = pd.Categorical(np.where(np.arange(N) % 3 == 0, *labels), labels)
        rows = Picked.of(WHOLE, kept, {"group": own}).pick(SOME)
        codes = rows.codes(["group", "a"])
        assert list(codes.decode(codes.codes)[0]) == list(own.take(SOME))
    assert not any("group" in key for key in kept._kept if isinstance(key, tuple))


@pytest.mark.parametrize("kept", [KeptCodes(N), None], ids=["kept", "not kept"])
def test_columns_that_are_left_out_have_no_codes(kept: KeptCodes | None) -> None:
    """What the rows do not have is an error, whether or not codes of it are kept."""
    Picked.of(WHOLE, kept).codes(["a"])
    with pytest.raises(KeyError):
        Picked.of(WHOLE, kept).keep(["b"]).codes(["a"])


def test_memory_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for last is kept, up to some bytes a row; what was let go is the same when it is made again."""
    monkeypatch.setattr(kept_codes, "_LEAST_BYTES", 0)
    monkeypatch.setattr(kept_codes, "_BYTES_A_ROW", 3)
    kept = KeptCodes(N)
    rows = Picked.of(WHOLE, kept).pick(SOME)
    before = rows.codes(["a"])
    for names in (["b"], ["a", "b"], ["c"], ["b", "a"]):
        rows.codes(names)
        assert sum(size for _, size in kept._kept.values()) <= 3 * N
    after = rows.codes(["a"])
    assert after.codes is not before.codes
    np.testing.assert_array_equal(after.codes, before.codes)
