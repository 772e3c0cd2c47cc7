"""How far a vendor has come in what binds it, and what the next contact would cost there."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from bporoute.routing._hard_rules import Request
from bporoute.routing._tables._tables import RoutingTables
from bporoute.routing.ledger._memory import Usage


class Bound(msgspec.Struct, frozen=True):
    """A limit that a vendor is kept below, or a commitment that is paid in any case.

    Attributes
    ----------
    name : str
        As the center names it: ``"capacity"``, ``"cap_per_hour"``, ``"cap_money_per_day"``,
        ``"max_exposure"``, ``"take_or_pay"`` ...
    used : float
        What has been reached of it. Caps in minutes and money count the contacts that have ended; a decision
        reckons with those that are still there, too.
    limit : float
        Of how much, at least 0.
    unit : str
        ``"contacts"``, ``"minutes"`` or the ISO 4217 code of a currency.
    """

    name: str
    used: float
    limit: float
    unit: str

    @property
    def committed(self) -> bool:
        """Whether it is to be reached; else it is not to be exceeded."""
        return self.name in ("take_or_pay", "minimum_commitment")

    @property
    def share(self) -> float:
        """How much of it is reached, in [0, 1].

        >>> Bound("cap_per_day", 20, 80, "contacts").share, Bound("cap_per_day", 3, 0, "contacts").share
        (0.25, 1.0)
        """
        return min(max(self.used / self.limit, 0.0), 1.0) if self.limit > 0.0 else 1.0


class VendorBounds(msgspec.Struct, frozen=True):
    """What binds a vendor now.

    Attributes
    ----------
    name : str
        The vendor's.
    prices : dict of str to float
        Contact type that it takes -> money that its contract asks for one more of them now, in the center's
        currency, as `Way.price`; of a contact whose language is not known.
    bounds : tuple of Bound
        Its capacity, its caps, its exposure and its commitment, as far as it has them.
    """

    name: str
    prices: dict[str, float]
    bounds: tuple[Bound, ...]


def bounds_of(tables: RoutingTables, vendor: int, usage: Usage) -> VendorBounds:
    """What binds a vendor at the instant up to which the tables are; the ledger's lock is held."""
    name, center = tables.vendor_names[vendor], tables.center
    prices = {
        contact_type: _price(tables, vendor, contact_type)
        for contact_type in center.vendors[name].contact_types
        if contact_type in center.contact_types
    }
    return VendorBounds(name, prices, tuple(_bounds(tables, vendor, usage)))


def _price(tables: RoutingTables, vendor: int, contact_type: str) -> float:
    kind = tables.center.contact_types[contact_type]
    contact = tables.offers.expected(vendor, kind.queue, Request(contact_type, kind, "", ()))
    return tables.offers.prices(vendor, kind.queue, contact)[0]


def _bounds(tables: RoutingTables, vendor: int, usage: Usage) -> Iterator[Bound]:
    config = tables.center.vendors[tables.vendor_names[vendor]]
    contract, currency = config.contract, tables.center.currency
    at_once = tables.vendors.capacity(vendor)
    if math.isfinite(at_once):
        yield Bound("capacity", usage.in_flight, at_once, "contacts")
    for window, sent in (("hour", usage.this_hour), ("day", usage.today), ("period", usage.this_period)):
        cap = getattr(contract, f"cap_per_{window}")
        if cap is not None:
            yield Bound(f"cap_per_{window}", sent, cap, "contacts")
    for name, given, most in tables.vendors.budgets.given(vendor):
        yield Bound(name, given, most, "minutes" if name.startswith("cap_minutes") else currency)
    committed = contract.committed(tables.bill(vendor))
    if committed is not None:
        yield Bound(committed.term, committed.reached, committed.of, committed.unit or currency)
