"""The types of arrays that kernels take: for whoever reads, and for Numba."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from bporoute._base.arrays import Floats, Integers

Row = Annotated[Floats, "f8[::1]"]
Table = Annotated[Floats, "f8[:,::1]"]
Book = Annotated[Floats, "f8[:,:,::1]"]
"""Numbers in one, two and three dimensions."""
WholeRow = Annotated[Integers, "i8[::1]"]
WholeTable = Annotated[Integers, "i8[:,::1]"]
WholeBook = Annotated[Integers, "i8[:,:,::1]"]
ShortRow = Annotated[np.ndarray[tuple[Any, ...], np.dtype[np.int32]], "i4[::1]"]
TinyRow = Annotated[np.ndarray[tuple[Any, ...], np.dtype[np.int8]], "i1[::1]"]
"""Whole numbers, where nothing else is said of 64 bits."""
KeyTable = Annotated[np.ndarray[tuple[Any, ...], np.dtype[np.uint64]], "u8[:,::1]"]
"""What chance is drawn by."""
