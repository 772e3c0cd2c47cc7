"""SplitMix64: 64 random bits by key and number, and what they are as a number in (0, 1).

Steele, Lea & Flood, Fast splittable pseudorandom number generators, OOPSLA 2014: it adds the golden gamma per
number and mixes; with key = seed, the numbers 1, 2, 3, ... are its outputs. Interpreted, NumPy warns that
64-bit integers wrap around, as they must: call within ``np.errstate(over="ignore")``.
"""

from __future__ import annotations

import numpy as np

from bporoute._kernels.compiling.registry import kernel

GOLDEN_GAMMA = np.uint64(0x9E3779B97F4A7C15)
FIRST_FACTOR = np.uint64(0xBF58476D1CE4E5B9)
SECOND_FACTOR = np.uint64(0x94D049BB133111EB)
SHIFT_27 = np.uint64(27)
SHIFT_30 = np.uint64(30)
SHIFT_31 = np.uint64(31)
TO_52_BITS = np.uint64(12)
UNIT_52 = 2.0**-52


@kernel("u8(u8,i8)", inline=True)
def mixed(key: np.uint64, number: int) -> np.uint64:
    """64 random bits, SplitMix64's output of this number."""
    bits = np.uint64(key) + np.uint64(number) * GOLDEN_GAMMA
    bits = (bits ^ (bits >> SHIFT_30)) * FIRST_FACTOR
    bits = (bits ^ (bits >> SHIFT_27)) * SECOND_FACTOR
    return bits ^ (bits >> SHIFT_31)


@kernel("f8(u8)", inline=True)
def unit(bits: np.uint64) -> float:
    """The first 52 bits as a number in the open interval (0, 1): a middle of one of 2^52 cells.

    One minus it is exact, and in the same interval.
    """
    return (float(np.int64(bits >> TO_52_BITS)) + 0.5) * UNIT_52
