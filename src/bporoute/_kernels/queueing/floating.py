"""Floating point where a plain operation would lose digits or the range."""

from __future__ import annotations

import math

from bporoute._kernels.compiling.registry import kernel

SCALE_BINARY = 448.0
SCALE = 2.0**SCALE_BINARY
"""By which sums are scaled when they grow; the product of two of them and of a step stays a number."""
SPLITTER = 2.0**27 + 1.0
ONE_OVER_LN_2 = 1.0 / math.log(2.0)
LN_2_HIGH = 0.693147180369123816490  # ln 2 in two parts: whole multiples of the first are exact
LN_2_LOW = 1.90821492927058770002e-10


@kernel("UniTuple(f8,2)(f8,f8)")
def product(first: float, second: float) -> tuple[float, float]:
    """(first * second rounded, what the rounding took): their sum is exact (Dekker, Numer. Math. 18, 1971).

    The second is 0 where the product is below 1e-140 or above 1e140.
    """
    high = first * second
    if not 1e-140 < abs(high) < 1e140:
        return high, 0.0
    split = SPLITTER * first
    first_high = split - (split - first)
    first_low = first - first_high
    split = SPLITTER * second
    second_high = split - (split - second)
    second_low = second - second_high
    low = (first_high * second_high - high) + first_high * second_low + first_low * second_high
    return high, low + first_low * second_low


FARTHEST = 1e12
"""Exponents are as good as this one from here on."""


@kernel("UniTuple(f8,2)(f8,f8)")
def decay(exponent: float, rest: float) -> tuple[float, float]:
    """``e^-(exponent + rest)`` as (mantissa, binary), mantissa 2^-binary, for an exponent of at least 0.

    `rest` is what the rounding of the exponent took. Beyond FARTHEST no sum of terms comes back from 0.
    """
    if exponent > FARTHEST:
        exponent, rest = FARTHEST, 0.0
    binary = float(math.floor(exponent * ONE_OVER_LN_2))
    mantissa = math.exp(binary * LN_2_LOW - (exponent - binary * LN_2_HIGH))
    return mantissa * (1.0 - rest), binary


@kernel("f8(f8)")
def power_of_two(binary: float) -> float:
    """``2^-binary``, 0 where that is too small."""
    return math.ldexp(1.0, -int(min(binary, 1100.0)))
