"""What may go to whom on a day, by the rules of the live router, and what an end takes away."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from bporoute.center._center import Center
from bporoute.center._contact import Sourcing
from bporoute.planning._asked_for import requests_of
from bporoute.routing._hard_rules import barred, term

NOON = 12


class Breaks(NamedTuple):
    """What an end takes away.

    Attributes
    ----------
    lost : tuple of (str, str)
        Vendor and what it may take no more.
    stranded : tuple of str
        What no vendor may take any more.
    """

    lost: tuple[tuple[str, str], ...] = ()
    stranded: tuple[str, ...] = ()


def takers(center: Center, day: date) -> dict[str, frozenset[str]]:
    """Who may take what on a day: each contact type that may go out, by language where its queue has several.

    Hours and holidays aside: the rules of data, location, language, skill and certificate, and the term.

    Examples
    --------
    >>> from bporoute import ContactType, Contract, Queue, Vendor
    >>> nord = Vendor(country="EE", timezone="Europe/Tallinn", contact_types=("service",),
    ...               contract=Contract(price_per_contact=4.5, end=date(2027, 6, 30)))
    >>> center = Center(queues={"service": Queue(aht=240)}, vendors={"nord": nord},
    ...                 contact_types={"service": ContactType(queue="service", sourcing="overflow")})
    >>> [sorted(takers(center, date(2027, month, 30))["service"]) for month in (6, 7)]
    [['nord'], []]
    """
    found = {}
    for name, kind in center.contact_types.items():
        if kind.sourcing == Sourcing.IN_HOUSE and not kind.hand_over:
            continue
        asked = requests_of(center, name)
        for request in asked:
            called = f"{name} ({request.language})" if len(asked) > 1 else name
            found[called] = frozenset(
                each
                for each, vendor in center.vendors.items()
                if not barred(request, vendor, center, day)
                and not term(vendor, datetime(day.year, day.month, day.day, NOON, tzinfo=vendor.zone))
            )
    return found


def breaks(center: Center, renewed: Center, day: date) -> Breaks:
    """What is lost on a day in a `center` against one in which an end was `renewed`."""
    now, then = takers(center, day), takers(renewed, day)
    lost = tuple(
        (vendor, what) for what, who in then.items() for vendor in center.vendors if vendor in who - now[what]
    )
    return Breaks(lost, tuple(what for what, who in then.items() if who and not now[what]))
