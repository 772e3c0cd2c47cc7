"""Rounding of money: each contact's charge, or each line of an invoice."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Annotated, Literal

from msgspec import Meta

from bporoute._base.checked import Checked
from bporoute._base.tolerance import TOLERANCE

Mode = Literal["half_even", "half_up", "up"]

_DECIMAL = {"half_even": ROUND_HALF_EVEN, "half_up": ROUND_HALF_UP, "up": ROUND_UP}
_DIGITS = 10
"""Decimals to which a product of floats is trusted before it is rounded as decimal money."""


class Rounding(Checked, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How money is rounded.

    Attributes
    ----------
    decimals : int
        Decimals kept, 0 to 6; 2: cents.
    mode : {"half_even", "half_up", "up"}
        To the nearest, a tie to the even neighbour or away from zero; or always up, away from zero.

    Examples
    --------
    >>> [Rounding(decimals=2, mode=mode).rounded(0.125) for mode in ("half_even", "half_up", "up")]
    [0.12, 0.13, 0.13]
    """

    decimals: Annotated[int, Meta(ge=0, le=6)] = 2
    mode: Mode = "half_even"

    @property
    def unit(self) -> float:
        """The least money above 0."""
        return float(10.0**-self.decimals)

    @property
    def jump(self) -> float:
        """Share of a unit after which the next one begins."""
        return 0.0 if self.mode == "up" else 0.5

    def rounded(self, amount: float) -> float:
        """An `amount` of a contact, at least 0, rounded."""
        return self.units(amount * 10.0**self.decimals) / 10.0**self.decimals

    def units(self, amount: float) -> float:
        """An `amount` in units, at least 0, as a whole number of them."""
        if self.mode == "up":
            return float(math.ceil(amount - TOLERANCE))
        nearest = math.floor(amount + 0.5 + TOLERANCE)
        if self.mode == "half_even" and nearest % 2 and abs(amount + 0.5 - nearest) <= TOLERANCE:
            nearest -= 1
        return float(nearest)

    def units_beyond(self, amount: float) -> float:
        """The whole number of units that an amount just above `amount`, in units, is rounded to."""
        if self.mode == "up":
            return math.floor(amount + TOLERANCE) + 1.0
        return float(math.floor(amount + 0.5 + TOLERANCE))

    def exact(self, amount: float) -> Decimal:
        """An `amount` of an invoice's line, of either sign, as decimal money.

        >>> Rounding(decimals=2, mode="half_up").exact(1.005)
        Decimal('1.01')
        """
        return decimal(amount).quantize(Decimal(1).scaleb(-self.decimals), _DECIMAL[self.mode])


def decimal(amount: float) -> Decimal:
    """Money as the decimal number that was meant: a product of floats without its last digits."""
    return Decimal(repr(round(amount, _DIGITS)))
