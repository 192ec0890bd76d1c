"""Keys: what tells figures apart, by the values of all that they are worked out of."""

import io
import pickle
import weakref
from collections.abc import Callable
from hashlib import blake2b

import numpy as np
import pandas as pd

_names: dict[int, tuple[weakref.ref[pd.DataFrame], str]] = {}
"""The tables that are remembered, by their identity, and the key of each."""


def key_of(thing: object) -> str:
    """Give a short text that is the same for equal things alone.

    Args:
        thing: Whatever `pickle` takes, without circles; tables count by their values, whichever way pandas holds them.
    """
    whole = io.BytesIO()
    pickler = _Pickler(whole, protocol=pickle.HIGHEST_PROTOCOL)
    pickler.fast = True  # else equal texts would make a difference by whether they are one and the same
    pickler.dump(thing)
    return blake2b(whole.getbuffer(), digest_size=16).hexdigest()


def name_result(result: object, key: str) -> None:
    """Let a table that is remembered be known by its key from now on: its values need not be looked through again.

    Args:
        result: What came of a figure; anything but a table is left alone.
        key: The key of the figure.
    """
    if isinstance(result, pd.DataFrame):
        place = id(result)
        _names[place] = (weakref.ref(result, lambda _: _names.pop(place, None)), key)


class _Pickler(pickle.Pickler):
    def reducer_override(self, thing: object) -> tuple[Callable[..., object], tuple[object, ...]]:
        if not isinstance(thing, pd.DataFrame):
            not_ours: tuple[Callable[..., object], tuple[object, ...]] = NotImplemented
            return not_ours
        reference, key = _names.get(id(thing), (None, ""))
        if reference is not None and reference() is thing:
            return str, (key,)
        columns = [_values(column) for _, column in thing.items()]
        return tuple, ((*map(str, thing.columns), _values(thing.index), *columns),)


def _values(held: pd.Index | pd.Series) -> tuple[object, ...]:
    """Tell a column or the labels of a table by their type and their values."""
    kind = held.dtype
    if isinstance(kind, pd.CategoricalDtype):
        codes = pd.Categorical(held).codes
        return "category", kind.ordered, kind.categories.tolist(), codes.tobytes()
    if isinstance(kind, np.dtype) and kind.kind != "O":
        return str(kind), held.to_numpy().tobytes()
    return str(kind), held.tolist()
