"""What a plan is held against: everything in-house, and everything out."""

from __future__ import annotations

import msgspec

from bporoute.center._center import Center
from bporoute.center._contact import Sourcing

FREE = (Sourcing.OVERFLOW, Sourcing.FULL, Sourcing.UNDERFLOW)
"""Ways of sourcing that may as well be others; what belongs to vendors, or never leaves, stays so."""


def all_in_house(center: Center) -> Center:
    """The center if it kept every contact that it can serve; its contracts stand.

    >>> from bporoute import ContactType, Queue
    >>> center = Center(queues={"desk": Queue(aht=300)}, contact_types={"desk": ContactType(queue="desk")})
    >>> all_in_house(center).contact_types["desk"].sourcing
    <Sourcing.IN_HOUSE: 'in_house'>
    """
    return _sourced(center, Sourcing.IN_HOUSE)


def all_out(center: Center) -> Center:
    """The center if every contact of a type that some vendor takes went out, where one is open.

    >>> from bporoute import ContactType, Contract, Queue, Vendor
    >>> nord = Vendor(country="EE", timezone="UTC", contact_types=("desk",), contract=Contract())
    >>> types = {name: ContactType(queue="desk") for name in ("desk", "complaint")}
    >>> center = Center(queues={"desk": Queue(aht=300)}, contact_types=types, vendors={"nord": nord})
    >>> [str(kind.sourcing) for kind in all_out(center).contact_types.values()]
    ['full', 'overflow']
    """
    return _sourced(center, Sourcing.FULL)


def _sourced(center: Center, sourcing: Sourcing) -> Center:
    taken = {name for vendor in center.vendors.values() for name in vendor.contact_types}
    types = dict(center.contact_types)
    for name, kind in types.items():
        if kind.sourcing in FREE and (name in taken or sourcing == Sourcing.IN_HOUSE):
            types[name] = msgspec.structs.replace(kind, sourcing=sourcing, hand_over=())
    least = 0.0 if sourcing == Sourcing.FULL else center.min_in_house_share
    return msgspec.structs.replace(center, contact_types=types, min_in_house_share=least)
