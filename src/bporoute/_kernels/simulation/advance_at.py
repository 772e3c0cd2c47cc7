"""The compiled way onto the simulated floor: every array by its address, as in `routing.route_one`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bporoute._kernels.compiling.registry import kernel
from bporoute._kernels.simulation.advance import advance
from bporoute._kernels.simulation.columns import RECORD_WORDS

if TYPE_CHECKING:
    pointer: Any = None  # given by the compiler
    carray: Any = None


@kernel("i8(f8,i8)")
def advance_at(until: float, record_at: int) -> int:  # pragma: no cover - only ever compiled
    """`advance` by addresses: an array that owns its memory is counted in and out with every row of it."""
    size = carray(pointer(record_at), (37, RECORD_WORDS), np.int64)
    return advance(
        until,
        carray(pointer(size[0, 0]), (size[0, 1], size[0, 2], size[0, 3]), np.float64),
        carray(pointer(size[1, 0]), (size[1, 1], size[1, 2]), np.float64),
        carray(pointer(size[2, 0]), (size[2, 1], size[2, 2]), np.float64),
        carray(pointer(size[3, 0]), (size[3, 1], size[3, 2]), np.float64),
        carray(pointer(size[4, 0]), (size[4, 1], size[4, 2], size[4, 3]), np.float64),
        carray(pointer(size[5, 0]), (size[5, 1], size[5, 2], size[5, 3]), np.float64),
        carray(pointer(size[6, 0]), (size[6, 1], size[6, 2], size[6, 3]), np.float64),
        carray(pointer(size[7, 0]), (size[7, 1],), np.int64),
        carray(pointer(size[8, 0]), (size[8, 1], size[8, 2]), np.float64),
        carray(pointer(size[9, 0]), (size[9, 1],), np.float64),
        carray(pointer(size[10, 0]), (size[10, 1], size[10, 2]), np.float64),
        carray(pointer(size[11, 0]), (size[11, 1], size[11, 2]), np.uint64),
        carray(pointer(size[12, 0]), (size[12, 1],), np.float64),
        carray(pointer(size[13, 0]), (size[13, 1], size[13, 2]), np.float64),
        carray(pointer(size[14, 0]), (size[14, 1], size[14, 2]), np.float64),
        carray(pointer(size[15, 0]), (size[15, 1], size[15, 2]), np.float64),
        carray(pointer(size[16, 0]), (size[16, 1], size[16, 2], size[16, 3]), np.float64),
        carray(pointer(size[17, 0]), (size[17, 1], size[17, 2]), np.float64),
        carray(pointer(size[18, 0]), (size[18, 1], size[18, 2]), np.float64),
        carray(pointer(size[19, 0]), (size[19, 1],), np.float64),
        carray(pointer(size[20, 0]), (size[20, 1],), np.int64),
        carray(pointer(size[21, 0]), (size[21, 1], size[21, 2]), np.float64),
        carray(pointer(size[22, 0]), (size[22, 1], size[22, 2], size[22, 3]), np.int64),
        carray(pointer(size[23, 0]), (size[23, 1],), np.float64),
        carray(pointer(size[24, 0]), (size[24, 1],), np.int64),
        carray(pointer(size[25, 0]), (size[25, 1], size[25, 2]), np.float64),
        carray(pointer(size[26, 0]), (size[26, 1], size[26, 2]), np.int64),
        carray(pointer(size[27, 0]), (size[27, 1],), np.int64),
        carray(pointer(size[28, 0]), (size[28, 1],), np.float64),
        carray(pointer(size[29, 0]), (size[29, 1],), np.int64),
        carray(pointer(size[30, 0]), (size[30, 1], size[30, 2]), np.float64),
        carray(pointer(size[31, 0]), (size[31, 1],), np.int64),
        carray(pointer(size[32, 0]), (size[32, 1],), np.int64),
        carray(pointer(size[33, 0]), (size[33, 1], size[33, 2], size[33, 3]), np.float64),
        carray(pointer(size[34, 0]), (size[34, 1], size[34, 2]), np.float64),
        carray(pointer(size[35, 0]), (size[35, 1], size[35, 2]), np.float64),
        carray(pointer(size[36, 0]), (size[36, 1], size[36, 2]), np.float64),
    )
