"""Makes routing tables ready before the first contact comes: kinds met, prices known, rules loaded."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

from bporoute.center._center import Center
from bporoute.center._contact import Contact
from bporoute.routing._tables._tables import RoutingTables

MOST_READY = 8_192
"""Kinds that are met beforehand."""
AT_A_TIME = 64
"""Kinds that are met before other threads have their turn."""


def usual_contacts(center: Center) -> Iterator[Contact]:
    """A contact of each type, language and value class that a center knows, those with neither first.

    >>> from bporoute import ContactType, Queue
    >>> center = Center(
    ...     queues={"q": Queue(aht=60, languages=("sv",))}, contact_types={"t": ContactType(queue="q")}
    ... )
    >>> [contact.language for contact in usual_contacts(center)]
    ['', 'sv']
    """
    texts = product(("", *center.value_classes), ("", *sorted(center.languages)), center.contact_types)
    for value_class, language, contact_type in texts:
        yield Contact(contact_type, language=language, value_class=value_class)


def make_ready(tables: RoutingTables, now: float) -> None:
    """Meet the usual kinds, price them, and load the rules of the queues that were told of."""
    lock, contacts = tables.ledger.lock, islice(usual_contacts(tables.center), MOST_READY)
    with lock:
        tables.follow(now)
    while some := list(islice(contacts, AT_A_TIME)):
        with lock:
            tables.take_up()
            for contact in some:
                tables.profile(contact)
            tables.arrays.publish()
    waiting = True
    while waiting:
        with lock:
            tables.take_up()
            waiting = tables.vendors.pricing.tend()
            tables.arrays.publish()
    queues = tables.queues
    asked = {profile.queue: profile for profile in reversed(tables.profiles.listed)}
    for row in queues.rows:
        with lock:
            if row.profile is None:  # so that whoever tells of the queue pays for its rule, no contact
                row.profile = asked.get(row.number)
            if row.profile is not None and row.state is not None and not queues.ready(row):
                tables.take_up()
                queues.load(row, row.profile)
                tables.arrays.publish()
