"""Frames (pandas, polars, Arrow and what else narwhals knows) and mappings of arrays, as a sheet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from bporoute._base.slim import needed
from bporoute.errors import InputError
from bporoute.workload._reading._sheet import Cell, Sheet


def sheet_of_frame(frame: Any) -> Sheet:
    """The columns of a frame or mapping, its names as the header.

    Raises
    ------
    InputError
        It is neither, or its columns have different lengths.

    Examples
    --------
    >>> sheet_of_frame({"date": ["2026-11-23"], "volume": np.array([80.0])}).rows
    [['date', 'volume'], ['2026-11-23', 80.0]]
    """
    if isinstance(frame, Mapping):
        named, columns = "the mapping", {str(name): _listed(values) for name, values in frame.items()}
    else:
        named, columns = "the frame", _of_frame(frame)
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        raise InputError(
            named, f"columns of {min(lengths)} to {max(lengths)} values", "columns of one length"
        )
    if not lengths or lengths == {0}:
        raise InputError(named, "no rows", "columns with at least one value")
    header: list[Cell] = list(columns)
    rows = [header, *map(list, zip(*columns.values(), strict=True))]
    return Sheet(named, rows, range(len(rows)), word="row", headed=True)


def _of_frame(frame: Any) -> dict[str, list[Cell]]:
    try:
        with needed("narwhals"):
            import narwhals as nw

        known = nw.from_native(frame, eager_only=True)
    except TypeError:
        expected = "a path, an open file, a frame (pandas, polars, Arrow) or a mapping of arrays"
        raise InputError("source", f"a {type(frame).__name__}", expected) from None
    return {
        str(series.name): _listed(series.to_numpy() if _is_number(series) else series.to_list())
        for series in known.iter_columns()
    }


def _is_number(series: Any) -> bool:
    return bool(series.dtype.is_numeric()) and not series.is_null().any()


def _listed(values: Any) -> list[Cell]:
    """Plain Python values of a column; those of time as `datetime`."""
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise InputError("source", f"an array of {values.ndim} dimensions", "columns of one")
        if values.dtype.kind == "M":
            values = values.astype("datetime64[us]")
        elif values.dtype.kind == "m":
            values = values.astype("timedelta64[us]")
        return values.tolist()  # type: ignore[no-any-return]
    return [
        value.to_pydatetime() if isinstance(value, datetime) and hasattr(value, "to_pydatetime") else value
        for value in values
    ]
