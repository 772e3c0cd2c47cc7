"""The types of arrays that kernels take: for whoever reads, and for Numba."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from bporoute._base.arrays import Floats, Integers

Row = Annotated[Floats, "f8[::1]"]
Table = Annotated[Floats, "f8[:,::1]"]
Book = Annotated[Floats, "f8[:,:,::1]"]
"""Numbers in one, two and three dimensions."""
WholeRow = Annotated[Integers, "i8[::1]"]
WholeTable = Annotated[Integers, "i8[:,::1]"]
WholeBook = Annotated[Integers, "i8[:,:,::1]"]
ShortRow = Annotated[npt.NDArray[np.int32], "i4[::1]"]
TinyRow = Annotated[npt.NDArray[np.int8], "i1[::1]"]
"""Whole numbers, where nothing else is said of 64 bits."""
KeyTable = Annotated[npt.NDArray[np.uint64], "u8[:,::1]"]
"""What chance is drawn by."""
