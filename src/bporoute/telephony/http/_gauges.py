"""How the router is at this moment, as gauges: feeds, vendors, caps and what is held of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bporoute.errors import InputError
from bporoute.routing._router import Router
from bporoute.routing.ledger._shared import SharedLedger
from bporoute.routing.ledger._view import look

WINDOWS = ("hour", "day", "period")


class Gauge(NamedTuple):
    """A name, what it is, its type, and a value for each set of labels."""

    name: str
    help: str
    kind: str
    values: Sequence[tuple[dict[str, str], float]]


def gauge_lines(router: Router) -> Iterator[str]:
    r"""Everything as Prometheus reads it; what is not known is left out.

    Examples
    --------
    >>> from bporoute import Center, ContactType, Queue
    >>> center = Center(
    ...     queues={"service": Queue(aht=240)}, contact_types={"service": ContactType(queue="service")}
    ... )
    >>> print(*list(gauge_lines(Router(center, compile=False)))[:2], sep="\n")
    # HELP bporoute_compiled Whether decisions are made by machine code.
    # TYPE bporoute_compiled gauge
    """
    for gauge in (*_of_status(router), *_of_usage(router), *_of_bounds(router), *_of_grants(router)):
        values = [(labels, value) for labels, value in gauge.values if math.isfinite(value)]
        if values:
            yield f"# HELP bporoute_{gauge.name} {gauge.help}"
            yield f"# TYPE bporoute_{gauge.name} {gauge.kind}"
        for labels, value in values:
            told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            yield (
                f"bporoute_{gauge.name}{{{told}}} {value:.10g}"
                if told
                else (f"bporoute_{gauge.name} {value:.10g}")
            )


def _of_status(router: Router) -> Iterator[Gauge]:
    status = router.status()
    queues = [({"queue": each.name}, each) for each in status.queues]
    vendors = [({"vendor": each.name}, each) for each in status.vendors]
    yield _gauge("compiled", "Whether decisions are made by machine code.", [({}, status.compiled)])
    yield _gauge("trouble", "Whether the clock or the ledger is in trouble.", [({}, bool(status.trouble))])
    yield _gauge("open_contacts", "Contacts that are not settled.", [({}, status.open_contacts)])
    yield _gauge("queue_open", "Whether a queue is open.", ((name, not q.out) for name, q in queues))
    yield _gauge(
        "queue_feed_fresh",
        "Whether its state is new.",
        ((name, q.feed == "fresh") for name, q in queues),
    )
    yield _gauge(
        "queue_feed_age_seconds", "Since the state was told last.", ((name, q.age) for name, q in queues)
    )
    yield _gauge("queue_present", "Contacts busy and waiting.", ((name, q.present) for name, q in queues))
    yield _gauge("vendor_open", "Whether a vendor is open.", ((name, not v.out) for name, v in vendors))
    yield _gauge(
        "vendor_admitted", "Share that its health admits.", ((name, v.admitted) for name, v in vendors)
    )
    yield _gauge(
        "vendor_feed_age_seconds", "Since its state was told last.", ((name, v.age) for name, v in vendors)
    )
    reached = [({**name, "cap": v.reached}, 1.0) for name, v in vendors if v.reached]
    yield _gauge("vendor_cap_reached", "A cap that it has reached.", reached)


def _of_usage(router: Router) -> Iterator[Gauge]:
    vendors = router.center.vendors
    usages = [({"vendor": name}, router.usage(name)) for name in vendors]
    yield _gauge("vendor_in_flight", "Contacts there.", ((name, u.in_flight) for name, u in usages))
    sent = [
        ({**name, "window": window}, count)
        for name, u in usages
        for window, count in zip(WINDOWS, (u.this_hour, u.today, u.this_period), strict=True)
    ]
    yield _gauge("vendor_sent", "Contacts sent in the current hour, day and contract period.", sent)
    ended = [
        ({**name, "outcome": outcome}, count)
        for name, u in usages
        for outcome, count in (("answered", u.answered), ("abandoned", u.abandoned), ("failed", u.failed))
    ]
    yield Gauge("vendor_ended_total", "Contacts settled, by outcome.", "counter", ended)
    spent = [(name, u.spent) for name, u in usages]
    yield _gauge("vendor_spent", "Money for the contacts settled so far.", spent)


def _of_bounds(router: Router) -> Iterator[Gauge]:
    bounds = [router.bounds(name) for name in router.center.vendors]
    each = [
        ({"vendor": vendor.name, "limit": bound.name, "unit": bound.unit}, bound)
        for vendor in bounds
        for bound in vendor.bounds
    ]
    yield _gauge("vendor_used", "Of a cap, a capacity or a commitment.", ((name, b.used) for name, b in each))
    yield _gauge("vendor_limit", "How much that is in all.", ((name, b.limit) for name, b in each))
    prices = [
        ({"vendor": vendor.name, "type": kind}, price)
        for vendor in bounds
        for kind, price in vendor.prices.items()
    ]
    yield _gauge("vendor_price", "Money that the next contact costs there.", prices)


def _of_grants(router: Router) -> Iterator[Gauge]:
    """What processes that share a ledger hold of caps and places and have not used."""
    ledger = router.ledger
    if not isinstance(ledger, SharedLedger):
        return
    try:
        view = look(Path(ledger.folder))
    except InputError:  # damaged, which the ledger's trouble says
        return
    held = [({"vendor": each.vendor, "window": each.window}, each.held) for each in view.windows]
    yield _gauge("granted", "Contacts that processes may send of a cap without asking.", held)
    places = [({"vendor": each.vendor}, each.held) for each in view.places]
    yield _gauge("granted_places", "The same of places at a vendor.", places)
    yield _gauge("ledger_kept", "Whether some process keeps the accounts.", [({}, view.keeper)])
    yield _gauge("ledger_workers", "Processes that count.", [({}, sum(each.alive for each in view.slots))])


def _gauge(name: str, help: str, values: Iterable[tuple[dict[str, str], float]]) -> Gauge:
    return Gauge(name, help, "gauge", list(values))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
