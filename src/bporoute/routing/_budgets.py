"""Minutes and money that a vendor may still be given: its caps beside those in contacts, its exposure.

What a contact takes is known when it ends. Until then it counts as expected, and no contact is sent that is
not expected to fit: what is left is told as the number of contacts that it still buys.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from bporoute._kernels.routing import codes
from bporoute.center._center import Center
from bporoute.routing.ledger._memory import Ledger

WINDOWS = ("hour", "day", "period")


class Left(NamedTuple):
    """Contacts that what is left still buys (inf: no limit), and the code of the limit that binds."""

    contacts: float
    limit: int


class Budgets:
    """What every vendor of a center may still be given, in minutes and in money."""

    def __init__(self, center: Center, ledger: Ledger) -> None:
        self._ledger = ledger
        self._exposures = [
            None if vendor.max_exposure is None else vendor.prepaid + vendor.max_exposure
            for vendor in center.vendors.values()
        ]
        contracts = [vendor.contract for vendor in center.vendors.values()]
        self._caps = [
            [
                (window, kind, cap, code + window)
                for kind, code in (("minutes", codes.CAP_MINUTES_HOUR), ("money", codes.CAP_MONEY_HOUR))
                for window, name in enumerate(WINDOWS)
                if (cap := getattr(contract, f"cap_{kind}_per_{name}")) is not None
            ]
            for contract in contracts
        ]

    def bind(self, vendor: int) -> bool:
        """Whether a vendor has any such limit."""
        return bool(self._caps[vendor]) or self._exposures[vendor] is not None

    def left(self, vendor: int, seconds: float, price: float) -> Left:
        """What is left, for contacts of so many seconds and of such a price, those that are there counted."""
        ledger = self._ledger
        found = Left(math.inf, codes.EXPOSURE)
        exposure = self._exposures[vendor]
        if exposure is not None:
            contacts = _buys(exposure - ledger.spent(vendor), price) - ledger.there(vendor)
            found = Left(contacts, codes.EXPOSURE)
        for window, kind, cap, code in self._caps[vendor]:
            given, there = ledger.given(vendor, window)
            used, each = (given.minutes, seconds / 60.0) if kind == "minutes" else (given.money, price)
            contacts = _buys(cap - used, each) - there
            if contacts < found.contacts:
                found = Left(contacts, code)
        return found


def _buys(amount: float, each: float) -> float:
    if each > 0.0:
        return amount / each
    return math.inf if amount > 0.0 else 0.0
