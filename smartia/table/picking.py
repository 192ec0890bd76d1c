"""Picking rows: those whose values are among some, and that fit conditions, at the least cost of each engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import numpy as np
import pandas as pd

from smartia.table.picked import Picked, in_memory, rows_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from narwhals.typing import IntoFrameT
    from numpy.typing import NDArray


def pick_rows(
    frame: IntoFrameT,
    among: Mapping[str, Sequence[object]],
    conditions: Sequence[nw.Expr] = (),
    columns: Sequence[str] | None = None,
) -> IntoFrameT:
    """Keep the rows that fit; a row of which a condition cannot be told does not.

    Args:
        frame: Any rows, in any engine.
        among: Column → the values that fit; None among them stands for missing ones, which else do not fit.
        conditions: What else must hold.
        columns: Which columns to keep; None for all. What is asked of the others is asked before.

    Returns:
        The rows that fit, in pandas with their labels and in their order.
    """
    if (rows := in_memory(frame)) is not None:
        parts = [_is_among(rows.column(name), chosen) for name, chosen in among.items()]
        parts += [_holds(held) for _, held in rows.worked_out(dict(_numbered(conditions))).items()]
        if parts and not (fits := np.logical_and.reduce(parts)).all():
            picked = rows.pick(np.flatnonzero(fits), columns)
        elif columns is None:
            return frame
        else:
            picked = rows.keep(columns)
        whole: Any = picked.table(picked.columns) if isinstance(frame, pd.DataFrame) else picked
        return cast("IntoFrameT", whole)
    lazy = rows_of(frame)
    asked = [*(_among(name, chosen) for name, chosen in among.items()), *conditions]
    found = lazy.filter(*asked) if asked else lazy
    return cast("IntoFrameT", (found if columns is None else found.select(*columns)).to_native())


def _numbered(conditions: Sequence[nw.Expr]) -> Iterator[tuple[str, nw.Expr]]:
    return ((str(place), condition) for place, condition in enumerate(conditions))


def with_further(frame: IntoFrameT, columns: Mapping[str, nw.Expr], always: Hashable = None) -> IntoFrameT:
    """Give the same rows with further columns.

    Args:
        frame: Any rows, in any engine.
        columns: The name of each, which the rows have not, and the row-wise expression that it is worked out by.
        always: Tells these expressions from all others, where they are asked of many choices of the frame's rows; see
            `Picked.assign`.
    """
    if isinstance(frame, Picked):
        return cast("IntoFrameT", frame.assign(columns, always))
    further: Any = rows_of(frame).with_columns(**columns).to_native()
    return cast("IntoFrameT", further)


def _is_among(values: pd.Series, chosen: Sequence[object]) -> NDArray[np.bool_]:
    """Say row by row whether a value is one of some: of categories by their codes, which are quick to compare."""
    known = [value for value in chosen if value is not None]
    kind = values.dtype
    if not isinstance(kind, pd.CategoricalDtype):
        return (values.isin(known) | (values.isna() if len(known) < len(chosen) else False)).to_numpy(dtype="bool")
    codes = values.cat.codes.to_numpy()
    found: NDArray[np.bool_] = codes == -1 if len(known) < len(chosen) else np.zeros(len(codes), dtype="bool")
    for place, category in enumerate(kind.categories):
        if category in known:
            found |= codes == place
    return found


def _holds(condition: pd.Series) -> NDArray[np.bool_]:
    held: NDArray[np.bool_] = condition.to_numpy(dtype="bool", na_value=False)
    return held


def _among(name: str, chosen: Sequence[object]) -> nw.Expr:
    known = [value for value in chosen if value is not None]
    is_known = nw.col(name).is_in(known)
    return is_known if len(known) == len(chosen) else is_known | nw.col(name).is_null()
