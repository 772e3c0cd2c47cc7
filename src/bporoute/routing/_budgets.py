"""Minutes and money that a vendor may still be given: its caps beside those in contacts, its exposure.

What a contact takes is known when it ends. Until then each counts as the dearest that the vendor may get is
expected to take, and none is sent beyond: what is left is told as the number of contacts that may be there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from bporoute._kernels.routing import codes
from bporoute.center._center import Center
from bporoute.routing.ledger._memory import Ledger

WINDOWS = ("hour", "day", "period")
ROUNDING = 1e-9
"""Of a contact: an amount that buys three of them does so although a third is no float."""


class Left(NamedTuple):
    """Contacts that may be there at once (inf: no limit), and the code of the limit that binds."""

    contacts: float
    limit: int


class Most(NamedTuple):
    """The most that a contact of those that a vendor may get is expected to take."""

    minutes: float
    money: float


class Budgets:
    """What every vendor of a center may still be given, in minutes and in money."""

    def __init__(self, center: Center, ledger: Ledger) -> None:
        self._ledger = ledger
        self._places = ledger.open_for(tuple(center.vendors))
        self._exposures = [
            None if vendor.max_exposure is None else vendor.prepaid + vendor.max_exposure
            for vendor in center.vendors.values()
        ]
        contracts = [vendor.contract for vendor in center.vendors.values()]
        self._caps = [
            [
                (window, kind, cap * rate, code + window)
                for kind, code, rate in (
                    ("minutes", codes.CAP_MINUTES_HOUR, 1.0),
                    ("money", codes.CAP_MONEY_HOUR, contract.exchange_rate),
                )
                for window, name in enumerate(WINDOWS)
                if (cap := getattr(contract, f"cap_{kind}_per_{name}")) is not None
            ]
            for contract in contracts
        ]

        self._binds = [
            bool(caps) or exposure is not None
            for caps, exposure in zip(self._caps, self._exposures, strict=True)
        ]

    def bind(self, vendor: int) -> bool:
        """Whether a vendor has any such limit."""
        return self._binds[vendor]

    def given(self, vendor: int) -> Iterator[tuple[str, float, float]]:
        """Name of each such limit of a vendor, what its ended contacts have come to, and the limit."""
        place, exposure = self._places[vendor], self._exposures[vendor]
        for window, kind, cap, _ in self._caps[vendor]:
            given, _ = self._ledger.given(place, window)
            used = given.minutes if kind == "minutes" else given.money
            yield f"cap_{kind}_per_{WINDOWS[window]}", used, cap
        if exposure is not None:
            yield "max_exposure", self._ledger.spent(place), exposure

    def left(self, vendor: int, most: Most) -> Left:
        """How many contacts may be there, if each takes what `most` says.

        Those that nobody ever settles count as expected in the windows in which they were sent.
        """
        ledger, place = self._ledger, self._places[vendor]
        found = Left(math.inf, codes.EXPOSURE)
        exposure = self._exposures[vendor]
        if exposure is not None:
            found = Left(_buys(exposure - ledger.spent(place), most.money), codes.EXPOSURE)
        for window, kind, cap, code in self._caps[vendor]:
            given, not_ended = ledger.given(place, window)
            used, each = (given.minutes, most.minutes) if kind == "minutes" else (given.money, most.money)
            others = ledger.there(place) - not_ended  # sent before the window; negative: never settled
            contacts = _buys(cap - used, each) + others
            if contacts < found.contacts:
                found = Left(contacts, code)
        return found


def _buys(amount: float, each: float) -> float:
    if each > 0.0:
        return amount / each + ROUNDING
    return math.inf if amount > 0.0 else 0.0
