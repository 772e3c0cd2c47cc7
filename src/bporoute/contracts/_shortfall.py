"""What a contact is short of the least that it costs over all its prices."""

from __future__ import annotations

import math

import msgspec

from bporoute.contracts._billed_contact import BilledContact
from bporoute.contracts._measure import PLAIN, Factors, Measure
from bporoute.durations._laws import Distribution
from bporoute.durations._steps import atoms

NEAR_ENOUGH = 200
"""Halvings after which two floats have no other between them."""


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    """Money that a contact is short of a minimum charge.

    Attributes
    ----------
    least : float
        The minimum, money.
    parts : tuple of (float, Measure)
        Price and measure of what a contact pays for.
    """

    least: float
    parts: tuple[tuple[float, Measure], ...]

    free_up_to = 0.0
    needs_contacts = True
    in_minutes = True
    varies = True

    def units(self, contact: BilledContact, factors: Factors = PLAIN) -> float:
        """What one contact of known handle time is short of."""
        if not contact.answered or contact.failed:
            return 0.0
        charge = math.fsum(price * measure.units(contact, factors) for price, measure in self.parts)
        return max(self.least - charge, 0.0) if charge > 0.0 else 0.0

    def beyond(self, law: Distribution, contact: BilledContact, seconds: float, factors: Factors) -> float:
        """E[units; X > seconds] of a contact whose handle time X has a `law`; -1: of all contacts."""
        if times := atoms(law):
            each = (msgspec.structs.replace(contact, handle=time) for time in times if time > seconds)
            return math.fsum(self.units(one, factors) for one in each) / len(times)

        def charge(handle: float) -> float:
            one = msgspec.structs.replace(contact, handle=handle)
            return math.fsum(price * measure.units(one, factors) for price, measure in self.parts)

        def up_to(level: float) -> float:
            """The longest contact that is charged at most this."""
            low, high = 0.0, 1.0
            while charge(high) <= level:
                low, high = high, 2.0 * high
                if law.survival(high) == 0.0:
                    return high
            for _ in range(NEAR_ENOUGH):
                middle = (low + high) / 2.0
                if middle in (low, high):
                    break
                low, high = (middle, high) if charge(middle) <= level else (low, middle)
            return low

        start, end = max(seconds, up_to(0.0)), up_to(self.least)
        if end <= start:
            return 0.0
        paid = math.fsum(
            price
            * (measure.beyond(law, contact, start, factors) - measure.beyond(law, contact, end, factors))
            for price, measure in self.parts
        )
        return self.least * (law.survival(start) - law.survival(end)) - paid
